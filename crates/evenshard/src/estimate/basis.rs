//! The sources of estimates and of setup costs.

use std::fmt;

use crate::Micros;

/// The setup cost of a test's file and class, which every shard pays once that runs one of their
/// tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetupCost {
    /// Import and collection of the file; `None` where no run measured it.
    pub import: Option<Micros>,
    /// The module fixtures.
    pub modules: KnownCost,
    /// The class fixtures.
    pub class: KnownCost,
}

/// The cost of fixtures and its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownCost {
    /// The cost; zero if unknown.
    pub cost: Micros,
    /// True if runs measured it, false if first tests showed it.
    pub measured: bool,
}

/// The source of an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Basis {
    /// The test's own samples.
    Samples,
    /// The cost of skipping it, as in the newest builds.
    Skipped,
    /// Nothing: the newest complete builds do not have it.
    Gone,
    /// The mean of the parameters of its function.
    Function,
    /// The mean of the tests of its class.
    Class,
    /// The mean of the tests of its file.
    File,
    /// The mean of all tests.
    Suite,
    /// The floor alone: nothing was measured.
    Floor,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Samples => "from its samples, builds brought to one speed, setup taken off",
            Self::Skipped => "skipped in the newest builds: what skipping costs",
            Self::Gone => "in none of the newest complete builds",
            Self::Function => "never measured: the mean of its function",
            Self::Class => "never measured: the mean of its class",
            Self::File => "never measured: the mean of its file",
            Self::Suite => "never measured: the mean of all tests",
            Self::Floor => "nothing was measured",
        })
    }
}
