//! How the paths in reports become those of the checkout, for all reports or for some.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use evenshard::ingest::PathMapping;
use globset::{GlobBuilder, GlobMatcher};

/// A rewriting of report paths, and of which reports: `[REPORTS:]FROM=TO`.
///
/// Packages of a monorepo can have files of one name, which their reports call the same.
#[derive(Clone, Debug)]
pub struct ReportMapping {
    /// A file, a folder or a glob; `None` for all reports.
    reports: Option<(String, GlobMatcher)>,
    mapping: PathMapping,
}

impl ReportMapping {
    /// The rewriting, where it is for this report.
    pub(super) fn of(&self, report: &Path) -> Option<&PathMapping> {
        let report = report.strip_prefix(".").unwrap_or(report);
        let fits = self.reports.as_ref().is_none_or(|(folder, glob)| {
            report.starts_with(folder) || report.ancestors().any(|path| glob.is_match(path))
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
            let glob = GlobBuilder::new(text).literal_separator(true).build();
            let glob = glob.map_err(|error| error.to_string())?;
            Ok::<_, String>((text.to_owned(), glob.compile_matcher()))
        };
        Ok(Self {
            reports: reports.map(glob).transpose()?,
            mapping: mapping
                .parse()
                .map_err(|error: evenshard::Error| error.to_string())?,
        })
    }
}

/// True where a colon behind this is that of a drive: `C` of `C:/app`, or of `reports:C:/app`.
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
