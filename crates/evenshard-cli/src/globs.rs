//! Globs: `*`, `?`, `[a-z]`, `{a,b}` and, between slashes, `**`.

use std::path::Path;

use glob::{MatchOptions, Pattern};

/// `*` stops at a slash, and takes names that begin with a dot.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// A glob for paths.
#[derive(Clone, Debug)]
pub(crate) struct Glob(Vec<Pattern>);

impl Glob {
    /// Reads a glob.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let patterns = alternatives(text)?.into_iter().map(|text| {
            // `glob` takes `**` for an error where it is not a whole name.
            let text = stars(&text);
            Pattern::new(&text).map_err(|error| error.msg.to_owned())
        });
        patterns.collect::<Result<_, _>>().map(Self)
    }

    /// Returns true for a path that fits as a whole.
    pub(crate) fn matches(&self, path: &Path) -> bool {
        let path = path.to_string_lossy();
        let fits = |pattern: &Pattern| pattern.matches_with(&path, OPTIONS);
        // Each alternative is a pattern of its own.
        self.0.iter().any(fits)
    }
}

/// Writes out `{a,b}`, and escapes as classes: the crate `glob` knows neither.
fn alternatives(text: &str) -> Result<Vec<String>, String> {
    // The texts so far of each open group: those before it, its finished members, the member.
    let mut open: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    let mut now = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let part = match c {
            '\\' if !cfg!(windows) => {
                let escaped = chars.next().ok_or("nothing follows the last \\")?;
                match escaped {
                    '*' | '?' | '[' => format!("[{escaped}]"),
                    _ => escaped.to_string(),
                }
            }
            '[' => class(&mut chars),
            '{' => {
                open.push((std::mem::replace(&mut now, vec![String::new()]), Vec::new()));
                continue;
            }
            ',' if !open.is_empty() => {
                if let Some((_, members)) = open.last_mut() {
                    members.append(&mut now);
                }
                now = vec![String::new()];
                continue;
            }
            '}' => {
                let (before, mut members) = open.pop().ok_or("a } without its {")?;
                members.append(&mut now);
                let joined = before
                    .iter()
                    .flat_map(|b| members.iter().map(move |m| format!("{b}{m}")));
                now = joined.collect();
                continue;
            }
            // Also a comma outside of braces.
            c => c.to_string(),
        };
        for text in &mut now {
            text.push_str(&part);
        }
    }
    if open.is_empty() {
        Ok(now)
    } else {
        Err("a { without its }".to_owned())
    }
}

/// Takes the rest of `[a-z]`, as it is but for the `^` that means `!`.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut class = String::from("[");
    if chars.next_if(|c| matches!(c, '^' | '!')).is_some() {
        class.push('!');
    }
    // One that comes first is a member.
    class.extend(chars.next());
    for c in chars {
        class.push(c);
        if c == ']' {
            break;
        }
    }
    class
}

/// Reads `**` that is only a part of a name as `*`.
fn stars(text: &str) -> String {
    let parts = text.split('/').map(|part| {
        if part == "**" {
            return part.to_owned();
        }
        let mut before = ' ';
        let is_new = |c: &char| std::mem::replace(&mut before, *c) != '*' || *c != '*';
        part.chars().filter(is_new).collect()
    });
    parts.collect::<Vec<String>>().join("/")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Glob;

    #[test]
    fn a_glob_fits_paths_as_it_always_did() {
        for (glob, fits, others) in [
            (
                "junit/*.xml",
                &["junit/a.xml", "junit/.a.xml"][..],
                &["junit/web/a.xml", "a.xml"][..],
            ),
            (
                "junit/**/*.xml",
                &["junit/a.xml", "junit/x/y/a.xml"],
                &["a.xml"],
            ),
            ("**/*.xml", &["a.xml", "x/y/a.xml"], &["a.json"]),
            ("a/**", &["a/b", "a/b/c"], &["a", "b/a"]),
            ("a**", &["a", "ab"], &["a/b"]),
            ("***", &["a"], &["a/b"]),
            ("?.xml", &["a.xml"], &["ab.xml", ".xml"]),
            ("{a,b}.xml", &["a.xml", "b.xml"], &["c.xml"]),
            (
                "junit/{web,api}/*.xml",
                &["junit/web/a.xml"],
                &["junit/x/a.xml"],
            ),
            ("a{b,{c,d}}e", &["abe", "ace", "ade"], &["ae"]),
            ("[a-c]/[!x]", &["b/y"], &["d/y", "b/x"]),
            ("[^a]", &["b"], &["a"]),
            ("x[!]]y", &["xzy"], &["x]y"]),
            ("[{]a,b[}]", &["{a,b}"], &["a", "b"]),
        ] {
            let found = Glob::new(glob).unwrap();
            assert!(
                fits.iter().all(|path| found.matches(Path::new(path))),
                "{glob}"
            );
            assert!(
                !others.iter().any(|path| found.matches(Path::new(path))),
                "{glob}"
            );
        }
        for wrong in ["a[b", "a{b", "a}b"] {
            assert!(Glob::new(wrong).is_err(), "{wrong}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_backslash_takes_the_meaning_from_the_next_character() {
        for (glob, path) in [
            (r"a\*b", "a*b"),
            (r"a\{b", "a{b"),
            (r"{a\,b,c}", "a,b"),
            (r"\a", "a"),
        ] {
            assert!(Glob::new(glob).unwrap().matches(Path::new(path)), "{glob}");
        }
        assert!(!Glob::new(r"a\*b").unwrap().matches(Path::new("axb")));
        assert!(Glob::new("a\\").is_err());
    }
}
