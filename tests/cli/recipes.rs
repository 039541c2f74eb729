//! docs/recipes.md: its files and commands are taken out of the page and run, with what they
//! are about: tox, nox, a container, Django, coverage.
//!
//! What ran is read from pytest's own JUnit XML, which comes out of any environment.

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::ci_docs::{section, snippet};
use crate::pytest::python::venvs;
use crate::pytest::shop::shop;
use crate::pytest::{Outcome, Project, Python, Report};

/// How many shards every recipe is run in.
const SHARDS: usize = 3;

/// Every fenced block of a section that is in this language.
fn blocks(heading: &str, language: &str) -> Vec<String> {
    let text = section("recipes.md", heading);
    let fence = format!("```{language}\n");
    let fences = text.split(&fence).skip(1);
    fences
        .map(|rest| rest.split("\n```").next().unwrap().to_owned())
        .collect()
}

/// Runs a line of the page with these variables.
fn sh(project: &Project, line: &str, variables: &[(&str, &str)]) -> Outcome {
    let bin = project.out("bin");
    if !bin.exists() {
        fs_err::create_dir_all(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_evenshard"), bin.join("evenshard")).unwrap();
    }
    let mut command = project.command("bash", &["-e", "-c", line]);
    let path = format!(
        "{}:{}:/usr/local/bin:/usr/bin:/bin",
        bin.display(),
        project.python.bin.display()
    );
    command.env("PATH", path);
    // What the witness sees is not needed here, and a container could not import it.
    command
        .env_remove("PYTHONPATH")
        .env_remove("PYTEST_PLUGINS");
    command.envs(variables.iter().copied());
    project.witnessed(&mut command)
}

/// Runs a line in every shard.
fn shards(project: &Project, line: &str, variables: &[(&str, &str)]) -> Vec<Outcome> {
    let run = |index| {
        let shard = format!("{index}/{SHARDS}");
        let outcome = sh(project, line, &[variables, &[("SHARD", &shard)]].concat());
        let said = format!("shard {index} of {SHARDS} (");
        assert!(outcome.stderr.contains(&said), "{}", outcome.talk());
        outcome
    };
    (1..=SHARDS).map(run).collect()
}

/// The cases of all reports below a folder of the suite, sorted.
fn cases(folder: &Path) -> Vec<(String, String)> {
    let mut found: Vec<_> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|e| e.path().extension().is_some_and(|e| e == "xml"))
        .flat_map(|e| Report::read(e.path()).cases)
        .map(|case| (case.classname, case.name))
        .collect();
    found.sort();
    found
}

/// The cases of plain pytest in a folder of the suite.
fn plain(project: &Project, folder: &str) -> Vec<(String, String)> {
    let out = project.out("plain");
    let _ = fs_err::remove_dir_all(&out);
    let line = format!(
        "cd './{folder}' && python -m pytest -q --junitxml={}/plain.xml",
        out.display()
    );
    sh(project, &line, &[]).ended_with(0);
    cases(&out)
}

/// Asserts that the shards succeed, and that their results are those of plain pytest.
#[track_caller]
fn assert_each_ran_once(project: &Project, plain: &[(String, String)], shards: Vec<Outcome>) {
    let shards: Vec<Outcome> = shards
        .into_iter()
        .map(|shard| shard.ended_with(0))
        .collect();
    assert!(!plain.is_empty());
    let said: Vec<String> = shards.iter().map(Outcome::talk).collect();
    assert_eq!(
        cases(&project.root().join("results")),
        plain,
        "{}",
        said.join("\n")
    );
    sh(project, "evenshard verify results/", &[]).ended_with(0);
    let left = fs_err::read_dir(project.root().join(".evenshard"));
    assert_eq!(
        left.map_or(0, Iterator::count),
        0,
        "private folders are removed"
    );
}

/// Lets the environment that a tool has made see the packages of this one.
fn lend_packages(project: &Project, environment: &str) {
    let packages = |folder: &Path| {
        let lib = fs_err::read_dir(folder.join("lib"))
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        lib.path().join("site-packages")
    };
    let ours = packages(project.python.bin.parent().unwrap());
    let theirs = packages(&project.root().join(environment));
    fs_err::write(theirs.join("lent.pth"), format!("{}\n", ours.display())).unwrap();
}

