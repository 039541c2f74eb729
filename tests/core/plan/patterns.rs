//! Patterns against a naive reading of their documentation.

use evenshard::{NodeId, Pattern};
use proptest::prelude::*;
use proptest::sample::select;

use super::laws::node_id;
use super::rules::WRITTEN;

proptest! {
    #[test]
    fn patterns_cover_what_a_naive_reading_of_them_covers(
        text in prop_oneof![
            "[at*?]{0,3}(/[abt*?]{1,3}){0,2}(\\.py)?(::[Tab*?]{1,3}){0,2}(\\[[ab:*?]{0,3}\\]?)?",
            select(WRITTEN.to_vec()).prop_map(str::to_owned),
        ],
        id in prop_oneof!["[at]{1,3}(/[abt]{1,3}){0,2}(\\.py)?(::[Tab]{1,3}){1,3}(\\[[ab:]{0,3}\\])?", node_id()],
    ) {
        if let Ok(pattern) = text.parse::<Pattern>() {
            let id = NodeId::parse(&id);
            prop_assert_eq!(pattern.covers(&id), naive_covers(&text, &id), "{} {:?}", text, id);
            prop_assert!(pattern.covers_some_of(id.path()) || !pattern.covers(&id));
        }
    }
}

/// The pattern's documentation, read word by word.
fn naive_covers(pattern: &str, id: &NodeId<'_>) -> bool {
    let (path, names) = match pattern.split_once("::") {
        Some((path, names)) => (path, Some(names)),
        None => (pattern, None),
    };
    let path = path
        .trim_start_matches("./")
        .trim_end_matches('/')
        .replace('/', ".");
    let path = path.strip_suffix(".py").unwrap_or(&path);
    let file = id.dotted_file();
    let Some(names) = names else {
        let parts: Vec<&str> = file.split('.').collect();
        return (1..=parts.len()).any(|n| glob(path, &parts[..n].join(".")));
    };
    if !glob(path, &file) {
        return false;
    }
    let (before, params) = names.split_at(names.find('[').unwrap_or(names.len()));
    let mut wanted = before.replace("::", ".") + params;
    if !params.is_empty() && !params.ends_with(']') {
        wanted.push(']');
    }
    let escaped = |text: &str| {
        let text = text.replace('\u{1F600}', "#x1F600").replace('\x7f', "#x7F");
        text.replace('\x1b', "#x1B")
    };
    let wanted = escaped(&wanted);
    let classes = id.classes().join(".");
    let parts: Vec<&str> = classes.split('.').filter(|c| !c.is_empty()).collect();
    let dot = if parts.is_empty() { "" } else { "." };
    let function = format!("{classes}{dot}{}", id.function());
    let all = escaped(&format!("{classes}{dot}{}", id.name()));
    (1..=parts.len()).any(|n| glob(&wanted, &parts[..n].join(".")))
        || glob(&wanted, &escaped(&function))
        || glob(&wanted, &all)
}

/// `*` and `?` by trying everything.
fn glob(pattern: &str, text: &str) -> bool {
    let mut rest = text.chars();
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            let after = &pattern[1..];
            glob(after, text) || (rest.next().is_some() && glob(pattern, rest.as_str()))
        }
        Some(wanted) => {
            let found = rest.next();
            let fits = found.is_some_and(|c| wanted == '?' || wanted == c);
            fits && glob(&pattern[wanted.len_utf8()..], rest.as_str())
        }
    }
}
