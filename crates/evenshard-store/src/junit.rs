//! A filter over JUnit XML that keeps names, times and outcomes.
//!
//! It copies the elements that it knows and drops all others, so an unknown way of printing
//! something is dropped too. It looks at names of elements, never at their nesting, so it stays
//! on its way where a report is not well-formed; where the XML cannot be read on, it stops.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::error::{Error, ErrorKind};

/// The part of a JUnit XML that is put: the setting `store-content`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kept {
    /// Names, times and outcomes; nothing that was printed.
    Outcomes,
    /// Also the texts and the captured output of tests that failed.
    Failures,
    /// The whole report.
    Full,
}

impl FromStr for Kept {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "outcomes" => Ok(Self::Outcomes),
            "failures" => Ok(Self::Failures),
            "full" => Ok(Self::Full),
            _ => Err(
                Error::new(ErrorKind::Setting, format!("unknown content: {text:?}"))
                    .with_hint("use outcomes, failures or full"),
            ),
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Outcomes => "outcomes",
            Self::Failures => "failures",
            Self::Full => "full",
        })
    }
}

/// The elements of reports, by what is kept of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    /// `testsuites`, `testsuite`: kept.
    Suite,
    /// `testcase`: kept.
    Case,
    /// `time`, `duration`: kept with their text.
    Time,
    /// `skipped`: kept; what it says counts as a text of a failure.
    Skip,
    /// `failure`, `error` and attempts that failed: kept; their texts with failures.
    Failure,
    /// `system-out`, `system-err`: kept for tests that failed.
    Output,
    /// Anything else: dropped.
    Other,
}

impl Element {
    fn of(name: &str) -> Self {
        let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
        match local {
            "testsuites" | "testsuite" | "testrun" => Self::Suite,
            "testcase" => Self::Case,
            "time" | "duration" => Self::Time,
            "skipped" | "skip" => Self::Skip,
            "failure" | "error" | "rerun" | "flakyFailure" | "flakyError" | "rerunFailure"
            | "rerunError" => Self::Failure,
            "system-out" | "system-err" => Self::Output,
            _ => Self::Other,
        }
    }
}

/// The report with what `kept` says of it.
pub(crate) fn filter(xml: &str, kept: Kept) -> String {
    let mut reader = Reader::from_str(xml);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    let mut filter = Filter {
        failures: kept == Kept::Failures,
        out: String::with_capacity(xml.len() / 2),
        within: None,
        case: None,
    };
    let mut start = 0;
    loop {
        let event = match reader.read_event() {
            Ok(Event::Eof) | Err(_) => break,
            Ok(event) => event,
        };
        let end = usize::try_from(reader.buffer_position()).unwrap_or(xml.len());
        let source = xml.get(start..end).unwrap_or_default();
        start = end;
        filter.take(&event, source);
    }
    filter.end_text();
    filter.end_case();
    filter.out
}

/// A case that is being read.
#[derive(Debug, Default)]
struct Case {
    failed: bool,
    /// Its output in what was written.
    outputs: Vec<Range<usize>>,
}

#[derive(Debug)]
struct Filter {
    failures: bool,
    out: String,
    /// The known element with text of its own that is being read.
    within: Option<Within>,
    case: Option<Case>,
}

#[derive(Debug)]
struct Within {
    element: Element,
    name: String,
    /// Its beginning in `out`.
    begin: usize,
}

