//! A small suite of the usual kind, for scenarios about flags and plugins.

use std::path::Path;

use super::{Project, Python, Report};

/// Seven files, one of which is so long that it has to be cut, with timings
/// that know all of them but two tests.
pub(crate) fn shop(python: &Python) -> Project {
    let project = Project::new(python).files(FILES);
    project.write("junit/build-1.xml", &timings(python));
    project
}

/// The timings, recorded once per environment by a run of tests. In a file, since nextest runs
/// each test in a process of its own.
fn timings(python: &Python) -> String {
    let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| std::process::id().to_string());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let recorded = folder.join(format!("shop-{}-{run}.xml", python.name));
    if let Ok(timings) = fs_err::read_to_string(&recorded) {
        return timings;
    }
    let project = Project::new(python).files(FILES);
    project.record(&[]).ended_with(0);
    let timings = Report::read(&project.root().join("junit/build-1.xml"))
        .slowed("tests.test_long.", 9_000)
        .without(|case| case.name.contains("unknown"))
        .to_xml();
    // Another test may read it at any time: it is there as a whole or not at all.
    let whole = tempfile::NamedTempFile::new_in(folder).expect("a temporary file");
    fs_err::write(whole.path(), &timings).expect("the timings");
    whole.persist(&recorded).expect("the timings");
    timings
}

/// Asserts that the long file was cut: else a scenario proves less than it says.
#[track_caller]
pub(crate) fn assert_long_file_is_cut(shards: &[super::Outcome]) {
    let holders = shards
        .iter()
        .filter(|shard| shard.ran.iter().any(|id| id.contains("test_long.py")));
    assert!(holders.count() > 1, "tests/test_long.py was to be cut");
}

const FILES: &[(&str, &str)] = &[
    (
        "pytest.ini",
        "[pytest]\nmarkers =\n    slow: takes its time\n    quick: does not\npythonpath = .\n",
    ),
    ("stock.py", "def count(n):\n    return n\n"),
    (
        "tests/test_long.py",
        r"import pytest

class TestFirst:
    def test_one(self): pass
    def test_two(self): pass
    @pytest.mark.slow
    def test_three(self): pass
    def test_unknown(self): pass

class TestSecond:
    def test_one(self): pass
    @pytest.mark.slow
    def test_two(self): pass

    class TestInner:
        def test_one(self): pass

@pytest.mark.slow
class TestThird:
    def test_one(self): pass
    def test_two(self): pass

@pytest.mark.parametrize('n', range(4))
def test_many(n): pass
",
    ),
    (
        "tests/test_cart.py",
        "import pytest\n\ndef test_one(): pass\n@pytest.mark.slow\ndef test_two(): pass\n@pytest.mark.quick\ndef test_three(): pass\n",
    ),
    (
        "tests/test_stock.py",
        "import stock\n\ndef test_one(): assert stock.count(1) == 1\ndef test_unknown(): pass\n",
    ),
    (
        "tests/sub/test_pay.py",
        "import pytest\n\n@pytest.mark.slow\ndef test_one(): pass\n@pytest.mark.parametrize('how', ['card', 'a::b', 'x[1]', 'a/b'])\ndef test_pay(how): pass\n",
    ),
    (
        "tests/sub/test_send.py",
        "class TestSend:\n    def test_one(self): pass\n    def test_two(self): pass\n",
    ),
    ("tests/sub/deep/test_deep.py", "def test_deep(): pass\n"),
    (
        "more/test_more.py",
        "def test_one(): pass\ndef test_two(): pass\n",
    ),
];
