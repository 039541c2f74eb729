//! Identity of tests: addresses in JUnit's space, and pytest's rule from node ids to them.
//!
//! pytest writes `classname` and `name` from the node id, and nobody can turn them back
//! (`tests/a.b/c.py` and `tests/a/b/c.py` meet). So node ids are mapped forward, by
//! pytest's own rule, and addresses are compared.

mod escape;
mod likely;
mod nodeid;
mod pattern;
mod positions;
pub(crate) use likely::is_test_file;
pub use likely::likely_node_id;
pub(crate) use nodeid::{bare, dotted};
pub(crate) use pattern::Subject;
pub(crate) use positions::{Numbers, Positions, components, is_argument, is_numbered};

internal!(likely::node_id_in);

pub use nodeid::NodeId;
pub use pattern::Pattern;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A test's identity in JUnit's own space: `classname` and `name`.
///
/// Order is bytewise, by classname and then by name; it is the last tie-break of every
/// decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// For pytest the dotted file and its classes: `tests.test_api.TestLogin`.
    pub classname: String,
    /// For pytest the function with its parameters: `test_post[json]`.
    pub name: String,
}

impl Address {
    /// Makes the address of a case from its `classname` and `name` attributes.
    ///
    /// Up to version 9.1, pytest cut a node id at its first `[` even if that is in the path: it
    /// reported `tests/a[1].py::test_x` without a classname, as `tests.a[1].py::test_x`. Such a
    /// name gets the form that newer versions write: `tests.a[1]`, `test_x`. The `@group` that
    /// xdist appends to the names of grouped tests is removed: without xdist the same tests do not
    /// have it.
    pub fn of_case(classname: &str, name: &str) -> Self {
        let (classname, name, _) = canonical(classname, name);
        Self {
            classname: classname.into_owned(),
            name: name.into_owned(),
        }
    }

    /// Keeps an `@group` in the name, to compare it with node ids of the same run: xdist adds the
    /// group to both.
    pub(crate) fn as_reported(classname: &str, name: &str) -> Self {
        if has_bracket_in_path(classname, name) {
            let id = NodeId::with_group(name);
            return Self {
                classname: id.classname(),
                name: id.name(),
            };
        }
        Self {
            classname: classname.to_owned(),
            name: name.to_owned(),
        }
    }

    /// The name without its parameters: `test_post` of `test_post[json]`.
    pub fn function(&self) -> &str {
        function_of(&self.name)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.classname, self.name)
    }
}

/// Formats a test for messages: `classname::name`, or the classname of a file that is one test
/// itself.
pub(crate) fn shown(classname: &str, name: &str) -> String {
    if name.is_empty() {
        return classname.to_owned();
    }
    format!("{classname}::{name}")
}

/// The part of a test's name before its parameters.
pub(crate) fn function_of(name: &str) -> &str {
    name.split_once('[').map_or(name, |(function, _)| function)
}

/// Returns the function of a test with parameters, and nothing for other tests.
pub(crate) fn parametrised(name: &str) -> &str {
    name.split_once('[').map_or("", |(function, _)| function)
}

/// Splits a test's name from the `@group` that xdist appends to it under `--dist loadgroup`:
/// `test_x@db`, `test_x[p]@db`.
///
/// The text before the `@` has to look like a function's name, with or without parameters, so that
/// an `@` in parameters or in a title is no group. (A group with a `]` after parameters looks like
/// one of these.)
pub(crate) fn split_group(name: &str) -> (&str, Option<&str>) {
    let Some(at) = name.find('@') else {
        return (name, None);
    };
    let (end, function) = match name.find('[') {
        Some(bracket) if bracket < at => {
            (name.rfind(']').map_or(0, |end| end + 1), &name[..bracket])
        }
        _ => (at, &name[..at]),
    };
    match name[end..].strip_prefix('@') {
        Some(group) if !group.is_empty() && is_identifier(function) => (&name[..end], Some(group)),
        _ => (name, None),
    }
}

