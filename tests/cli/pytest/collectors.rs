//! Suites whose conftest changes what pytest collects, and places that make
//! addresses meet.

use super::python::{on_environments, on_oldest_and_newest};
use super::shop::shop;
use super::{Project, Python, assert_partition};

/// Records plain pytest, and compares three shards with it.
fn check(project: &Project, args: &[&str]) {
    let plain = project.record(args).ended_with(0);
    let shards = project.shards(3, &["--timings", "junit/"], args);
    assert_partition(&plain, &shards);
}

on_oldest_and_newest! {
    /// As the suite of `SQLAlchemy` does for its databases.
    fn a_conftest_may_rename_tests_while_collecting(python) {
        let project = shop(python).file("conftest.py", r"
def pytest_collection_modifyitems(items):
    for item in items:
        if 'many' in item.name or 'TestSecond' in item.nodeid:
            item._nodeid = item.nodeid.replace('.py::', '.py::Renamed_', 1) + '_sqlite+pysqlite_3_40'
            item.name = item.name + '_sqlite'
");
        check(&project, &[]);
    }

    /// The module that is collected is another file than the one that was offered.
    fn a_collector_may_read_another_file_than_it_was_offered(python) {
        let mut project = Project::new(python).file("conftest.py", r"
import pytest

def pytest_pycollect_makemodule(module_path, parent):
    other = module_path.parent.parent / 'gen' / module_path.name.replace('test_', 'g_')
    return pytest.Module.from_parent(parent, path=other)
");
        for name in ["a", "b", "c", "d", "e"] {
            project = project
                .file(&format!("tests/test_{name}.py"), "")
                .file(&format!("gen/g_{name}.py"), "def test_1(): pass\ndef test_2(): pass\n");
        }
        let plain = project.record(&["tests"]).ended_with(0);
        for timings in [&["--timings", "junit/"][..], &[]] {
            assert_partition(&plain, &project.shards(3, timings, &["tests"]));
        }
    }

    fn a_conftest_may_reorder_tests(python) {
        let project = shop(python).file("conftest.py", r"
import pytest

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.nodeid[::-1])
");
        check(&project, &[]);
    }

    fn a_conftest_may_deselect_tests_last_of_all(python) {
        let project = shop(python).file("conftest.py", r"
import pytest

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    gone = [item for item in items if 'two' in item.nodeid]
    items[:] = [item for item in items if 'two' not in item.nodeid]
    config.hook.pytest_deselected(items=gone)
");
        check(&project, &[]);
    }

    fn a_conftest_may_wrap_the_same_hook(python) {
        let project = shop(python).file("conftest.py", r"
import pytest

@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    yield
    items.reverse()
    items[:] = [item for item in items if 'three' not in item.nodeid]
");
        check(&project, &[]);
    }

    /// A test that several fixtures multiply, by hook instead of by mark.
    fn a_conftest_may_generate_tests(python) {
        let project = shop(python)
            .file("conftest.py", r"
def pytest_generate_tests(metafunc):
    if 'made' in metafunc.fixturenames:
        metafunc.parametrize('made', ['a::b', 'b', 'c/d'])
")
            .file("tests/test_made.py", "def test_made(made): pass\ndef test_other(): pass\n");
        check(&project, &[]);
    }

    fn folders_with_dots_may_share_their_addresses(python) {
        let same = "def test_same(): pass\n\nclass TestSame:\n    def test_same(self): pass\n";
        let project = Project::new(python)
            .file("pytest.ini", "[pytest]\npython_files = *_test.py test_*.py\n")
            .file("tests/v1.2_test.py", same)
            .file("tests/v1/2_test.py", same)
            .file("tests/a.b/test_c.py", same)
            .file("tests/a/b/test_c.py", same)
            .file("tests/a/b.test_c_test.py", same)
            .file("tests/test_a.py", same)
            .file("tests/test_a.py.d/test_b.py", same);
        check(&project, &["--import-mode=importlib"]);
    }

    /// With no `__init__.py` and no root folder that a settings file fixes.
    fn a_suite_without_settings_is_split_all_the_same(python) {
        let project = shop(python);
        fs_err::remove_file(project.root().join("pytest.ini")).expect("the settings");
        project.write("conftest.py", "import sys, pathlib\nsys.path.insert(0, str(pathlib.Path(__file__).parent))\n");
        check(&project, &["tests/sub", "more"]);
        check(&project, &["tests/sub"]);
    }

    fn conftests_of_subfolders_apply_to_their_files(python) {
        let project = shop(python)
            .file("tests/sub/conftest.py", "import pytest\n\n@pytest.fixture\ndef only_here(): return 1\n")
            .file("tests/sub/test_local.py", "def test_local(only_here): assert only_here == 1\n");
        check(&project, &[]);
    }

    fn skipped_and_expected_failures_stay_in_one_shard(python) {
        let project = shop(python)
            .file("tests/test_skips.py", r"import pytest

@pytest.mark.skip
def test_skipped(): pass

@pytest.mark.skipif(True, reason='so')
def test_skipped_if(): pass

@pytest.mark.xfail
def test_xfails(): assert 0

def test_skips_itself(): pytest.skip()
")
            .file("tests/test_no_module.py", "import pytest\npytest.importorskip('no_such_module')\ndef test_never(): pass\n");
        check(&project, &[]);
    }
}
