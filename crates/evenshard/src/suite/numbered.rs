//! Parameter ids that count up, recognised by their names alone.

use std::collections::BTreeMap;

use crate::address::{Numbers, components, is_argument, is_numbered, parameters_of};

/// One in so many ids of a function has a component that counts, where pytest numbered the
/// values of an argument. Others can have names of their own. Chosen, not measured.
const OF_ARGUMENT: u64 = 4;
/// One in so many ids has a component that counts, where pytest numbered equal ids. Values such as
/// versions count as well (`1.0a0`, `1.0a1`), but not most of them behind one prefix: so half.
const OF_EQUALS: u64 = 2;

/// Returns true if the ids of one function are positions: a component counts from 0 to n-1 behind
/// the name of an argument (`path0`, `path1`), as pytest numbers values without names, or whole ids
/// count behind one prefix (`a0`, `a1`), as it numbers equal ones. Components are separated by `-`,
/// wherever they are: those before them can contain a `-`.
pub(super) fn count_up<'n>(names: impl IntoIterator<Item = &'n str>) -> bool {
    let mut of_arguments: BTreeMap<&str, Numbers<'_>> = BTreeMap::new();
    let mut of_equals: BTreeMap<&str, Numbers<'_>> = BTreeMap::new();
    let mut ids = 0;
    for name in names {
        ids += 1;
        if let Some((_, number)) = components(name).last().filter(counts) {
            // The whole id, since pytest numbers it as one.
            let prefix = parameters_of(name).trim_end_matches(|c: char| c.is_ascii_digit());
            of_equals.entry(prefix).or_default().note(number, ids);
        }
        let numbers = components(name).filter(counts);
        for (prefix, number) in numbers.filter(|(prefix, _)| is_argument(prefix)) {
            of_arguments.entry(prefix).or_default().note(number, ids);
        }
    }
    let any = |numbers: &BTreeMap<&str, Numbers<'_>>, part: u64| {
        let mut numbers = numbers.values();
        numbers.any(|numbers| numbers.ids * part >= ids && is_whole(numbers))
    };
    any(&of_arguments, OF_ARGUMENT) || any(&of_equals, OF_EQUALS)
}

/// Returns true for a component such as `path12`: its number has no zeros before it, and no more
/// digits than a count.
fn counts(component: &(&str, &str)) -> bool {
    let (_, number) = *component;
    let is_count = number == "0" || !number.starts_with('0');
    is_numbered(component) && is_count && number.parse::<u64>().is_ok()
}

/// Returns true if these are the numbers 0 to n-1. They are all different and have no zeros before
/// them, so that is so if none is as large as their count.
fn is_whole(numbers: &Numbers<'_>) -> bool {
    let count = numbers.seen.len();
    let is_below = |number: &&str| number.parse().is_ok_and(|number: usize| number < count);
    count > 1 && numbers.seen.iter().all(is_below)
}

#[cfg(test)]
mod tests {
    use super::count_up;

    #[test]
    fn ids_that_count_behind_one_prefix_are_told() {
        for ids in [
            &["path0", "path1", "path2"][..],
            &["path0-x", "path0-y", "path1-x", "path1-y"],
            &["a-b-obj1", "c-obj0"],
            &["<lambda>0", "<lambda>1"],
            &["a0", "a1"],
            &["1_0", "1_1"],
            &["x-y1", "x-y0"],
            &["fast", "obj0", "obj1"],
            &["fast", "slow", "small", "large", "obj0", "obj1"],
            &["1.0a0", "1.0a1", "1.0"],
        ] {
            let names: Vec<String> = ids.iter().map(|id| format!("test_p[{id}]")).collect();
            assert!(count_up(names.iter().map(String::as_str)), "{ids:?}");
        }
    }

    #[test]
    fn values_do_not_count() {
        for ids in [
            &["0", "1", "2"][..],
            &["new-0", "new-1"],
            &["0.0", "0.1", "0.2"],
            &["path0"],
            &["v1", "v2"],
            &["a0", "a2"],
            &["a00", "a01"],
            &["utf-8", "utf-16"],
            &["a0", "b1"],
            &[
                "1.0a0-1.0b0-lt",
                "1.0a0-1.0a1-lt",
                "1.0-1.0a1-gt",
                "1.0-1.1-lt",
                "2.0-1.1-gt",
            ],
            &["1.0a0", "1.0a1", "1.0b0", "1.0b1", "1.0"],
        ] {
            let names: Vec<String> = ids.iter().map(|id| format!("test_p[{id}]")).collect();
            assert!(!count_up(names.iter().map(String::as_str)), "{ids:?}");
        }
    }
}
