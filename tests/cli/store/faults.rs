//! Stores that are away, that lie, or that may not be written to.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;

use super::ci::{Ci, Job, TESTS, ran_once};
use crate::pytest::Python;

/// The command of a job with a bucket behind this port.
fn with_bucket(ci: &Ci, job: &Job<'_>, port: u16) -> Command {
    let mut command = ci.command(job);
    command
        .env("EVENSHARD_STORE", "s3://bucket/evenshard")
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "someone")
        .env("AWS_SECRET_ACCESS_KEY", "knows");
    command
}

/// A port at which nobody answers.
fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A bucket that may be read and is empty, and may not be written to.
fn read_only_bucket() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = |status: &str, body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nContent-Type: application/xml\r\nConnection: close\r\n\r\n{body}"
        )
    };
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = stream;
            let mut head = [0; 16384];
            let read = stream.read(&mut head).unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            let text = if head.starts_with("PUT") {
                answer(
                    "403 Forbidden",
                    "<Error><Code>AccessDenied</Code><Message>no</Message></Error>",
                )
            } else if head.contains("list-type=2") {
                answer(
                    "200 OK",
                    "<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>",
                )
            } else {
                answer(
                    "404 Not Found",
                    "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>",
                )
            };
            let _ = stream.write_all(text.as_bytes());
        }
    });
    port
}

#[test]
fn a_store_that_is_away_before_there_is_a_plan_is_75() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let mut command = with_bucket(&ci, &Job::new("one", 1), closed_port());
        let away = ci.project.witnessed(&mut command).ended_with(75);
        assert_eq!(away.ran, [] as [String; 0]);
        assert!(
            away.stderr.contains("no test was run") || away.stderr.contains("hint: "),
            "{away:?}"
        );
        assert!(!away.stderr.contains("knows"), "{away:?}");
    });
}

#[test]
fn a_job_that_is_told_to_goes_on_without_a_store_and_says_so() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let port = closed_port();
        let ended = [1, 2].map(|shard| {
            let job = Job::new("one", shard).with("--store-fallback=static");
            let job = ci.project.witnessed(&mut with_bucket(&ci, &job, port));
            job.ended_with(0)
        });
        assert_eq!(ran_once(&ended).len(), TESTS);
        for job in &ended {
            assert!(
                job.stderr
                    .contains("nothing proves that every test runs once"),
                "{job:?}"
            );
        }
    });
}

#[test]
fn a_fork_that_may_not_write_plans_without_the_store() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let port = read_only_bucket();
        let ended = [1, 2].map(|shard| {
            let job = Job::new("one", shard).pull_request();
            ci.project
                .witnessed(&mut with_bucket(&ci, &job, port))
                .ended_with(0)
        });
        assert_eq!(ran_once(&ended).len(), TESTS);
        for job in &ended {
            assert!(job.stderr.contains("this job shares nothing"), "{job:?}");
        }
        // A branch that may not write has a wrong role, which is named.
        let mut branch = with_bucket(&ci, &Job::new("one", 1), port);
        let branch = ci.project.witnessed(&mut branch).ended_with(78);
        assert!(branch.stderr.contains("s3:PutObject"), "{branch:?}");
    });
}

#[test]
fn a_store_that_goes_away_during_the_tests_leaves_results_and_75() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let store = ci.store();
        let gone = ci.project.out("gone");
        let test = format!(
            "import os\ndef test_away():\n    if os.path.isdir({gone:?}): return\n    os.rename({store:?}, {gone:?})\n    open({store:?}, 'w').close()\n"
        );
        ci.project.write("tests/test_a.py", &test);
        let job = Job::new("one", 1).of(1);
        let away = ci.run(&job).ended_with(75);
        let words = "its results stay in ";
        let folder = away
            .stderr
            .split_once(words)
            .unwrap_or_else(|| panic!("{away:?}"));
        let folder = folder.1.lines().next().unwrap();
        assert!(
            std::path::Path::new(folder).join("junit-1-1.xml").exists(),
            "{away:?}"
        );

        fs_err::remove_file(&store).unwrap();
        fs_err::rename(&gone, &store).unwrap();
        let gate = ci.gate(&job).ended_with(70);
        let named = "no job has reported: 1 shard of 1 not finished (1)";
        assert!(gate.stderr.contains(named), "{gate:?}");
        fs_err::create_dir(&gone).unwrap();
        ci.run(&job.clone().attempt(2)).ended_with(0);
        ci.gate(&job).ended_with(0);
    });
}

/// Replaces each object by something else.
fn spoil(ci: &Ci, part: &str, content: &[u8]) {
    let keys = ci.keys(part);
    assert!(!keys.is_empty(), "{part}");
    for key in keys {
        fs_err::write(ci.store().join(key), content).unwrap();
    }
}

