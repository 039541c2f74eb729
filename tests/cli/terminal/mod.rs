//! What is said on a real terminal, and what is not said elsewhere.

mod colour;
mod progress;
mod tty;
mod volume;

use tty::{Seen, Terminal};

use crate::support::{Folder, small_suite};

#[test]
fn a_plan_on_a_terminal_is_text_and_json_in_a_pipe() {
    let folder = Folder::new();
    folder.file("junit.xml", small_suite());
    let plan = ["plan", "--timings", "junit.xml", "--shards", "2"];
    let terminal = Terminal {
        both: true,
        ..Terminal::default()
    };
    let seen = terminal.run(&folder, &plan);
    assert!(seen.screen.contains("shard   predicted"), "{}", seen.screen);
    let seen = Terminal::default().run(&folder, &plan);
    assert!(seen.piped.starts_with("{\n"), "{}", seen.piped);
    let json = terminal.run(&folder, &[&plan[..], &["--format", "json"]].concat());
    assert!(
        json.screen.contains("\"shard_count\": 2"),
        "{}",
        json.screen
    );
}
