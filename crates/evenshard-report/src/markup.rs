//! Text that is no markup, for Markdown and HTML within it.

use std::collections::VecDeque;
use std::fmt::Write as _;

use crate::escape::acts;

/// Text within a line of Markdown or of HTML: every mark that either knows is written as a
/// character reference, which both show as the mark and neither acts on.
pub fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in visible(text) {
        match c {
            '\n' | '\t' => out.push(' '),
            ' ' | ',' | '/' | '-' | '=' | ';' | '%' => out.push(c),
            c if c.is_ascii_punctuation() => reference(&mut out, c),
            c => out.push(c),
        }
    }
    out
}

/// Text within `<pre>`, which ends at `</pre>` only: there is no Markdown in it. In a log, no
/// line of it is one of a CI's own: `+++` opens a group of Buildkite, `::` and `##` command
/// others.
pub fn block(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut begins = true;
    for c in visible(text) {
        match c {
            '<' | '>' | '&' | '"' | '\'' | '#' => reference(&mut out, c),
            ':' | '+' | '-' | '~' | '^' if begins => reference(&mut out, c),
            c => out.push(c),
        }
        begins = c == '\n' || (begins && c.is_whitespace());
    }
    out
}

/// Where the jobs of a build can be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The address of the build, to which `#` and a job are added.
    build: Option<String>,
}

impl Links {
    /// Links below this address, if it is one that can be shown: `https://` and no more than
    /// letters, digits and `-._~/:`.
    pub fn to_build(url: &str) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:".contains(c);
        let good =
            (url.starts_with("https://") || url.starts_with("http://")) && url.chars().all(plain);
        Self {
            build: good.then(|| url.to_owned()),
        }
    }

    /// A link to a job, where it has an address.
    pub(crate) fn job(&self, job: Option<&str>, text: &str) -> String {
        let known = |job: &&str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            !job.is_empty() && job.chars().all(plain)
        };
        match (&self.build, job.filter(known)) {
            (Some(url), Some(job)) => format!("<a href=\"{url}#{job}\">{text}</a>"),
            _ => text.to_owned(),
        }
    }
}

fn reference(out: &mut String, c: char) {
    let _ = write!(out, "&#{};", u32::from(c));
}

/// The characters to show: colours and other escape sequences of terminals are left out, other
/// control characters stand as their pictures. What changes the direction of writing or has no
/// width is written as `\u{200b}`, as on terminals.
fn visible(text: &str) -> impl Iterator<Item = char> {
    let mut rest = text.chars().peekable();
    let mut escaped = VecDeque::new();
    std::iter::from_fn(move || {
        loop {
            if let Some(c) = escaped.pop_front() {
                return Some(c);
            }
            match rest.next()? {
                '\x1b' => {
                    if rest.next_if_eq(&'[').is_some() {
                        // Parameters, and the letter that ends them.
                        while rest.next_if(|c| matches!(c, '\x20'..='\x3f')).is_some() {}
                        rest.next_if(|c| matches!(c, '\x40'..='\x7e'));
                    }
                }
                c @ ('\n' | '\t') => return Some(c),
                c @ ('\0'..='\x0c' | '\x0e'..='\x1f') => {
                    return char::from_u32(0x2400 + u32::from(c));
                }
                '\x7f'..='\u{9f}' => return Some('\u{fffd}'),
                // Line ends of Unicode.
                '\u{2028}' | '\u{2029}' => return Some(' '),
                '\r' => {}
                c if acts(c) => escaped.extend(c.escape_unicode()),
                c => return Some(c),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{block, inline};

    #[test]
    fn marks_become_references() {
        assert_eq!(
            inline("a<b>|`*x*`[y](z)"),
            "a&#60;b&#62;&#124;&#96;&#42;x&#42;&#96;&#91;y&#93;&#40;z&#41;"
        );
        assert_eq!(
            block("</pre>&amp; \"*x*\""),
            "&#60;/pre&#62;&#38;amp; &#34;*x*&#34;"
        );
    }

    #[test]
    fn escape_sequences_and_control_characters_do_not_pass() {
        assert_eq!(
            block("\x1b[1;31mE\x1b[0m  x\x07\r\n\u{9b}y"),
            "E  x\u{2407}\n\u{fffd}y"
        );
        assert_eq!(inline("a\nb\u{2028}c"), "a b c");
    }

    #[test]
    fn what_has_no_width_is_seen() {
        assert_eq!(
            block("a\u{202e}b\u{200b}\u{ad}"),
            "a\\u{202e}b\\u{200b}\\u{ad}"
        );
        let marks = "&#92;u&#123;61c&#125;";
        assert_eq!(inline("b\u{61c}"), format!("b{marks}"));
    }
}