#[test]
fn tox_runs_a_shard_with_pass_env() {
    Python::with("recipes", |python| {
        let project = shop(python).file("requirements.txt", "# none\n");
        project.write("tox.ini", &snippet("recipes.md", "tox", "ini"));
        let plain = plain(&project, ".");
        sh(&project, "tox run -q -e tests --notest", &[]).ended_with(0);
        lend_packages(&project, ".tox/tests");
        let line = &blocks("tox", "sh")[0];
        assert_each_ran_once(&project, &plain, shards(&project, line, &[]));

        // Without pass_env in the file, and then with the one of the command line.
        let file = snippet("recipes.md", "tox", "ini");
        let (before, after) = file.split_once("pass_env").unwrap();
        let after = after.split_once("commands").unwrap().1;
        project.write("tox.ini", &format!("{before}commands{after}"));
        fs_err::remove_dir_all(project.root().join("results")).unwrap();
        for shard in shards(&project, line, &[]) {
            assert!(shard.stderr.contains("pass_env"), "{}", shard.talk());
            shard.ended_with(78);
        }
        let text = section("recipes.md", "tox");
        let other = text
            .split('`')
            .find(|t| t.starts_with("tox run -e tests -x"))
            .unwrap();
        let line = line.replace("tox run -e tests -- -q", other);
        assert_each_ran_once(&project, &plain, shards(&project, &line, &[]));
    });
}

#[test]
fn nox_runs_a_shard_as_it_is() {
    Python::with("recipes", |python| {
        let project = shop(python).file("requirements.txt", "# none\n");
        project.write("noxfile.py", &snippet("recipes.md", "nox", "python"));
        let plain = plain(&project, ".");
        sh(&project, "nox -s tests --install-only", &[]).ended_with(0);
        lend_packages(&project, ".nox/tests");
        // -R: the environment as it is, not a new one.
        let line = blocks("nox", "sh")[0].replace("nox -s", "nox -R -s");
        assert_each_ran_once(&project, &plain, shards(&project, &line, &[]));
    });
}

/// Puts a `docker` on PATH where there is no engine; false, and says so, where there is
/// neither engine nor namespaces.
fn docker(project: &Project) -> bool {
    let engine = std::env::var("EVENSHARD_TEST_IMAGE");
    sh(project, "true", &[]).ended_with(0);
    if let Ok(image) = engine {
        let info = sh(project, "docker info", &[]);
        assert_eq!(
            info.status,
            0,
            "EVENSHARD_TEST_IMAGE needs an engine: {}",
            info.talk()
        );
        sh(project, &format!("docker tag '{image}' shop-tests"), &[]).ended_with(0);
        return true;
    }
    let bin = project.out("bin");
    let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli/recipes/docker");
    symlink(stand_in, bin.join("docker")).unwrap();
    let works = sh(
        project,
        "unshare --mount true || unshare --user --map-root-user --mount true",
        &[],
    );
    if works.status != 0 {
        let line = "SKIPPED: recipes: neither a container engine nor mount namespaces";
        writeln!(std::io::stderr(), "{line}").unwrap();
    }
    works.status == 0
}

fn in_container(heading: &str, check: impl Fn(&Project, &str, &[(&str, &str)])) {
    // This environment has PyYAML, which the stand-in reads compose.yaml with.
    Python::with_newest(|python| {
        let project = shop(python).with_installed_plugins();
        if docker(&project) {
            let keeps = fs_err::canonicalize(venvs().join(&python.name)).unwrap();
            let root = project.out("container").display().to_string();
            let bin = keeps.join("bin").display().to_string();
            let line = &blocks(heading, "sh")[0];
            // The image's own PATH has its pytest.
            let path = format!(
                "{}:{bin}:/usr/bin:/bin:/usr/sbin:/sbin",
                project.out("bin").display()
            );
            let keeps = keeps.display().to_string();
            check(
                &project,
                line,
                &[
                    ("PATH", &path),
                    ("STAND_IN_KEEPS", &keeps),
                    ("STAND_IN_ROOT", &root),
                ],
            );
        }
    });
}

#[test]
fn docker_run_runs_a_shard_with_a_work_dir() {
    in_container("Docker", |project, line, variables| {
        let inside =
            "docker run --rm -v \"$PWD:/app\" -w /app shop-tests sh -c 'pwd; env; ls -A /tmp'";
        let seen = sh(project, inside, &[variables, &[("SECRET", "x")]].concat()).ended_with(0);
        assert!(
            seen.stdout.starts_with("/app\n") && !seen.stdout.contains("SECRET"),
            "{}",
            seen.talk()
        );

        let plain = plain(project, ".");
        assert_each_ran_once(project, &plain, shards(project, line, variables));
        fs_err::remove_dir_all(project.root().join("results")).unwrap();

        let same = line
            .replace("=/app/.evenshard", "")
            .replace("\"$PWD:/app\" -w /app", "\"$PWD:$PWD\" -w \"$PWD\"");
        assert_each_ran_once(project, &plain, shards(project, &same, variables));

        // Without what the recipe adds, the job fails: it would run everything.
        let work_dir = "--work-dir .evenshard=/app/.evenshard ";
        for (what, instead) in [
            (work_dir, ""),
            (work_dir, "--work-dir .evenshard "),
            (" -e PYTHONPATH -e PYTEST_PLUGINS -e EVENSHARD_SLICE", ""),
            (" -e PYTEST_PLUGINS", ""),
        ] {
            let broken = line.replace(what, instead);
            assert_ne!(&broken, line);
            let first = [variables, &[("SHARD", "1/3")]].concat();
            sh(project, &broken, &first).ended_with(78);
        }
    });
}

