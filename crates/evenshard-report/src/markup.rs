//! Untrusted text in Markdown, and in HTML within it.

use std::collections::VecDeque;
use std::fmt::Write as _;

use crate::escape::is_active;

/// Escapes text within a line of Markdown or of HTML: every mark that either knows becomes a
/// character reference, which both show as the mark.
pub fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in visible(text) {
        match c {
            '\n' | '\t' => out.push(' '),
            ' ' | ',' | '/' | '-' | '=' | ';' | '%' => out.push(c),
            // All of it, as Markdown renderers differ in what they act on.
            c if c.is_ascii_punctuation() => reference(&mut out, c),
            c => out.push(c),
        }
    }
    out
}

/// Escapes text within `<pre>`, where there is no Markdown. In a log, no line of it is a command
/// to a CI: `+++` opens a group of Buildkite, `::` and `##` command others.
pub fn block(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut begins = true;
    for c in visible(text) {
        match c {
            '<' | '>' | '&' | '"' | '\'' | '#' => reference(&mut out, c),
            ':' | '+' | '-' | '~' | '^' if begins => reference(&mut out, c),
            c => out.push(c),
        }
        // Blanks at the beginning do not keep a CI from reading a command.
        begins = c == '\n' || (begins && c.is_whitespace());
    }
    out
}

/// Links to the jobs of a build.
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
/// control characters become their pictures. Characters that change the direction of writing or
/// have no width are written as `\u{200b}`, as on terminals.
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
                // Windows ends lines with it; alone it would let text overwrite itself.
                '\r' => {}
                c if is_active(c) => escaped.extend(c.escape_unicode()),
                c => return Some(c),
            }
        }
    })
}
