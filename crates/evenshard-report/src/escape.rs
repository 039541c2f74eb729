//! Untrusted text on terminals and in logs.

use std::fmt::Write as _;

/// Makes text of any number of lines safe for a terminal or a log. Names of tests and files come from
/// reports; a terminal acts on escape sequences, a reader is misled by characters that turn
/// the direction of writing, and a CI acts on lines that look like its own commands.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        // GitHub looks for its commands behind blanks as well.
        let blank = line.len() - line.trim_start().len();
        for (at, c) in line.char_indices() {
            if (is_active(c) && c != '\t') || is_command(line, at, blank) {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            } else {
                out.push(c);
            }
        }
    }
    out
}

/// Makes a name safe within a line: [`printable`], and line ends and tabs are visible as well.
pub fn printable_name(name: &str) -> String {
    printable(&name.replace('\n', "\\n").replace('\t', "\\t"))
}

/// Returns true for a character that acts instead of being shown: control characters, line ends of Unicode, those
/// that turn the direction of writing, and those that have no width, by which two names differ
/// that look the same.
pub fn is_active(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_invisible(c)
}

/// The characters of Unicode's `Default_Ignorable_Code_Point` (16.0), which begin with the soft
/// hyphen and hold those of direction, and the marks of interlinear annotations.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns true if a command to a CI begins at this byte of a line, whose first `blank` bytes are blank: Azure and `TeamCity` look for theirs anywhere in a line,
/// GitHub at its beginning, after blanks.
pub fn is_command(line: &str, at: usize, blank: usize) -> bool {
    let rest = line.get(at..).unwrap_or_default();
    let anywhere = ["##[", "##vso[", "##teamcity["];
    anywhere.iter().any(|c| rest.starts_with(c)) || (at == blank && rest.starts_with("::"))
}
