//! A report as pytest wrote it, in XML, read with string functions only: what the
//! tests expect must not come from the reader that they test.

use std::path::Path;

/// One case. Both strings keep the escapes of XML.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Case {
    pub(crate) classname: String,
    pub(crate) name: String,
    /// Its time in milliseconds.
    pub(crate) millis: u64,
}

/// The cases of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) cases: Vec<Case>,
}

impl Report {
    /// Reads a report that pytest wrote.
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs_err::read_to_string(path).expect("a report");
        let cases = text
            .split("<testcase ")
            .skip(1)
            .map(|tag| Case {
                classname: attribute(tag, "classname"),
                name: attribute(tag, "name"),
                millis: attribute(tag, "time")
                    .replace('.', "")
                    .parse()
                    .expect("1.234 seconds"),
            })
            .collect();
        Self { cases }
    }

    /// Times as suites have them, long-tailed, from 1 ms to 20 s, by a fixed
    /// hash of the test: real ones of empty tests would never get a file cut.
    pub(crate) fn skewed(mut self) -> Self {
        for case in &mut self.cases {
            let text = format!("{}::{}", case.classname, case.name);
            let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
            let part = (hash >> 20) % 1000;
            case.millis = 1 + part.pow(4) / 50_000_000;
        }
        self
    }

    /// Adds to the times of all cases whose class starts so.
    pub(crate) fn slowed(mut self, start: &str, millis: u64) -> Self {
        for case in &mut self.cases {
            if format!("{}.", case.classname).starts_with(start) {
                case.millis += millis;
            }
        }
        self
    }

    /// Without the cases that match.
    pub(crate) fn without(mut self, matches: impl Fn(&Case) -> bool) -> Self {
        self.cases.retain(|case| !matches(case));
        self
    }

    /// The report as XML.
    pub(crate) fn to_xml(&self) -> String {
        let cases: Vec<String> = self.cases.iter().map(Case::to_xml).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><testsuites><testsuite name=\"pytest\">\n\
             {}</testsuite></testsuites>\n",
            cases.concat()
        )
    }
}

impl Case {
    fn to_xml(&self) -> String {
        let Self {
            classname,
            name,
            millis,
        } = self;
        let (seconds, rest) = (millis / 1000, millis % 1000);
        format!(
            "<testcase classname=\"{classname}\" name=\"{name}\" time=\"{seconds}.{rest:03}\" />\n"
        )
    }
}

/// The value of an attribute of the tag that `text` starts in. A leading blank
/// keeps `name` out of `classname`; a quote inside a value is always escaped.
fn attribute(text: &str, key: &str) -> String {
    let padded = format!(" {text}");
    let start = format!(" {key}=\"");
    let from = padded.find(&start).map_or(0, |at| at + start.len());
    let value = &padded[from..];
    value[..value.find('"').expect("a closing quote")].to_owned()
}
