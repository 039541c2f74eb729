//! The smallest set of tests that makes another one fail.
//!
//! - Source: `ddmin`, in A. Zeller and R. Hildebrandt, Simplifying and Isolating Failure-Inducing
//!   Input, IEEE Transactions on Software Engineering 28(2), 2002.
//! - Complexity: about 2 log2 n tries where one test is enough, at most n² + 3n in the worst case.
//! - Guarantee: without any one of the tests that are left, the other test does not fail, as far as
//!   it does the same each time.
//!
//! Worked example: of 1 to 8, 3 and 6 are needed together. Neither half fails. Of the quarters, none
//! does; without 7 and 8 it still fails, then without 1 and 2; of 3, 4, 5 and 6, 4 and 5 go one by
//! one.

/// Makes a list that fails as small as it goes, in its order. `fails` is asked about parts of it; it
/// has to be true of the whole list and false of the empty one, and is asked about neither.
pub(super) fn smallest<E>(
    mut list: Vec<usize>,
    mut fails: impl FnMut(&[usize]) -> Result<bool, E>,
) -> Result<Vec<usize>, E> {
    let mut parts = 2;
    while list.len() > 1 {
        let size = list.len().div_ceil(parts);
        let next = match reduced(&list, size, &mut fails)? {
            // One part alone: it is cut in halves anew.
            Some((smaller, false)) => (smaller, 2),
            // Without one part: the others keep their size.
            Some((smaller, true)) => (smaller, (parts - 1).max(2)),
            None if size == 1 => break,
            None => {
                parts = (2 * parts).min(list.len());
                continue;
            }
        };
        (list, parts) = next;
    }
    Ok(list)
}

/// Returns a part of the list that fails, else the list without a part, and true for the latter.
fn reduced<E>(
    list: &[usize],
    size: usize,
    fails: &mut impl FnMut(&[usize]) -> Result<bool, E>,
) -> Result<Option<(Vec<usize>, bool)>, E> {
    for part in list.chunks(size) {
        if fails(part)? {
            return Ok(Some((part.to_vec(), false)));
        }
    }
    // Of two parts, each is the list without the other.
    if list.len() <= 2 * size {
        return Ok(None);
    }
    for from in (0..list.len()).step_by(size) {
        let until = (from + size).min(list.len());
        let rest = [&list[..from], &list[until..]].concat();
        if fails(&rest)? {
            return Ok(Some((rest, true)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::smallest;

    /// The smallest set where all of these are needed, and the number of tries.
    fn of(tests: usize, needed: &BTreeSet<usize>) -> (Vec<usize>, usize) {
        let mut tries = 0;
        let fails = |list: &[usize]| {
            tries += 1;
            assert!(
                list.is_sorted() && !list.is_empty() && list.len() < tests,
                "{list:?}"
            );
            Ok::<_, Infallible>(needed.iter().all(|test| list.contains(test)))
        };
        let Ok(found) = smallest((0..tests).collect(), fails);
        (found, tries)
    }

    #[test]
    fn one_of_many_takes_few_tries() {
        for test in [0, 1, 499, 500, 998, 999] {
            let (found, tries) = of(1_000, &BTreeSet::from([test]));
            assert_eq!(found, [test]);
            assert!(tries <= 20, "{tries}");
        }
    }

    #[test]
    fn tests_that_are_needed_together_are_found_together() {
        let (found, tries) = of(8, &BTreeSet::from([2, 5]));
        assert_eq!(found, [2, 5]);
        assert!(tries <= 20, "{tries}");
        assert_eq!(of(1, &BTreeSet::from([0])), (vec![0], 0));
        assert_eq!(of(2, &BTreeSet::from([0, 1])), (vec![0, 1], 2));
    }

    proptest! {
        #[test]
        fn no_test_of_the_smallest_set_can_go(
            tests in 1_usize..60,
            one in btree_set(0_usize..60, 1..4),
            other in btree_set(0_usize..60, 1..4),
        ) {
            // Either of two sets is enough.
            let within = |set: BTreeSet<usize>| -> BTreeSet<usize> {
                set.into_iter().map(|test| test % tests).collect()
            };
            let sets = [within(one), within(other)];
            let fails = |list: &[usize]| sets.iter().any(|s| s.iter().all(|t| list.contains(t)));
            let Ok(found) = smallest((0..tests).collect(), |list| Ok::<_, Infallible>(fails(list)));
            prop_assert!(fails(&found));
            for gone in 0..found.len() {
                let mut fewer = found.clone();
                fewer.remove(gone);
                prop_assert!(!fails(&fewer), "{found:?} without {gone}");
            }
        }

        #[test]
        fn what_stops_the_tries_comes_back(tests in 2_usize..60) {
            prop_assert_eq!(smallest((0..tests).collect(), |_| Err("stop")), Err("stop"));
        }
    }
}
