//! The stand-in refuses what the real agent refuses, or the other tests prove little.

use std::io::Write as _;
use std::process::Stdio;

use super::{Build, World};
use crate::pytest::Python;

/// Runs the agent with this standard input; its exit status and what it printed.
fn agent(world: &World, words: &[&str], input: &[u8]) -> (i32, String) {
    let build = Build::of("1");
    let mut command = world.command("buildkite-agent", &build, "job");
    command.args(words).current_dir(world.repo(""));
    let piped = || Stdio::piped();
    let mut child = command
        .stdin(piped())
        .stdout(piped())
        .stderr(piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().unwrap(), said)
}

#[test]
fn it_refuses_what_the_real_agent_refuses() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let code = |words: &[&str]| agent(&world, words, b"").0;
        assert_eq!(code(&["meta-data", "exists", "k"]), 100);
        assert_eq!(code(&["meta-data", "get", "k"]), 1);
        assert_eq!(
            agent(&world, &["meta-data", "get", "k", "--default", "d"], b""),
            (0, "d".to_owned())
        );
        assert_eq!(code(&["meta-data", "set", "k", " "]), 1);
        assert_eq!(code(&["meta-data", "set", "k", "v"]), 0);
        assert_eq!(
            agent(&world, &["meta-data", "get", "k"], b""),
            (0, "v".to_owned())
        );
        assert_eq!(code(&["artifact", "download", "none", "."]), 1);
        assert_eq!(code(&["artifact", "download", "none*", "no-folder/"]), 1);
        assert_eq!(code(&["artifact", "search", "none"]), 1);
        assert_eq!(
            code(&["artifact", "search", "none", "--allow-empty-results"]),
            0
        );
        assert_eq!(code(&["artifact", "upload", "none/*"]), 0);
        assert_eq!(
            code(&["artifact", "upload", "a", "b"]),
            1,
            "a glob that the shell expanded"
        );
        assert_eq!(code(&["artifact", "upload", "--no-such", "a"]), 1);
        assert_eq!(code(&["artifact", "frobnicate"]), 3);
        assert_eq!(code(&["step", "get", "state", "--step", "none"]), 1);
    });
}

#[test]
fn it_takes_an_annotation_of_one_mebibyte_and_no_more() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let body = vec![b'x'; 1024 * 1024 + 1];
        assert_eq!(
            agent(&world, &["annotate", "--style", "info"], &body[1..]).0,
            0
        );
        assert_eq!(agent(&world, &["annotate", "--style", "info"], &body).0, 1);
        assert_eq!(agent(&world, &["annotate", "--style", "loud"], b"x").0, 1);
    });
}

#[test]
fn it_refuses_a_step_key_that_is_taken() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let step = b"steps:\n  - key: a\n    command: echo $$HOME\n";
        assert_eq!(agent(&world, &["pipeline", "upload"], step).0, 0);
        assert_eq!(
            agent(&world, &["step", "get", "state", "--step", "a"], b"").0,
            0
        );
        assert_eq!(agent(&world, &["pipeline", "upload"], step).0, 1);
    });
}

#[test]
fn it_wants_a_job_named_where_two_uploaded_one_path() {
    Python::with_newest(|python| {
        let world = World::new(python);
        fs_err::write(world.repo("a.txt"), "x").unwrap();
        let code = |words: &[&str]| agent(&world, words, b"").0;
        assert_eq!(code(&["artifact", "upload", "a.txt"]), 0);
        assert_eq!(code(&["artifact", "download", "a.txt", "."]), 0);
        assert_eq!(code(&["artifact", "upload", "a.txt"]), 0);
        assert_eq!(code(&["artifact", "download", "a.txt", "."]), 1);
        assert_eq!(code(&["artifact", "download", "a.txt*", "."]), 0);
    });
}
