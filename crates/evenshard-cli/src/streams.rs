//! Where results and talk go: results to stdout, all talk to stderr.

use std::io::Write;
use std::path::Path;

use crate::exit;
use crate::failure::Failure;

/// The output streams of one invocation.
#[allow(missing_debug_implementations, reason = "streams are not data")]
pub struct Streams<'a> {
    /// Results.
    pub out: &'a mut dyn Write,
    /// Everything said beside them.
    pub talk: &'a mut dyn Write,
}

impl Streams<'_> {
    /// Prints a line of talk. A closed stderr is no reason to stop.
    pub fn say(&mut self, line: &str) {
        let _ = writeln!(self.talk, "{}", printable(line));
    }

    /// Prints a warning.
    pub fn warn(&mut self, line: &str) {
        self.say(&format!("warning: {line}"));
    }

    /// Prints a result.
    ///
    /// # Errors
    /// Code 73 when stdout cannot be written. A reader that went away is no failure.
    pub fn result(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self.out.write_all(bytes).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::new(
                exit::CANNOT_WRITE,
                "cannot write to standard output",
            )
            .caused_by(&error)),
            _ => Ok(()),
        }
    }

    /// Writes a result to a file, whole or not at all, or to stdout where none is named.
    ///
    /// # Errors
    /// Code 73 when it cannot be written.
    pub fn deliver(&mut self, text: &str, file: Option<&Path>) -> Result<(), Failure> {
        match file {
            Some(path) => write_whole(path, text.as_bytes()),
            None => self.result(text.as_bytes()),
        }
    }
}

/// Writes a file so that a reader sees the old content or the new one, never a part.
///
/// # Errors
/// Code 73 when it cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: &dyn std::error::Error| {
        Failure::new(
            exit::CANNOT_WRITE,
            format!("cannot write {}", path.display()),
        )
        .caused_by(error)
    };
    // A device or a pipe cannot be replaced, only written to.
    if fs_err::metadata(path).is_ok_and(|m| !m.is_file()) {
        return fs_err::write(path, bytes).map_err(|e| failed(&e));
    }
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs_err::create_dir_all(folder).map_err(|e| failed(&e))?;
    let mut file = tempfile::Builder::new()
        .prefix(".evenshard-")
        .permissions(permissions())
        .tempfile_in(folder)
        .map_err(|e| failed(&e))?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(|e| failed(&e))?;
    file.persist(path).map_err(|e| failed(&e.error))?;
    Ok(())
}

/// What a newly created file usually gets, less what the umask takes away.
#[cfg(unix)]
fn permissions() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}

/// `line` with control characters made visible: names of tests and files come from
/// reports, and a terminal acts on escape sequences.
pub fn printable(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{printable, write_whole};

    #[test]
    fn escape_sequences_never_reach_a_terminal_raw() {
        assert_eq!(
            printable("a\x1b[31mb\u{9b}c\td"),
            "a\\u{1b}[31mb\\u{9b}c\td"
        );
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/plan.json");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(fs_err::read(&path).unwrap(), b"two");
        assert_eq!(
            fs_err::read_dir(folder.path().join("new")).unwrap().count(),
            1
        );
        assert_eq!(write_whole(&path.join("x"), b"").unwrap_err().code(), 73);
    }
}
