//! The output streams: results go to stdout, messages to stderr.

mod closed;
mod json;
mod looks;
mod progress;

pub use looks::Terminals;
pub(crate) use progress::Step;

use std::io::{self, Write};
use std::path::Path;

use anstyle::Style;
use clap::ColorChoice;
use evenshard_report::Palette;
use evenshard_report::escape::printable;

use crate::failure::{ERROR, Failure, HINT, continued};
use json::Quoting;
use progress::Line;

const WARNING: &str = "warning: ";

/// The amount and the colours of output.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Verbosity {
    /// Prints nothing but warnings and errors.
    pub(crate) quiet: bool,
    /// Prints details.
    pub(crate) verbose: bool,
    /// Uses colour on terminals, always or never.
    pub(crate) color: ColorChoice,
}

/// The output streams of one invocation: their amount, their colours, and the line of progress.
#[allow(missing_debug_implementations, reason = "streams are not data")]
pub struct Streams<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    terminals: Terminals,
    verbosity: Verbosity,
    line: Line,
}

impl<'a> Streams<'a> {
    /// Makes streams to files or pipes: no colour, no progress.
    pub fn new(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Self {
            out,
            err,
            terminals: Terminals::default(),
            verbosity: Verbosity::default(),
            line: Line::default(),
        }
    }

    /// Puts terminals behind the streams.
    #[must_use]
    pub fn on(mut self, terminals: Terminals) -> Self {
        self.terminals = terminals;
        self
    }

    /// Sets how much is printed, and in which colours.
    pub(crate) fn set_verbosity(&mut self, verbosity: Verbosity) {
        self.verbosity = verbosity;
    }

    /// Returns the styles of results on stdout; text in a file is never coloured. Coloured text has
    /// its names made [`printable`] first, and is printed by [`result`](Self::result).
    pub(crate) fn palette(&self) -> Palette {
        self.terminals.of_results(self.verbosity.color)
    }

    /// Returns the columns of results on stdout: those of the terminal, otherwise 80.
    pub(crate) fn width(&self) -> usize {
        self.terminals.width()
    }

    /// Returns true where results are read on a terminal.
    pub(crate) fn shows_results(&self) -> bool {
        self.terminals.out
    }

    pub(crate) fn is_verbose(&self) -> bool {
        self.verbosity.verbose
    }

    /// Returns true where long steps show their progress.
    pub(crate) fn shows_progress(&self) -> bool {
        self.terminals.can_rewrite() && !self.verbosity.quiet
    }

    /// Begins a step of the work. The text of `says` is shown while the step lasts, from its second
    /// second on; it must hold no text from outside. One step at a time.
    pub(crate) fn step(&self, says: impl Fn() -> String + Send + 'static) -> Step {
        if self.shows_progress() {
            Step::shown(self.line.clone(), says)
        } else {
            Step::silent()
        }
    }

    /// Prints a message. A closed stderr is no reason to stop. Text behind a line end is marked as
    /// continued, so that no name can look like a line of evenshard.
    pub(crate) fn say(&mut self, line: &str) {
        if !self.verbosity.quiet {
            self.plain(Style::new(), line);
        }
    }

    /// Prints a message under `--verbose`.
    pub(crate) fn detail(&mut self, line: &str) {
        if self.verbosity.verbose {
            let faint = self.terminals.of_messages(self.verbosity.color).faint();
            self.plain(faint, line);
        }
    }

    /// Prints a warning.
    pub(crate) fn warn(&mut self, line: &str) {
        self.labelled(WARNING, line);
    }

    /// Prints a line that belongs to the warning or the error beside it.
    pub(crate) fn add(&mut self, line: &str) {
        self.plain(Style::new(), line);
    }

