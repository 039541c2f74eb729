//! However the user starts pytest: the shard holds, or the job fails.

use super::check::each;
use super::python::{
    on_each_pytest, on_environments, on_newest_pytest, on_oldest_and_newest, venvs,
};
use super::shop::shop;
use super::{Outcome, Project, Python, assert_partition};

/// The status for "settings contradict": here, that the plugin never loaded.
const NEVER_LOADED: i32 = 78;

/// Runs any command in `count` shards.
fn launch(project: &Project, count: usize, command: &[&str]) -> Vec<Outcome> {
    (1..=count)
        .map(|i| project.shard((i, count), &["--timings", "junit/"], command))
        .collect()
}

on_oldest_and_newest! {
    fn any_way_to_start_pytest_runs_the_shard(python) {
        let project = shop(&python.cold())
            .file("run.sh", "#!/bin/sh\nset -e\ncd tests/..\nexport EXTRA=1\npytest -q \"$@\"\n")
            .file("run.py", "import sys, pytest\nsys.exit(pytest.main(sys.argv[1:]))\n");
        let plain = project.plain(&[]).ended_with(0);
        let commands: &[&[&str]] = &[
            &["pytest"],
            &["python", "-m", "pytest"],
            &["python", "-P", "-m", "pytest"],
            &["python", "run.py"],
            &["sh", "run.sh", "-v"],
            &["sh", "-c", "python -m pytest | cat"],
            &["env", "EXTRA=1", "PYTHONHASHSEED=7", "pytest"],
            &["coverage", "run", "-m", "pytest"],
        ];
        let old = python.name.ends_with("py3.9");
        let commands: Vec<_> = commands.iter().filter(|c| !(old && c.contains(&"-P"))).collect();
        each(&commands, |command| {
            assert_partition(&plain, &launch(&project, 2, command));
        });
    }
}

