//! The whole way of a build through S3, by moto's server, and through Azure, by Azurite.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::ci::{Ci, Job, TESTS, ran_once};
use crate::pytest::python::venvs;
use crate::pytest::{Outcome, Python};

/// The key that every Azurite has for its account.
const AZURITE_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A server that prints its ports and ends with its input.
struct Stand(Child, Vec<String>);

impl Stand {
    fn start(program: &Path, words: &[&Path]) -> Self {
        let mut command = Command::new(program);
        command
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ports: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        assert!(!ports.is_empty(), "{} printed no port", program.display());
        Self(child, ports)
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        // It ends with its input, and what it started with it.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

fn skipped(why: &str) {
    let thread = std::thread::current();
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: {}: {why}",
        thread.name().unwrap_or("a test")
    );
}

fn script(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/store")
        .join(name)
}

/// Two builds in two jobs each, with nothing but the URL and credentials of the environment.
fn two_builds(ci: &Ci, url: &str, variables: &[(&str, &str)]) {
    let with = |mut command: Command| -> Outcome {
        command
            .env_remove("EVENSHARD_STORE")
            .envs(variables.iter().copied());
        ci.project.witnessed(&mut command)
    };
    for (build, known) in [("one", false), ("two", true)] {
        let run = |shard| {
            let job = Job::new(build, shard).with("--store").with(url);
            with(ci.command(&job)).ended_with(0)
        };
        let first = run(1);
        assert!(first.stderr.contains("not proved yet"), "{first:?}");
        assert_eq!(
            first.stderr.contains("timings for 5 tests"),
            known,
            "{first:?}"
        );
        let gate = || with(ci.asking(&Job::new(build, 1), &["verify", "--store", url, "--gate"]));
        gate().ended_with(70);
        let last = run(2);
        assert!(last.stderr.contains("proved: 5 tests ran once"), "{last:?}");
        assert!(last.stderr.contains("added to the history"), "{last:?}");
        assert_eq!(ran_once([&first, &last]).len(), TESTS);
        let passed = gate().ended_with(0);
        assert!(passed.stdout.contains("gate: passed"), "{passed:?}");
    }
    let check = with(ci.asking(&Job::new("two", 1), &["store", "check", "--store", url]));
    let check = check.ended_with(0);
    assert!(!check.stdout.contains("FAILED"), "{check:?}");
    let status = with(ci.asking(&Job::new("two", 1), &["store", "status", "--store", url]));
    let status = status.ended_with(0);
    assert!(status.stdout.contains("2 builds"), "{status:?}");
    let secret = variables
        .iter()
        .find(|(name, _)| name.ends_with("KEY"))
        .unwrap()
        .1;
    assert!(!format!("{status:?}{check:?}").contains(secret));
}

#[test]
fn two_builds_go_through_s3() {
    Python::with_newest(|python| {
        let moto = venvs().join("moto/bin/python");
        if !moto.exists() {
            return skipped("no moto environment; `scripts/venvs` makes it");
        }
        let ci = Ci::new(python);
        let folder = ci.project.out("moto");
        fs_err::create_dir(&folder).unwrap();
        let server = Stand::start(&moto, &[&script("moto_server.py"), &folder]);
        let endpoint = format!("http://127.0.0.1:{}", server.1[0]);
        two_builds(
            &ci,
            "s3://ci-bucket/evenshard",
            &[
                ("AWS_ENDPOINT_URL", &endpoint),
                ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00"),
                ("AWS_SECRET_ACCESS_KEY", "secret-access-key-of-a-test"),
                ("AWS_REGION", "us-east-1"),
            ],
        );
    });
}

#[test]
fn two_builds_go_through_azure() {
    Python::with_newest(|python| {
        let azurite = venvs().join("azurite/node_modules/azurite/dist/src/blob/main.js");
        if !azurite.exists() {
            return skipped("no Azurite; `scripts/azurite` installs it");
        }
        let ci = Ci::new(python);
        let server = Stand::start(
            Path::new("node"),
            &[&script("azurite_server.mjs"), &azurite],
        );
        let endpoint = format!("http://127.0.0.1:{}/devstoreaccount1", server.1[0]);
        two_builds(
            &ci,
            "az://builds/evenshard",
            &[
                ("AZURE_STORAGE_ACCOUNT_NAME", "devstoreaccount1"),
                ("AZURE_STORAGE_ACCOUNT_KEY", AZURITE_KEY),
                ("AZURE_STORAGE_ENDPOINT", &endpoint),
            ],
        );
    });
}
