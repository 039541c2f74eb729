//! Streams that are closed, pipes that nobody writes to, and files that want all memory.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Folder, Ran, small_suite};

/// Runs `evenshard ARGUMENTS REDIRECTIONS` in a shell; a command that waits for ever fails.
#[track_caller]
fn shell(folder: &Folder, arguments: &str, redirections: &str) -> Ran {
    let line = format!(
        "timeout 60 {} {arguments} {redirections}",
        env!("CARGO_BIN_EXE_evenshard")
    );
    let mut command = Command::new("sh");
    command.args(["-c", &line]).current_dir(folder.path());
    command.env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let output = command.stdin(Stdio::null()).output().unwrap();
    let ran = Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    assert_ne!(ran.code, 124, "it waits for ever: {line}");
    ran
}

fn pipe(folder: &Folder, name: &str) {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
}

#[test]
fn a_result_for_a_closed_stdout_is_an_error() {
    let folder = Folder::new();
    folder.file("a.xml", small_suite());
    folder.file("list.txt", "tests/test_a.py::test_1\n");
    let plan = "plan --timings a.xml --shards 2";
    for command in [
        plan,
        "select --tests list.txt --shard 1/2",
        "timings show a.xml",
        "timings export --format pytest-split a.xml",
        "report --timings a.xml",
        "--help",
        "completions bash",
    ] {
        let closed = ["standard output is closed", "/dev/null"];
        shell(&folder, command, ">&-").fails(73, &closed);
        shell(&folder, command, ">/dev/null").succeeds();
        assert_eq!(shell(&folder, command, ">&- 2>&-").code, 73, "{command}");
    }
    let run = shell(&folder, "run --shard 1/2 -- touch started", ">&-");
    run.fails(73, &["standard output is closed"]);
    assert!(!folder.path().join("started").exists());
    // What is written to a file needs no stdout, and talk no stderr.
    shell(&folder, &format!("{plan} --output plan.json"), ">&-").succeeds();
    assert!(
        shell(&folder, plan, "2>&-")
            .succeeds()
            .out
            .contains("digest")
    );
    assert_eq!(shell(&folder, "nonsense", "2>&-").code, 64);
    assert_eq!(shell(&folder, "verify missing", "2>&-").code, 65);
}

#[test]
fn pipes_and_devices_that_are_named_as_files_are_errors() {
    let folder = Folder::new();
    folder.file("a.xml", small_suite());
    pipe(&folder, "pipe");
    for place in ["pipe", "/dev/zero"] {
        let why = [place, "is a pipe or a device, not a file"];
        for command in [
            "plan --timings a.xml --shards 2 --tests PLACE",
            "plan --timings a.xml --shards 2 --previous PLACE",
            "run --plan PLACE --shard 1/2 -- true",
            "select --plan PLACE --tests a.xml --shard 1/2",
            "explain a.py::t --plan PLACE",
            "timings update --history PLACE a.xml",
            "timings import --format tsv PLACE",
        ] {
            let command = command.replace("PLACE", place);
            shell(&folder, &command, "").fails(65, &why);
        }
        shell(&folder, &format!("verify {place}"), "").fails(65, &why);
    }
    // A report may come through a pipe; a device may never end.
    let why = ["/dev/zero", "is a pipe or a device, not a file"];
    shell(&folder, "plan --timings /dev/zero --shards 2", "").fails(65, &why);
    pipe(&folder, "below/evenshard.toml");
    let run = folder.run_below("below", &["plan", "--shards", "2"], &[], "");
    run.fails(65, &["cannot read the configuration", "a pipe or a device"]);
    // What a shell puts in the place of a file has another end.
    let list = "plan --timings a.xml --shards 2 --tests /dev/stdin";
    let from_pipe = Command::new("sh")
        .args([
            "-c",
            &format!(
                "echo tests/test_a.py | {} {list}",
                env!("CARGO_BIN_EXE_evenshard")
            ),
        ])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(from_pipe.status.success(), "{from_pipe:?}");
}

#[test]
fn a_folder_of_timings_that_holds_pipes_is_read_without_them() {
    let folder = Folder::new();
    folder.file("junit/a.xml", small_suite());
    pipe(&folder, "junit/b.xml");
    pipe(&folder, "junit/c.json");
    pipe(&folder, "junit/a.shard.json");
    for named in ["junit/", "'junit/*'"] {
        let plan = shell(&folder, &format!("plan --timings {named} --shards 2"), "");
        plan.succeeds();
        plan.says(&["junit/a.shard.json: cannot be read", "timings for 4 tests"]);
    }
}

#[test]
fn json_that_wants_all_memory_is_given_up_and_named() {
    let folder = Folder::new();
    let zeros = vec![b'0'; 1 << 16];
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed
        .write_all(b"{\"version\": 1, \"scopes\": {\"\": ")
        .unwrap();
    for _ in 0..(300 << 20) / zeros.len() {
        packed.write_all(&zeros).unwrap();
    }
    folder.file("bomb.json.gz", packed.finish().unwrap());
    let started = Instant::now();
    let plan = folder.run(&["plan", "--timings", "bomb.json.gz", "--shards", "2"]);
    plan.fails(
        65,
        &["bomb.json.gz: it unpacks to more than 200 times its size"],
    );

    // Depth: each level costs a frame of the stack.
    let deep = "[".repeat(1 << 20);
    folder.file("deep.json", format!("{{\"version\": 1, \"scopes\": {deep}"));
    folder.file(
        "junit.shard.json",
        format!("{{\"version\": 1, \"shard\": {deep}"),
    );
    folder.file("deep/evenshard.toml", format!("split = {deep}"));
    for arguments in [
        &["plan", "--shards", "2", "--timings", "deep.json"][..],
        &["run", "--shard", "1/2", "--plan", "deep.json", "--", "true"],
        &[
            "timings",
            "update",
            "--history",
            "deep.json",
            "junit.shard.json",
        ],
    ] {
        folder.run(arguments).fails(65, &["deep.json"]);
    }
    let verify = folder.run(&["verify", "junit.shard.json"]);
    verify.fails(65, &["junit.shard.json:1: not a run record"]);
    let below = folder.run_below("deep", &["plan", "--shards", "2"], &[], "");
    below.fails(65, &["evenshard.toml"]);

    // Size: a file of holes is as large as it says, and takes no room.
    for name in ["large.json", "large/evenshard.toml"] {
        let file = std::fs::File::create(folder.file(name, "")).unwrap();
        file.set_len(2 << 30).unwrap();
    }
    let plan = [
        "run",
        "--shard",
        "1/2",
        "--plan",
        "large.json",
        "--",
        "true",
    ];
    folder
        .run(&plan)
        .fails(65, &["large.json is larger than 1024 MiB"]);
    let below = folder.run_below("large", &["plan", "--shards", "2"], &[], "");
    below.fails(65, &["evenshard.toml is larger than 16 MiB"]);
    assert!(started.elapsed() < Duration::from_secs(120));
}
