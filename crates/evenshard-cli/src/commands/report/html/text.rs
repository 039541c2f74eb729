//! Text from outside as it stands on the page: visible, and no longer than is of use.

use crate::streams::printable_name;

/// Names in tables and lists.
pub(super) const NAME: usize = 240;
/// Names in what is said of a part of a chart, of which there are many.
pub(super) const TIP: usize = 96;

/// A name of which at most so many characters are shown, control characters made visible.
/// What is too long loses its middle: where a test is and which one it is stand at the ends.
pub(super) fn shown(name: &str, most: usize) -> String {
    // No more than the ends of a name of megabytes is looked at.
    let count = name.chars().count();
    if count <= most {
        return printable_name(name);
    }
    let tail = most * 2 / 3;
    let head: String = name.chars().take(most - tail - 1).collect();
    let tail: String = name.chars().skip(count - tail).collect();
    format!("{}…{}", printable_name(&head), printable_name(&tail))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_is_too_long_loses_its_middle() {
        assert_eq!(shown("tests.test_a::test_b", 20), "tests.test_a::test_b");
        assert_eq!(shown("tests.test_a::test_b", 9), "te…test_b");
        assert_eq!(shown("a\nb\u{202e}\x1b[1m", 20), "a\\nb\\u{202e}\\u{1b}[1m");
    }
}
