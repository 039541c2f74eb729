//! The meaning of elements: suites within suites, the cases in them, and their outcomes.

use std::io;

use super::attrs::Odd;
use super::case::{self, Notation, OpenCase};
use super::element::Element;
use super::exact::Sum;
use super::limits::DEPTH;
use super::report::{Case, Outcome, Outcomes, ReportSummary, Suite};
use super::scan::{Scanner, Token};
use super::shape;
use super::suites::{self, Suites};
use super::texts::{Keeper, Texts};
use super::warn::Kind;
use crate::Micros;

/// The beginning of the reason of an expected failure that `evenshard run` made one.
const QUARANTINED: &str = "quarantined: ";
/// The beginning of pytest's reason of an expected failure that `xfail(run=False)` left out.
const NOT_RUN: &str = "[NOTRUN]";

/// The state of a reader: open elements, and the sums so far.
pub(super) struct Tree<'r, 'c> {
    scanner: Scanner<'r>,
    on_case: &'c mut dyn FnMut(&Case<'_>, Texts),
    keeper: Option<Keeper>,
    open: Vec<Element>,
    /// The number of open elements that are nested too deep to be followed.
    deeper: u64,
    suites: Suites,
    case: OpenCase,
    in_case: bool,
    notation: Notation,
    seen: Seen,
}

/// The numbers of what a file has.
#[derive(Default)]
struct Seen {
    roots: u64,
    /// Set when a root is an element that only reports have.
    known: bool,
    /// The number of cases with a name or a class name.
    named: u64,
    cases: u64,
    samples: u64,
    total: Sum,
    root_time: Option<Micros>,
    outcomes: Outcomes,
}

