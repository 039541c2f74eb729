//! Errors as the command line shows them: what, why, and what to do.

use std::fmt::Write as _;

use evenshard::error::Remedy;
use evenshard::pack;
use evenshard::{Error, ErrorKind};

use crate::exit;

/// The beginning of an error's line.
pub(crate) const ERROR: &str = "error: ";
const CAUSE: &str = "caused by: ";
/// The beginning of a hint's line.
pub(crate) const HINT: &str = "hint: ";

/// The end of a command that did not succeed: an exit code, a message, its causes, and a hint.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
}

/// The result of a command: an exit code, or a failure that has one.
pub(crate) type Outcome = Result<u8, Failure>;

impl Failure {
    /// Makes a failure with one of the codes of [`exit`].
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
        }
    }

    /// Wrong usage (64).
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(exit::USAGE, message)
    }

    /// Input that cannot be read or used (65).
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Self::new(exit::DATA, message)
    }

    /// A result that cannot be written (73).
    pub(crate) fn unwritable(message: impl Into<String>) -> Self {
        Self::new(exit::CANNOT_WRITE, message)
    }

    /// Settings that contradict each other (78).
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(exit::CONFIG, message)
    }

    /// Adds a hint: what to do.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a hint where there is none.
    #[must_use]
    pub(crate) fn or_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = self.hint.or_else(|| Some(hint.into()));
        self
    }

    /// Replaces the exit code.
    #[must_use]
    pub(crate) fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// Adds the causes.
    #[must_use]
    pub(crate) fn caused_by(mut self, cause: &dyn std::error::Error) -> Self {
        let mut next = Some(cause);
        // All of them: the innermost one, of the system, tells most.
        while let Some(cause) = next {
            self.causes.push(cause.to_string());
            next = cause.source();
        }
        self
    }

    pub(crate) fn code(&self) -> u8 {
        self.code
    }

    /// Lists its lines: labels and texts.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let causes = self.causes.iter().map(|cause| (CAUSE, cause.as_str()));
        let hint = self.hint.as_deref().map(|hint| (HINT, hint));
        [(ERROR, self.message.as_str())]
            .into_iter()
            .chain(causes)
            .chain(hint)
    }

    /// Renders the lines for stderr: `error:`, `caused by:`, `hint:`.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for (label, line) in self.lines() {
            let _ = writeln!(text, "{label}{}", continued(line));
        }
        text
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error.kind() {
            // A shard that is well written and does not exist contradicts the number of jobs.
            ErrorKind::Packing(pack::Error::ShardOutOfRange { .. }) => exit::CONFIG,
            ErrorKind::Packing(
                pack::Error::MalformedShard { .. } | pack::Error::UnknownWord { .. },
            ) => exit::USAGE,
            _ => exit::DATA,
        };
        let mut failure = Self::new(code, error.to_string());
        if let ErrorKind::TargetUnmet { floor, remedy, .. } = error.kind() {
            let what = what_helps(*remedy);
            failure = failure.hint(format!("no allowed plan is done before {floor}: {what}"));
        }
        match std::error::Error::source(&error) {
            Some(source) => failure.caused_by(source),
            None => failure,
        }
    }
}

/// Marks what follows a line end as continued.
pub(crate) fn continued(text: &str) -> String {
    text.trim_end_matches('\n').replace('\n', "\n  | ")
}

/// Says what to do about a target that cannot be met.
fn what_helps(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::MoreShards => "raise --target or --max-shards",
        Remedy::FinerSplit => "raise --target, or let a finer --split cut what is named",
        Remedy::FewerGroups => {
            "raise --target, or let go of what keeps it whole: rules of the configuration, marks, parameters whose ids change from build to build"
        }
        Remedy::FasterStart => "raise --target, or make jobs start faster",
        _ => "raise --target, or make what is named faster",
    }
}
