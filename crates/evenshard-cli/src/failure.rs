//! Errors as the command line shows them: what, why, and what to do.

use std::fmt::Write as _;

use evenshard::error::Remedy;
use evenshard::pack;
use evenshard::{Error, ErrorKind};

use crate::exit;
use crate::streams::{CAUSE, ERROR, HINT, continued};

/// Why a command stopped: an exit code, what happened, its causes, and a hint.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
}

/// What every command returns: an exit code, or a failure that has one.
pub type Outcome = Result<u8, Failure>;

impl Failure {
    /// A failure with one of the codes of [`exit`].
    pub fn new(code: u8, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what caused it.
    #[must_use]
    pub fn caused_by(mut self, cause: &dyn std::error::Error) -> Self {
        let mut next = Some(cause);
        while let Some(cause) = next {
            self.causes.push(cause.to_string());
            next = cause.source();
        }
        self
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }

    /// What is said of it: labels and texts.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let causes = self.causes.iter().map(|cause| (CAUSE, cause.as_str()));
        let hint = self.hint.as_deref().map(|hint| (HINT, hint));
        [(ERROR, self.message.as_str())]
            .into_iter()
            .chain(causes)
            .chain(hint)
    }

    /// The lines for stderr: `error:`, `caused by:`, `hint:`.
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
            ErrorKind::Packing(pack::Error::ShardOutOfRange { .. }) => exit::CONFIG,
            ErrorKind::Packing(
                pack::Error::MalformedShard { .. } | pack::Error::UnknownWord { .. },
            ) => exit::USAGE,
            _ => exit::DATA,
        };
        let mut failure = Self::new(code, error.to_string());
        if let ErrorKind::TargetUnmet { floor, remedy, .. } = error.kind() {
            let what = what_helps(*remedy);
            failure = failure.hint(format!("no allowed plan is through before {floor}: {what}"));
        }
        match std::error::Error::source(&error) {
            Some(source) => failure.caused_by(source),
            None => failure,
        }
    }
}

/// What to do about a target that cannot be met.
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