    /// Prints an error with its causes and its hint.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        for (label, line) in failure.lines() {
            self.labelled(label, line);
        }
    }

    /// Prints clap's message about wrong usage.
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
        // Escaped with its label: what looks like a command to a CI only does so at the beginning
        // of a line.
        let rest = line.strip_prefix(label).unwrap_or(&line);
        self.put(&format!("{}{}\n", self.label(label), continued(rest)));
    }

    fn label(&self, label: &str) -> String {
        let palette = self.terminals.of_messages(self.verbosity.color);
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
        let _guard = self.line.clear();
        // Nobody is left to hear that stderr is closed.
        let _ = self.err.write_all(text.as_bytes());
    }

    /// Stops with 73 when stdout is closed: results would go nowhere.
    pub(crate) fn refuse_closed(&self) -> Result<(), Failure> {
        if !self.terminals.closed {
            return Ok(());
        }
        Err(Failure::unwritable("standard output is closed")
            .hint("redirect it to a file, or to /dev/null where the result is not wanted"))
    }

    /// Prints a result. Fails with 73 when stdout cannot be written; a reader that went away is no
    /// failure.
    pub(crate) fn result(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.result_of(|out| out.write_all(bytes))
    }

    fn result_of(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        self.refuse_closed()?;
        let _guard = self.line.clear();
        match write(self.out).and_then(|()| self.out.flush()) {
            // As `head` does, which has seen enough.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::unwritable("cannot write to standard output").caused_by(&error))
            }
            _ => Ok(()),
        }
    }

    /// Writes a result to a file, whole or not at all, or to stdout where none is named. In JSON,
    /// characters that a terminal would act on are written as JSON's own escapes.
    pub(crate) fn deliver(&mut self, text: &str, file: Option<&Path>) -> Result<(), Failure> {
        self.deliver_as(|out| out.write_all(text.as_bytes()), file)
    }

    /// Delivers text of many lines that is made as it is written.
    pub(crate) fn deliver_as(
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
        self.detail(&format!("wrote {}: {}", path.display(), size(written)));
        Ok(())
    }
}

/// Writes a number of bytes for people: `999 bytes`, `1.5 kB`, `480 MB`.
pub(crate) fn size(bytes: u64) -> String {
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

/// Writes a file so that a reader sees the old content or the new one, never a part. Fails with 73.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_whole_of(path, |file| file.write_all(bytes))
}

fn write_whole_of(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    replace(path, write).map_err(|error| {
        let what = format!("cannot write {}", path.display());
        Failure::unwritable(what).caused_by(&error)
    })
}

fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A device or a pipe cannot be replaced, only written to.
    if fs_err::metadata(path).is_ok_and(|m| !m.is_file()) {
        return write(&mut fs_err::File::create(path)?);
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs_err::create_dir_all(folder)?;
    // In the same folder: a file can only be renamed within a file system.
    let mut file = tempfile::Builder::new()
        .prefix(".evenshard-")
        .permissions(permissions())
        .tempfile_in(folder)?;
    write(&mut file)?;
    // A name that points to content which a crash of the machine could still lose is worse than
    // none.
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Permissions of a new file, before the umask takes some away.
#[cfg(unix)]
fn permissions() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}

#[cfg(test)]
mod tests {
    use super::{Streams, Terminals, Verbosity, size, write_whole};
    use crate::failure::Failure;

    fn printed(terminals: Terminals, verbosity: Verbosity) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut streams = Streams::new(&mut out, &mut err).on(terminals);
        streams.set_verbosity(verbosity);
        streams.say("a \u{1b}[31mname");
        streams.detail("more");
        streams.warn("::x\n::y");
        streams.add("  beside it");
        let failure = Failure::new(1, "lost\u{1b}[0m").caused_by(&std::fmt::Error);
        streams.fail(&failure.hint("find it"));
        String::from_utf8(err).unwrap()
    }

    #[test]
    fn only_our_own_colours_reach_a_terminal() {
        let colours = Terminals {
            err: true,
            smart: true,
            ..Terminals::default()
        };
        let verbose = Verbosity {
            verbose: true,
            ..Verbosity::default()
        };
        let coloured = printed(colours, verbose);
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
        let plain = printed(Terminals::default(), verbose);
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
        let quiet = Verbosity {
            quiet: true,
            ..Verbosity::default()
        };
        insta::assert_snapshot!(printed(Terminals::default(), quiet), @r"
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
