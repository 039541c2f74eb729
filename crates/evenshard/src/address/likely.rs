//! Node ids for people, made from the names in reports.

use std::borrow::Cow;

use super::{function_of, is_identifier, strip_classes};

/// Converts the name of a test, a class or a file in reports to what pytest takes, if it looks
/// like pytest's: `tests/test_a.py::TestX::test_y` of `tests.test_a.TestX::test_y`. Other names are
/// returned as they are.
///
/// For text that people copy, and never for a decision: a dot in the name of a folder is lost in
/// reports, and a class with a lower-case name is taken for a file.
pub fn likely_node_id(shown: &str) -> Cow<'_, str> {
    let (classname, name) = shown.split_once("::").unwrap_or((shown, ""));
    let module = strip_classes(classname);
    let file = module.rsplit('.').next().unwrap_or_default();
    // A folder is as likely to be called `tests`.
    let is_file = is_test_file(file) || file == "tests" && shown != module || is_test(file, name);
    if !is_file || !classname.split('.').all(is_identifier) {
        return Cow::Borrowed(shown);
    }
    Cow::Owned(node_id_in(module, classname, name))
}

/// Makes the node id of a test, or of a class or file without a name, from the dotted file that its
/// classname begins with.
pub fn node_id_in(file: &str, classname: &str, name: &str) -> String {
    let mut id = format!("{}.py", file.replace('.', "/"));
    let classes = classname.get(file.len()..).unwrap_or_default();
    id += &classes.replace('.', "::");
    if !name.is_empty() {
        id += "::";
        id += name;
    }
    id
}

/// Returns true for the names of files that pytest collects without being asked.
pub(crate) fn is_test_file(file: &str) -> bool {
    file.starts_with("test_") || file.ends_with("_test")
}

/// Returns true for the name of a Python test in a file with any name. A file named like a class is
/// none of Python's: minitest writes `CartTest` and `test_adds`.
fn is_test(file: &str, name: &str) -> bool {
    let function = function_of(name);
    function.starts_with("test_")
        && is_identifier(function)
        && !file.starts_with(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::likely_node_id;

    #[test]
    fn names_of_pytest_become_node_ids() {
        for (shown, id) in [
            ("tests.test_a::test_x", "tests/test_a.py::test_x"),
            (
                "tests.test_a.TestX.TestY::test_x[a.b::c]",
                "tests/test_a.py::TestX::TestY::test_x[a.b::c]",
            ),
            ("tests.test_a.TestX", "tests/test_a.py::TestX"),
            ("tests.test_a", "tests/test_a.py"),
            ("shop.tests::test_x", "shop/tests.py::test_x"),
            ("checks.cart::test_x", "checks/cart.py::test_x"),
        ] {
            assert_eq!(likely_node_id(shown), id);
        }
    }

    #[test]
    fn names_of_others_stay() {
        for shown in [
            "com.shop.CartTest::adds",
            "com.shop.CartTest",
            "shop::cart::test_adds",
            "CartTest::test_adds",
            "src/cart.spec.js::adds",
            "tests/test_a.py::test_x",
            "example.com/shop/cart::TestAdd",
            "1 - adds",
            "tests",
            "shop.tests",
            "",
        ] {
            assert_eq!(likely_node_id(shown), shown);
        }
    }
}
