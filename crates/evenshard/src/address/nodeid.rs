//! pytest node ids and the addresses that pytest makes of them.

use super::escape::{Escaping, escape};
use crate::address::{Address, split_names};

/// A pytest node id, taken apart: `tests/test_api.py::TestLogin::test_post[json]`.
///
/// The path ends at the first `::`; what follows is cut at its first `[`, before it is
/// split on `::`, so that parameters may hold anything.
///
/// ```
/// use evenshard::NodeId;
/// let id = NodeId::parse("tests/test_api.py::TestLogin::test_post[a::b/c]");
/// assert_eq!(id.dotted_file(), "tests.test_api");
/// assert_eq!(id.classname(), "tests.test_api.TestLogin");
/// assert_eq!(id.name(), "test_post[a::b/c]");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeId<'a> {
    path: &'a str,
    /// Classes and function; empty for an id without `::`.
    names: Vec<&'a str>,
    /// From the first `[` on, as written.
    params: Option<&'a str>,
    /// The text that xdist put after an `@`.
    group: Option<&'a str>,
}

impl<'a> NodeId<'a> {
    /// Takes `id` apart; every text is some node id. A `./` before it (as `find` prints) is
    /// dropped, and so is the [`group`](Self::group) behind it.
    pub fn parse(id: &'a str) -> Self {
        Self::taken_apart(id, split_names)
    }

    /// Parses an id and keeps its group in the names, as pytest writes them in reports. A group
    /// with `::` then looks like a class.
    pub(crate) fn with_group(id: &'a str) -> Self {
        Self::taken_apart(id, |names| (names, None))
    }

    fn taken_apart(id: &'a str, split: fn(&'a str) -> (&'a str, Option<&'a str>)) -> Self {
        let id = id.strip_prefix("./").unwrap_or(id);
        let Some((path, tail)) = id.split_once("::") else {
            return Self {
                path: id,
                names: Vec::new(),
                params: None,
                group: None,
            };
        };
        let (tail, group) = split(tail);
        // Parameters first: they may contain `::`.
        let (names, params) = match tail.find('[') {
            Some(at) => (&tail[..at], Some(&tail[at..])),
            None => (tail, None),
        };
        Self {
            path,
            names: names.split("::").collect(),
            params,
            group,
        }
    }

    /// Returns the node id with the same names in another file.
    pub(crate) fn in_file(self, path: &'a str) -> Self {
        Self { path, ..self }
    }

    /// Returns true for an id without `::`: the path of a file.
    pub(crate) fn is_file(&self) -> bool {
        self.names.is_empty()
    }

    /// The path as written, with `/`.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// The path as it begins a classname: `/` as `.`, a final `.py` dropped.
    pub fn dotted_file(&self) -> String {
        dotted(self.path)
    }

    /// The dotted file and the classes.
    pub fn classname(&self) -> String {
        let mut out = self.dotted_file();
        for class in self.classes() {
            out.push('.');
            out.push_str(class);
        }
        out
    }

    /// The classes between the file and the function, outermost first.
    pub fn classes(&self) -> &[&'a str] {
        self.names.split_last().map_or(&[], |(_, classes)| classes)
    }

    /// The function's name without parameters.
    pub fn function(&self) -> &'a str {
        self.names.last().copied().unwrap_or_default()
    }

    /// The `xdist_group` that xdist puts behind an id under `--dist loadgroup`, as in
    /// `test_post[json]@db`. It is no part of the test's identity.
    pub fn group(&self) -> Option<&'a str> {
        self.group
    }

    /// The function's name with its parameters, as pytest 9.2 writes it (escaped, and the
    /// bracket always closed).
    pub fn name(&self) -> String {
        let written = self.written_name(true);
        escape(&written, Escaping::Current).into_owned()
    }

    /// Every name that some version of pytest writes for this id, without repeats, the
    /// newest first: with the last bracket closed or as it is, with either escaping.
    pub fn names_in_reports(&self) -> Vec<String> {
        if self.names.is_empty() {
            return vec![String::new()];
        }
        // Nearly all ids have one spelling.
        let mut names: Vec<String> = Vec::with_capacity(1);
        for close in [true, false] {
            let written = self.written_name(close);
            for escaping in [Escaping::Current, Escaping::Legacy] {
                let name = escape(&written, escaping);
                if !names.iter().any(|n| *n == name) {
                    names.push(name.into_owned());
                }
            }
        }
        names
    }

    /// The address under which pytest 9.2 reports this id.
    pub fn address(&self) -> Address {
        Address {
            classname: self.classname(),
            name: self.name(),
        }
    }

    fn written_name(&self, close: bool) -> String {
        let mut out = self.function().to_owned();
        if let Some(params) = self.params {
            out.push_str(params);
            if close && !params.ends_with(']') {
                out.push(']');
            }
        }
        out
    }
}

