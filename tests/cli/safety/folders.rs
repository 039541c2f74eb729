//! Temporary files are private and go; results replace what they meet.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::pytest::{Project, Python};
use crate::support::Folder;

/// `evenshard run` with a temporary folder of its own.
fn run_in(folder: &Folder, options: &[&str], command: &str) -> Command {
    let mut run = Command::new(env!("CARGO_BIN_EXE_evenshard"));
    run.args(["run", "--shard", "1/2"])
        .args(options)
        .args(["--", "sh", "-c", command]);
    run.current_dir(folder.path())
        .env("TMPDIR", folder.path().join("tmp"));
    run.stdout(Stdio::null()).stderr(Stdio::null());
    run
}

/// What it has made there, and in its `--work-dir`.
fn private_folders(folder: &Folder) -> Vec<PathBuf> {
    let entries = |name: &str| {
        std::fs::read_dir(folder.path().join(name))
            .into_iter()
            .flatten()
    };
    entries("tmp")
        .chain(entries("work"))
        .map(|e| e.unwrap().path())
        .collect()
}

#[test]
fn the_private_folder_is_closed_to_others_and_gone_after_any_signal_that_can_be_caught() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("tmp")).unwrap();
    for options in [&[][..], &["--work-dir", "work"]] {
        for signal in ["", "TERM", "INT", "HUP"] {
            let mut child = run_in(&folder, options, "touch started; exec sleep 20")
                .spawn()
                .unwrap();
            wait_for(&folder.path().join("started"));
            let [private] = private_folders(&folder).try_into().expect("one folder");
            let mode = std::fs::metadata(&private).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
            if signal.is_empty() {
                kill("TERM", &folder);
            } else {
                kill_process(signal, child.id());
            }
            child.wait().unwrap();
            assert_eq!(private_folders(&folder), Vec::<PathBuf>::new(), "{signal}");
            std::fs::remove_file(folder.path().join("started")).unwrap();
        }
    }
}

/// Ends the command itself, not `run`.
fn kill(signal: &str, folder: &Folder) {
    let found = Command::new("sh")
        .args(["-c", "for p in /proc/[0-9]*; do [ \"$(readlink $p/cwd)\" = \"$PWD\" ] && grep -qa '^sleep' $p/cmdline && echo ${p#/proc/}; done; true"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    for pid in String::from_utf8_lossy(&found.stdout).lines() {
        kill_process(signal, pid.parse().unwrap());
    }
}

fn kill_process(signal: &str, pid: u32) {
    let status = Command::new("kill")
        .args(["-s", signal, &pid.to_string()])
        .status();
    assert!(status.unwrap().success());
}

fn wait_for(path: &Path) {
    let started = Instant::now();
    while !path.exists() {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "no {}",
            path.display()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Signals at any moment from the first on: the folder is never left.
#[test]
fn a_signal_while_the_folder_is_being_made_leaves_nothing() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("tmp")).unwrap();
    for delay in 0..40 {
        let mut child = run_in(&folder, &[], "exec sleep 20").spawn().unwrap();
        std::thread::sleep(Duration::from_micros(delay * 250));
        kill_process("TERM", child.id());
        child.wait().unwrap();
        assert_eq!(private_folders(&folder), Vec::<PathBuf>::new(), "{delay}");
    }
}

#[test]
fn a_record_replaces_a_symbolic_link_and_follows_none() {
    Python::with_newest(|python| {
        let project = Project::new(python).file("tests/test_a.py", "def test_a(): pass\n");
        let (precious, junit) = (project.out("precious"), project.junit(1, 1));
        std::fs::write(&precious, "mine").unwrap();
        let record = junit.replace(".xml", ".shard.json");
        std::fs::create_dir_all(Path::new(&record).parent().unwrap()).unwrap();
        symlink(&precious, &record).unwrap();
        project.shards(1, &[], &[]).remove(0).ended_with(0);
        assert_eq!(std::fs::read_to_string(&precious).unwrap(), "mine");
        assert!(!Path::new(&record).is_symlink());
    });
}