#[test]
fn results_of_a_container_under_xdist_come_out_as_well() {
    in_container("Docker", |project, line, variables| {
        let plain = plain(project, ".");
        let line = line.replace("pytest -q", "pytest -q -n 2");
        assert_each_ran_once(project, &plain, shards(project, &line, variables));
    });
}

#[test]
fn a_plan_is_collected_in_a_container() {
    in_container("Docker", |project, line, variables| {
        let run = line.split_once("-- ").unwrap().1;
        let work_dir = "--work-dir .evenshard=/app/.evenshard";
        let line = format!("evenshard plan --timings junit/ --shards 3 {work_dir} -- {run}");
        let outcome = sh(project, &line, variables).ended_with(0);
        let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(json["collected"], true);
        assert_eq!(json["match"]["tests"], plain(project, ".").len());
    });
}

#[test]
fn docker_compose_runs_a_shard_with_a_work_dir() {
    in_container("Docker Compose", |project, line, variables| {
        project.write(
            "compose.yaml",
            &snippet("recipes.md", "Docker Compose", "yaml"),
        );
        let plain = plain(project, ".");
        assert_each_ran_once(project, &plain, shards(project, line, variables));
    });
}

#[test]
fn django_runs_a_shard_as_it_is() {
    Python::with("recipes", |python| {
        let project = Project::new(python).with_installed_plugins().files(DJANGO);
        project.write("pytest.ini", &snippet("recipes.md", "pytest-django", "ini"));
        let recorded = "python -m pytest -q -p no:randomly --junitxml=junit/1.xml";
        sh(&project, recorded, &[]).ended_with(0);
        let plain = plain(&project, ".");
        assert!(plain.len() > 8, "{plain:?}");
        let line = &blocks("pytest-django", "sh")[0];
        assert_each_ran_once(&project, &plain, shards(&project, line, &[]));
        fs_err::remove_dir_all(project.root().join("results")).unwrap();
        let line = format!("{line} -n 2");
        assert_each_ran_once(&project, &plain, shards(&project, &line, &[]));
    });
}

#[test]
fn several_roots_are_kept_apart_by_their_scopes() {
    Python::with("recipes", |python| {
        let mut project = Project::new(python);
        for root in ["services/api", "services/web"] {
            for (name, text) in [
                ("pytest.ini", "[pytest]\n"),
                ("tests/test_api.py", TESTS),
                ("tests/test_b.py", TESTS),
            ] {
                project = project.file(&format!("{root}/{name}"), text);
            }
        }
        let lines = blocks("Several roots in one repository", "sh");
        for build in ["1", "2"] {
            let _ = fs_err::remove_dir_all(project.root().join("results"));
            for shard in shards(&project, &lines[0], &[]) {
                assert_eq!(
                    shard.stderr.contains("timings for"),
                    build == "2",
                    "{}",
                    shard.talk()
                );
                shard.ended_with(0);
            }
            for root in ["services/api", "services/web"] {
                let results = project.root().join("results").join(root);
                assert_eq!(cases(&results), plain(&project, root));
            }
            sh(&project, &lines[1], &[]).ended_with(0);
        }
    });
}

#[test]
fn each_python_of_a_matrix_has_its_scope() {
    Python::with_newest(|newest| {
        Python::with("pytest-8.4", |older| {
            let project = shop(newest).file(
                "tests/test_new.py",
                "import pytest\nif int(pytest.__version__[0]) >= 9:\n    def test_of_the_newest(): pass\n",
            );
            let lines = blocks("A matrix of Pythons", "sh");
            for python in [newest, older] {
                let path = format!(
                    "{}:{}:/usr/bin:/bin",
                    project.out("bin").display(),
                    python.bin.display()
                );
                let matrix = [("PYTHON", python.name.as_str()), ("PATH", &path)];
                for shard in shards(&project, &lines[0], &matrix) {
                    shard.ended_with(0);
                }
                sh(&project, &lines[1], &matrix).ended_with(0);
                let ran = cases(&project.root().join("results").join(&python.name));
                let new = ran.iter().any(|(_, name)| name == "test_of_the_newest");
                assert_eq!(new, python.name == newest.name);
                let count = sh(
                    &project,
                    "evenshard timings show timings.json --format json --scope \"$PYTHON\"",
                    &matrix,
                );
                let json: Value = serde_json::from_str(&count.ended_with(0).stdout).unwrap();
                assert_eq!(json["total"]["tests"], ran.len());
            }
        });
    });
}

