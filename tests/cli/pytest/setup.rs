//! What set-up costs is measured by `run`, kept in the record, and planned with.

use evenshard::estimate::Estimates;
use evenshard::history::{Histories, History};
use evenshard::record::{FileSetup, RunRecord};
use evenshard::{Micros, NodeId};

use super::python::{on_each_pytest, on_environments, on_oldest_and_newest};
use super::{Outcome, Project, Python};

/// Three files that share a slow import; the second is slow to import itself.
fn slow_suite(python: &Python) -> Project {
    Project::new(python).files(&[
        ("pytest.ini", "[pytest]\npythonpath = .\n"),
        ("framework.py", "import time\ntime.sleep(0.5)\n"),
        ("tests/test_a.py", FIXTURES),
        (
            "tests/test_b.py",
            "import framework, time\ntime.sleep(0.25)\n\ndef setup_module(): time.sleep(0.2)\n\ndef test_b(): pass\n",
        ),
        (
            "tests/test_c.py",
            "import framework\n\ndef test_c(): pass\n",
        ),
    ])
}

/// A class fixture that asks for the module's while it is set up, in whichever test pytest
/// runs first of those that need it; fixtures that stand as methods.
const FIXTURES: &str = r#"import framework, pytest, time, unittest

@pytest.fixture(scope="session", autouse=True)
def everywhere(): time.sleep(0.2)

@pytest.fixture(scope="module")
def server(): time.sleep(0.3)

@pytest.fixture(scope="class")
def account(request):
    request.getfixturevalue("server")
    time.sleep(0.1)

@pytest.fixture
def own(account): time.sleep(0.01)

class TestX:
    def test_without(self): pass
    def test_1(self, own): pass
    def test_2(self, own): pass

    class TestInner:
        @classmethod
        def setup_class(cls): time.sleep(0.12)
        def test_3(self, account): pass

class TestCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls): time.sleep(0.15)
    def test_4(self): pass
"#;

fn record(project: &Project, index: usize, count: usize) -> RunRecord {
    let path = project.junit(index, count).replace(".xml", ".shard.json");
    RunRecord::from_json(&fs_err::read(path).expect("a record"), "record").expect("a record")
}

/// Asserts that a cost is what the suite sleeps for, and not that of anything else as well.
#[track_caller]
fn assert_cost(cost: Option<Micros>, slept_ms: u64, what: &str) {
    let ms = cost.map(|cost| cost.get() / 1_000);
    let wanted = slept_ms..slept_ms + 150;
    assert!(
        ms.is_some_and(|ms| wanted.contains(&ms)),
        "{what}: {ms:?} ms, slept {slept_ms} ms"
    );
}

#[track_caller]
fn assert_fixtures(file: &FileSetup) {
    assert_cost(
        file.fixtures_us,
        300,
        "module fixtures, without the session's",
    );
    let class = |name: &str| file.classes_us.get(name).copied();
    assert_cost(class("TestX"), 100, "class fixtures, without the module's");
    assert_cost(class("TestX.TestInner"), 120, "those of a class in a class");
    assert_cost(class("TestCase"), 150, "setUpClass");
}

fn of<'r>(record: &'r RunRecord, file: &str) -> &'r FileSetup {
    record
        .setup
        .files
        .get(file)
        .unwrap_or_else(|| panic!("{file} in {:?}", record.setup))
}

/// The history after the results of all shards were taken in.
fn updated(project: &Project, count: usize) -> History {
    let results = project.out(&format!("of-{count}")).display().to_string();
    let timings = project.out("timings.json").display().to_string();
    let args = [
        "timings",
        "update",
        &results,
        "--complete",
        "--output",
        &timings,
    ];
    project
        .witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &args))
        .ended_with(0);
    let json = fs_err::read(&timings).expect("a history");
    let mut histories = Histories::from_json(&json, "timings.json").expect("a history");
    std::mem::take(histories.scope(""))
}

fn run(project: &Project, args: &[&str]) -> Outcome {
    let command = [&["python", "-m", "pytest"], args].concat();
    project.shard((1, 1), &[], &command)
}

on_each_pytest! {
    fn imports_and_fixtures_are_measured_where_they_are_paid(python) {
        let project = slow_suite(python);
        run(&project, &[]).ended_with(0);
        let record = record(&project, 1, 1);
        let (a, b, c) = (
            of(&record, "tests/test_a.py"),
            of(&record, "tests/test_b.py"),
            of(&record, "tests/test_c.py"),
        );
        assert_cost(a.import_us, 500, "the first file pays for what all share");
        assert_eq!([a.first, b.first, c.first], [true, false, false]);
        assert_cost(b.import_us, 250, "a slow file");
        assert_cost(c.import_us, 0, "a quick file");
        assert_fixtures(a);
        assert_cost(b.fixtures_us, 200, "setup_module");
        assert_eq!(c.fixtures_us, None);
        let paid: Micros = a.paid_us.values().copied().sum();
        assert_cost(Some(paid), 200 + 300 + 100 + 120 + 150, "what tests paid, all together");
        assert!(a.paid_us.keys().all(|id| record.selected.contains(id)), "{:?}", a.paid_us);
        let first = a.paid_us.get("tests/test_a.py::TestX::test_without");
        assert_cost(first.copied(), 200, "the first test pays for the session alone");
    }
}

