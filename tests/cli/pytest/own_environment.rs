//! evenshard in an environment of its own, as `uvx` makes one, does not hide the project's
//! Python. `scripts/try-packages` does it with the real uv.

use std::path::{Path, PathBuf};

use super::check::each;
use super::shop::shop;
use super::{Outcome, Project, Python, assert_partition};

/// What `python` of an environment without pytest answers here.
const WRONG_PYTHON: i32 = 42;

/// An environment as uv makes one, with these entries in its `site-packages`.
fn environment(project: &Project, settings: &str, packages: &[&str]) -> PathBuf {
    let root = project.out("tool");
    let _ = fs_err::remove_dir_all(&root);
    let write = |path: &Path, text: &str| {
        fs_err::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs_err::write(path, text).expect("a file");
    };
    write(&root.join("pyvenv.cfg"), settings);
    for package in packages {
        let metadata = root.join("lib/python3.11/site-packages").join(package);
        write(&metadata.join("METADATA"), "");
    }
    let python = root.join("bin/python");
    write(&python, &format!("#!/bin/sh\nexit {WRONG_PYTHON}\n"));
    make_executable(&python);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_evenshard"), root.join("bin/evenshard"))
        .expect("a link");
    root
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a program");
}

/// Runs a shard with the environment's programs first on PATH.
fn run(project: &Project, index: usize, environment: &Path, activated: Option<&Path>) -> Outcome {
    let command = ["python", "-m", "pytest"];
    let mut run = project.shard_command((index, 2), &["--timings", "junit/"], &command);
    let first = environment.join("bin");
    let bin = project.python.bin.display();
    run.env("PATH", format!("{}:{bin}:/usr/bin:/bin", first.display()));
    if let Some(activated) = activated {
        run.env("VIRTUAL_ENV", activated);
    }
    project.witnessed(&mut run)
}

const SETTINGS: &str = "home = /usr/bin\ninclude-system-site-packages = false\nuv = 0.13.9\n";

#[test]
fn the_projects_python_is_found_behind_evenshards_own_environment() {
    Python::with_newest(|python| {
        let project = shop(&python.cold());
        let plain = project.plain(&[]).ended_with(0);
        let packages: [&[&str]; 2] = [
            &["evenshard-0.1.0.dist-info"],
            &["evenshard-0.1.0.dist-info", "_virtualenv.py", "__pycache__"],
        ];
        for packages in packages {
            let own = environment(&project, SETTINGS, packages);
            // The project's environment may be activated at the same time.
            let activated = project.python.bin.parent();
            let shards = [
                run(&project, 1, &own, None),
                run(&project, 2, &own, activated),
            ];
            assert_partition(&plain, &shards);
        }
    });
}

/// The Python of such an environment may be the one that the command means.
#[test]
fn an_environment_that_may_be_the_projects_stays_first() {
    Python::with_newest(|python| {
        let project = shop(&python.cold());
        let own = "evenshard-0.1.0.dist-info";
        let system = SETTINGS.replace("false", "true");
        let extended = format!("{SETTINGS}extends-environment = /srv/venv\n");
        let environments: &[(&str, &[&str])] = &[
            (SETTINGS, &[own, "pytest", "pytest-9.2.0.dist-info"]),
            (SETTINGS, &[own, "tox-4.67.15.dist-info"]),
            (SETTINGS, &[own, "pip", "pip-23.2.1.dist-info"]),
            (SETTINGS, &[own, "lent.pth"]),
            (SETTINGS, &["evenshard"]),
            (SETTINGS, &[]),
            (&system, &[own]),
            (&extended, &[own]),
        ];
        let stayed = |outcome: Outcome| {
            let said = format!("the command ended with {WRONG_PYTHON}");
            assert!(outcome.stderr.contains(&said), "{}", outcome.talk());
            outcome.ended_with(78);
        };
        each(environments, |(settings, packages)| {
            let environment = environment(&project, settings, packages);
            stayed(run(&project, 1, &environment, None));
        });
        let activated = environment(&project, SETTINGS, &[own]);
        stayed(run(&project, 1, &activated, Some(&activated)));
        let no_environment = environment(&project, SETTINGS, &[own]);
        fs_err::remove_file(no_environment.join("pyvenv.cfg")).expect("it was there");
        stayed(run(&project, 1, &no_environment, None));
    });
}

#[test]
fn without_another_python_the_command_is_not_found() {
    Python::with_newest(|python| {
        let project = shop(&python.cold());
        let own = environment(&project, SETTINGS, &["evenshard-0.1.0.dist-info"]);
        let mut run = project.shard_command(
            (1, 2),
            &["--timings", "junit/"],
            &["python", "-m", "pytest"],
        );
        let outcome = project.witnessed(run.env("PATH", own.join("bin")));
        assert!(
            outcome.stderr.contains("uv run pytest"),
            "{}",
            outcome.talk()
        );
        outcome.ended_with(127);
    });
}
