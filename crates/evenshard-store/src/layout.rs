//! The layout: which keys there are, and who may write them.
//!
//! ```text
//! <zone>/<scope>/history/<begun_ms>-<digest>
//! <zone>/<scope>/trend/<begun_ms>-<digest>
//! <zone>/<scope>/quarantine/<test>
//! <zone>/<scope>/check/<nonce>
//! <zone>/<scope>/builds/<build>/<step>/
//!     plan
//!     job/<shard>-<attempt>/owner
//!     job/<shard>-<attempt>/<nonce>/record, junit, junit-2 …
//!     verdict/<records>-<digest>
//!     claim/<block>/<generation>
//!     beat/<shard>-<attempt>
//!     done/<block>/<round>
//! ```

use std::fmt;

use crate::key::{Key, OwnKey, Prefix};
use crate::nonce::Nonce;
use crate::segment::Segment;

mod entry;

pub use entry::Entry;

/// A group of writers: builds of branches that may publish, or pull requests.
///
/// Jobs of both zones read the history, trend and quarantine of `trusted`. They write only into
/// their own zone, and read builds only there, so no pull request can plant a plan or a result
/// in a build of a branch. The two roles of docs/store.md enforce it at the bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Zone {
    /// Builds of branches that may publish.
    Trusted,
    /// Builds of pull requests.
    Pr,
}

impl Zone {
    /// The first segment of the zone's keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Pr => "pr",
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The keys of one suite (scope) as a job of a zone sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    zone: Zone,
    scope: Segment,
}

impl Area {
    /// The area of a scope, for jobs of this zone.
    pub fn new(zone: Zone, scope: &str) -> Self {
        Self {
            zone,
            scope: Segment::new(scope),
        }
    }

    /// The zone that jobs of this area write to.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    fn trusted(&self, rest: &str) -> String {
        format!("{}/{}/{rest}", Zone::Trusted, self.scope)
    }

    fn own(&self, rest: &str) -> String {
        format!("{}/{}/{rest}", self.zone, self.scope)
    }

    /// All histories to read: those of `trusted`.
    pub fn history(&self) -> Prefix {
        Prefix::new(self.trusted("history/"))
    }

    /// The key of what a build adds to the history. `begun_ms` counts milliseconds since 1970;
    /// keys sort by it.
    pub fn add_history(&self, begun_ms: u64, digest: &str) -> OwnKey {
        let digest = Segment::new(digest);
        OwnKey::new(self.own(&format!("history/{begun_ms:013}-{digest}")))
    }

    /// The figures of all builds to read: those of `trusted`.
    pub fn trend(&self) -> Prefix {
        Prefix::new(self.trusted("trend/"))
    }

    /// The key of a build's figures, named as in the history.
    pub fn add_trend(&self, begun_ms: u64, digest: &str) -> OwnKey {
        let digest = Segment::new(digest);
        OwnKey::new(self.own(&format!("trend/{begun_ms:013}-{digest}")))
    }

    /// All quarantined tests to read: those of `trusted`.
    pub fn quarantine(&self) -> Prefix {
        Prefix::new(self.trusted("quarantine/"))
    }

    /// The key of one quarantined test or pattern.
    pub fn add_quarantine(&self, test: &str) -> OwnKey {
        OwnKey::new(self.own(&format!("quarantine/{}", Segment::new(test))))
    }

    pub(crate) fn check(&self, nonce: Nonce) -> OwnKey {
        OwnKey::new(self.own(&format!("check/{nonce}")))
    }

    pub(crate) fn checks(&self) -> Prefix {
        Prefix::new(self.own("check/"))
    }

    /// All builds of the own zone.
    pub fn builds(&self) -> Prefix {
        Prefix::new(self.own("builds/"))
    }

    /// All keys of one build of the own zone.
    pub fn steps(&self, build: &str) -> Prefix {
        Prefix::new(self.own(&format!("builds/{}/", Segment::new(build))))
    }

    /// The steps that these keys of one build belong to, each once.
    pub fn steps_of(&self, build: &str, keys: &[Key]) -> Vec<Build> {
        let all = self.steps(build);
        let step = |key: &Key| {
            let (step, _) = key.after(&all)?.split_once('/')?;
            Some(Build(Prefix::new(format!("{all}{step}/"))))
        };
        let mut steps: Vec<Build> = keys.iter().filter_map(step).collect();
        steps.sort_by(|one, other| one.0.cmp(&other.0));
        steps.dedup();
        steps
    }

    /// The build and step of a job.
    pub fn build(&self, build: &str, step: &str) -> Build {
        let (build, step) = (Segment::new(build), Segment::new(step));
        Build(Prefix::new(self.own(&format!("builds/{build}/{step}/"))))
    }
}

/// A job of a build: its shard, from 1, and which attempt of it, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Job {
    /// The shard, from 1.
    pub shard: u32,
    /// The attempt, from 1.
    pub attempt: u32,
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.shard, self.attempt)
    }
}

/// The keys that the jobs of one step of a build share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build(Prefix);

impl Build {
    fn own(&self, rest: &str) -> OwnKey {
        OwnKey::new(format!("{}{rest}", self.0))
    }

    /// All keys of the build.
    pub fn all(&self) -> &Prefix {
        &self.0
    }

    /// The plan, created by the first job.
    pub fn plan(&self) -> OwnKey {
        self.own("plan")
    }

    /// The owners and results of all jobs.
    pub fn jobs(&self) -> Prefix {
        Prefix::new(format!("{}job/", self.0))
    }

    /// The owner of a shard's attempt, created before anything else of it.
    pub fn owner(&self, job: Job) -> OwnKey {
        self.own(&format!("job/{job}/owner"))
    }

    /// The run record of the owner with this nonce.
    pub fn record(&self, job: Job, owner: Nonce) -> OwnKey {
        self.own(&format!("job/{job}/{owner}/record"))
    }

    /// The JUnit XML of the owner with this nonce; a job that runs several commands has several,
    /// counted from 1.
    pub fn junit(&self, job: Job, owner: Nonce, number: u32) -> OwnKey {
        let name = match number {
            0 | 1 => "junit".to_owned(),
            more => format!("junit-{more}"),
        };
        self.own(&format!("job/{job}/{owner}/{name}"))
    }

    /// All verdicts.
    pub fn verdicts(&self) -> Prefix {
        Prefix::new(format!("{}verdict/", self.0))
    }

    /// The verdict over this many records with this digest.
    pub fn verdict(&self, records: u32, digest: &str) -> OwnKey {
        let digest = Segment::new(digest);
        self.own(&format!("verdict/{records:05}-{digest}"))
    }

    /// All claims of blocks.
    pub fn claims(&self) -> Prefix {
        Prefix::new(format!("{}claim/", self.0))
    }

    /// The claim of a block; a later generation takes it over.
    pub fn claim(&self, block: u32, generation: u32) -> OwnKey {
        self.own(&format!("claim/{block}/{generation}"))
    }

    /// The beat of a job that claims blocks.
    pub fn beat(&self, job: Job) -> OwnKey {
        self.own(&format!("beat/{job}"))
    }

    /// The results of a block; a later round replaces them.
    pub fn done(&self, block: u32, round: u32) -> OwnKey {
        self.own(&format!("done/{block}/{round}"))
    }

    /// The meaning of a listed key; `None` for keys of other builds and versions.
    pub fn entry(&self, key: &Key) -> Option<Entry> {
        Entry::parse(key.after(&self.0)?)
    }
}
