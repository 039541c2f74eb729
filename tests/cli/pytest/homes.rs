//! Tests whose order matters stay with their file or class, in plans that do not know of it and
//! in the next ones; functions whose parameter ids are positions are never cut.

use std::collections::BTreeSet;

use evenshard::record::{HomeLevel, RunRecord};
use evenshard::verify::Verdict;
use evenshard::{NodeId, Plan};

use super::python::{on_each_pytest, on_environments, on_oldest_and_newest};
use super::{Outcome, Project, Python, assert_partition};

const SHARDS: usize = 3;

/// Enough beside the file in question for every shard to have something.
fn suite(python: &Python) -> Project {
    let beside = "def test_1(): pass\ndef test_2(): pass\ndef test_3(): pass\n";
    Project::new(python)
        .with_installed_plugins()
        .file("tests/test_beside.py", beside)
}

/// The records that the shards left.
fn records(project: &Project) -> Vec<RunRecord> {
    let record = |shard| {
        let path = project.junit(shard, SHARDS).replace(".xml", ".shard.json");
        let json = fs_err::read(&path).expect("a record");
        RunRecord::from_json(&json, &path).expect("a record that can be read")
    };
    (1..=SHARDS).map(record).collect()
}

/// Runs the shards of one build, and asserts that each test passed in exactly one of them.
#[track_caller]
fn pass_once(project: &Project, plain: &Outcome, options: &[&str], args: &[&str]) {
    let shards = project.shards(SHARDS, options, args);
    assert_partition(plain, &shards);
    let results = project.out(&format!("of-{SHARDS}")).display().to_string();
    let verify = ["verify", "--format", "json", &results];
    let output = project
        .command(env!("CARGO_BIN_EXE_evenshard"), &verify)
        .output();
    let output = output.expect("verify runs");
    let verdict: Verdict = serde_json::from_slice(&output.stdout).expect("a verdict");
    assert!(verdict.proved, "{:?}", verdict.problems);
    let talk = || {
        shards
            .iter()
            .map(Outcome::talk)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let passed = usize::try_from(verdict.totals.outcomes.passed).expect("few tests");
    assert_eq!(passed, plain.ran.len(), "{}", talk());
}

/// Two builds: one of a plan that cuts each file test by test and knows of nothing, and one of
/// a plan that was made of what the first one left. Gives the records of the first.
#[track_caller]
fn pass_in_both_builds(project: &Project, args: &[&str]) -> Vec<RunRecord> {
    let plain = project.record(args).ended_with(0);
    let options = ["--timings", "junit/", "--split", "test"];
    pass_once(project, &plain, &options, args);
    let first = records(project);
    let left = project.out("first");
    fs_err::rename(project.out(&format!("of-{SHARDS}")), &left).expect("results to keep");
    let left = left.display().to_string();
    pass_once(
        project,
        &plain,
        &["--timings", &left, "--split", "test"],
        args,
    );
    first
}

/// Why tests of this file or class went home, and which did, in all records.
fn home(records: &[RunRecord], of: &str) -> (BTreeSet<String>, usize) {
    let homes = records.iter().flat_map(|record| &record.home);
    let of_unit: Vec<_> = homes.filter(|home| home.of == of).collect();
    let why = of_unit.iter().map(|home| home.why.clone());
    (
        why.collect(),
        of_unit.iter().map(|home| home.tests.len()).sum(),
    )
}

/// The plan that the first build's results make.
fn next_plan(project: &Project) -> Plan {
    let left = project.out("first").display().to_string();
    let plan = [
        "plan",
        "--shards",
        "3",
        "--split",
        "test",
        "--timings",
        &left,
    ];
    let output = project
        .command(env!("CARGO_BIN_EXE_evenshard"), &plan)
        .output();
    let json = String::from_utf8(output.expect("a plan").stdout).expect("JSON");
    Plan::from_json(&json, "the next plan").expect("a plan")
}

const CHAIN: &str = "import pytest

class TestFlow:
    @pytest.mark.dependency()
    def test_open(self): pass

    @pytest.mark.dependency(depends=['TestFlow::test_open'])
    def test_use(self): pass

@pytest.mark.dependency(depends=['TestFlow::test_use'])
def test_close(): pass

def test_apart_1(): pass
def test_apart_2(): pass
";

const STEPS: &str = "import pytest

@pytest.mark.incremental
class TestDoor:
    state = []

    def test_build(self): self.state.append('built')
    def test_open(self): assert self.state == ['built']; self.state.append('open')
    def test_close(self): assert self.state == ['built', 'open']

class TestApart:
    def test_1(self): pass
    def test_2(self): pass
";

on_each_pytest! {
    fn a_chain_of_dependencies_runs_in_one_shard(python) {
        let project = suite(python).file("tests/test_flow.py", CHAIN);
        let records = pass_in_both_builds(&project, &[]);
        let why = BTreeSet::from(["dependency".to_owned()]);
        assert_eq!(home(&records, "tests.test_flow"), (why, 3));
        assert_eq!(next_plan(&project).shards_of_file("tests/test_flow.py").len(), 1);
    }

    fn steps_of_an_incremental_class_run_in_one_shard(python) {
        let settings = "[pytest]\nmarkers = incremental\n";
        let project = suite(python).file("pytest.ini", settings).file("tests/test_steps.py", STEPS);
        let records = pass_in_both_builds(&project, &[]);
        let why = BTreeSet::from(["incremental".to_owned()]);
        assert_eq!(home(&records, "tests.test_steps.TestDoor"), (why, 3));
        let levels = records.iter().flat_map(|r| &r.home).map(|home| home.level);
        assert!(levels.into_iter().all(|level| level == HomeLevel::Class));
    }

    fn each_value_of_a_function_with_positional_ids_is_tested_once(python) {
        // Ids that names alone do not betray: they do not count from 0.
        let project = suite(python).file("tests/test_shapes.py", SHAPES);
        let plain = project.plain(&[]).ended_with(0);
        assert!(plain.ran.iter().any(|id| id.ends_with("[shape2]")), "{:?}", plain.ran);
        let tested = project.root().join("tested.txt");
        for build in 0..3 {
            // Two builds alike, without records: the third has a plan that cuts the function.
            let raw = project.out(&format!("junit-{build}.xml")).display().to_string();
            project.plain(&[&format!("--junitxml={raw}")]).ended_with(0);
            let xml = fs_err::read_to_string(&raw).expect("a report");
            project.write(&format!("junit/{build}.xml"), &xml);
        }
        let options = ["--timings", "junit/", "--split", "test"];
        let command = ["python", "-m", "pytest"];
        fs_err::write(&tested, "").expect("an empty log");
        for shard in 1..=SHARDS {
            let mut run = project.shard_command((shard, SHARDS), &options, &command);
            let outcome = project.witnessed(run.env("TURNED", if shard == 2 { "1" } else { "" }));
            assert!(matches!(outcome.status, 0), "{}", outcome.talk());
        }
        let mut all: Vec<char> = fs_err::read_to_string(&tested).expect("a log").chars().collect();
        all.sort_unstable();
        assert_eq!(all.into_iter().collect::<String>(), "abcdefgh");
        let records = records(&project);
        let told = records.iter().filter_map(|record| record.positional.as_ref());
        let told: BTreeSet<&String> = told.flatten().collect();
        assert_eq!(told, BTreeSet::from([&"tests.test_shapes::test_area".to_owned()]));
    }
}

const SHAPES: &str = "import os, pytest

class Shape:
    def __init__(self, name): self.name = name

SHAPES = [Shape(name) for name in 'cdefgh']
if os.environ.get('TURNED'):
    SHAPES.reverse()
PARAMS = [pytest.param(Shape('a'), id='first'), *SHAPES, pytest.param(Shape('b'), id='last')]

@pytest.mark.parametrize('shape', PARAMS)
def test_area(shape):
    with open('tested.txt', 'a') as log:
        log.write(shape.name)
";

/// Positional ids of every kind, and ids that say something; a test prints which is which.
const IDS: &str = "import enum, pytest

class Thing: pass
class Kind(enum.Enum):
    ONE = 1
    TWO = 2

things = [Thing(), Thing()]
def step0(): pass
def step1(): pass

@pytest.mark.parametrize('thing', things)
def test_objects(thing): pass
@pytest.mark.parametrize('f', [lambda: 1, lambda: 2])
def test_lambdas(f): pass
@pytest.mark.parametrize('name', ['a', 'a', 'b'])
def test_same_names(name): pass
@pytest.mark.parametrize('n', [1, 1, 2])
def test_same_numbers(n): pass
@pytest.mark.parametrize('x', ['p-q', 'r'])
@pytest.mark.parametrize('thing', things)
def test_stacked(thing, x): pass
@pytest.mark.parametrize('x, thing', [('p-q', things[0]), ('r', things[1])])
def test_in_pairs(x, thing): pass
@pytest.mark.parametrize('thing', things, ids=lambda thing: None)
def test_ids_of_nothing(thing): pass
@pytest.mark.parametrize('thing', things, ids=['case0', 'case1'])
def test_counted_by_hand(thing): pass
@pytest.fixture(params=things)
def made(request): return request.param
def test_fixture(made): pass
@pytest.mark.parametrize('thing', things)
class TestThings:
    def test_class(self, thing): pass

@pytest.mark.parametrize('thing', things, ids=lambda thing: 'same')
def test_made_alike(thing): pass
class TestHidden:
    @pytest.mark.parametrize('thing', things)
    @pytest.mark.parametrize('text', ['a-', 'a-'])
    def test_it(self, thing, text): pass

@pytest.mark.parametrize('n', range(3))
def test_numbers_say(n): pass
@pytest.mark.parametrize('thing', things, ids=['2024_00', '2024_01'])
def test_dates_say(thing): pass
@pytest.mark.parametrize('name', ['name0', 'name1', 'a0', 'a1'])
def test_names_say(name): pass
@pytest.mark.parametrize('n', range(3), ids=lambda n: f'case-{n}')
def test_made_ids_say(n): pass
@pytest.mark.parametrize('n', range(3), ids=lambda n: f'case{n}')
def test_joined_ids_say(n): pass
@pytest.mark.parametrize('f', [step0, step1, Thing, Kind])
def test_functions_say(f): pass
@pytest.mark.parametrize('kind', list(Kind))
def test_enums_say(kind): pass
@pytest.mark.parametrize('thing', things, ids=['small', 'big'])
def test_given_ids_say(thing): pass
@pytest.mark.parametrize('n, name', [(0, 'v0'), (1, 'v1')])
def test_pairs_say(n, name): pass
";

on_each_pytest! {
    fn positional_ids_are_told_by_the_call_spec(python) {
        let project = Project::new(python).file("tests/test_ids.py", IDS);
        project.shard((1, 1), &["--allow-no-timings"], &["python", "-m", "pytest"]).ended_with(0);
        let path = project.junit(1, 1).replace(".xml", ".shard.json");
        let json = fs_err::read(&path).expect("a record");
        let record = RunRecord::from_json(&json, &path).expect("a record that can be read");
        let told: BTreeSet<String> = record.positional.expect("it tells").into_iter().collect();
        let all = record.selected.iter().map(|id| NodeId::parse(id));
        let all = all.map(|id| format!("{}::{}", id.classname(), id.function()));
        let wanted: BTreeSet<String> = all.filter(|name| !name.ends_with("_say")).collect();
        assert_eq!(told, wanted);
        assert_eq!(wanted.len(), 12);
        // Two equal texts that end with a `-` look like two numbers.
        let home: Vec<_> = record.home.iter().map(|home| (home.of.as_str(), home.why.as_str())).collect();
        assert_eq!(home, [("tests.test_ids.TestHidden", "positions")]);
    }
}

/// A plan that was collected knows at once.
fn collected(project: &Project) -> Plan {
    let plan = [
        "plan",
        "--shards",
        "3",
        "--split",
        "test",
        "--timings",
        "junit/",
    ];
    let command = [&plan[..], &["--", "python", "-m", "pytest"]].concat();
    let output = project
        .command(env!("CARGO_BIN_EXE_evenshard"), &command)
        .output();
    let json = String::from_utf8(output.expect("a plan").stdout).expect("JSON");
    Plan::from_json(&json, "the plan").expect("a plan")
}

const COLLECTOR: &str = "import pytest

def pytest_collect_file(parent, file_path):
    if file_path.suffix == '.steps':
        return Steps.from_parent(parent, path=file_path)

class Steps(pytest.File):
    def collect(self):
        self.names = {}
        for number, line in enumerate(self.path.read_text().splitlines(), 1):
            yield Step.from_parent(self, name=f'line {number}', line=line)

class Step(pytest.Item):
    def __init__(self, *, line, **kw):
        super().__init__(**kw)
        self.line = line

    def runtest(self):
        exec(self.line, self.parent.names)
";

on_oldest_and_newest! {
    /// As where a mark is for one platform only: what one shard leaves to another one, that one
    /// leaves to it.
    fn marks_that_depend_on_the_machine_are_named(python) {
        let tests = "import os, pytest\n\
            mark = pytest.mark.dependency() if os.environ.get('HERE') else pytest.mark.other\n\
            @mark\ndef test_1(): pass\n@mark\ndef test_2(): pass\n@mark\ndef test_3(): pass\n";
        let project = suite(python)
            .file("pytest.ini", "[pytest]\nmarkers = other\n")
            .file("tests/test_a.py", tests);
        project.record(&[]).ended_with(0);
        let options = ["--timings", "junit/", "--split", "test", "--build", "7"];
        for shard in 1..=SHARDS {
            let mut run = project.shard_command((shard, SHARDS), &options, &["python", "-m", "pytest"]);
            if shard > 1 {
                run.env("HERE", "1");
            }
            project.witnessed(&mut run).ended_with(0);
        }
        let results = project.out(&format!("of-{SHARDS}")).display().to_string();
        let verify = project.command(env!("CARGO_BIN_EXE_evenshard"), &["verify", &results]).output();
        let verify = verify.expect("verify runs");
        let said = String::from_utf8_lossy(&verify.stdout);
        assert_eq!(verify.status.code(), Some(70), "{said}");
        assert!(said.contains("stay together"), "{said}");
    }

    fn items_of_a_collector_run_in_one_shard(python) {
        let steps = "n = 1\nn += 1\nn += 1\nn += 1\nassert n == 4\n";
        let project = suite(python)
            .file("conftest.py", COLLECTOR)
            .file("tests/count.steps", steps);
        let records = pass_in_both_builds(&project, &[]);
        let why = BTreeSet::from(["collector:Steps".to_owned()]);
        assert_eq!(home(&records, "tests.count.steps"), (why, 5));
        assert_eq!(collected(&project).shards_of_file("tests/count.steps").len(), 1);
    }

    /// pytest's own doctests share nothing, and neither do classes of unittest.
    fn doctests_and_classes_of_unittest_may_be_cut(python) {
        let doctests = "def one():\n    '''\n    >>> 1\n    1\n    '''\n\
            def two():\n    '''\n    >>> 2\n    2\n    '''\n";
        let unittests = "import unittest\n\nclass TestX(unittest.TestCase):\n    \
            def test_1(self): pass\n    def test_2(self): pass\n";
        let project = suite(python)
            .file("tests/test_doc.py", doctests)
            .file("tests/test_unit.py", unittests);
        let records = pass_in_both_builds(&project, &["--doctest-modules"]);
        assert!(records.iter().all(|record| record.home.is_empty()));
    }

    /// Hooks see what this shard collected, so what they add is no reason.
    fn marks_that_hooks_add_later_change_nothing(python) {
        let tests = "def test_1(): pass\ndef test_2(): pass\ndef test_3(): pass\n";
        let project = suite(python).file("tests/test_a.py", tests).file("conftest.py", r"
import pytest

@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_collection_modifyitems(items):
    for number, item in enumerate(items):
        item.add_marker(pytest.mark.order(number))
    yield
").file("pytest.ini", "[pytest]\nmarkers = order\naddopts = -p no:pytest_order -p no:order\n");
        let records = pass_in_both_builds(&project, &[]);
        assert!(records.iter().all(|record| record.home.is_empty()));
    }

    fn marks_of_the_configuration_keep_a_file_whole_and_may_split_frees_it(python) {
        let tests = "import pytest\npytestmark = pytest.mark.staged\n\
            def test_1(): pass\ndef test_2(): pass\ndef test_3(): pass\n";
        let project = suite(python)
            .file("tests/test_a.py", tests)
            .file("pytest.ini", "[pytest]\nmarkers = staged\n")
            .file("evenshard.toml", "whole-marks = ['staged']\n");
        let records = pass_in_both_builds(&project, &[]);
        let why = BTreeSet::from(["mark:staged".to_owned()]);
        assert_eq!(home(&records, "tests.test_a"), (why, 3));
        assert_eq!(collected(&project).shards_of_file("tests/test_a.py").len(), 1);

        let free = "whole-marks = ['staged']\nmay-split = ['tests/test_a.py']\n";
        project.write("evenshard.toml", free);
        assert!(collected(&project).shards_of_file("tests/test_a.py").len() > 1);
        let plain = project.plain(&[]).ended_with(0);
        pass_once(&project, &plain, &["--timings", "junit/", "--split", "test"], &[]);
        assert!(self::records(&project).iter().all(|record| record.home.is_empty()));
    }
}

on_environments! {
    [pytest_9_2 "pytest-9.2"]

    fn dependencies_of_every_test_are_kept_where_they_are_marked_by_default(python) {
        let tests = "import pytest\nfrom pytest_dependency import depends\n\
            def test_1(): pass\n\
            @pytest.mark.dependency(depends=['test_1'])\ndef test_2(): pass\n\
            def test_3(request): depends(request, ['test_2'])\n";
        let settings = "[pytest]\nautomark_dependency = true\n";
        let project = suite(python).file("pytest.ini", settings).file("tests/test_a.py", tests);
        let records = pass_in_both_builds(&project, &[]);
        assert_eq!(home(&records, "tests.test_a").1, 3);
    }

    fn tests_with_an_order_of_their_own_run_in_one_shard(python) {
        let tests = "import pytest\nseen = []\n\
            @pytest.mark.order(after='test_b')\ndef test_a(): assert seen == ['d', 'b']\n\
            def test_b(): seen.append('b')\n\
            @pytest.mark.order('last')\ndef test_c(): assert seen == ['d', 'b']\n\
            @pytest.mark.order(before='test_b')\ndef test_d(): seen.append('d')\n";
        let project = suite(python).file("tests/test_a.py", tests);
        let records = pass_in_both_builds(&project, &[]);
        let why = BTreeSet::from(["order".to_owned()]);
        assert_eq!(home(&records, "tests.test_a"), (why, 4));
        let ordered = "import pytest\nseen = []\n\
            @pytest.mark.order(2)\ndef test_a(): assert seen == ['b']\n\
            @pytest.mark.order(1)\ndef test_b(): seen.append('b')\n\
            @pytest.mark.run(order=3)\ndef test_c(): pass\n";
        let settings = "[pytest]\nmarkers = run\n";
        let project = suite(python)
            .file("tests/test_a.py", ordered)
            .file("pytest.ini", settings);
        let records = pass_in_both_builds(&project, &[]);
        let why = BTreeSet::from(["order".to_owned(), "run".to_owned()]);
        assert_eq!(home(&records, "tests.test_a"), (why, 3));
    }

    fn a_link_to_a_test_of_another_shard_is_named(python) {
        let open = "import pytest\n@pytest.mark.dependency()\ndef test_open(): pass\n";
        let used = "import pytest\n\
            @pytest.mark.dependency(depends=['tests/test_open.py::test_open'], scope='session')\n\
            def test_use(): pass\n";
        let project = suite(python)
            .file("tests/test_open.py", open)
            .file("tests/test_use.py", used);
        project.record(&[]).ended_with(0);
        let shards = project.shards(SHARDS, &["--timings", "junit/", "--split", "test"], &[]);
        let said = "such as that of tests/test_use.py::test_use to tests/test_open.py::test_open";
        assert_eq!(shards.iter().filter(|shard| shard.stderr.contains(said)).count(), 1);
        project.write("evenshard.toml", "together = [['tests/test_open.py', 'tests/test_use.py']]\n");
        let shards = project.shards(SHARDS, &["--timings", "junit/", "--split", "test"], &[]);
        assert!(shards.iter().all(|shard| !shard.stderr.contains("such as that of")));
    }

    /// As sybil collects the examples of documents, and of modules too.
    fn examples_of_a_document_run_in_one_shard(python) {
        let document = "One::\n\n    >>> n = 1\n\nand more::\n\n    >>> n += 1\n\nof it::\n\n    >>> n\n    2\n";
        let module = "'''\n>>> n = 1\n\nMore:\n\n>>> n\n1\n'''\n";
        let project = suite(python).file("docs/tour.rst", document).file("part.py", module).file("conftest.py", "
from sybil import Sybil
from sybil.parsers.doctest import DocTestParser
pytest_collect_file = Sybil(parsers=[DocTestParser()], patterns=['*.rst', 'part.py']).pytest()
");
        let records = pass_in_both_builds(&project, &[]);
        for (of, examples) in [("docs.tour.rst", 3), ("part", 2)] {
            let why = BTreeSet::from(["collector:SybilFile".to_owned()]);
            assert_eq!(home(&records, of), (why, examples), "{of}");
        }
    }

    /// A part of a function would leave the snapshots of its other parameters unused.
    fn snapshots_of_a_cut_function_are_used_in_its_file(python) {
        let tests = "import pytest\n\
            @pytest.fixture\ndef shown(snapshot): return snapshot\n\
            @pytest.mark.parametrize('n', ['w', 'x', 'y', 'z'])\n\
            def test_shot(n, shown): assert {'n': n} == shown\n\
            def test_1(): pass\ndef test_2(): pass\n";
        let project = suite(python).file("tests/test_a.py", tests);
        project.plain(&["--snapshot-update"]).ended_with(0);
        // A second build makes the ids of a function known to be the same.
        project.record(&[]).ended_with(0);
        let recorded = fs_err::read_to_string(project.root().join("junit/build-1.xml"));
        project.write("junit/build-0.xml", &recorded.expect("a report"));
        let records = pass_in_both_builds(&project, &[]);
        let why = BTreeSet::from(["fixture:snapshot".to_owned()]);
        assert_eq!(home(&records, "tests.test_a"), (why, 4));
    }

    /// What depends on each other runs again as a whole.
    fn a_later_attempt_runs_a_home_again_as_a_whole(python) {
        let tests = "import os, pytest\n\
            @pytest.mark.dependency()\ndef test_open(): pass\n\
            @pytest.mark.dependency(depends=['test_open'])\n\
            def test_use(): assert os.environ.get('AGAIN')\n\
            def test_apart(): pass\n";
        let project = suite(python).file("tests/test_a.py", tests);
        let results = project.out("results").display().to_string();
        let attempt = |number: &str, more: &[&str], again: bool| {
            let options = [
                "run", "--shard", "1/1", "--allow-no-timings", "--attempt", number, "--build", "7",
                "--junit",
            ];
            let junit = format!("{results}/");
            let pytest = ["--", "python", "-m", "pytest"];
            let words = [&options[..], &[&junit], more, &pytest].concat();
            let mut command = project.command(env!("CARGO_BIN_EXE_evenshard"), &words);
            if again {
                command.env("AGAIN", "1");
            }
            project.witnessed(&mut command)
        };
        attempt("1", &[], false).ended_with(1);
        let second = attempt("2", &["--failed-only", &results], true).ended_with(0);
        assert_eq!(second.ran, ["tests/test_a.py::test_open", "tests/test_a.py::test_use"]);
        let verify = project.command(env!("CARGO_BIN_EXE_evenshard"), &["verify", &results]).output();
        assert_eq!(verify.expect("verify runs").status.code(), Some(0));
    }
}
