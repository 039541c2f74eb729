//! Where results and talk go: results to stdout, all talk to stderr.

mod closed;
mod json;
mod looks;
mod progress;

pub use json::continued;
pub use looks::Terminals;
pub use progress::Step;

use std::io::{self, Write};
use std::path::Path;

use anstyle::Style;
use evenshard_report::Palette;
use evenshard_report::escape::printable;

use crate::args::TalkArgs;
use crate::exit;
use crate::failure::Failure;
use json::{Quoting, quoted};
use progress::Line;

pub(crate) const ERROR: &str = "error: ";
pub(crate) const CAUSE: &str = "caused by: ";
pub(crate) const HINT: &str = "hint: ";
const WARNING: &str = "warning: ";

/// The output streams of one invocation, and what of them shows: how much is said, in which
/// colours, and whether progress is.
#[allow(missing_debug_implementations, reason = "streams are not data")]
pub struct Streams<'a> {
    out: &'a mut dyn Write,
    talk: &'a mut dyn Write,
    terminals: Terminals,
    how: TalkArgs,
    line: Line,
}

impl<'a> Streams<'a> {
    /// Streams to files or pipes: no colour, no progress.
    pub fn new(out: &'a mut dyn Write, talk: &'a mut dyn Write) -> Self {
        Self {
            out,
            talk,
            terminals: Terminals::default(),
            how: TalkArgs::default(),
            line: Line::default(),
        }
    }

    /// The same with terminals behind them.
    #[must_use]
    pub fn on(mut self, terminals: Terminals) -> Self {
        self.terminals = terminals;
        self
    }

    /// Lets flags decide what shows.
    pub fn settle(&mut self, how: &TalkArgs) {
        self.how = how.clone();
    }

    /// The styles of results on stdout; text in a file is never coloured. Coloured text has
    /// its names made [`printable`] first, and goes out by [`result`](Self::result).
    pub fn palette(&self) -> Palette {
        self.terminals.of_results(self.how.color)
    }

    /// How many columns results on stdout have: those of the terminal, else 80.
    pub fn width(&self) -> usize {
        self.terminals.width()
    }

    /// Whether details are said.
    pub fn is_verbose(&self) -> bool {
        self.how.verbose
    }

    /// Whether a step that takes long shows how it goes.
    pub fn shows_progress(&self) -> bool {
        self.terminals.can_rewrite() && !self.how.quiet
    }

    /// Begins a step of the work. What `says` tells is shown while it lasts, from its second
    /// second on; it must hold no text from outside. One step at a time.
    pub fn step(&self, says: impl Fn() -> String + Send + 'static) -> Step {
        if self.shows_progress() {
            Step::shown(self.line.clone(), says)
        } else {
            Step::silent()
        }
    }

    /// Prints a line of talk. A closed stderr is no reason to stop. What stands behind a line
    /// end is marked as going on, so that no name can look like a line of ours.
    pub fn say(&mut self, line: &str) {
        if !self.how.quiet {
            self.plain(Style::new(), line);
        }
    }

    /// Prints a line that only `--verbose` asks for.
    pub fn detail(&mut self, line: &str) {
        if self.how.verbose {
            let faint = self.terminals.of_talk(self.how.color).faint();
            self.plain(faint, line);
        }
    }

    /// Prints a warning.
    pub fn warn(&mut self, line: &str) {
        self.labelled(WARNING, line);
    }

    /// Prints a line that belongs to the warning or the error beside it.
    pub fn add(&mut self, line: &str) {
        self.plain(Style::new(), line);
    }

    /// Prints an error with its causes and its hint.
    pub fn fail(&mut self, failure: &Failure) {
        for (label, line) in failure.lines() {
            self.labelled(label, line);
        }
    }

    /// Prints what clap says of wrong usage.
    pub(crate) fn usage(&mut self, error: &clap::Error) {
        let text = printable(&error.render().to_string());
        let text = match text.strip_prefix(ERROR) {
            Some(rest) => format!("{}{rest}", self.label(ERROR)),
            None => text,
        };
        self.put(&text);
    }

    fn labelled(&mut self, label: &str, line: &str) {
        let line = printable(&format!("{label}{line}"));
        let rest = line.strip_prefix(label).unwrap_or(&line);
        self.put(&format!("{}{}\n", self.label(label), continued(rest)));
    }

    /// A label in its colour.
    fn label(&self, label: &str) -> String {
        let palette = self.terminals.of_talk(self.how.color);
        let style = match label {
            ERROR => palette.bad(),
            WARNING => palette.doubt(),
            HINT => palette.help(),
            _ => palette.strong(),
        };
        format!("{style}{}{style:#} ", label.trim_end())
    }

    fn plain(&mut self, style: Style, line: &str) {
        let line = printable(line);
        self.put(&format!("{style}{}{style:#}\n", continued(&line)));
    }

    fn put(&mut self, text: &str) {
        let _held = self.line.clear();
        let _ = self.talk.write_all(text.as_bytes());
    }

    /// Stops where results would go nowhere.
    ///
    /// # Errors
    /// Code 73 when stdout is closed.
    pub fn refuse_closed(&self) -> Result<(), Failure> {
        if !self.terminals.closed {
            return Ok(());
        }
        Err(
            Failure::new(exit::CANNOT_WRITE, "standard output is closed")
                .hint("redirect it to a file, or to /dev/null where the result is not wanted"),
        )
    }

