//! Converts paths of reports and lists to one form.

use std::borrow::Cow;

/// Returns a report's path with forward slashes, without blanks around it, `./`, `file://` and
/// other URL parts, `file:line:column`, and `::` with the text after it. An absolute path stays
/// absolute. `None` if no path is left.
///
/// ```
/// use evenshard::junit::path::normalise;
/// let tidy = |raw| normalise(raw).unwrap_or_default();
/// assert_eq!(tidy("./spec/a_spec.rb:12"), "spec/a_spec.rb");
/// assert_eq!(tidy(r"tests\unit\a.py"), "tests/unit/a.py");
/// assert_eq!(tidy(r"C:\w\a.cpp"), "C:/w/a.cpp");
/// assert_eq!(tidy("file:///w/a%20b.js:3:7"), "/w/a b.js");
/// assert_eq!(tidy("http://localhost:9876/src/a.js?v=1"), "src/a.js");
/// assert_eq!(tidy("res://test/unit/test_a.gd"), "test/unit/test_a.gd");
/// assert_eq!(tidy("tests/Unit/ATest.php::it works"), "tests/Unit/ATest.php");
/// assert_eq!(normalise("  "), None);
/// ```
pub fn normalise(raw: &str) -> Option<Cow<'_, str>> {
    let text = raw.trim();
    if is_normal(text) {
        return Some(Cow::Borrowed(text));
    }
    let (text, rooted) = match split_url(text) {
        Some((scheme, rest)) => (unescape(without_host(scheme, rest)), scheme == "file"),
        None => (text.replace('\\', "/"), false),
    };
    // `%5C` in a URL is a backslash too.
    let text = text.replace('\\', "/");
    let text = without_location(without_member(&text));
    let drive = has_drive(text.trim_start_matches('/'));
    let (text, absolute) = if drive {
        (text.trim_start_matches('/'), "")
    } else if text.starts_with("//") && !rooted {
        (text, "//")
    } else if text.starts_with('/') {
        (text, "/")
    } else {
        (text, "")
    };
    let tidy = resolve(text, !absolute.is_empty() || drive);
    (!tidy.is_empty()).then(|| Cow::Owned(format!("{absolute}{tidy}")))
}

/// Returns true if a text needs no change. Most paths need none, and a case asks up to four times,
/// so that they are not copied.
fn is_normal(text: &str) -> bool {
    let mut parts = text.strip_prefix('/').unwrap_or(text).split('/');
    !text.bytes().any(|byte| matches!(byte, b'\\' | b':'))
        && !text.ends_with(']')
        && parts.all(|part| !matches!(part, "" | "." | ".."))
}

/// Returns true if a [normalised](normalise) path starts at a root or a drive.
///
/// ```
/// use evenshard::junit::path::is_absolute;
/// assert!(is_absolute("/app/a.js") && is_absolute("C:/w/a.js"));
/// assert!(!is_absolute("src/a.js"));
/// ```
pub fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || has_drive(path)
}

/// Returns the part of a [normalised](normalise) path below `folder`; `None` if the path is
/// elsewhere. The folder `.` contains every relative path.
///
/// ```
/// use evenshard::junit::path::below;
/// assert_eq!(below("/app/src/a.js", "/app"), Some("src/a.js"));
/// assert_eq!(below("/app2/src/a.js", "/app/"), None);
/// ```
pub fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let folder = folder.trim_end_matches('/');
    if folder == "." {
        return (!is_absolute(path)).then_some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

/// Returns true if a text such as a suite's name or a class name is most likely a file's path: no
/// blanks, and a file extension of test suites.
///
/// ```
/// use evenshard::junit::path::looks_like_file;
/// assert!(looks_like_file("tests/login.spec.ts") && looks_like_file("./main_test.go:12"));
/// assert!(!looks_like_file("tests.test_login.TestLogin") && !looks_like_file("Login form"));
/// ```
pub fn looks_like_file(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && text.contains('.')
        && normalise(text).is_some_and(|path| extension(&path).is_some())
}

/// Returns the file extension of a [normalised](normalise) path, if test suites are written in it.
///
/// ```
/// use evenshard::junit::path::extension;
/// assert_eq!(extension("my tests/login.spec.ts"), Some("ts"));
/// assert_eq!(extension("Login form (v1.2)"), None);
/// ```
pub fn extension(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let (stem, extension) = name.rsplit_once('.')?;
    let is_known = KNOWN.binary_search(&extension).is_ok();
    (!stem.is_empty() && is_known).then_some(extension)
}

/// The file extensions that test suites are written in, sorted.
const KNOWN: &[&str] = &[
    "R", "bats", "c", "cc", "cjs", "clj", "cljs", "coffee", "cpp", "cs", "cts", "cxx", "dart",
    "erl", "ex", "exs", "feature", "fs", "gd", "go", "groovy", "h", "hpp", "hs", "hurl", "java",
    "jl", "js", "jsx", "kt", "kts", "lua", "m", "mjs", "ml", "mm", "mts", "nim", "php", "phpt",
    "pl", "ps1", "py", "r", "rb", "robot", "rs", "scala", "sh", "spec", "svelte", "swift", "t",
    "tcl", "ts", "tsx", "vb", "vue", "yaml", "yml", "zig",
];

/// Splits `scheme://rest`.
fn split_url(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let letters = scheme
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    (letters && scheme.len() > 1).then_some((scheme, rest))
}

fn without_host<'a>(scheme: &str, rest: &'a str) -> &'a str {
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let path = rest.find('/').map_or("", |slash| &rest[slash..]);
    match scheme {
        "file" => path,
        // Godot's project folder: the URL has no host.
        "res" => rest,
        _ => path.trim_start_matches('/'),
    }
}

/// Resolves `%20` and the like, if the result is text.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = |at: usize| tail.get(at).and_then(|&b| char::from(b).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (byte, hex(0), hex(1)) {
            bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'%'));
            rest = &tail[2..];
        } else {
            bytes.push(byte);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Removes `::member` from a path with an extension.
fn without_member(text: &str) -> &str {
    match text.split_once("::") {
        Some((path, _))
            if path
                .rsplit('/')
                .next()
                .is_some_and(|name| name.contains('.')) =>
        {
            path
        }
        _ => text,
    }
}

/// Removes a location in the file: `:12`, `:12:7`, `:12:7 › title`, `[1:2]`.
fn without_location(text: &str) -> &str {
    let text = match text
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once('['))
    {
        Some((path, location)) if !path.is_empty() && is_location(location) => path,
        _ => text,
    };
    let mut start = 0;
    // Every colon, since a title may follow the line.
    while let Some(colon) = text[start..].find(':').map(|at| start + at) {
        let location = text[colon + 1..].split(' ').next().unwrap_or_default();
        if colon > 0 && is_location(location) {
            return &text[..colon];
        }
        start = colon + 1;
    }
    text
}

fn is_location(text: &str) -> bool {
    let text = text.trim_end_matches(':');
    !text.is_empty()
        && text
            .split(':')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

fn has_drive(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && bytes[2] == b'/'
}

/// Removes empty and `.` parts, and resolves `..` where the folder before it is known.
fn resolve(text: &str, absolute: bool) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