impl<'r, 'c> Tree<'r, 'c> {
    pub(super) fn new(
        scanner: Scanner<'r>,
        keeper: Option<Keeper>,
        on_case: &'c mut dyn FnMut(&Case<'_>, Texts),
    ) -> Self {
        Self {
            scanner,
            on_case,
            keeper,
            open: Vec::new(),
            deeper: 0,
            suites: Suites::default(),
            case: OpenCase::default(),
            in_case: false,
            notation: Notation::default(),
            seen: Seen::default(),
        }
    }

    /// Takes the next tag; returns false at the end.
    pub(super) fn step(&mut self) -> io::Result<bool> {
        match self.scanner.next(self.open.is_empty())? {
            Token::Start => self.start(false)?,
            Token::Empty => self.start(true)?,
            Token::End => self.end(),
            Token::LongEnd => self.pop(),
            Token::Eof => return Ok(false),
        }
        Ok(true)
    }

    fn start(&mut self, empty: bool) -> io::Result<()> {
        let content = self.scanner.content();
        let element = Element::of(&content[..shape::name_len(content)]);
        if self.open.is_empty() {
            self.seen.roots += 1;
            self.seen.known |= matches!(element, Element::Suites | Element::Suite | Element::Case);
            if self.seen.roots == 2 {
                let message = "more than one report in one file: all are read";
                self.warn(Kind::Markup, message);
            }
        }
        match element {
            Element::Case => self.start_case(),
            Element::Suite if self.open.len() < DEPTH => self.start_suite(),
            Element::Suites if self.open.is_empty() => self.start_root(),
            Element::Other(_) => {}
            // Only direct children: markup within a failure is the user's.
            child if self.in_case && self.open.last() == Some(&Element::Case) => {
                self.start_child(child)?;
            }
            _ => {}
        }
        if self.open.len() < DEPTH {
            self.open.push(element);
        } else {
            if self.deeper == 0 {
                self.warn(Kind::Limit, "elements are nested too deep to be told apart");
            }
            self.deeper += 1;
        }
        if empty {
            self.pop();
        }
        Ok(())
    }

    /// Reads the `testsuites` or `testrun` at the root.
    fn start_root(&mut self) {
        let mut odd = Odd::default();
        let text = self.scanner.tag().attribute("time", &mut odd);
        let time = text.and_then(|text| self.notation.read(&text, &mut odd).0);
        self.seen.root_time = case::sum(self.seen.root_time, time);
        self.report(odd, "time of the whole");
    }

    fn start_suite(&mut self) {
        self.end_case();
        let line = self.scanner.line();
        let mut odd = Odd::default();
        let tag = suites::parse(&self.scanner.tag(), &mut self.notation, &mut odd);
        self.report(odd, "time of the suite");
        if let Some(limit) = self.suites.open(Suite { line, ..tag.suite }, tag.single) {
            self.warn(Kind::Limit, limit);
        }
    }

    fn start_case(&mut self) {
        self.end_case();
        let line = self.scanner.line();
        let (tag, mut odd) = (self.scanner.tag(), Odd::default());
        let time = self.case.start(&tag, line, &mut self.notation, &mut odd);
        if let Some(exact) = time {
            self.seen.total.add(exact);
        }
        self.report(odd, "time of the case");
        self.in_case = true;
    }

    /// Reads a direct child of the open case.
    fn start_child(&mut self, child: Element) -> io::Result<()> {
        let odd = &mut Odd::default();
        // Texts cost time and memory, and most readers want none.
        if self.keeper.is_some() && Keeper::wants(child) {
            let message = self.scanner.tag().attribute("message", odd);
            let keeper = self.keeper.as_mut();
            self.scanner.capture = keeper.and_then(|keeper| keeper.begin(child, message));
        }
        match child {
            Element::Failure => self.case.set_outcome(Outcome::Failed),
            Element::Error => self.case.set_outcome(Outcome::Errored),
            Element::Skipped => {
                let kind = self.scanner.tag().attribute("type", odd);
                let expected = kind.is_some_and(|kind| kind == "pytest.xfail");
                self.case.set_outcome(if expected {
                    Outcome::XFailed
                } else {
                    Outcome::Skipped
                });
                if let (true, Some(message)) =
                    (expected, self.scanner.tag().attribute("message", odd))
                {
                    self.case.quarantined |= message.starts_with(QUARANTINED);
                    self.case.not_run |= message.starts_with(NOT_RUN);
                }
            }
            Element::Attempt => {
                let time = self.scanner.tag().attribute("time", odd);
                let text = time.or_else(|| self.scanner.tag().attribute("duration", odd));
                let time = text.and_then(|text| self.child_time(&text));
                self.case.add_attempt(time);
            }
            // An attribute of the case counts first.
            Element::Time if self.case.lacks_time() => {
                let text = String::from_utf8_lossy(self.scanner.text_ahead()?).into_owned();
                let time = self.child_time(&text);
                self.case.set_time(time);
            }
            _ => {}
        }
        Ok(())
    }

    fn child_time(&mut self, text: &str) -> Option<Micros> {
        let mut odd = Odd::default();
        let (value, _) = self.notation.read(text, &mut odd);
        self.report(odd, "time in the case");
        value
    }

    fn end(&mut self) {
        let name = self.scanner.content();
        let element = Element::of(name);
        if self.deeper > 0 {
            self.deeper -= 1;
            if element == Element::Case {
                self.end_case();
            }
            return;
        }
        if self.open.last() == Some(&element) {
            self.pop();
            return;
        }
        let shown: String = String::from_utf8_lossy(&name[..name.len().min(60)]).into_owned();
        let opened = self.open.iter().rposition(|&open| open == element);
        let message = match opened {
            Some(_) => format!("</{shown}> closes elements that are still open"),
            None => format!("</{shown}> closes nothing"),
        };
        self.warn(Kind::Markup, &message);
        // What is still open within it ends with it.
        if let Some(depth) = opened {
            while self.open.len() > depth {
                self.pop();
            }
        }
    }

    /// Ends the innermost element.
    fn pop(&mut self) {
        if self.deeper > 0 {
            self.deeper -= 1;
            self.end_case();
            return;
        }
        let ended = self.open.pop();
        if let Some(keeper) = &mut self.keeper {
            keeper.end(ended, &mut self.scanner.capture);
        }
        match ended {
            Some(Element::Case) => self.end_case(),
            Some(Element::Suite) => {
                self.end_case();
                self.suites.close();
            }
            _ => {}
        }
        // Another report may follow in the same file.
        if self.open.is_empty() {
            self.suites.end_root();
        }
    }

    /// Reports the open case, if there is one.
    fn end_case(&mut self) {
        if !std::mem::replace(&mut self.in_case, false) {
            return;
        }
        let outcome = self.case.outcome();
        let (id, whole) = self.suites.current(self.case.line);
        let not_run = self.case.not_run && outcome == Outcome::XFailed;
        let ran = outcome.ran() && !not_run;
        // Of what did not run, the time is that of skipping it.
        let time = self.case.total(whole).filter(|_| ran);
        let skip_time = self.case.total(None).filter(|_| !ran);
        self.suites.count(id, outcome, time);
        self.seen.cases += 1;
        self.seen.samples += u64::from(time.is_some());
        // Other XML can have elements of these names, but no names in them.
        let nameless = self.case.name.is_empty() && self.case.classname.is_empty();
        self.seen.named += u64::from(!nameless);
        self.seen.outcomes.count(outcome);
        let own = Some(self.case.file.as_str()).filter(|file| !file.trim().is_empty());
        let texts = self.keeper.as_mut().map(|keeper| {
            keeper.end(None, &mut self.scanner.capture);
            keeper.take()
        });
        let case = Case {
            classname: &self.case.classname,
            name: &self.case.name,
            file: own.or_else(|| self.suites.file()),
            suite: id,
            suite_name: self.suites.name(),
            suite_like_file: self.suites.like_file(),
            time,
            skip_time,
            outcome,
            not_run,
            quarantined: self.case.quarantined,
            line: self.case.line,
        };
        (self.on_case)(&case, texts.unwrap_or_default());
    }

    fn warn(&mut self, kind: Kind, message: &str) {
        let line = self.scanner.line();
        self.scanner
            .warnings()
            .note(kind, line, || message.to_owned());
    }

    /// Warns about the oddities of a start tag.
    fn report(&mut self, odd: Odd, whose: &str) {
        if odd.syntax {
            self.warn(Kind::Markup, "attributes that are not well-formed");
        }
        if odd.cut {
            self.warn(Kind::Limit, "a text too long to be kept whole");
        }
        if odd.many {
            self.warn(Kind::Limit, "too many attributes to read them all");
        }
        for (doubt, text) in odd.doubts {
            self.warn(Kind::Time, &format!("{whose} '{text}' {doubt}"));
        }
    }

    pub(super) fn finish(mut self, file_name: &str) -> ReportSummary {
        let open = !self.open.is_empty() || self.deeper > 0;
        while !self.open.is_empty() {
            // What is nested too deep ends with what is open around it.
            self.deeper = 0;
            self.pop();
        }
        let line = self.scanner.line();
        let input = self.scanner.input();
        let (digest, damage) = (input.digest(), input.damage());
        let replaced = input.has_replacements();
        let cut = self.scanner.cut.or(open.then_some("the report"));
        let warnings = self.scanner.warnings();
        let mut note = |kind, message: String| warnings.note(kind, line, || message);
        if replaced {
            let message = "text that its encoding gives no meaning: replaced";
            note(Kind::Encoding, message.to_owned());
        }
        let complete = cut.is_none() && damage.is_none() && self.seen.roots > 0;
        if let Some(damage) = damage {
            note(Kind::File, damage);
        }
        if let Some(what) = cut {
            let cases = self.seen.cases;
            let message = format!("cut short within {what}; cases read before: {cases}");
            note(Kind::File, message);
        }
        if self.seen.roots == 0 {
            note(Kind::File, "there is no report in it".to_owned());
        } else if !self.seen.known && self.seen.named == 0 {
            let message = "it seems to be no JUnit report: no case in it has a name";
            note(Kind::File, message.to_owned());
        }
        ReportSummary {
            warnings: self.scanner.warnings().finish(file_name),
            suites: self.suites.finish(),
            cases: self.seen.cases,
            samples: self.seen.samples,
            total: self.seen.total.rounded(),
            root_time: self.seen.root_time,
            outcomes: self.seen.outcomes,
            digest,
            complete,
        }
    }
}