    /// Prints a result.
    ///
    /// # Errors
    /// Code 73 when stdout is closed or cannot be written. A reader that went away is no failure.
    pub fn result(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.result_of(|out| out.write_all(bytes))
    }

    fn result_of(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        self.refuse_closed()?;
        let _held = self.line.clear();
        match write(self.out).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
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
        let text = quoted(text);
        let Some(path) = file else {
            return self.result(text.as_bytes());
        };
        write_whole(path, text.as_bytes())?;
        self.say_wrote(path, text.len() as u64);
        Ok(())
    }

    /// The same for JSON over many lines that is made as it is written.
    ///
    /// # Errors
    /// Code 73 when it cannot be written.
    pub fn deliver_json(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
        file: Option<&Path>,
    ) -> Result<(), Failure> {
        let mut written = 0;
        let write = |out: &mut dyn Write| {
            let mut quoting = Quoting::new(out);
            write(&mut quoting)?;
            quoting.flush()?;
            written = quoting.written;
            Ok(())
        };
        let Some(path) = file else {
            return self.result_of(write);
        };
        write_whole_of(path, write)?;
        self.say_wrote(path, written);
        Ok(())
    }

    fn say_wrote(&mut self, path: &Path, bytes: u64) {
        self.detail(&format!("wrote {}: {}", path.display(), size(bytes)));
    }
}

/// A number of bytes for people: `999 bytes`, `1.5 kB`, `480 MB`.
pub fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes} bytes"),
        1_000..1_000_000 => (1e3, "kB"),
        1_000_000..1_000_000_000 => (1e6, "MB"),
        _ => (1e9, "GB"),
    };
    let value = bytes as f64 / unit;
    if value < 9.95 {
        format!("{value:.1} {name}")
    } else {
        format!("{value:.0} {name}")
    }
}

/// Writes a file so that a reader sees the old content or the new one, never a part.
///
/// # Errors
/// Code 73 when it cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_whole_of(path, |file| file.write_all(bytes))
}

fn write_whole_of(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let failed = |error: &dyn std::error::Error| {
        Failure::new(
            exit::CANNOT_WRITE,
            format!("cannot write {}", path.display()),
        )
        .caused_by(error)
    };
    // A device or a pipe cannot be replaced, only written to.
    if fs_err::metadata(path).is_ok_and(|m| !m.is_file()) {
        let mut file = fs_err::File::create(path).map_err(|e| failed(&e))?;
        return write(&mut file).map_err(|e| failed(&e));
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
    write(&mut file)
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

#[cfg(test)]
mod tests {
    use super::{Streams, Terminals, size, write_whole};
    use crate::args::TalkArgs;
    use crate::failure::Failure;

    fn said(terminals: Terminals, how: &TalkArgs) -> String {
        let (mut out, mut talk) = (Vec::new(), Vec::new());
        let mut streams = Streams::new(&mut out, &mut talk).on(terminals);
        streams.settle(how);
        streams.say("a \u{1b}[31mname");
        streams.detail("more");
        streams.warn("::x\n::y");
        streams.add("  beside it");
        let failure = Failure::new(1, "lost\u{1b}[0m").caused_by(&std::fmt::Error);
        streams.fail(&failure.hint("find it"));
        String::from_utf8(talk).unwrap()
    }

    #[test]
    fn only_our_own_colours_reach_a_terminal() {
        let colours = Terminals {
            talk: true,
            smart: true,
            ..Terminals::default()
        };
        let verbose = TalkArgs {
            verbose: true,
            ..TalkArgs::default()
        };
        let coloured = said(colours, &verbose);
        insta::assert_snapshot!(coloured.replace('\u{1b}', "^"), @r"
        a \u{1b}[31mname
        ^[2mmore^[0m
        ^[1m^[33mwarning:^[0m ::x
          | \u{3a}:y
          beside it
        ^[1m^[31merror:^[0m lost\u{1b}[0m
        ^[1mcaused by:^[0m an error occurred when formatting an argument
        ^[1m^[36mhint:^[0m find it
        ");
        let plain = said(Terminals::default(), &verbose);
        insta::assert_snapshot!(plain, @r"
        a \u{1b}[31mname
        more
        warning: ::x
          | \u{3a}:y
          beside it
        error: lost\u{1b}[0m
        caused by: an error occurred when formatting an argument
        hint: find it
        ");
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    }

    #[test]
    fn quiet_leaves_warnings_and_errors() {
        let quiet = TalkArgs {
            quiet: true,
            ..TalkArgs::default()
        };
        insta::assert_snapshot!(said(Terminals::default(), &quiet), @r"
        warning: ::x
          | \u{3a}:y
          beside it
        error: lost\u{1b}[0m
        caused by: an error occurred when formatting an argument
        hint: find it
        ");
    }

    #[test]
    fn sizes_are_for_people() {
        assert_eq!(
            [0, 999, 1_000, 9_949, 9_950, 480_000_000, 1_500_000_000].map(size),
            [
                "0 bytes",
                "999 bytes",
                "1.0 kB",
                "9.9 kB",
                "10 kB",
                "480 MB",
                "1.5 GB"
            ]
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
