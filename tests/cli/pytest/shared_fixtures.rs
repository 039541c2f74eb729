//! Fixtures that tests of several files share: measured, kept in the record, and planned with.

use evenshard::record::{FixtureScope, RunRecord, SharedFixture, Users};

use super::python::{on_each_pytest, on_environments, on_newest_pytest};
use super::{Project, Python};

const CONFTEST: &str = r#"import time, pytest

@pytest.fixture(scope="session", autouse=True)
def server(): time.sleep(0.3)

@pytest.fixture(scope="session")
def browser(server): time.sleep(0.2)

@pytest.fixture(scope="session", params=["small", "large"])
def sized(request): time.sleep(0.1)

@pytest.fixture(scope="session")
def quick(): pass
"#;

fn project(python: &Python) -> Project {
    Project::new(python).files(&[
        ("conftest.py", CONFTEST),
        (
            "api/conftest.py",
            "import time, pytest\n\n@pytest.fixture(scope='package')\ndef account(): time.sleep(0.15)\n",
        ),
        ("api/__init__.py", ""),
        ("api/test_a.py", "def test_a(browser, account, quick): pass\ndef test_b(account): pass\n"),
        ("zoo/test_c.py", "def test_c(request): request.getfixturevalue('browser')\ndef test_late(request): request.getfixturevalue('browser')\ndef test_d(): pass\n"),
        ("test_e.py", "def test_e(sized): pass\n"),
    ])
}

fn record(project: &Project, index: usize, count: usize) -> RunRecord {
    let path = project.junit(index, count).replace(".xml", ".shard.json");
    RunRecord::from_json(&fs_err::read(path).expect("a record"), "record").expect("a record")
}

/// The fixtures of a record, with what was slept for each.
fn fixtures(record: &RunRecord) -> Vec<(&str, FixtureScope, u64, &Users)> {
    let of = |f: &'_ SharedFixture| -> u64 { f.us.get() / 50_000 * 50 };
    let found = record.session_us.iter();
    found
        .map(|f| (f.fixture.as_str(), f.scope, of(f), &f.users))
        .collect()
}

fn tests(ids: &[&str]) -> Users {
    Users::Tests(ids.iter().map(|&id| id.to_owned()).collect())
}

on_each_pytest! {
    fn the_record_tells_what_they_cost_and_who_uses_them(python) {
        let project = project(python);
        project.shard((1, 1), &[], &["python", "-m", "pytest"]).ended_with(0);
        let record = record(&project, 1, 1);
        assert_eq!(fixtures(&record), [
            ("api::account", FixtureScope::Package, 150, &tests(&["api/test_a.py::test_a", "api/test_a.py::test_b"])),
            ("browser", FixtureScope::Session, 200, &tests(&["api/test_a.py::test_a", "zoo/test_c.py::test_c", "zoo/test_c.py::test_late"])),
            ("server", FixtureScope::Session, 300, &Users::All),
            ("sized[large]", FixtureScope::Session, 100, &tests(&["test_e.py::test_e[large]"])),
            ("sized[small]", FixtureScope::Session, 100, &tests(&["test_e.py::test_e[small]"])),
        ]);
        // What the first test paid is no time of its own.
        let paid: u64 = record.setup.files.values().flat_map(|f| f.paid_us.values()).map(|us| us.get()).sum();
        assert!((850_000..1_200_000).contains(&paid), "{paid}");
    }
}

on_newest_pytest! {
    fn a_test_that_asks_while_it_runs_is_known(python) {
        let project = project(python);
        project.shard((1, 1), &[], &["python", "-m", "pytest", "zoo/test_c.py"]).ended_with(0);
        let record = record(&project, 1, 1);
        let found = fixtures(&record);
        assert_eq!(found[0].0, "browser");
        assert_eq!(found[0].3, &tests(&["zoo/test_c.py::test_c", "zoo/test_c.py::test_late"]));
    }

    fn every_worker_of_xdist_pays_and_the_record_counts_it_once(python) {
        let project = project(python).with_installed_plugins();
        project.shard((1, 1), &[], &["python", "-m", "pytest", "-n", "2"]).ended_with(0);
        let record = record(&project, 1, 1);
        let server = fixtures(&record).into_iter().find(|f| f.0 == "server");
        assert_eq!(server, Some(("server", FixtureScope::Session, 300, &Users::All)));
    }

    /// What fails, or never ends, has no cost that could be planned with.
    fn a_fixture_that_fails_is_not_counted(python) {
        let project = Project::new(python).files(&[(
            "test_a.py",
            "import pytest, time\n@pytest.fixture(scope='session')\ndef broken():\n    time.sleep(0.1)\n    raise OSError\ndef test_a(broken): pass\n",
        )]);
        project.shard((1, 1), &[], &["python", "-m", "pytest"]).ended_with(1);
        assert_eq!(record(&project, 1, 1).session_us, []);
    }

    fn the_next_build_is_predicted_with_what_every_shard_pays(python) {
        let project = Project::new(python).file("conftest.py", CONFTEST);
        for file in ["a", "b", "c", "d"] {
            project.write(&format!("test_{file}.py"), "def test_it(): pass\n");
        }
        let build = |number: &str, timings: &[&str]| {
            let named = [&["--build", number], timings].concat();
            for shard in project.shards(2, &named, &[]) {
                shard.ended_with(0);
            }
        };
        build("1", &[]);
        fs_err::rename(project.out("of-2"), project.root().join("results")).expect("the results");
        build("2", &["--timings", "results/"]);
        for index in 1..=2 {
            let predicted = record(&project, index, 2).predicted_us.get() / 1_000;
            assert!((300..500).contains(&predicted), "{predicted} ms");
        }
    }
}
