//! Fenced blocks of a page.

use std::fmt::Write as _;

/// A fenced block, with what the comments above it say.
pub(super) struct Block {
    /// The line of its fence, counted from 1.
    pub(super) line: usize,
    /// How many headings stand above it.
    pub(super) section: usize,
    /// What stands behind the fence.
    pub(super) language: String,
    pub(super) text: String,
    /// The comments right above.
    comments: String,
}

impl Block {
    /// All blocks of a page, in order.
    pub(super) fn all_of(page: &str) -> Vec<Self> {
        let (mut blocks, mut comments, mut section) = (Vec::new(), String::new(), 0);
        let mut lines = (1..).zip(page.lines());
        while let Some((line, content)) = lines.next() {
            let Some(language) = content.trim_start().strip_prefix("```") else {
                section += usize::from(content.starts_with('#'));
                if content.starts_with("<!--") {
                    comments.push_str(content);
                } else if !content.is_empty() {
                    comments.clear();
                }
                continue;
            };
            let indent = content.len() - content.trim_start().len();
            let mut text = String::new();
            for (_, content) in lines.by_ref() {
                if content.trim_start().starts_with("```") {
                    break;
                }
                writeln!(text, "{}", content.get(indent..).unwrap_or_default()).unwrap();
            }
            blocks.push(Self {
                line,
                section,
                language: language.trim().to_owned(),
                text,
                comments: std::mem::take(&mut comments),
            });
        }
        blocks
    }

    /// True for a block of commands, alone or with their output.
    pub(super) fn is_commands(&self) -> bool {
        matches!(&*self.language, "" | "sh" | "bash") || self.is_console()
    }

    /// True for commands with their output.
    pub(super) fn is_console(&self) -> bool {
        self.language == "console"
    }

    /// The lines of commands, without what surrounds them.
    pub(super) fn commands(&self) -> Vec<&str> {
        let lines = self.text.lines().map(str::trim);
        if self.is_console() {
            lines.filter_map(|line| line.strip_prefix("$ ")).collect()
        } else {
            lines.collect()
        }
    }

    /// The name of the file that the block shows, if its first line or a comment above says it.
    pub(super) fn file(&self) -> Option<&str> {
        if let Some((_, rest)) = self.comments.split_once("<!-- file: ") {
            return rest.split(' ').next();
        }
        let name = self.text.lines().next()?.strip_prefix("# ")?;
        let is_file = name.contains('.') && !name.contains(' ') && !self.is_commands();
        is_file.then_some(name)
    }

    /// The commands of a dialogue, each with the lines that follow it.
    pub(super) fn dialogue(&self) -> Vec<(String, Vec<&str>)> {
        let mut dialogue: Vec<(String, Vec<&str>)> = Vec::new();
        for line in self.text.lines() {
            match (line.strip_prefix("$ "), dialogue.last_mut()) {
                (Some(command), _) => dialogue.push((command.to_owned(), Vec::new())),
                (None, Some((_, expected))) => expected.push(line),
                (None, None) => panic!("line {}: output without a command", self.line),
            }
        }
        dialogue
    }

    /// How its last command ends.
    pub(super) fn exits(&self) -> i32 {
        let said = self.comments.split_once("<!-- exits: ");
        let code = said.and_then(|(_, rest)| rest.split(' ').next());
        code.map_or(0, |code| code.parse().unwrap())
    }

    /// Compares all that a command printed.
    #[track_caller]
    pub(super) fn compare_all(&self, place: &str, expected: &[&str], said: &str) {
        let said = self.unwrapped(said.lines());
        let said: Vec<String> = said.iter().map(|line| self.comparable(line)).collect();
        let mut at = 0;
        let mut more = false;
        for line in self.unwrapped(expected.iter().copied()) {
            if line == "..." {
                more = true;
                continue;
            }
            let wanted = self.comparable(&line);
            let found = said[at..].iter().position(|line| *line == wanted);
            let found = found.unwrap_or_else(|| panic!("{place}: no `{line}` in {said:#?}"));
            assert!(more || found == 0, "{place}: before `{line}`: {said:#?}");
            at += found + 1;
            more = false;
        }
        assert!(
            more || at == said.len(),
            "{place}: more than is shown: {said:#?}"
        );
    }

    /// Finds every line of this block, in its order, among what was printed.
    #[track_caller]
    pub(super) fn compare_lines(&self, place: &str, said: &str) {
        let mut rest = said.lines().map(|line| self.comparable(line));
        for line in self.text.lines() {
            let wanted = self.comparable(line);
            let found = rest.any(|line| line == wanted);
            assert!(found, "{place}: no `{line}`, in its place, in\n{said}");
        }
    }

    /// The lines, each with what was wrapped from it: where figures vary, so does the last word
    /// that fits.
    fn unwrapped<'l>(&self, lines: impl Iterator<Item = &'l str>) -> Vec<String> {
        let mut whole: Vec<String> = Vec::new();
        for line in lines {
            let rest = line
                .strip_prefix("  ")
                .filter(|rest| !rest.starts_with(' '));
            match (rest, whole.last_mut()) {
                (Some(rest), Some(last)) if self.varies() && !last.is_empty() => {
                    *last = format!("{last} {rest}");
                }
                _ => whole.push(line.to_owned()),
            }
        }
        whole
    }

    fn varies(&self) -> bool {
        self.comments.contains("<!-- figures vary -->")
    }

    /// A line without what may differ from run to run.
    fn comparable(&self, line: &str) -> String {
        if !self.varies() {
            return line.trim_end().to_owned();
        }
        // The short form of a digest.
        let is_digest =
            |word: &&str| word.len() == 12 && word.chars().all(|c| c.is_ascii_hexdigit());
        let mut words = line.split(|c: char| !c.is_ascii_alphanumeric());
        let line = match words.find(is_digest) {
            Some(digest) => line.replace(digest, "DIGEST"),
            None => line.to_owned(),
        };
        let mut plain = String::new();
        for c in line.chars() {
            let figure = c.is_ascii_digit() || c == '.';
            if !(figure && plain.ends_with('0')) {
                plain.push(if c.is_ascii_digit() { '0' } else { c });
            }
        }
        let words: Vec<&str> = plain.split_whitespace().collect();
        words.join(" ").replace("0 ms", "0 s")
    }
}
