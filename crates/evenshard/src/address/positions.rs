//! Parameter ids that are positions, and the parts that such ids have in common.
//!
//! pytest numbers the values of an argument that it has no name for (`path0`, `path1`), and makes
//! equal ids unique by a number. If the order of the values depends on the machine, an id means
//! another value there. So tests whose ids differ in positions only have to share a shard. A name
//! does not show which of its numbers are positions: every number that can be one counts as one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{is_identifier, parameters_of};

/// A component of parameters, cut before the number that ends it.
type Component<'n> = (&'n str, &'n str);

/// Tells which numbers in the ids of one function can be positions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Positions {
    /// The prefixes whose numbers are none though these could be the names of arguments, and
    /// those of other kinds whose numbers are some.
    exceptions: BTreeSet<String>,
}

/// The numbers behind one prefix.
#[derive(Default)]
pub(crate) struct Numbers<'n> {
    pub(crate) seen: BTreeSet<&'n str>,
    /// The number of ids with a position, and the last of these ids.
    pub(crate) ids: u64,
    last: u64,
}

impl<'n> Numbers<'n> {
    /// Notes a number in an id. The ids are counted from 1, and those of one id come together.
    pub(crate) fn note(&mut self, number: &'n str, id: u64) {
        self.seen.insert(number);
        self.ids += u64::from(self.last != id);
        self.last = id;
    }
}

impl Positions {
    /// Finds the positions in the ids of one function. The number of a component can be a position
    /// if it follows
    /// - what could be the name of an argument, unless it is always the same number `k` and more
    ///   than one in `k + 1` ids has it: an argument with a position `k` has `k + 1` values at least;
    /// - any other text that 0 and 1 follow as well, as in the numbers of equal ids.
    pub(crate) fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut behind: BTreeMap<&str, Numbers<'_>> = BTreeMap::new();
        let mut ids = 0;
        for name in names {
            ids += 1;
            for (prefix, number) in components(name).filter(is_numbered) {
                behind.entry(prefix).or_default().note(number, ids);
            }
        }
        let is_exception = |(prefix, numbers): &(&str, Numbers<'_>)| {
            // Equal ids are numbered from 0 on, whatever text they have.
            if !is_argument(prefix) {
                return numbers.seen.contains("0") && numbers.seen.contains("1");
            }
            let number = numbers.seen.first().and_then(|n| n.parse().ok());
            // An argument with this position has one value more at least.
            let values = u128::from(number.unwrap_or(u64::MAX)) + 1;
            numbers.seen.len() == 1 && u128::from(numbers.ids) * values > u128::from(ids)
        };
        let exceptions = behind.into_iter().filter(is_exception);
        Self {
            exceptions: exceptions.map(|(prefix, _)| prefix.to_owned()).collect(),
        }
    }

    /// A name with `#` for its positions: what tests that differ in these only share, on every
    /// machine.
    pub(crate) fn without<'n>(&self, name: &'n str) -> Cow<'n, str> {
        let Some((function, rest)) = name.split_once('[') else {
            return Cow::Borrowed(name);
        };
        let mut without = format!("{function}[");
        for (at, component) in components(name).enumerate() {
            let (prefix, number) = component;
            let number = if self.has(&component) { "#" } else { number };
            without.extend([if at > 0 { "-" } else { "" }, prefix, number]);
        }
        if rest.ends_with(']') {
            without.push(']');
        }
        Cow::Owned(without)
    }

    /// Returns true if the positions are independent of everything else in these names of one
    /// function: each name without positions has the same set of them. If another argument gets its
    /// values from the same list (`zip`), an id stands for another pair on a machine with another
    /// order.
    pub(crate) fn are_free<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> bool {
        let mut positions: BTreeMap<Cow<'n, str>, BTreeSet<Vec<Component<'n>>>> = BTreeMap::new();
        for name in names {
            let of_name = positions.entry(self.without(name)).or_default();
            of_name.insert(components(name).filter(|part| self.has(part)).collect());
        }
        let mut sets = positions.values();
        let first = sets.next();
        let has_some = |set: &BTreeSet<Vec<_>>| set.iter().any(|positions| !positions.is_empty());
        first.is_some_and(|first| has_some(first) && sets.all(|set| set == first))
    }

    /// Returns true if the number of a component can be a position.
    fn has(&self, component: &Component<'_>) -> bool {
        let is_exception = || self.exceptions.contains(component.0);
        is_numbered(component) && is_argument(component.0) != is_exception()
    }
}

/// True for what an argument can be called, or a function without a name.
pub(crate) fn is_argument(prefix: &str) -> bool {
    prefix == "<lambda>" || is_identifier(prefix)
}

