//! Rewriting the beginning of report paths, where a container saw other paths.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::junit::path;

/// A replacement for the beginning of report paths, written `FROM=TO`.
///
/// `.` is the checkout itself: `/app=.` makes paths below `/app` relative, and `.=packages/web`
/// puts a folder before paths that are relative already.
///
/// ```
/// use evenshard::ingest::PathMapping;
/// let mapping: PathMapping = "/app=.".parse()?;
/// assert_eq!(mapping.apply("/app/src/a.spec.js").as_deref(), Some("src/a.spec.js"));
/// assert_eq!(mapping.apply("/application/a.spec.js"), None);
/// let mapping: PathMapping = ".=packages/web/".parse()?;
/// assert_eq!(mapping.apply("src/a.js").as_deref(), Some("packages/web/src/a.js"));
/// # Ok::<(), evenshard::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathMapping {
    from: String,
    to: String,
}

impl PathMapping {
    /// Replaces the beginning of a [normalised](path::normalise) path; `None` if the path begins in
    /// another way.
    #[doc(hidden)]
    pub fn apply(&self, path: &str) -> Option<String> {
        let rest = path::below(path, &self.from)?;
        Some(match self.to.as_str() {
            "." => rest.to_owned(),
            // Without a second slash.
            "/" => format!("/{rest}"),
            to => format!("{to}/{rest}"),
        })
    }
}

impl fmt::Display for PathMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.from, self.to)
    }
}

impl FromStr for PathMapping {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) for a text without `=` or with nothing
    /// on one of its sides.
    fn from_str(text: &str) -> Result<Self, Error> {
        let sides = text.split_once('=');
        let Some((from, to)) = sides.filter(|(from, to)| !from.is_empty() && !to.is_empty()) else {
            return Err(Error::malformed("path mapping such as /app=.", text));
        };
        let side = |text: &str| match path::normalise(text) {
            Some(path) => path.into_owned(),
            None if text.starts_with(['/', '\\']) => "/".to_owned(),
            None => ".".to_owned(),
        };
        Ok(Self {
            from: side(from),
            to: side(to),
        })
    }
}

/// Applies the mapping with the longest beginning that matches, if any.
pub(super) fn map<'p>(path: Cow<'p, str>, mappings: &[PathMapping]) -> Cow<'p, str> {
    let fitting = mappings
        .iter()
        .filter_map(|mapping| Some((mapping.from.len(), mapping.apply(&path)?)));
    // Of equally long ones the first counts.
    let longest = fitting.reduce(|best, next| if next.0 > best.0 { next } else { best });
    longest.map_or(path, |(_, mapped)| Cow::Owned(mapped))
}

#[cfg(test)]
mod tests {
    use super::{PathMapping, map};

    fn mapped(path: &str, mappings: &[&str]) -> String {
        let mappings: Vec<PathMapping> = mappings.iter().map(|m| m.parse().unwrap()).collect();
        map(path.into(), &mappings).into_owned()
    }

    #[test]
    fn the_longest_beginning_that_fits_counts() {
        let mappings = ["/app=.", "/app/vendor=third/party", "/=root"];
        assert_eq!(mapped("/app/a.js", &mappings), "a.js");
        assert_eq!(mapped("/app/vendor/a.js", &mappings), "third/party/a.js");
        assert_eq!(mapped("/etc/a.js", &mappings), "root/etc/a.js");
        assert_eq!(mapped("a.js", &mappings), "a.js");
    }

    #[test]
    fn windows_paths_and_slashes_at_the_end_are_understood() {
        assert_eq!(mapped("C:/w/app/a.js", &[r"C:\w\app\=."]), "a.js");
        assert_eq!(mapped("a.js", &["./=/app/"]), "/app/a.js");
    }

    #[test]
    fn what_has_no_two_sides_is_refused() {
        for text in ["", "=", "/app", "/app=", "=."] {
            assert!(text.parse::<PathMapping>().is_err(), "{text}");
        }
    }
}
