//! Rewritings of report paths to those of the checkout, for all reports or for some.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use evenshard::ingest::PathMapping;

use crate::globs::Glob;

/// A rewriting of the paths in all or some reports: `[REPORTS:]FROM=TO`.
///
/// Packages of a monorepo can have files of one name, which their reports do not tell apart.
#[derive(Clone, Debug)]
pub(crate) struct ReportMapping {
    /// A file, a folder or a glob; `None` for all reports.
    reports: Option<(String, Glob)>,
    mapping: PathMapping,
}

impl ReportMapping {
    /// Returns the rewriting, where it is for this report.
    pub(crate) fn of(&self, report: &Path) -> Option<&PathMapping> {
        // Searches of the current folder find `./junit/a.xml`.
        let report = report.strip_prefix(".").unwrap_or(report);
        let fits = self.reports.as_ref().is_none_or(|(folder, glob)| {
            report.starts_with(folder) || report.ancestors().any(|path| glob.matches(path))
        });
        fits.then_some(&self.mapping)
    }
}

impl fmt::Display for ReportMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((reports, _)) = &self.reports {
            write!(f, "{reports}:")?;
        }
        self.mapping.fmt(f)
    }
}

impl FromStr for ReportMapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let from = text.split_once('=').map_or(text, |(from, _)| from);
        // The last colon that can separate: paths of Windows have one of their own.
        let colons = from.match_indices(':').map(|(at, _)| at);
        let (reports, mapping) = match colons.rev().find(|&at| !is_drive(&from[..at])) {
            Some(at) => (Some(&text[..at]), &text[at + 1..]),
            None => (None, text),
        };
        let glob = |text: &str| {
            let text = text
                .strip_prefix("./")
                .unwrap_or(text)
                .trim_end_matches('/');
            Ok::<_, String>((text.to_owned(), Glob::new(text)?))
        };
        Ok(Self {
            reports: reports.map(glob).transpose()?,
            mapping: mapping
                .parse()
                .map_err(|error: evenshard::Error| error.to_string())?,
        })
    }
}

/// Returns true for text before the colon of a drive: `C` of `C:/app`, or of `reports:C:/app`.
fn is_drive(before: &str) -> bool {
    let letter = before.rsplit(':').next().unwrap_or_default();
    letter.len() == 1 && letter.chars().all(|c| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::ReportMapping;

    #[test]
    fn a_rewriting_is_for_all_reports_or_for_some() {
        let maps = |text: &str, report: &str, path: &str| {
            let mapping: ReportMapping = text.parse().unwrap();
            mapping
                .of(Path::new(report))
                .and_then(|mapping| mapping.apply(path))
        };
        assert_eq!(
            maps(".=web", "junit/a.xml", "a.js").as_deref(),
            Some("web/a.js")
        );
        for reports in [
            "junit/web",
            "./junit/web/",
            "junit/w*",
            "junit/web/a.xml",
            "junit/**/a.xml",
        ] {
            let text = format!("{reports}:.=packages/web");
            let mapped = maps(&text, "junit/web/a.xml", "a.js");
            assert_eq!(mapped.as_deref(), Some("packages/web/a.js"), "{text}");
            assert_eq!(maps(&text, "junit/api/b.xml", "a.js"), None, "{text}");
        }
        let drive = r"C:\app=.";
        assert_eq!(maps(drive, "a.xml", "C:/app/a.js").as_deref(), Some("a.js"));
        let drive = r"junit:C:\app=.";
        assert_eq!(
            maps(drive, "junit/a.xml", "C:/app/a.js").as_deref(),
            Some("a.js")
        );
        for wrong in ["", "junit/web", "junit/web:.", "junit/[:.=x"] {
            assert!(wrong.parse::<ReportMapping>().is_err(), "{wrong}");
        }
    }
}
