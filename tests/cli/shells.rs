//! Completions and manual pages, by the shells and formatters that read them.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use clap::CommandFactory as _;
use evenshard_cli::args::Cli;

use crate::support::Folder;

/// Runs a program on some input; `None`, with a line that says so, where it is not there.
fn feed(program: &str, arguments: &[&str], input: &str) -> Option<Output> {
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C.UTF-8");
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        let line = format!("SKIPPED: shells: {program} is not there");
        assert!(
            std::env::var_os("EVENSHARD_REQUIRE_TOOLS").is_none(),
            "{line}"
        );
        writeln!(std::io::stderr(), "{line}").expect("stderr is open");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    Some(child.wait_with_output().unwrap())
}

/// What a program prints that has nothing to object to.
#[track_caller]
fn prints(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn script(shell: &str) -> String {
    Folder::new()
        .run(&["completions", shell])
        .succeeds()
        .out
        .clone()
}

/// What bash offers for the last of these words.
fn bash_offers(words: &str) -> Option<Vec<String>> {
    let ask = r#"
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        complete -p evenshard >/dev/null || exit 1
        _evenshard evenshard "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let script = script("bash");
    let output = feed(
        "bash",
        &["--norc", "-s"],
        &format!("{script}\nCOMP_WORDS=({words})\n{ask}"),
    )?;
    Some(prints(&output).lines().map(str::to_owned).collect())
}

#[test]
fn bash_completes_commands_flags_and_values() {
    for (words, offers) in [
        ("evenshard sel", &["select"][..]),
        ("evenshard -q timings u", &["update"]),
        ("evenshard plan --req", &["--require-match"]),
        ("evenshard run --verb", &["--verbose"]),
        ("evenshard --color ''", &["auto", "always", "never"]),
        ("evenshard plan --format ''", &["text", "json"]),
    ] {
        if let Some(found) = bash_offers(words) {
            assert_eq!(found, offers, "{words}");
        }
    }
}

#[test]
fn zsh_and_fish_read_their_scripts() {
    if let Some(output) = feed("zsh", &["-n", "/dev/stdin"], &script("zsh")) {
        assert_eq!(prints(&output), "");
    }
    let asked = script("fish") + "\ncomplete -C 'evenshard plan --req'\n";
    if let Some(output) = feed("fish", &["--no-config"], &asked) {
        assert!(prints(&output).starts_with("--require-match\t"));
    }
}

#[test]
fn every_shell_that_is_named_has_a_script() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(script(shell).contains("require-match"), "{shell}");
    }
    let other = Folder::new().run(&["completions", "tcsh"]);
    other.fails(64, &["bash, elvish, fish, powershell, zsh"]);
}

#[test]
fn manual_pages_are_set_without_a_warning() {
    let folder = Folder::new();
    folder.run(&["man", "--output", "man1"]).succeeds();
    let mut pages: Vec<_> = std::fs::read_dir(folder.path().join("man1"))
        .unwrap()
        .collect();
    pages.sort_by_key(|page| page.as_ref().unwrap().path());
    for page in pages.iter().map(|page| page.as_ref().unwrap().path()) {
        let text = std::fs::read_to_string(&page).unwrap();
        let Some(output) = feed(
            "groff",
            &["-man", "-ww", "-Tutf8", "-P-cbou", "-rLL=78n"],
            &text,
        ) else {
            return;
        };
        let set = prints(&output);
        assert!(
            set.contains("NAME") && set.contains("GLOBAL OPTIONS"),
            "{set}"
        );
    }
    assert_eq!(
        pages.len(),
        25,
        "one for evenshard and one for each command"
    );
    let main = folder.run(&["man"]).succeeds().out.clone();
    assert_eq!(
        main,
        std::fs::read_to_string(folder.path().join("man1/evenshard.1")).unwrap()
    );
}

/// Flags are named in pages and completions as they are typed, whatever command has them.
#[test]
fn nothing_is_left_out() {
    fn flags(command: &clap::Command, into: &mut Vec<String>) {
        // A hidden one is the other side of one that is shown.
        let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
        let own = shown.filter_map(clap::Arg::get_long);
        into.extend(own.map(str::to_owned));
        command
            .get_subcommands()
            .for_each(|below| flags(below, into));
    }
    let folder = Folder::new();
    folder.run(&["man", "--output", "."]).succeeds();
    let pages = std::fs::read_dir(folder.path())
        .unwrap()
        .flatten()
        .map(|e| e.path());
    let pages: String = pages
        .filter(|path| path.extension().is_some_and(|e| e == "1"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let bash = script("bash");
    let mut all = Vec::new();
    flags(&Cli::command(), &mut all);
    assert!(all.len() > 50);
    for flag in all {
        let set = format!("\\-\\-{}", flag.replace('-', "\\-"));
        assert!(pages.contains(&set), "--{flag} has no manual");
        assert!(
            bash.contains(&format!("--{flag}")),
            "--{flag} is not completed"
        );
    }
}

#[test]
fn a_projects_settings_are_no_concern_of_a_shell() {
    let folder = Folder::new();
    folder.file("evenshard.toml", "no-such-key = 1\n");
    let ran = folder.run(&["completions", "bash"]);
    assert_eq!(ran.succeeds().err, "");
    assert_eq!(folder.run(&["man"]).succeeds().err, "");
}