#[test]
fn nothing_in_a_hostile_store_is_a_pass_or_a_panic() {
    Python::with_newest(|python| {
        let newer = b"\x50\x2a\x4d\x18\x33\x00\x00\x00evenshard-store 9\n000102030405060708090a0b0c0d0e0f\n".as_slice();
        for (at, garbage) in [b"".as_slice(), b"<x>\xff\0", newer]
            .into_iter()
            .enumerate()
        {
            let ci = Ci::new(python);
            for shard in [1, 2] {
                ci.run(&Job::new("one", shard)).ended_with(0);
            }
            ci.gate(&Job::new("one", 1)).ended_with(0);
            spoil(&ci, "record", garbage);
            let gate = ci.gate(&Job::new("one", 1)).ended_with(70);
            assert!(!gate.stderr.contains("panicked"), "{at}: {gate:?}");

            // A history that cannot be read is left out.
            spoil(&ci, "history/", garbage);
            let next = ci.run(&Job::new("two", 1)).ended_with(0);
            assert!(next.stderr.contains("left out"), "{at}: {next:?}");

            spoil(&ci, "plan", garbage);
            let stopped = ci.run(&Job::new("two", 2)).ended_with(65);
            assert_eq!(stopped.ran, [] as [String; 0], "{at}");
        }
    });
}

/// An object that unpacks to more than any is read of.
fn bomb(own: &[u8]) -> Vec<u8> {
    // The frame in front has the version and the mark of its writer.
    let length = u32::from_le_bytes(own[4..8].try_into().unwrap());
    let mut object = own[..8 + length as usize].to_vec();
    let zeros = (1 << 28) + 1;
    let packed = zstd::encode_all(std::io::repeat(b' ').take(zeros), 1).unwrap();
    object.extend(packed);
    object
}

#[test]
fn an_object_over_its_bound_is_left_out_or_stops_the_job() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        for shard in [1, 2] {
            ci.run(&Job::new("one", shard)).ended_with(0);
        }
        let own = fs_err::read(ci.store().join(&ci.keys("history/")[0])).unwrap();
        let bomb = bomb(&own);
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        spoil(&ci, "history/", &bomb);
        let next = ci.run(&Job::new("two", 1)).ended_with(0);
        assert!(
            next.stderr
                .contains("this build of the history is left out"),
            "{next:?}"
        );
        assert!(next.stderr.contains("made here"), "{next:?}");

        spoil(&ci, "builds/one/test/plan", &bomb);
        let stopped = ci.run(&Job::new("one", 1).attempt(2)).ended_with(65);
        assert_eq!(stopped.ran, [] as [String; 0]);
        assert!(
            stopped.stderr.contains("268435456") || stopped.stderr.contains("MiB"),
            "{stopped:?}"
        );

        // What a job put is not read past its bound either.
        ci.run(&Job::new("two", 2)).ended_with(0);
        spoil(&ci, "builds/two/test/job/1-1", &bomb);
        let gate = ci.gate(&Job::new("two", 1)).ended_with(70);
        assert!(gate.stderr.contains("left out"), "{gate:?}");
    });
}

/// Without a store no socket is opened, and with a folder none either.
#[test]
fn no_socket_is_opened_for_a_folder_or_for_no_store() {
    let Ok(found) = Command::new("strace").arg("-V").output() else {
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "SKIPPED: no strace");
        return;
    };
    assert!(found.status.success());
    Python::with_newest(|python| {
        let ci = Ci::new(&python.cold());
        for option in ["--store=none", "--scope=of-the-folder"] {
            let job = Job::new("one", 1).with(option);
            let real = ci.command(&job);
            let log = ci.project.out("calls");
            let mut traced = Command::new("strace");
            // Only evenshard's own threads: what tests do is their business.
            traced
                .args(["-f", "-e", "trace=socket,execve", "-o"])
                .arg(&log);
            traced.arg(real.get_program()).args(real.get_args());
            traced.current_dir(ci.project.root()).env_clear();
            for (name, value) in real.get_envs() {
                traced.env(name, value.unwrap_or_default());
            }
            let ended = ci.project.witnessed(&mut traced);
            if ended.stderr.contains("ptrace") {
                let _ = writeln!(std::io::stderr(), "SKIPPED: strace may not trace here");
                return;
            }
            assert_eq!(ended.status, 0, "{ended:?}");
            let calls = fs_err::read_to_string(&log).unwrap();
            assert!(calls.contains("execve"), "{calls}");
            let sockets: Vec<&str> = calls
                .lines()
                .filter(|line| line.contains("AF_INET"))
                .collect();
            assert_eq!(sockets, [] as [&str; 0], "{option}");
        }
    });
}
