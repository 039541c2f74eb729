//! Text from outside on a page: visible, and no longer than is of use.

use std::fmt::{self, Display};

use askama::filters::{Escaper, Html, HtmlSafe};

use crate::escape::printable_name;
use crate::words::{Keep, cut};

/// The most characters of names in tables and lists. Chosen: see `NAMES` of the verdict.
pub(super) const NAME: usize = 240;
/// The most characters of names in the tips of charts, of which there are many. Chosen: a tip of one
/// line.
pub(super) const TIP: usize = 96;

/// A name of which at most so many characters are shown, control characters made visible.
pub(super) fn shown(name: &str, most: usize) -> String {
    printable_name(&cut(name, most, Keep::Ends))
}

/// A name as markup: escaped, and free to go on in the next line behind its dots, colons and
/// slashes, and before its parameters.
#[derive(Debug)]
pub(super) struct Name<'t>(pub(super) &'t str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let breaks = |c| matches!(c, '.' | ':' | '/');
        let mut parts = self.0.split_inclusive(breaks).peekable();
        while let Some(part) = parts.next() {
            // One that begins a part is no parameter.
            let bracket = part.find('[').filter(|&at| at > 0).unwrap_or(part.len());
            let (before, parameters) = part.split_at(bracket);
            Html.write_escaped_str(&mut *f, before)?;
            if !parameters.is_empty() {
                f.write_str("<wbr>")?;
                Html.write_escaped_str(&mut *f, parameters)?;
            }
            // Two marks in a row stay together.
            let marks = |next: &&str| next.len() == 1 && next.ends_with(breaks);
            if parts.peek().is_some_and(|next| !marks(next)) {
                f.write_str("<wbr>")?;
            }
        }
        Ok(())
    }
}

/// It is escaped above.
impl HtmlSafe for Name<'_> {}

#[cfg(test)]
mod tests {
    use super::{Name, shown};

    #[test]
    fn a_name_breaks_behind_what_separates_and_nowhere_else() {
        assert_eq!(
            Name("a.b::c[<i>]").to_string(),
            "a.<wbr>b::<wbr>c<wbr>[&#60;i&#62;]"
        );
        assert_eq!(Name("").to_string(), "");
    }

    #[test]
    fn control_characters_are_visible() {
        assert_eq!(shown("a\nb\u{202e}\x1b[1m", 20), "a\\nb\\u{202e}\\u{1b}[1m");
    }
}