impl Filter {
    fn take(&mut self, event: &Event<'_>, source: &str) {
        match event {
            Event::Start(tag) => self.start(tag, source),
            Event::Empty(tag) => self.empty(tag, source),
            Event::End(tag) => self.end(Element::of(tag.name().as_ref()), source),
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => self.text(source),
            Event::Decl(_) => self.out.push_str(source),
            Event::Comment(_) | Event::PI(_) | Event::DocType(_) | Event::Eof => {}
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, source: &str) {
        let element = Element::of(tag.name().as_ref());
        match element {
            Element::Other => return,
            Element::Suite | Element::Case => self.end_text(),
            _ => {}
        }
        // Markup in a text that somebody forgot to escape.
        if self.within.is_some() {
            return;
        }
        let within = Within {
            element,
            name: tag.name().as_ref().to_owned(),
            begin: self.out.len(),
        };
        match element {
            Element::Suite => {
                self.end_case();
                self.out.push_str(source);
                return;
            }
            Element::Case => {
                self.end_case();
                self.case = Some(Case::default());
                self.out.push_str(source);
                return;
            }
            Element::Failure | Element::Skip => {
                self.fail(element);
                self.outcome(tag, source, false);
            }
            Element::Output if !self.keeps_output() => {}
            _ => self.out.push_str(source),
        }
        self.within = Some(within);
    }

    fn empty(&mut self, tag: &BytesStart<'_>, source: &str) {
        let element = Element::of(tag.name().as_ref());
        if matches!(element, Element::Suite | Element::Case) {
            self.end_text();
            self.end_case();
        }
        if self.within.is_some() {
            return;
        }
        match element {
            Element::Failure | Element::Skip => {
                self.fail(element);
                self.outcome(tag, source, true);
            }
            Element::Suite | Element::Case | Element::Time => self.out.push_str(source),
            Element::Output | Element::Other => {}
        }
    }

    fn end(&mut self, element: Element, source: &str) {
        match element {
            Element::Suite | Element::Case => {
                self.end_text();
                self.end_case();
                self.out.push_str(source);
            }
            Element::Other => {}
            _ => {
                let Some(within) = self.within.take_if(|within| within.element == element) else {
                    return;
                };
                if element != Element::Output {
                    self.out.push_str(source);
                } else if self.keeps_output() {
                    self.out.push_str(source);
                    let output = within.begin..self.out.len();
                    if let Some(case) = &mut self.case {
                        case.outputs.push(output);
                    }
                }
            }
        }
    }

    fn text(&mut self, source: &str) {
        let keep = match self.within.as_ref().map(|within| within.element) {
            Some(Element::Time) => true,
            Some(Element::Failure | Element::Skip) => self.failures,
            Some(Element::Output) => self.keeps_output(),
            // Between elements only the white space that lays the report out.
            _ => source.chars().all(|c| c.is_ascii_whitespace()),
        };
        if keep {
            self.out.push_str(source);
        }
    }

    /// Output is written as it comes: whether its test failed may be known only later.
    fn keeps_output(&self) -> bool {
        self.failures && self.case.is_some()
    }

    fn fail(&mut self, element: Element) {
        if let Some(case) = self.case.as_mut().filter(|_| element == Element::Failure) {
            case.failed = true;
        }
    }

    /// Writes the tag of an outcome, without what it says unless failures are kept.
    fn outcome(&mut self, tag: &BytesStart<'_>, source: &str, empty: bool) {
        if self.failures {
            self.out.push_str(source);
            return;
        }
        self.out.push('<');
        self.out.push_str(tag.name().as_ref());
        for attribute in tag.attributes().with_checks(false).flatten() {
            let name = attribute.key.as_ref();
            // `type` is a class of errors; the others count seconds.
            if matches!(name, "type" | "time" | "duration" | "timestamp") {
                let quote = if attribute.value.contains('"') {
                    '\''
                } else {
                    '"'
                };
                self.out.push(' ');
                self.out.push_str(name);
                self.out.push('=');
                self.out.push(quote);
                self.out.push_str(&attribute.value);
                self.out.push(quote);
            }
        }
        self.out.push_str(if empty { "/>" } else { ">" });
    }

    /// Closes an element that the report does not close.
    fn end_text(&mut self) {
        let Some(within) = self.within.take() else {
            return;
        };
        if within.element == Element::Output {
            self.out.truncate(within.begin);
        } else {
            self.out.push_str("</");
            self.out.push_str(&within.name);
            self.out.push('>');
        }
    }

    fn end_case(&mut self) {
        let Some(case) = self.case.take().filter(|case| !case.failed) else {
            return;
        };
        for output in case.outputs.into_iter().rev() {
            self.out.drain(output);
        }
    }
}
