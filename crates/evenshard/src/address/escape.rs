//! How pytest writes characters that XML cannot hold: `#x1B` for ESC.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The characters that pytest escapes in a name. Both sets are in use: reports outlive upgrades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escaping {
    /// Since pytest 9.2: DEL is escaped, characters beyond U+FFFF are not.
    Current,
    /// Up to pytest 9.1: the reverse, by a range in its pattern that was meant otherwise.
    Legacy,
    /// The characters that some version escapes: the form in which all spellings of a name agree.
    Either,
}

impl Escaping {
    fn escapes(self, c: char) -> bool {
        match c {
            '\t' | '\n' | '\r' => false,
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => true,
            '\x7f' => self != Self::Legacy,
            '\u{10000}'.. => self != Self::Current,
            _ => false,
        }
    }
}

/// `text` as pytest writes it into an attribute.
pub(super) fn escape(text: &str, escaping: Escaping) -> Cow<'_, str> {
    if !text.chars().any(|c| escaping.escapes(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if !escaping.escapes(c) {
            out.push(c);
            continue;
        }
        let code = u32::from(c);
        let written = if code <= 0xFF {
            write!(out, "#x{code:02X}")
        } else {
            write!(out, "#x{code:04X}")
        };
        debug_assert!(written.is_ok(), "writing to a string does not fail");
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{Escaping, escape};

    #[test]
    fn the_two_rules_differ_in_del_and_in_emoji_only() {
        let text = "a\x1b\t\x7f\u{1F600}é\u{ffff}";
        assert_eq!(
            escape(text, Escaping::Current),
            "a#x1B\t#x7F\u{1F600}é#xFFFF"
        );
        assert_eq!(escape(text, Escaping::Legacy), "a#x1B\t\x7f#x1F600é#xFFFF");
        assert!(matches!(
            escape("plain", Escaping::Legacy),
            std::borrow::Cow::Borrowed("plain")
        ));
    }
}
