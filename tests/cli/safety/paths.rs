//! Paths that come from files lead nowhere, and nothing is fetched.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::names::{attribute, hostile_record};
use crate::pytest::{Project, Python};
use crate::support::Folder;

/// A place that names lead to. Whoever opened the pipe there would wait for ever, so a
/// command that ends has not opened it.
fn trap(folder: &Folder) -> String {
    let path = folder.path().join("trap/secret.py");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    path.display().to_string()
}

/// Timings, results, a list and a plan whose every path leads to the trap.
fn leading_to(trap: &str, folder: &Folder) {
    let file = attribute(trap);
    let dotted = trap.trim_end_matches(".py").replace('/', ".");
    let report = format!(
        "<!DOCTYPE testsuites SYSTEM \"file://{trap}\" [<!ENTITY secret SYSTEM \"file://{trap}\">]>\
         <testsuites><testsuite name=\"s\" file=\"{file}\">\
         <testcase classname=\"{dotted}\" name=\"test_a\" file=\"{file}\" time=\"3.0\"><failure>&secret;</failure></testcase>\
         <testcase classname=\"......trap.secret\" name=\"test_a\" file=\"../../../{file}\" time=\"2.0\"/>\
         <testcase classname=\"trap.secret\" name=\"test_a\" file=\"trap/secret.py\" time=\"2.0\"/>\
         </testsuite></testsuites>"
    );
    folder.file("junit/a.xml", &report);
    folder.file("results/junit-1-1.xml", &report);
    folder.file(
        "tests.txt",
        format!("{trap}::test_a\n../../{trap}::test_b\ntrap/secret.py\n"),
    );
    let plan = folder.run(&[
        "plan",
        "--timings",
        "junit",
        "--tests",
        "tests.txt",
        "--shards",
        "2",
    ]);
    assert!(plan.succeeds().out.contains("secret"));
    folder.file("plan.json", &plan.out);
    let value: Value = serde_json::from_str(&plan.out).unwrap();
    let mut record: Value = serde_json::from_str(&hostile_record(&value)).unwrap();
    for key in ["junit", "build", "job", "scope"] {
        record[key] = trap.into();
    }
    record["files"] = serde_json::json!([trap]);
    record["selected"] = serde_json::json!([format!("{trap}::test_a")]);
    folder.file("results/junit-1-1.shard.json", record.to_string());
}

/// What reads all of these files.
const READERS: &[&[&str]] = &[
    &["plan", "--timings", "junit", "--shards", "2"],
    &[
        "plan",
        "--timings",
        "junit",
        "--tests",
        "tests.txt",
        "--shards",
        "2",
    ],
    &[
        "plan",
        "--timings",
        "junit",
        "--previous",
        "plan.json",
        "--shards",
        "2",
    ],
    &[
        "select",
        "--plan",
        "plan.json",
        "--tests",
        "tests.txt",
        "--shard",
        "1/2",
    ],
    &[
        "explain",
        "trap/secret.py::test_a",
        "--plan",
        "plan.json",
        "--timings",
        "junit",
    ],
    &["timings", "show", "junit"],
    &["timings", "update", "results"],
    &["timings", "export", "junit", "--format", "pytest-split"],
    &["verify", "--plan", "plan.json", "results"],
    &["run", "--plan", "plan.json", "--shard", "1/2", "--", "true"],
];

#[test]
fn no_path_from_a_report_a_plan_or_a_record_is_opened() {
    let folder = Folder::new();
    let trap = trap(&folder);
    leading_to(&trap, &folder);
    let started = Instant::now();
    for arguments in READERS {
        let mut child = Command::new(env!("CARGO_BIN_EXE_evenshard"))
            .args(*arguments)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while child.try_wait().unwrap().is_none() {
            if started.elapsed() > Duration::from_secs(60) {
                child.kill().unwrap();
                panic!("{arguments:?} waits: it has opened a path from its input");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The same as the system sees it: no such path is even looked at, and no socket is made.
#[test]
fn nothing_is_opened_but_what_was_named_and_no_socket_is_made() {
    let folder = Folder::new();
    let trap = trap(&folder);
    leading_to(&trap, &folder);
    let log = folder.path().join("strace.log");
    let trace = |arguments: &[&str]| {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-e", "trace=%network,%file", "-o"]);
        command
            .arg(&log)
            .arg(env!("CARGO_BIN_EXE_evenshard"))
            .args(arguments);
        command.current_dir(folder.path()).output()
    };
    let works = trace(&["--version"]).is_ok_and(|o| o.status.success());
    if !works {
        let line = "SKIPPED: safety: strace is not there, or may not trace";
        writeln!(std::io::stderr(), "{line}").expect("stderr is open");
        return;
    }
    for arguments in READERS {
        trace(arguments).unwrap();
        let calls = std::fs::read_to_string(&log).unwrap();
        assert!(
            calls.contains("plan.json") || calls.contains("junit"),
            "{calls}"
        );
        for call in calls.lines().filter(|call| !call.contains("execve(")) {
            assert!(!call.contains("trap/secret.py"), "{arguments:?}: {call}");
            let network = call.contains("socket(") || call.contains("connect(");
            assert!(!network, "{arguments:?}: {call}");
        }
    }
}

/// pytest opens the files that it finds by itself; the plan gives it none.
#[test]
fn pytest_opens_nothing_that_a_plan_names() {
    Python::with_newest(|python| {
        let folder = Folder::new();
        let trap = trap(&folder);
        leading_to(&trap, &folder);
        let project = Project::new(python).file("tests/test_a.py", "def test_a(): pass\n");
        let plan = folder.path().join("plan.json").display().to_string();
        let shards = project.shards(2, &["--plan", &plan], &[]);
        let ran: usize = shards.iter().map(|shard| shard.ran.len()).sum();
        assert_eq!(ran, 1);
    });
}

#[test]
fn entities_are_neither_fetched_nor_multiplied() {
    let folder = Folder::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let mut laughs = String::new();
    for n in 1..12 {
        let ten = format!("&l{};", n - 1).repeat(10);
        laughs.extend(["<!ENTITY l", &n.to_string(), " \"", &ten, "\">"]);
    }
    folder.file(
        "junit/a.xml",
        format!(
            "<?xml version=\"1.0\"?><!DOCTYPE t SYSTEM \"http://{address}/t.dtd\" [\
             <!ENTITY % p SYSTEM \"http://{address}/p\"> %p; <!ENTITY e SYSTEM \"http://{address}/e\">\
             <!ENTITY l0 \"laugh\">{laughs}]>\
             <testsuites><testsuite name=\"s\"><testcase classname=\"a\" name=\"&l11;&e;\" time=\"1\">\
             <failure>&l11;&e;</failure></testcase></testsuite></testsuites>"
        ),
    );
    let started = Instant::now();
    for arguments in [
        &["timings", "show", "junit"][..],
        &["plan", "--timings", "junit", "--shards", "2"],
    ] {
        let ran = folder.run(arguments);
        assert!(
            ran.out.len() + ran.err.len() < 10_000,
            "{} bytes",
            ran.out.len()
        );
    }
    assert!(started.elapsed() < Duration::from_secs(20));
    assert!(listener.accept().is_err(), "somebody came for an entity");
}
