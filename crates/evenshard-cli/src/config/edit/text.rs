//! A text that is edited: its lines, and its line ends.

use std::ops::Range;

/// The text of a configuration file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub(super) all: &'a str,
    /// The line end that the file uses.
    pub(super) end: &'static str,
}

impl<'a> Text<'a> {
    pub(super) fn new(all: &'a str) -> Self {
        let end = if all.contains("\r\n") { "\r\n" } else { "\n" };
        Self { all, end }
    }

    pub(super) fn before(&self, at: usize) -> &'a str {
        self.all.get(..at).unwrap_or_default()
    }

    pub(super) fn after(&self, at: usize) -> &'a str {
        self.all.get(at..).unwrap_or_default()
    }

    pub(super) fn part(&self, part: &Range<usize>) -> &'a str {
        self.all.get(part.clone()).unwrap_or_default()
    }

    /// Returns the start of the line that this byte is in.
    pub(super) fn line_start(&self, at: usize) -> usize {
        self.before(at).rfind('\n').map_or(0, |end| end + 1)
    }

    /// Returns the start of the line after that of this byte.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let end = self.after(at).find('\n');
        end.map_or(self.all.len(), |end| at + end + 1)
    }

    /// Returns the end of a block whose last value ends at this byte: comments that follow it
    /// without a gap are its own, unless a header follows these.
    pub(super) fn block_end(&self, at: usize) -> usize {
        let end = self.line_end(at);
        let mut comments = end;
        while self
            .after(comments)
            .trim_start_matches([' ', '\t'])
            .starts_with('#')
        {
            comments = self.line_end(comments);
        }
        if self
            .after(comments)
            .trim_start_matches([' ', '\t'])
            .starts_with('[')
        {
            end
        } else {
            comments
        }
    }

    /// Replaces a part.
    pub(super) fn with(&self, part: Range<usize>, new: &str) -> String {
        [self.before(part.start), new, self.after(part.end)].concat()
    }

    /// Inserts lines at the start of a line, set apart from those before and after them by a blank
    /// one.
    pub(super) fn with_lines(&self, at: usize, lines: &str) -> String {
        let (before, after) = (self.before(at), self.after(at));
        let mut out = before.to_owned();
        let is_blank = |line: Option<&str>| line.is_none_or(|line| line.trim().is_empty());
        if !before.is_empty() && !before.ends_with('\n') {
            out += self.end;
        }
        // A byte order mark is no line.
        let has_lines = !before.trim_start_matches('\u{feff}').is_empty();
        if has_lines && !is_blank(before.lines().next_back()) {
            out += self.end;
        }
        out += &lines.replace('\n', self.end);
        if !is_blank(after.lines().next()) {
            out += self.end;
        }
        out + after
    }

    /// Removes whole lines with the comments directly above them, and the blank line that nothing
    /// needs any more.
    pub(super) fn without_lines(&self, mut lines: Range<usize>) -> String {
        while let Some(above) = self.before(lines.start).strip_suffix('\n') {
            let start = self.line_start(above.len());
            if !self
                .part(&(start..above.len()))
                .trim_start()
                .starts_with('#')
            {
                break;
            }
            lines.start = start;
        }
        let (before, mut after) = (self.before(lines.start), self.after(lines.end));
        let is_blank = |line: Option<&str>| line.is_none_or(|line| line.trim().is_empty());
        if is_blank(before.lines().next_back()) && !after.is_empty() {
            while is_blank(after.lines().next()) && !after.is_empty() {
                after = after.split_once('\n').map_or("", |(_, after)| after);
            }
        }
        if after.is_empty() {
            let kept = before.trim_end();
            let end = if kept.is_empty() { "" } else { self.end };
            return [kept, end].concat();
        }
        [before, after].concat()
    }

    /// Removes one of several elements of a list, with its comma.
    pub(super) fn without_element(&self, elements: &[Range<usize>], at: usize) -> String {
        let Some(own) = elements.get(at) else {
            return self.all.to_owned();
        };
        let before = at.checked_sub(1).and_then(|before| elements.get(before));
        let cut = match (before, elements.get(at + 1)) {
            (_, Some(next)) => own.start..next.start,
            (Some(before), None) => before.end..own.end,
            (None, None) => {
                let rest = self.after(own.end);
                let comma = rest.trim_start().starts_with(',');
                let comma = rest
                    .find(',')
                    .filter(|_| comma)
                    .map_or(0, |comma| comma + 1);
                own.start..own.end + comma
            }
        };
        self.with(cut, "")
    }

    /// Appends an element to a list, on a line of its own where the last one has one.
    pub(super) fn with_element(
        &self,
        list: &Range<usize>,
        elements: &[Range<usize>],
        new: &str,
    ) -> String {
        let Some(newest) = elements.last() else {
            return self.with(list.start + 1..list.start + 1, new);
        };
        let start = self.line_start(newest.start);
        let indent = self.part(&(start..newest.start));
        let between = if indent.trim().is_empty() && start > list.start {
            [",", self.end, indent].concat()
        } else {
            ", ".to_owned()
        };
        self.with(newest.end..newest.end, &(between + new))
    }
}

/// Writes a text as TOML has it. JSON escapes the same, but for one character.
pub(super) fn quoted(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap_or_default();
    json.replace('\u{7f}', "\\u007F")
}