on_each_pytest! {
    fn two_sessions_in_one_process_are_both_sharded(python) {
        let project = shop(&python.cold()).file("run.py", r"import sys, pytest

one = pytest.main(['tests/sub', '-q'])
two = pytest.main(['tests', '--ignore=tests/sub', '-q'])
three = pytest.main(['more', '-q'])
sys.exit(one or two or three)
");
        let program = python.program();
        let plain = project
            .witnessed(&mut project.command(program.to_str().expect("UTF-8"), &["run.py"]))
            .ended_with(0);
        assert_partition(&plain, &launch(&project, 3, &["python", "run.py"]));
    }
}

on_newest_pytest! {
    fn two_commands_in_one_script_are_both_sharded(python) {
        let project = shop(&python.cold()).file("run.sh", "set -e\npytest tests/sub\npytest more tests/test_long.py\n");
        let plain = project.witnessed(&mut project.command("sh", &["run.sh"])).ended_with(0);
        assert_partition(&plain, &launch(&project, 3, &["sh", "run.sh"]));
    }

    /// What drops the environment would run everything in every job.
    fn a_command_that_drops_the_environment_fails(python) {
        let project = shop(&python.cold());
        let program = python.program().display().to_string();
        let commands: &[&[&str]] = &[
            &["env", "-i", &program, "-m", "pytest"],
            &["python", "-I", "-m", "pytest"],
            &["python", "-E", "-m", "pytest"],
            &["env", "-u", "PYTEST_PLUGINS", "pytest"],
            &["env", "-u", "PYTEST_PLUGINS", "-u", "PYTHONPATH", "pytest"],
            &["sh", "-c", "PYTEST_PLUGINS=witness pytest"],
            &["sh", "-c", "env -i /bin/true"],
            &["true"],
            &["false"],
        ];
        each(commands, |command| {
            for shard in launch(&project, 2, command) {
                shard.ended_with(NEVER_LOADED);
            }
        });
    }
}

on_each_pytest! {
    /// The name is looked up in the environment, as a meddler would.
    fn blocking_the_plugin_fails(python) {
        let project = shop(&python.cold()).file("run.sh", r#"
for name in $(echo "$PYTEST_PLUGINS" | tr , ' '); do
    test "$name" = witness || ours=$name
done
test -n "$ours" && exec pytest -p "no:$ours"
"#);
        for command in [&["sh", "run.sh"][..], &["pytest", "-p", "no:evenshard"]] {
            for shard in launch(&project, 2, command) {
                shard.ended_with(NEVER_LOADED);
            }
        }
    }

    fn a_plugin_that_cannot_be_imported_fails(python) {
        let project = shop(&python.cold());
        let witness = "PYTHONPATH=\"${PYTHONPATH##*:}\" pytest; PYTHONPATH=\"${PYTHONPATH%%:*}\" pytest";
        let commands: &[&[&str]] = &[
            &["env", "-u", "PYTHONPATH", "pytest"],
            &["env", "PYTHONPATH=/nowhere", "pytest"],
            // Only the user's part or only ours is left: pytest lacks one of both.
            &["sh", "-c", witness],
        ];
        each(commands, |command| {
            for shard in launch(&project, 2, command) {
                assert!(shard.ran.is_empty(), "{}", shard.talk());
                shard.ended_with(NEVER_LOADED);
            }
        });
    }
}

#[test]
fn a_command_that_is_not_there_ends_with_127() {
    Python::with_newest(|python| {
        let project = shop(&python.cold());
        let shard = project.shard((1, 2), &["--timings", "junit/"], &["no-such-command", "-q"]);
        assert!(shard.stderr.contains("no-such-command"), "{}", shard.talk());
        shard.ended_with(127);
        let folder = project.shard((1, 2), &["--timings", "junit/"], &["./no/such/pytest"]);
        folder.ended_with(127);
    });
}

#[test]
fn what_keeps_the_plugin_from_loading_is_named() {
    Python::with_newest(|python| {
        let project = shop(&python.cold());
        for (command, named) in [
            // Without the site's packages there is no pytest.
            (
                &["python", "-S", "-m", "pytest"][..],
                "python has no pytest",
            ),
            (
                &["python", "-S", "-m", "pytest"],
                "is pytest installed for that Python?",
            ),
            (&["env", "-i", "sh", "-c", "true"], "`env -i` drops"),
            (
                &["python", "-I", "-m", "pytest"],
                "`python -I` ignores PYTHONPATH",
            ),
            (&["sh", "-c", "PYTHONPATH=src pytest"], "put yours in front"),
            (&["true"], "does the command start pytest at all"),
        ] {
            let shard = project.shard((1, 2), &["--timings", "junit/"], command);
            assert!(shard.stderr.contains(named), "{named}: {}", shard.talk());
            shard.ended_with(NEVER_LOADED);
        }
        for (command, named) in [
            (&["pytest -q"][..], "take the quotes away"),
            (&["python -m pytest", "-q"], "take the quotes away"),
            (&["EXTRA=1", "pytest"], "put env in front"),
        ] {
            let shard = project.shard((1, 2), &["--timings", "junit/"], command);
            assert!(shard.stderr.contains(named), "{named}: {}", shard.talk());
            shard.ended_with(127);
        }
    });
}

#[test]
fn a_folder_that_no_path_can_hold_stops_before_pytest_starts() {
    Python::with_newest(|python| {
        let project = shop(&python.cold());
        let folder = project.out("a:b").display().to_string();
        fs_err::create_dir(&folder).expect("a folder");
        let pytest = ["python", "-m", "pytest"];
        let mut run = project.shard_command((1, 2), &["--timings", "junit/"], &pytest);
        let by_variable = project.witnessed(run.env("TMPDIR", &folder));
        let options = ["--timings", "junit/", "--work-dir", &folder];
        let by_option = project.shard((1, 2), &options, &pytest);
        for (shard, setting) in [(by_variable, "TMPDIR"), (by_option, "--work-dir")] {
            assert!(shard.stderr.contains(setting), "{}", shard.talk());
            assert!(shard.stderr.contains("has no `:`"), "{}", shard.talk());
            assert!(shard.ran.is_empty());
            shard.ended_with(NEVER_LOADED);
        }
    });
}

#[test]
fn uv_run_starts_a_sharded_pytest() {
    Python::with("uv", |uv| {
        Python::with_newest(|python| {
            let project = shop(&python.cold());
            let plain = project.plain(&[]).ended_with(0);
            let environment = venvs().join(&python.name);
            let uv = uv.bin.join("uv").display().to_string();
            let command = [&uv, "run", "--no-project", "--offline", "pytest", "-q"];
            let shards: Vec<_> = (1..=3)
                .map(|index| {
                    let timings = ["--timings", "junit/"];
                    let mut run = project.shard_command((index, 3), &timings, &command);
                    project.witnessed(run.env("VIRTUAL_ENV", &environment).env_remove("PATH"))
                })
                .collect();
            assert_partition(&plain, &shards);
        });
    });
}