/// Splits the names of a node id, which follow its path, from their group. Neither classes nor
/// functions contain an `@`, so a group may contain anything, even `::`.
pub(crate) fn split_names(names: &str) -> (&str, Option<&str>) {
    let plain = &names[..names.find(['[', '@']).unwrap_or(names.len())];
    let last = plain.rfind("::").map_or(0, |at| at + 2);
    let (name, group) = split_group(&names[last..]);
    (&names[..last + name.len()], group)
}

/// Returns true if `text` can be a name in Python. Every non-ASCII character counts as a letter.
fn is_identifier(text: &str) -> bool {
    let fits = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '_';
    !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(fits)
}

/// Returns classname and name in canonical form (see [`Address::of_case`]), and the group that was
/// removed.
pub(crate) fn canonical<'a>(
    classname: &'a str,
    name: &'a str,
) -> (Cow<'a, str>, Cow<'a, str>, Option<&'a str>) {
    if has_bracket_in_path(classname, name) {
        let id = NodeId::parse(name);
        return (Cow::Owned(id.classname()), Cow::Owned(id.name()), None);
    }
    let (name, group) = split_group(name);
    (Cow::Borrowed(classname), Cow::Borrowed(name), group)
}

fn has_bracket_in_path(classname: &str, name: &str) -> bool {
    classname.is_empty() && matches!((name.find('['), name.find("::")), (Some(b), Some(c)) if b < c)
}

/// Returns the text in the brackets of a name.
pub(crate) fn parameters_of(name: &str) -> &str {
    let parameters = name.split_once('[').map_or("", |(_, rest)| rest);
    parameters.strip_suffix(']').unwrap_or(parameters)
}

/// Returns true if `inner` is `outer` or lies below it at a `.` border.
pub(crate) fn is_under(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Cuts the trailing parts of a dotted name that look like classes; one part always stays.
pub(crate) fn strip_classes(classname: &str) -> &str {
    let is_class = |part: &str| {
        // `_Base` is a class as well.
        let part = part.trim_start_matches('_');
        part.starts_with(char::is_uppercase)
    };
    let mut rest = classname;
    while let Some((shorter, last)) = rest.rsplit_once('.') {
        if !is_class(last) || shorter.is_empty() {
            break;
        }
        rest = shorter;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::{Address, is_under, split_group};

    #[test]
    fn a_bracket_in_the_path_is_brought_to_the_newer_form() {
        let address = Address::of_case("", "tests.d[1]/test_b.py::TestX::test_y[p::q]");
        assert_eq!(address.classname, "tests.d[1].test_b.TestX");
        assert_eq!(address.name, "test_y[p::q]");
        let plain = Address::of_case("tests.a", "test_x[a::b]");
        assert_eq!(
            (plain.classname.as_str(), plain.name.as_str()),
            ("tests.a", "test_x[a::b]")
        );
    }

    #[test]
    fn a_group_of_xdist_is_no_part_of_a_name() {
        for (name, without, group) in [
            ("test_x@g", "test_x", Some("g")),
            ("test_x@a b[1]", "test_x", Some("a b[1]")),
            ("test_x[p]@g", "test_x[p]", Some("g")),
            ("test_x[q]@z]@g@h", "test_x[q]@z]", Some("g@h")),
            ("test_é@g", "test_é", Some("g")),
            ("test_x[u@v]", "test_x[u@v]", None),
            ("test_x[u]@v]", "test_x[u]@v]", None),
            ("test_x[u@v", "test_x[u@v", None),
            ("test_x@", "test_x@", None),
            ("logs in@home", "logs in@home", None),
            ("mod.f@g", "mod.f@g", None),
            ("@g", "@g", None),
            ("[p]@g", "[p]@g", None),
            ("1@g", "1@g", None),
        ] {
            assert_eq!(split_group(name), (without, group), "{name}");
            assert_eq!(Address::of_case("t.a", name).name, without);
        }
    }

    #[test]
    fn being_under_a_prefix_ends_at_a_dot() {
        assert!(is_under("tests.a.TestX", "tests.a"));
        assert!(is_under("tests.a", "tests.a"));
        assert!(!is_under("tests.ab", "tests.a"));
    }
}
