//! Tests that belong together, stay whole or run everywhere, by rules and by marks.

use std::collections::{BTreeMap, BTreeSet};

use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::plan::Rules;
use evenshard::record::RunRecord;
use evenshard::suite::Suite;
use evenshard::{NodeId, Pattern, Plan, Planner, Shard, ingest};

use super::check::each;
use super::python::{on_each_pytest, on_environments, on_newest_pytest, on_oldest_and_newest};
use super::shop::shop;
use super::{Outcome, Project, Python, assert_partition};

/// The shards that ran each test, by its id without a group of xdist.
fn homes(shards: &[Outcome]) -> BTreeMap<String, Vec<usize>> {
    let mut homes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, shard) in shards.iter().enumerate() {
        assert!(matches!(shard.status, 0 | 5), "{}", shard.talk());
        for id in &shard.ran {
            homes.entry(plain_id(id)).or_default().push(number);
        }
    }
    homes
}

fn plain_id(id: &str) -> String {
    let parsed = NodeId::parse(id);
    let group = parsed.group().map_or(0, |group| group.len() + 1);
    id[..id.len() - group].to_owned()
}

fn patterns(written: &[&str]) -> Vec<Pattern> {
    written
        .iter()
        .map(|text| text.parse().expect("a pattern"))
        .collect()
}

fn covers(patterns: &[Pattern], id: &str) -> bool {
    patterns.iter().any(|p| p.covers(&NodeId::parse(id)))
}

fn rules() -> Rules {
    Rules {
        together: vec![
            patterns(&["tests/sub/test_pay.py", "more", "*::TestTogether"]),
            patterns(&[
                "tests/test_cart.py::test_two",
                "tests/test_long.py::test_many[2]",
            ]),
        ],
        never_split: patterns(&["tests/test_long.py::TestFirst"]),
        everywhere: patterns(&["tests/test_stock.py::test_one", "smoke/"]),
        ..Rules::default()
    }
}

/// The plan of a project's timings under rules, written to a file.
fn plan(project: &Project, shards: u32, rules: &Rules) -> String {
    let report = fs_err::File::open(project.root().join("junit/build-1.xml")).expect("timings");
    let mut history = History::new();
    ingest::read(report, ingest::Source::named("build-1.xml"), &mut history);
    let planner = Planner::new(shards)
        .expect("few shards")
        .rules(rules.clone());
    let plan = planner
        .plan(&Suite::from_history(&Estimates::new(&history)))
        .expect("a plan");
    write(project, &plan)
}

fn write(project: &Project, plan: &Plan) -> String {
    let path = project.out("plan.json");
    fs_err::write(&path, plan.to_json()).expect("the plan");
    path.display().to_string()
}

/// Adds tests that no plan knows, in known files and in new ones.
fn grow(project: &Project) {
    let together = "class TestTogether:\n    def test_new(self): pass\n\ndef test_other(): pass\n";
    project.write("new/test_new.py", together);
    project.write("more/test_later.py", "def test_one(): pass\n");
    project.write("smoke/deep/test_up.py", "def test_up(): pass\n");
    project.append("tests/sub/test_pay.py", "\ndef test_refund(): pass\n");
    project.append(
        "tests/sub/test_send.py",
        "\nclass TestTogether:\n    def test_a(self): pass\n",
    );
}

/// Asserts that rules are kept, and that each other test ran once.
#[track_caller]
fn assert_rules(rules: &Rules, plain: &Outcome, shards: &[Outcome]) {
    let homes = homes(shards);
    let wanted: BTreeSet<String> = plain.ran.iter().map(|id| plain_id(id)).collect();
    let found: BTreeSet<String> = homes.keys().cloned().collect();
    assert_eq!(wanted, found);
    let mut of_group: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (id, shards_of_test) in &homes {
        if covers(&rules.everywhere, id) {
            let all: Vec<usize> = (0..shards.len()).collect();
            assert_eq!(shards_of_test, &all, "{id} runs everywhere");
            continue;
        }
        assert_eq!(shards_of_test.len(), 1, "{id} runs once");
        if let Some(group) = rules.together.iter().position(|g| covers(g, id)) {
            of_group.entry(group).or_default().extend(shards_of_test);
        }
    }
    assert_eq!(of_group.len(), rules.together.len());
    assert!(of_group.values().all(|s| s.len() == 1), "{of_group:?}");
    for pattern in &rules.never_split {
        let of_unit = homes
            .iter()
            .filter(|(id, _)| pattern.covers(&NodeId::parse(id)));
        let shards: BTreeSet<usize> = of_unit.flat_map(|(_, shards)| shards).copied().collect();
        assert_eq!(shards.len(), 1, "{pattern}");
    }
}

