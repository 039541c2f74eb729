//! The binary on a real pseudo-terminal, and what is then to be seen on it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::support::Folder;

/// What one run on a terminal gave.
#[derive(Debug, Deserialize)]
pub(super) struct Seen {
    pub(super) code: i32,
    /// All that was written to the terminal, as it was written.
    pub(super) screen: String,
    /// What was written to stdout, where that is a pipe.
    pub(super) piped: String,
}

/// A terminal to run in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal<'a> {
    pub(super) columns: u32,
    /// Whether stdout is the terminal too.
    pub(super) both: bool,
    pub(super) env: &'a [(&'a str, &'a str)],
}

impl Default for Terminal<'_> {
    fn default() -> Self {
        Self {
            columns: 80,
            both: false,
            env: &[("TERM", "xterm-256color")],
        }
    }
}

impl Terminal<'_> {
    pub(super) fn run(&self, folder: &Folder, arguments: &[&str]) -> Seen {
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/cli/terminal/terminal.py"
        );
        let mut command = Command::new("python3");
        command
            .arg(script)
            .arg(self.columns.to_string())
            .arg(if self.both { "both" } else { "err" })
            .arg(env!("CARGO_BIN_EXE_evenshard"))
            .args(arguments);
        command.current_dir(folder.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.env.iter().copied());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Seen {
    /// The lines that are to be seen at the end, without the colours.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![Vec::new()];
        let mut column = 0;
        let mut text = self.screen.chars();
        while let Some(c) = text.next() {
            let line: &mut Vec<char> = lines.last_mut().unwrap();
            match c {
                '\r' => column = 0,
                '\n' => lines.push(Vec::new()),
                '\u{1b}' => {
                    let sequence: String = text
                        .by_ref()
                        .take_while(|c| *c != 'm' && *c != 'K')
                        .collect();
                    match sequence.as_str() {
                        // Only erasing has no parameters; a colour has its number.
                        "[" => line.truncate(column),
                        colour => assert!(colour.starts_with('['), "{colour:?}"),
                    }
                }
                c => {
                    line.resize(column.max(line.len()), ' ');
                    line.splice(column..line.len().min(column + 1), [c]);
                    column += 1;
                }
            }
        }
        let lines = lines.into_iter().map(|line| line.into_iter().collect());
        let mut lines: Vec<String> = lines.collect();
        assert_eq!(lines.pop().as_deref(), Some(""), "{self:?}");
        lines
    }

    /// What was shown for a while: all that was erased again.
    pub(super) fn shown(&self) -> Vec<&str> {
        let parts = self.screen.split("\r\u{1b}[K").skip(1);
        parts
            .filter_map(|part| part.split_once('\n').map_or(Some(part), |_| None))
            .filter(|part| !part.is_empty())
            .collect()
    }
}

/// A named pipe that gives `content` in two parts, with a pause between them.
pub(super) fn slow_pipe(folder: &Folder, name: &str, content: String, pause: Duration) -> PathBuf {
    let path = folder.path().join(name);
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let pipe = path.clone();
    std::thread::spawn(move || {
        use std::io::Write as _;
        // Opens when the reader does.
        let mut pipe = std::fs::OpenOptions::new().write(true).open(pipe).unwrap();
        let (first, second) = content.split_at(content.len() / 2);
        pipe.write_all(first.as_bytes()).unwrap();
        std::thread::sleep(pause);
        pipe.write_all(second.as_bytes()).unwrap();
    });
    path
}