/// A path without the `./` that lists of `find` put before it.
pub(crate) fn bare(path: &str) -> &str {
    path.trim_start_matches("./")
}

/// A [bare] path as pytest begins a classname with it: `/` as `.`, a final `.py` dropped.
pub(crate) fn dotted(path: &str) -> String {
    let path = bare(path);
    // Not `replace`: lists hold a million paths.
    let dots = |&b: &u8| if b == b'/' { b'.' } else { b };
    let mut dotted: Vec<u8> = path.as_bytes().iter().map(dots).collect();
    if dotted.ends_with(b".py") {
        dotted.truncate(dotted.len() - 3);
    }
    String::from_utf8(dotted).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::NodeId;

    #[test]
    fn brackets_in_the_path_belong_to_the_path() {
        let id = NodeId::parse("tests/a[1].py::test_x[y]");
        assert_eq!(id.dotted_file(), "tests.a[1]");
        assert_eq!(id.name(), "test_x[y]");
    }

    #[test]
    fn parameters_may_hold_anything() {
        let id = NodeId::parse("t/a.py::T::test_x[a::b[c/d] e]");
        assert_eq!(id.classname(), "t.a.T");
        assert_eq!(id.name(), "test_x[a::b[c/d] e]");
        assert_eq!(id.function(), "test_x");
    }

    #[test]
    fn a_group_of_xdist_is_taken_off() {
        let id = NodeId::parse("t/a.py::T::test_x[a::b]@db");
        assert_eq!(
            (id.name().as_str(), id.group()),
            ("test_x[a::b]", Some("db"))
        );
        assert_eq!(id.classname(), "t.a.T");
        let id = NodeId::parse("t/a@b.py::test_x@d[1]");
        assert_eq!((id.name().as_str(), id.group()), ("test_x", Some("d[1]")));
        assert_eq!(id.path(), "t/a@b.py");
        assert_eq!(NodeId::parse("t/a.py::test_x[u@v]").group(), None);
        for (id, name, group) in [
            ("t/a.py::T::test_x@b::c[d]::e", "test_x", "b::c[d]::e"),
            ("t/a.py::T::test_x[1]@b::c", "test_x[1]", "b::c"),
        ] {
            let parsed = NodeId::parse(id);
            assert_eq!(
                (parsed.name().as_str(), parsed.group()),
                (name, Some(group))
            );
            assert_eq!(parsed.classname(), "t.a.T", "{id}");
        }
        let literal = NodeId::with_group("t/a.py::test_x@b::c");
        assert_eq!(
            (literal.classname().as_str(), literal.function()),
            ("t.a.test_x@b", "c")
        );
    }

    #[test]
    fn all_spellings_of_all_versions_are_listed_once() {
        assert_eq!(NodeId::parse("a.py::t[x]").names_in_reports(), ["t[x]"]);
        assert_eq!(
            NodeId::parse("a.py::t[\u{1F600}").names_in_reports(),
            ["t[\u{1F600}]", "t[#x1F600]", "t[\u{1F600}", "t[#x1F600"]
        );
    }

    #[test]
    fn only_a_final_py_is_dropped() {
        assert_eq!(
            NodeId::parse("docs/a.py.rst::a.py.rst").classname(),
            "docs.a.py.rst"
        );
        assert_eq!(
            NodeId::parse("pkg/__init__.py::t").classname(),
            "pkg.__init__"
        );
        assert_eq!(NodeId::parse("no-colons").address().classname, "no-colons");
    }
}