on_each_pytest! {
    fn rules_hold_for_known_and_new_tests(python) {
        let project = shop(python);
        let file = plan(&project, 3, &rules());
        grow(&project);
        let plain = project.plain(&[]).ended_with(0);
        let shards = project.shards(3, &["--plan", &file], &[]);
        assert_rules(&rules(), &plain, &shards);
        // A file is imported where its tests are or a rule can send some: here `*::TestTogether`.
        let deep = "tests/sub/deep/test_deep.py";
        let json = fs_err::read_to_string(&file).expect("the plan");
        let held = Plan::from_json(&json, &file).expect("a plan");
        let readers = held.shards().zip(&shards).filter(|(_, s)| s.imported.contains(deep));
        let readers: Vec<Shard> = readers.map(|(shard, _)| shard).collect();
        assert_eq!(readers, held.shards_of_file(deep));
        assert!(readers.len() < 3, "some shard leaves it alone");
    }
}

on_newest_pytest! {
    fn rules_hold_without_any_timings(python) {
        let project = shop(python);
        grow(&project);
        let planner = Planner::new(3).expect("few shards").rules(rules());
        let file = write(&project, &planner.plan_without_timings().expect("a plan"));
        let plain = project.plain(&[]).ended_with(0);
        let shards = project.shards(3, &["--plan", &file], &[]);
        assert_rules(&rules(), &plain, &shards);
    }
}

/// Marks on functions, classes and parameters of three files; a group of each kind of name.
const MARKED: &[(&str, &str)] = &[
    (
        "pytest.ini",
        "[pytest]\nmarkers =\n    xdist_group: tests of one worker\n",
    ),
    (
        "tests/test_a.py",
        r#"import pytest

@pytest.mark.xdist_group("db")
def test_write(): pass

def test_free(): pass

@pytest.mark.xdist_group("two words@home")
@pytest.mark.parametrize("who", ["a@b", "x]y", "[z"])
def test_mail(who): pass
"#,
    ),
    (
        "tests/test_b.py",
        r#"import pytest

@pytest.mark.xdist_group(name="db")
class TestMigration:
    def test_up(self): pass
    @pytest.mark.parametrize("n", [1, 2])
    def test_down(self, n): pass

@pytest.mark.parametrize("who", ["a@b", "x@db"])
def test_free(who): pass
"#,
    ),
    (
        "tests/test_c.py",
        "import pytest\n\n@pytest.mark.xdist_group('two words@home')\ndef test_send(): pass\n\ndef test_free(): pass\n",
    ),
    ("tests/test_d.py", "def test_free(): pass\n"),
];

/// Asserts that the tests of each mark ran in one shard.
#[track_caller]
fn assert_marks(shards: &[Outcome]) {
    let homes = homes(shards);
    for group in [
        &["::test_write", "::TestMigration::"][..],
        &["::test_mail", "::test_send"],
    ] {
        let of_group = homes
            .iter()
            .filter(|(id, _)| group.iter().any(|part| id.contains(part)));
        let shards: BTreeSet<usize> = of_group.flat_map(|(_, shards)| shards).copied().collect();
        assert_eq!(shards.len(), 1, "{group:?}: {homes:?}");
    }
}

/// How many tests the shards selected, and how many of them the plan expected.
fn matched(project: &Project, count: usize) -> (u64, u64) {
    let of_shard = |index| {
        let path = project.junit(index, count).replace(".xml", ".shard.json");
        let json = fs_err::read(path).expect("a record");
        RunRecord::from_json(&json, "record")
            .expect("a record")
            .matched
    };
    let shards = (1..=count).map(of_shard);
    shards.fold((0, 0), |sum, m| (sum.0 + m.tests, sum.1 + m.known))
}

