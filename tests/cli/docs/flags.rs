//! Flags that prose and tables name are there.

use crate::support::Folder;

use super::{all_pages, text};

/// `evenshard COMMAND ...` in the running text of a page.
fn mentioned(page: &str) -> Vec<&str> {
    let inline = page.split("\n```").step_by(2);
    let code = inline.flat_map(|part| part.split('`').skip(1).step_by(2));
    code.filter(|code| code.starts_with("evenshard ")).collect()
}

#[test]
fn every_command_in_running_text_has_the_flags_it_names() {
    let folder = Folder::new();
    let mut seen = 0;
    for page in all_pages() {
        let page_text = text(&page);
        for command in mentioned(&page_text) {
            // What stands behind `--` is another command's.
            let own = command.split(" -- ").next().unwrap_or(command);
            let words: Vec<&str> = own.split_whitespace().skip(1).collect();
            if !words[0].starts_with(char::is_lowercase) {
                continue;
            }
            let is_name = |word: &&&str| word.chars().all(|c| c.is_ascii_lowercase());
            let has_more = ["quarantine", "store", "timings"].contains(&words[0]);
            let names = if has_more { 2 } else { 1 };
            let mut call: Vec<&str> = words
                .iter()
                .take(names)
                .take_while(is_name)
                .copied()
                .collect();
            call.push("--help");
            let help = folder.run(&call);
            assert_eq!(help.code, 0, "{page}: `{command}`: {help:?}");
            for flag in words.iter().filter(|word| word.starts_with("--")) {
                let name = flag.split('=').next().unwrap_or(flag);
                let known = help
                    .out
                    .split([' ', '[', '\n', ','])
                    .any(|word| word == name);
                assert!(known, "{page}: `{command}`: no {name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 0, "the pages name flags");
}