on_oldest_and_newest! {
    fn the_workers_of_xdist_measure_and_run_keeps_the_smallest(python) {
        let project = slow_suite(python).with_installed_plugins();
        run(&project, &["-n", "2"]).ended_with(0);
        let record = record(&project, 1, 1);
        let (a, b) = (of(&record, "tests/test_a.py"), of(&record, "tests/test_b.py"));
        assert_cost(b.import_us, 250, "a slow file");
        assert_eq!([a.first, b.first], [true, false]);
        assert_fixtures(a);
        assert!(!a.paid_us.is_empty());
    }

    fn what_breaks_is_not_counted_and_breaks_nothing_else(python) {
        let project = slow_suite(python).files(&[
            ("tests/test_0_broken.py", "raise ValueError('at import')\n"),
            ("tests/test_1_skips.py", "import pytest\npytest.skip('all', allow_module_level=True)\n"),
            (
                "tests/test_2_fails.py",
                "import pytest\n\n@pytest.fixture(scope='module')\ndef no(): raise ValueError('set up')\n\ndef test_it(no): pass\n",
            ),
        ]);
        let args = ["--continue-on-collection-errors"];
        let plain = project.plain(&args);
        let sharded = run(&project, &args).ended_with(1);
        assert_eq!((plain.status, &plain.ran), (sharded.status, &sharded.ran));
        for what in ["ValueError: at import", "ValueError: set up"] {
            assert!(sharded.stdout.contains(what), "{}", sharded.talk());
        }
        assert!(!sharded.stdout.contains("_evenshard"), "{}", sharded.talk());
        let record = record(&project, 1, 1);
        assert!(!record.setup.files.contains_key("tests/test_0_broken.py"));
        assert!(!record.setup.files.contains_key("tests/test_1_skips.py"));
        assert_eq!(of(&record, "tests/test_2_fails.py").fixtures_us, None);
        assert!(of(&record, "tests/test_2_fails.py").first, "the first that was imported whole");
        assert_fixtures(of(&record, "tests/test_a.py"));
    }

    fn a_shared_import_is_not_the_cost_of_whichever_file_came_first(python) {
        let project = slow_suite(python);
        run(&project, &[]).ended_with(0);
        let history = updated(&project, 1);
        let of = |id: &str| Estimates::new(&history).setup_of_test(&NodeId::parse(id));
        let (a, b) = (of("tests/test_a.py::TestX::test_1"), of("tests/test_b.py::test_b"));
        assert_cost(a.import, 0, "no more than the other files");
        assert_cost(b.import, 250, "a slow file");
        assert_cost(Some(a.modules.cost), 300, "module fixtures");
        assert_cost(Some(a.class.cost), 100, "class fixtures");
        for id in ["tests/test_a.py::TestX::test_1", "tests/test_b.py::test_b"] {
            let (estimate, _) = Estimates::new(&history).of_test(&NodeId::parse(id));
            assert_cost(Some(estimate), 0, "the test without its set-up");
        }

        let timings = project.out("timings.json").display().to_string();
        let plan = project.out("plan.json").display().to_string();
        let args = ["plan", "--timings", &timings, "--shards", "3", "--output", &plan];
        project
            .witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &args))
            .ended_with(0);
        let json = fs_err::read_to_string(&plan).expect("a plan");
        let plan = evenshard::Plan::from_json(&json, "plan.json").expect("a plan");
        let id = NodeId::parse("tests/test_b.py::test_b");
        let shard = plan.shards().find(|shard| plan.selects(*shard, &id)).expect("its shard");
        let predicted = plan.predicted(shard);
        assert_cost(Some(predicted), 450, "the slow file with its set-up, in a shard of its own");

        let args = ["explain", "--timings", &timings, "--shards", "3", "tests/test_b.py::test_b"];
        let explained = project
            .witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &args))
            .ended_with(0);
        assert!(explained.stdout.contains("(measured), module fixtures"), "{}", explained.stdout);
    }

    fn set_up_that_reports_do_not_show_is_taken_off_nothing(python) {
        let project = slow_suite(python)
            .file("pytest.ini", "[pytest]\npythonpath = .\njunit_duration_report = call\n");
        run(&project, &[]).ended_with(0);
        let record = record(&project, 1, 1);
        assert_fixtures(of(&record, "tests/test_a.py"));
        assert!(record.setup.files.values().all(|file| file.paid_us.is_empty()));
    }

    fn a_prefix_of_classnames_does_not_hide_what_was_measured(python) {
        let project = slow_suite(python);
        run(&project, &["--junit-prefix=unit"]).ended_with(0);
        let history = updated(&project, 1);
        let b = Estimates::new(&history).setup_of_test(&NodeId::parse("unit/tests/test_b.py::test_b"));
        assert_cost(b.import, 250, "a slow file");
        assert_cost(Some(b.modules.cost), 200, "its module fixtures");
    }
}
