//! What text from outside may look like where it is shown.

use std::fmt::Write as _;

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

/// Characters that act instead of being shown: control characters, line ends of Unicode, those
/// that turn the direction of writing, and those that have no width, by which two names differ
/// that look the same.
pub fn acts(c: char) -> bool {
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
pub fn commands(line: &str, at: usize, blank: usize) -> bool {
    let rest = line.get(at..).unwrap_or_default();
    let anywhere = ["##[", "##vso[", "##teamcity["];
    anywhere.iter().any(|c| rest.starts_with(c)) || (at == blank && rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::{printable, printable_name};

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
    fn names_that_look_the_same_are_the_same() {
        let name = "a\u{200b}b\u{ad}c\u{feff}d\u{2060}e\u{e0041}";
        assert_eq!(
            printable(name),
            "a\\u{200b}b\\u{ad}c\\u{feff}d\\u{2060}e\\u{e0041}"
        );
    }

    #[test]
    fn a_name_gives_no_command_to_a_ci() {
        assert_eq!(printable("  ::error::x\ny"), "  \\u{3a}:error::x\ny");
        assert_eq!(printable("a::b"), "a::b");
        assert_eq!(printable("a ##vso[task.x]"), "a \\u{23}#vso[task.x]");
        assert_eq!(printable_name("a\n+++ b\tc"), "a\\n+++ b\\tc");
    }
}