/// The components of a name's parameters, which `-` separates, each cut before the number that
/// ends it. They are what `-` separates, wherever they are: others can have a `-` of their own.
pub(crate) fn components(name: &str) -> impl Iterator<Item = Component<'_>> {
    parameters_of(name).split('-').map(|component| {
        let prefix = component.trim_end_matches(|c: char| c.is_ascii_digit());
        component.split_at(prefix.len())
    })
}

/// True where a number follows some text that is no part of one (as in `1.0`, `1e5`, `1.2.3`).
pub(crate) fn is_numbered(&(prefix, number): &Component<'_>) -> bool {
    let is_number = || prefix.bytes().all(|c| b"0123456789.+eE".contains(&c));
    !number.is_empty() && (is_argument(prefix) || !is_number())
}

#[cfg(test)]
mod tests {
    use super::Positions;

    /// Whether the positions of these ids are free, and the groups that share a shard.
    fn groups(ids: &[&str]) -> (bool, Vec<String>) {
        let names: Vec<String> = ids.iter().map(|id| format!("test_x[{id}]")).collect();
        let names = || names.iter().map(String::as_str);
        let positions = Positions::of(names());
        let mut groups: Vec<String> = names().map(|n| positions.without(n).into_owned()).collect();
        groups.sort_unstable();
        groups.dedup();
        (positions.are_free(names()), groups)
    }

    #[test]
    fn ids_that_differ_in_positions_only_are_one_without_them() {
        for (ids, without) in [
            (&["a-path12-b3"][..], "a-path12-b3"),
            (&["a-path0-b0"], "a-path#-b#"),
            (&["path10-utf8", "path11-utf8"], "path#-utf8"),
            (&["path0-py38", "path1-py39"], "path#-py#"),
            (&["\u{e9}t\u{e9}1", "\u{e9}t\u{e9}2"], "\u{e9}t\u{e9}#"),
            (&["x00", "x01"], "x#"),
            (&["<lambda>0", "<lambda>1"], "<lambda>#"),
            (&["2.4-2.4_0", "2.4-2.4_1"], "2.4-2.4_#"),
            (&["v 0", "v 1", "v 7"], "v #"),
            (&["e0", "e1"], "e#"),
        ] {
            assert_eq!(groups(ids).1, [format!("test_x[{without}]")], "{ids:?}");
        }
        let name = |name| Positions::default().without(name).into_owned();
        for same in ["test_x", "test_1", "test_x[]", "test_x[a", "test_x[1]2]"] {
            assert_eq!(name(same), same);
        }
        assert_eq!(name("test_1[path0]"), "test_1[path#]");
        assert_eq!(name("test_1[open0"), "test_1[open#");
    }

    #[test]
    fn numbers_of_values_stay() {
        for ids in [
            &["1.0a0", "1.0a5"][..],
            &["1.0", "1.1"],
            &["1.2.0", "1.2.1"],
            &["0", "1", "2"],
            &["1e0", "1e1"],
            &["new-0", "new-1"],
            &["v@v1.0", "v@v1.2"],
            // Android 12 cannot be the thirteenth of three values.
            &["android12", "linux", "macos"],
        ] {
            assert_eq!(groups(ids).1.len(), ids.len(), "{ids:?}");
        }
    }

    #[test]
    fn positions_are_free_where_all_else_comes_with_each_of_them() {
        for (ids, count) in [
            (&["p0-a", "p1-a", "p0-b", "p1-b"][..], 2),
            (&["p0", "p1", "p2"], 1),
            (&["p0-q0-a", "p1-q1-a", "p0-q0-b", "p1-q1-b"], 2),
            (
                &["p0-1.0a0", "p1-1.0a0", "p0-1.0", "p1-1.0", "p0-2", "p1-2"],
                3,
            ),
            (&["p0-a-b", "p1-a-b", "p0-android12", "p1-android12"], 2),
            (&["p0-a", "p0-b"], 2),
        ] {
            assert_eq!(
                (groups(ids).0, groups(ids).1.len()),
                (true, count),
                "{ids:?}"
            );
        }
        for ids in [
            &["True-p0", "False-p1"][..],
            &["fast", "p1", "p2", "slow"],
            &["0-p0", "1-p1", "2-p2"],
            &["a-p0", "a-p1", "b-p2", "b-p3"],
            &["p0-a", "p1-a", "p0-b"],
            &["a", "b"],
            // Zipped with a flag, and each of them with all of another list.
            &["a-p0-q0", "a-p0-q1", "b-p1-q0", "b-p1-q1"],
            // One without a name among some that have one, with all of another list.
            &["fast-q0", "fast-q1", "p1-q0", "p1-q1"],
            &["p0-q0", "p0-q1", "r0-q0", "r0-q1"],
            &[],
        ] {
            assert!(!groups(ids).0, "{ids:?}");
        }
    }
}