on_each_pytest! {
    fn reports_written_under_loadgroup_are_of_the_same_tests(python) {
        let project = Project::new(python).with_installed_plugins().files(MARKED);
        let plain = project.plain(&[]).ended_with(0);
        project.record(&["-n2", "--dist", "loadgroup"]).ended_with(0);
        let shards = project.shards(3, &["--timings", "junit/"], &[]);
        assert_partition(&plain, &shards);
        assert_eq!(matched(&project, 3), (plain.ran.len() as u64, plain.ran.len() as u64));
    }
}

on_environments! {
    // pytest 9.2 leaves the groups out of its reports.
    [pytest_7_4 "pytest-7.4" pytest_8_4 "pytest-8.4"]
    fn a_group_whose_name_holds_colons_is_no_part_of_a_test(python) {
        let marked = "import pytest\n\n@pytest.mark.xdist_group('b::c')\ndef test_one(): pass\n";
        let project = Project::new(python).with_installed_plugins().files(&[("test_a.py", marked)]);
        let args = ["-n2", "--dist", "loadgroup"];
        project.record(&args).ended_with(0);
        let program = env!("CARGO_BIN_EXE_evenshard");
        let plan = project.out("plan.json").display().to_string();
        let planning = ["plan", "--timings", "junit/", "--shards", "1", "--output", &plan, "--", "pytest"];
        project.witnessed(&mut project.command(program, &[&planning[..], &args].concat())).ended_with(0);
        project.shards(1, &["--plan", &plan], &args);
        let results = project.out("of-1").display().to_string();
        let verify = ["verify", "--plan", &plan, &results];
        project.witnessed(&mut project.command(program, &verify)).ended_with(0);
    }

    fn groups_are_remembered_from_reports_that_show_them(python) {
        let project = Project::new(python).with_installed_plugins().files(MARKED);
        project.record(&["-n2", "--dist", "loadgroup"]).ended_with(0);
        let shards = project.shards(4, &["--timings", "junit/", "--split", "test"], &[]);
        assert_marks(&shards);
    }
}

on_oldest_and_newest! {
    fn rules_hold_in_workers_of_xdist(python) {
        let project = shop(python).with_installed_plugins();
        let file = plan(&project, 3, &rules());
        grow(&project);
        let plain = project.plain(&[]).ended_with(0);
        each(&["load", "loadgroup"], |dist| {
            let args = ["-n", "2", "--dist", dist];
            let shards = project.shards(3, &["--plan", &file], &args);
            assert_rules(&rules(), &plain, &shards);
        });
    }
}

on_oldest_and_newest! {
    fn a_collected_plan_keeps_the_groups_of_xdist_together(python) {
        let project = Project::new(python).with_installed_plugins().files(MARKED);
        let plain = project.record(&[]).ended_with(0);
        let file = project.out("plan.json").display().to_string();
        let args = [
            "plan", "--timings", "junit/", "--shards", "4", "--split", "test", "--output", &file,
            "--", "python", "-m", "pytest",
        ];
        let planning = project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &args));
        planning.ended_with(0);
        let json = fs_err::read_to_string(&file).expect("a plan");
        let matched_by_plan = Plan::from_json(&json, "plan.json").expect("a plan").content().matched;
        assert_eq!(matched_by_plan.known, plain.ran.len() as u64);
        assert_eq!(matched_by_plan.tests, plain.ran.len() as u64);
        let shards = project.shards(4, &["--plan", &file], &[]);
        assert_partition(&plain, &shards);
        assert_marks(&shards);
        let under_xdist = project.shards(4, &["--plan", &file], &["-n2", "--dist", "loadgroup"]);
        assert_marks(&under_xdist);
        assert_eq!(homes(&under_xdist), homes(&shards));
        assert_eq!(matched(&project, 4), (plain.ran.len() as u64, plain.ran.len() as u64));
    }
}
