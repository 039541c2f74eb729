//! Docker and Compose, or what stands in for them.

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use super::{assert_each_ran_once, blocks, plain, sh, shards};
use crate::ci_docs::snippet;
use crate::pytest::python::venvs;
use crate::pytest::shop::shop;
use crate::pytest::{Project, Python};

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
        writeln!(std::io::stderr(), "{line}").expect("stderr is open");
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
