//! Parameter ids that count, told by names alone.

use std::collections::BTreeMap;

/// Whether some component of these ids of one function counts from 0 to n-1 behind one prefix:
/// `path0`, `path1`, ... as pytest numbers what it has no name for. Components are what `-`
/// separates, wherever they are: those before them can hold a `-` of their own.
pub(super) fn count_up<'n>(names: impl IntoIterator<Item = &'n str>) -> bool {
    let mut numbers: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for name in names {
        let parameters = name.split_once('[').map_or("", |(_, rest)| rest);
        let parameters = parameters.strip_suffix(']').unwrap_or(parameters);
        for (prefix, number) in parameters.split('-').filter_map(numbered) {
            numbers.entry(prefix).or_default().push(number);
        }
    }
    numbers.values_mut().any(|numbers| {
        numbers.sort_unstable();
        numbers.dedup();
        numbers.len() > 1 && (0..).zip(&*numbers).all(|(at, &number)| at == number)
    })
}

/// The prefix and the number of a component such as `path12`. What is a number as a whole is a
/// value.
fn numbered(component: &str) -> Option<(&str, u64)> {
    let prefix = component.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &component[prefix.len()..];
    let counts = digits == "0" || !digits.starts_with('0');
    if prefix.is_empty() || !counts || component.parse::<f64>().is_ok() {
        return None;
    }
    Some((prefix, digits.parse().ok()?))
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
        ] {
            let names: Vec<String> = ids.iter().map(|id| format!("test_p[{id}]")).collect();
            assert!(!count_up(names.iter().map(String::as_str)), "{ids:?}");
        }
    }
}