#[test]
fn coverage_of_all_shards_together_is_that_of_one_run() {
    Python::with("recipes", |python| {
        let project = shop(python).with_installed_plugins();
        project.write(
            "shop/__init__.py",
            "def price(n):\n    if n > 2:\n        return 5\n    return 1\n",
        );
        for (name, n) in [("one", 1), ("two", 3), ("three", 7)] {
            let text =
                format!("from shop import price\n\ndef test_price():\n    assert price({n})\n");
            project.write(&format!("tests/test_{name}_price.py"), &text);
        }
        let lines = blocks("Coverage", "sh");
        sh(
            &project,
            "pytest -q --cov=shop && coverage json -o plain.json && rm .coverage",
            &[],
        )
        .ended_with(0);
        for shard in shards(&project, &lines[0], &[]) {
            assert!(!shard.stderr.contains("threshold"), "{}", shard.talk());
            shard.ended_with(0);
        }
        sh(&project, &lines[1], &[]).ended_with(0);
        sh(&project, "coverage json -o all.json", &[]).ended_with(0);
        let executed = |file: &str| {
            let text = fs_err::read(project.root().join(file)).unwrap();
            let json: Value = serde_json::from_slice(&text).unwrap();
            json["files"]["shop/__init__.py"]["executed_lines"].clone()
        };
        assert_eq!(executed("all.json"), executed("plain.json"));
        assert_eq!(executed("all.json"), serde_json::json!([1, 2, 3, 4]));

        // One shard alone would not meet the threshold, for no fault of its own: that is said.
        project.write(".coveragerc", "[report]\nfail_under = 90\n");
        let line = lines[0].replace(" --cov-fail-under=0", "");
        let warned = shards(&project, &line, &[]);
        let failed = warned.iter().filter(|shard| shard.status != 0).count();
        assert!(failed > 0, "the threshold is one that a shard misses");
        for shard in warned {
            assert!(
                shard.stderr.contains("fail_under in .coveragerc"),
                "{}",
                shard.talk()
            );
        }
    });
}

#[test]
fn every_recipe_of_the_page_is_tested() {
    let text = fs_err::read_to_string(crate::ci_docs::docs().join("recipes.md")).unwrap();
    let headings: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("## ")).collect();
    let tested = [
        "tox",
        "nox",
        "Docker",
        "Docker Compose",
        "pytest-django",
        "Several roots in one repository",
        "A matrix of Pythons",
        "Coverage",
        "What was tested",
    ];
    assert_eq!(headings, tested);
}

const TESTS: &str = "import pytest\n\ndef test_one(): pass\n\n@pytest.mark.parametrize('n', range(4))\ndef test_many(n): pass\n";

const DJANGO: &[(&str, &str)] = &[
    ("manage.py", "import shop.settings\n"),
    ("shop/__init__.py", ""),
    (
        "shop/settings.py",
        "SECRET_KEY = 'x'\nINSTALLED_APPS = ['stock']\nUSE_TZ = True\n\
         DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'\n\
         DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'shop.sqlite'}}\n",
    ),
    ("stock/__init__.py", ""),
    (
        "stock/models.py",
        "from django.db import models\n\nclass Item(models.Model):\n    name = models.CharField(max_length=9)\n",
    ),
    (
        "tests/test_items.py",
        "import pytest\nfrom stock.models import Item\n\n\
         @pytest.mark.django_db\n@pytest.mark.parametrize('n', range(4))\n\
         def test_create(n):\n    Item.objects.create(name=str(n))\n    assert Item.objects.count() == 1\n\n\
         @pytest.mark.django_db(transaction=True)\ndef test_transaction():\n    assert not Item.objects.exists()\n",
    ),
    (
        "tests/test_cases.py",
        "from django.test import TestCase, TransactionTestCase\nfrom stock.models import Item\n\n\
         class ItemCase(TestCase):\n    @classmethod\n    def setUpTestData(cls):\n        Item.objects.create(name='a')\n\n\
         \x20   def test_one(self):\n        self.assertEqual(Item.objects.count(), 1)\n\n\
         \x20   def test_two(self):\n        Item.objects.all().delete()\n\n\
         class SlowCase(TransactionTestCase):\n    def test_three(self):\n        self.assertFalse(Item.objects.exists())\n",
    ),
    (
        "tests/test_plain.py",
        "def test_plain(): pass\ndef test_more(): pass\n",
    ),
];
