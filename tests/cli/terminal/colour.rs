//! Colour is for terminals that know it, or for who asks for it.

use super::Terminal;
use crate::support::{Folder, junit};

const RED: &str = "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m ";
const YELLOW: &str = "\u{1b}[1m\u{1b}[33mwarning:\u{1b}[0m ";
/// Ends with an error, a hint, and exit code 65.
const FAILING: &[&str] = &["plan", "--timings", "none.xml", "--shards", "2"];
const XTERM: (&str, &str) = ("TERM", "xterm");

#[test]
fn errors_and_warnings_are_coloured_on_a_terminal() {
    let folder = Folder::new();
    let seen = Terminal::default().run(&folder, FAILING);
    assert_eq!(seen.code, 65);
    assert!(seen.screen.starts_with(RED), "{seen:?}");
    assert!(
        seen.screen.contains("\u{1b}[36mhint:\u{1b}[0m "),
        "{seen:?}"
    );
    let usage = Terminal::default().run(&folder, &["plan", "--no-such-flag"]);
    assert_eq!(usage.code, 64);
    assert!(usage.screen.starts_with(RED), "{usage:?}");
    let first = [FAILING, &["--allow-no-timings"]].concat();
    let seen = Terminal::default().run(&folder, &first);
    assert!(seen.screen.starts_with(YELLOW), "{seen:?}");
    let plain = folder.run(&first);
    assert_eq!(seen.piped, plain.out);
    assert_eq!(seen.lines().join("\n") + "\n", plain.err);
}

#[test]
fn the_environment_and_the_flag_decide_otherwise() {
    let folder = Folder::new();
    let on_terminal = |env: &[(&str, &str)], more: &[&str]| {
        let env = &[&[XTERM], env].concat();
        let terminal = Terminal {
            env,
            ..Terminal::default()
        };
        terminal
            .run(&folder, &[FAILING, more].concat())
            .screen
            .contains('\u{1b}')
    };
    assert!(on_terminal(&[], &[]));
    assert!(on_terminal(&[("NO_COLOR", "")], &[]));
    assert!(!on_terminal(&[("NO_COLOR", "1")], &[]));
    assert!(!on_terminal(&[("TERM", "dumb")], &[]));
    assert!(!on_terminal(&[("CLICOLOR", "0")], &[]));
    assert!(!on_terminal(&[], &["--color", "never"]));
    assert!(on_terminal(&[("NO_COLOR", "1")], &["--color=always"]));

    let on_pipe = |env: &[(&str, &str)], more: &[&str]| {
        let ran = folder.run_with(&[more, FAILING].concat(), env, "");
        assert_eq!(ran.code, 65);
        ran.err.contains('\u{1b}')
    };
    assert!(!on_pipe(&[XTERM], &[]));
    assert!(on_pipe(&[], &["--color", "always"]));
    assert!(on_pipe(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!on_pipe(&[("CLICOLOR_FORCE", "0")], &[]));
    assert!(!on_pipe(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
}

#[test]
fn help_is_coloured_on_a_terminal_and_the_same_text_elsewhere() {
    let folder = Folder::new();
    let both = Terminal {
        both: true,
        ..Terminal::default()
    };
    let seen = both.run(&folder, &["plan", "--help"]);
    assert!(seen.screen.contains("\u{1b}[1m"), "{seen:?}");
    assert!(
        seen.lines().iter().all(|line| line.chars().count() <= 80),
        "{seen:?}"
    );
    let plain = both.run(&folder, &["plan", "--help", "--color", "never"]);
    assert!(!plain.screen.contains('\u{1b}'), "{plain:?}");
    assert_eq!(plain.lines(), seen.lines());
}

#[test]
fn names_bring_no_colour_of_their_own() {
    let folder = Folder::new();
    folder.file("t.xml", junit(&[("a", "b", 1.0)]));
    let name = "t\u{1b}[31m.xml";
    folder.file(
        name,
        "<testsuite><testcase classname='a' name='&#27;[32m' time='x'/></testsuite>",
    );
    let arguments = [
        "plan",
        "-v",
        "--color",
        "always",
        "--timings",
        "t.xml",
        name,
        "--shards",
        "2",
    ];
    for seen in [
        Terminal::default().run(&folder, &arguments).screen,
        folder.run(&arguments).err,
    ] {
        assert!(
            seen.contains(YELLOW) && seen.contains("\\u{1b}[31m.xml"),
            "{seen}"
        );
        assert!(
            !seen.contains("\u{1b}[31m") && !seen.contains("\u{1b}[32m"),
            "{seen}"
        );
    }
}
