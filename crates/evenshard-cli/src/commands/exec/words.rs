//! The words of the runner's command, with the lines of a shard.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::failure::Failure;
use crate::list::without_return;
use crate::share::Share;

/// The place of the lines, an argument each.
const LINES: &str = "{}";
/// The place of a file that holds the lines; it may be a part of an argument.
const FILE: &str = "{file}";

/// The way in which a command takes its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// As arguments, in the place of this one.
    At(usize),
    /// As arguments, behind all others.
    AtEnd,
    /// In a file.
    File,
}

impl Takes {
    /// Finds the way in which a command takes its lines. Fails with 64 for two ways, and for `{}` in
    /// a part of an argument.
    pub(super) fn of(command: &[OsString]) -> Result<Self, Failure> {
        let usage = |what: &str, hint: &str| Err(Failure::usage(what).hint(hint));
        let has = |word: &OsString, part: &str| word.to_string_lossy().contains(part);
        let files = command.iter().any(|word| has(word, FILE));
        let mut places = (0..).zip(command).filter(|(_, word)| has(word, LINES));
        let first = places.next();
        // Two places would run each test twice.
        if places.next().is_some() || files && first.is_some() {
            return usage(
                "the lines can stand in one place of the command only",
                "keep one {} or {file}: else tests would run twice",
            );
        }
        match first {
            None if files => Ok(Self::File),
            None => Ok(Self::AtEnd),
            Some((0, _)) => usage(
                "the command begins with {}: which program is to run?",
                "put the runner in front: -- npx jest {}",
            ),
            Some((at, word)) if word == LINES => Ok(Self::At(at)),
            Some((_, word)) => usage(
                &format!("{{}} is a part of the argument {}", word.to_string_lossy()),
                "let {} stand by itself, since each line becomes an argument; {file}, a file of all lines, can be a part",
            ),
        }
    }
}

/// Fills the lines of a share in, or the file that holds them. Fails with 65 where the runner would
/// take a line for an option.
pub(super) fn filled(
    command: &[OsString],
    takes: Takes,
    share: &Share,
    file: Option<&Path>,
) -> Result<Vec<OsString>, Failure> {
    if let (Takes::File, Some(file)) = (takes, file) {
        return Ok(command.iter().map(|word| with_file(word, file)).collect());
    }
    // A file of lines has no options; arguments may be taken for some.
    if let Some(line) = share.texts().into_iter().find(|line| line.starts_with('-')) {
        return Err(Failure::data(format!(
            "the runner would take this line for an option: {line}"
        ))
        .hint(format!("write ./{line} in the list")));
    }
    let lines = share.lines().map(|line| os_string(&line));
    let at = match takes {
        Takes::At(at) => at,
        _ => command.len(),
    };
    let before = command.iter().take(at).cloned();
    let behind = command.iter().skip(at + 1).cloned();
    Ok(before.chain(lines).chain(behind).collect())
}

/// Replaces `{file}` in a word by the path of the file.
fn with_file(word: &OsStr, file: &Path) -> OsString {
    let text = word.to_string_lossy();
    if !text.contains(FILE) {
        return word.to_owned();
    }
    text.replace(FILE, &file.to_string_lossy()).into()
}

#[cfg(unix)]
fn os_string(line: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(without_return(line)).to_owned()
}

#[cfg(not(unix))]
fn os_string(line: &[u8]) -> OsString {
    String::from_utf8_lossy(without_return(line))
        .into_owned()
        .into()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::Takes;

    fn takes(command: &[&str]) -> Result<Takes, String> {
        let words: Vec<OsString> = command.iter().map(Into::into).collect();
        Takes::of(&words).map_err(|failure| failure.render())
    }

    #[test]
    fn lines_have_one_place() {
        assert_eq!(takes(&["jest", "--ci"]), Ok(Takes::AtEnd));
        assert_eq!(takes(&["jest", "{}", "--ci"]), Ok(Takes::At(1)));
        assert_eq!(takes(&["jest", "--list={file}", "{file}"]), Ok(Takes::File));
        for wrong in [
            &["jest", "{}", "{}"][..],
            &["jest", "{}", "{file}"],
            &["jest", "--files={}"],
            &["{}"],
        ] {
            assert!(takes(wrong).is_err(), "{wrong:?}");
        }
    }
}
