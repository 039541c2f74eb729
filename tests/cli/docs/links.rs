//! Links between pages and files of the repository lead somewhere.
//!
//! The site's own build checks those within docs/; here are those to files beyond, and those
//! of the README, as a reader of the repository meets them.

use std::collections::BTreeSet;

use super::{all_pages, root, text};

/// The targets of a page's links, and of its pictures.
fn targets(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in page.split("](").skip(1) {
        let target = part.split([')', ' ']).next().unwrap_or_default();
        found.push(target.to_owned());
    }
    for attribute in ["src=\"", "srcset=\""] {
        let parts = page.split(attribute).skip(1);
        found.extend(parts.map(|part| part.split('"').next().unwrap_or_default().to_owned()));
    }
    found.retain(|target| !target.contains("://") && !target.is_empty());
    found
}

/// The anchors of a page's headings.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// The page without its fenced blocks and code.
fn prose(page: &str) -> String {
    let outside = page
        .split("\n```")
        .step_by(2)
        .collect::<Vec<_>>()
        .join("\n");
    let plain = outside.split('`').enumerate();
    // A label may be code, and its link is not.
    plain.fold(String::new(), |text, (at, part)| {
        if at % 2 == 0 {
            text + part
        } else {
            text + "code"
        }
    })
}

#[test]
fn every_link_between_files_of_the_repository_leads_somewhere() {
    let further = [
        "CHANGELOG.md",
        "SECURITY.md",
        "examples/pytest-parallel/README.md",
    ];
    let pages = all_pages();
    for page in pages.iter().map(String::as_str).chain(further) {
        let here = root().join(page);
        for target in targets(&prose(&text(page))) {
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() {
                here.clone()
            } else {
                here.parent().unwrap().join(path)
            };
            assert!(
                file.exists(),
                "{page} links to {target}, which is not there"
            );
            if !anchor.is_empty() {
                let there = fs_err::read_to_string(&file).unwrap();
                let found = anchors(&there).contains(anchor);
                assert!(found, "{page} links to {target}: no such heading");
            }
        }
    }
}

#[test]
fn every_page_has_its_place_in_the_navigation() {
    let site = text("mkdocs.yml");
    for page in all_pages() {
        if let Some(name) = page.strip_prefix("docs/") {
            assert!(
                site.contains(&format!(": {name}\n")),
                "{name} is in no menu"
            );
        }
    }
}
