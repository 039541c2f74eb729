//! Where results and talk go: results to stdout, all talk to stderr.

use std::borrow::Cow;
use std::fmt::Write as _;
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
    /// Prints a line of talk. A closed stderr is no reason to stop. What stands behind a line
    /// end is marked as going on, so that no name can look like a line of ours.
    pub fn say(&mut self, line: &str) {
        let _ = writeln!(self.talk, "{}", continued(&printable(line)));
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

    /// Writes a result to a file, whole or not at all, or to stdout where none is named. In
    /// JSON, what a terminal would act on is written as JSON's own escapes.
    ///
    /// # Errors
    /// Code 73 when it cannot be written.
    pub fn deliver(&mut self, text: &str, file: Option<&Path>) -> Result<(), Failure> {
        match file {
            Some(path) => write_whole(path, quoted(text).as_bytes()),
            None => self.result(quoted(text).as_bytes()),
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

/// `text` for a terminal or a log, of any number of lines. Names of tests and files come from
/// reports; a terminal acts on escape sequences, a reader is misled by characters that turn
/// the direction of writing, and a CI acts on lines that look like its own commands.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let blank = line.len() - line.trim_start().len();
        for (at, c) in line.char_indices() {
            if (acts(c) && c != '\t') || commands(line, at, blank) {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            } else {
                out.push(c);
            }
        }
    }
    out
}

/// [`printable`] for a name within a line: line ends and tabs are made visible as well.
pub fn printable_name(name: &str) -> String {
    printable(&name.replace('\n', "\\n").replace('\t', "\\t"))
}

/// `text` with what follows a line end marked as going on.
pub fn continued(text: &str) -> String {
    text.trim_end_matches('\n').replace('\n', "\n  | ")
}

/// Text in which only strings of JSON can hold such characters, written as JSON escapes them.
fn quoted(text: &str) -> Cow<'_, str> {
    let plain =
        |(at, c): (usize, char)| matches!(c, '\n' | '\t') || !(acts(c) || commands(text, at, 0));
    if text.char_indices().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 64);
    for (at, c) in text.char_indices() {
        if plain((at, c)) {
            out.push(c);
        } else {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
    }
    Cow::Owned(out)
}

/// Characters that act instead of being shown: control characters, line ends of Unicode, and
/// those that turn the direction of writing.
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// True where a command to a CI begins: Azure and `TeamCity` look for theirs anywhere in a line,
/// GitHub at its beginning, after blanks.
fn commands(line: &str, at: usize, blank: usize) -> bool {
    let rest = line.get(at..).unwrap_or_default();
    let anywhere = ["##[", "##vso[", "##teamcity["];
    anywhere.iter().any(|c| rest.starts_with(c)) || (at == blank && rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::{continued, printable, printable_name, quoted, write_whole};

    #[test]
    fn escape_sequences_never_reach_a_terminal_raw() {
        assert_eq!(
            printable("a\x1b[31mb\u{9b}c\td"),
            "a\\u{1b}[31mb\\u{9b}c\td"
        );
    }

    #[test]
    fn nothing_turns_the_direction_of_writing() {
        assert_eq!(
            printable("a\u{202e}b\u{2066}c\u{2028}d"),
            "a\\u{202e}b\\u{2066}c\\u{2028}d"
        );
        assert_eq!(printable("naïve_测试[é-🙂]"), "naïve_测试[é-🙂]");
    }

    #[test]
    fn a_name_gives_no_command_to_a_ci() {
        assert_eq!(printable("  ::error::x\ny"), "  \\u{3a}:error::x\ny");
        assert_eq!(printable("a::b"), "a::b");
        assert_eq!(printable("a ##vso[task.x]"), "a \\u{23}#vso[task.x]");
        assert_eq!(printable_name("a\n+++ b\tc"), "a\\n+++ b\\tc");
        assert_eq!(continued("a\n+++ b\n"), "a\n  | +++ b");
    }

    #[test]
    fn json_stays_the_same_value() {
        let name = "\u{9b}31m\u{7f}\u{202e}##vso[x]\n::y";
        let json = serde_json::to_string_pretty(&[name]).unwrap();
        let safe = quoted(&json);
        assert!(safe.is_ascii() && !safe.contains("##vso["));
        assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), [name]);
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
