//! The known name that a mistyped one most likely stands for.

/// Finds the known name that takes the fewest edits: at most a third of the letters typed, so that
/// nothing far off is suggested. Of several it is the first in the alphabet.
pub(crate) fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = (typed.chars().count() / 3).max(2);
    let edits = |known: &'a str| {
        // Cheap, and true of most names of a large suite.
        let far = typed.len().abs_diff(known.len()) > 4 * most;
        (!far).then(|| (strsim::damerau_levenshtein(typed, known), known))
    };
    let (edits, known) = known.filter_map(edits).min()?;
    (edits <= most).then_some(known)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn few_edits_are_a_typo_and_many_another_name() {
        let known = || ["test_add", "test_total"].into_iter();
        assert_eq!(nearest("test_totla", known()), Some("test_total"));
        assert_eq!(nearest("test_unrelated", known()), None);
    }
}
