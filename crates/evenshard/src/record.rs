//! The run record: which shard a job was, what it was to run, and what became of it.
//!
//! A job writes one beside its JUnit file: as [`State::Started`] when its session begins and
//! again once its tests are collected, so that a job that is killed leaves its list, and
//! replaced by a [`State::Finished`] one at the end. The reference of the format is `docs/run-record.md`.

mod fixture;
mod home;
mod list;
mod matched;
mod setup;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Micros;
use crate::Shard;
use crate::error::{Error, Location};

internal!(fixture::{FixtureScope, SharedFixture, Users});
internal!(home::{Home, HomeLevel});
internal!(list::SharedList);
internal!(matched::Match);
internal!(setup::{FileSetup, SetupCosts});

/// The newest version of the record that is read, and the one that is written.
const VERSION: u64 = 1;

/// The run of one job of a plan.
///
/// ```
/// use evenshard::record::{RunRecord, State};
///
/// let json = br#"{"version": 1, "state": "finished", "build": "812", "attempt": 1,
///     "plan_digest": "5f0c", "shard": 3, "shards": 20, "files": ["tests/test_a.py"],
///     "selected": ["tests/test_a.py::test_x"], "cases_us": 2500000, "exit_status": 0}"#;
/// let record = RunRecord::from_json(json, "junit-3-1.shard.json")?;
/// assert_eq!((record.state, record.shard.number()), (State::Finished, 3));
/// assert_eq!(record.cases_us.map(|cases| cases.to_string()), Some("2.50 s".to_owned()));
/// assert_eq!(RunRecord::from_json(record.to_json().as_bytes(), "again")?, record);
/// # Ok::<(), evenshard::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    version: u64,
    /// The progress of the job.
    pub state: State,
    /// The build; `None` if unknown.
    #[serde(default)]
    pub build: Option<String>,
    /// The CI's own name for the job; `None` if unknown.
    #[serde(default)]
    pub job: Option<String>,
    /// The attempt at this shard, counted from 1.
    #[serde(default = "first_attempt")]
    pub attempt: u32,
    /// The start of the job's first session, in milliseconds since 1970.
    #[serde(default)]
    #[doc(hidden)]
    pub begun_ms: Option<i64>,
    /// The name of the suite, of several separate ones; empty for the suite without a name.
    #[serde(default)]
    pub scope: String,
    /// The digest of the plan that was used.
    pub plan_digest: String,
    /// The shard, and how many there were: written as `shard`, counted from 1, and `shards`.
    #[serde(flatten, with = "numbers")]
    pub shard: Shard,
    /// The predicted time of the shard's tests, with setup.
    #[serde(default)]
    #[doc(hidden)]
    pub predicted_us: Micros,
    /// The prefix that pytest's `--junit-prefix` puts before every classname.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[doc(hidden)]
    pub junit_prefix: String,
    /// The list of which `selected` has this shard's lines, where the runner is not pytest and
    /// takes files or names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[doc(hidden)]
    pub list: Option<SharedList>,
    /// The files that pytest visited, pruned or not, relative to its root folder, sorted.
    #[serde(default)]
    #[doc(hidden)]
    pub files: Vec<String>,
    /// The tests that the user selected, as words of a shell: options such as `-k`, and
    /// arguments relative to the root folder. Empty for the whole suite; `None` where no
    /// session got as far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[doc(hidden)]
    pub selection: Option<String>,
    /// The node ids that were to run, in pytest's order, or the lines of the list.
    #[serde(default)]
    pub selected: Vec<String>,
    /// The node ids of this shard that a hook left out, and not an option of pytest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[doc(hidden)]
    pub dropped: Vec<String>,
    /// The selected tests that every shard runs, by a rule of the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[doc(hidden)]
    pub everywhere: Vec<String>,
    /// Only tests without a passing result in an earlier attempt were to run. The attempts from the
    /// last full one on then count together.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[doc(hidden)]
    pub failed_only: bool,
    /// For each function (`classname::function`) whose parameters the plan cuts across
    /// shards, this one among them: SHA-256, in hexadecimal, of the sorted node ids that this
    /// job collected of it, joined by newlines. Shards that differ could lose tests.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[doc(hidden)]
    pub cut: BTreeMap<String, String>,
    /// The files through which a selected test was collected, where its node id begins with
    /// another: one for each time that `selected` lists it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[doc(hidden)]
    pub collected_from: BTreeMap<String, Vec<String>>,
    /// The selected tests that stayed with their file or class, whatever the plan lists: their
    /// order matters there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[doc(hidden)]
    pub home: Vec<Home>,
    /// For each dotted file that is on several shards, this one among them, and has tests that
    /// stay together: SHA-256, in hexadecimal, of what this job collected of those. Shards that
    /// differ could lose tests.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[doc(hidden)]
    pub kept: BTreeMap<String, String>,
    /// The functions (`classname::function`) of selected tests whose parameter ids are positions
    /// and say nothing about the values; `None` where nothing was collected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[doc(hidden)]
    pub positional: Option<Vec<String>>,
    /// The number of selected tests, and of those that the plan expected here.
    #[serde(default, rename = "match")]
    #[doc(hidden)]
    pub matched: Match,
    /// Tests that the plan expected in files that this job collected whole, and that are not
    /// there, even where all files are imported; or that their file skipped as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[doc(hidden)]
    pub gone: Vec<String>,
    /// The node ids of tests that exist only when files of other shards are imported. They ran
    /// in a session of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[doc(hidden)]
    pub unpruned: Vec<String>,
    /// The exit status of `evenshard run`. This and the following fields are there once it is
    /// finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_status: Option<u8>,
    /// The exit status of pytest, if the command around it has another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[doc(hidden)]
    pub pytest_status: Option<u8>,
    /// The reason why the session stopped before its last test, if `-x`, `--maxfail` or
    /// `--stepwise` asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[doc(hidden)]
    pub stopped: Option<String>,
    /// The number of repeats of a test within this attempt, by node id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[doc(hidden)]
    pub retried: BTreeMap<String, u32>,
    /// The node ids that failed while they were quarantined, sorted: their failures do not
    /// count in `exit_status`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[doc(hidden)]
    pub quarantined: Vec<String>,
    /// The measured durations of all phases of all tests. Under xdist they add up over
    /// workers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[doc(hidden)]
    pub cases_us: Option<Micros>,
    /// The pytest session from its start to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[doc(hidden)]
    pub wall_us: Option<Micros>,
    /// The command from its start to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[doc(hidden)]
    pub command_us: Option<Micros>,
    /// The xdist workers; 0 without xdist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[doc(hidden)]
    pub workers: Option<u32>,
    /// The name of the JUnit file, without its folder; `None` where none was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub junit: Option<String>,
    /// The JUnit files of further sessions, where the command started pytest several times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[doc(hidden)]
    pub further_junit: Vec<String>,
    /// The measured cost of setup, by file.
    #[serde(default, skip_serializing_if = "SetupCosts::is_empty")]
    #[doc(hidden)]
    pub setup: SetupCosts,
    /// The measured cost of fixtures that tests of several files share, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[doc(hidden)]
    pub session_us: Vec<SharedFixture>,
}

/// The progress of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum State {
    /// Its session began; nobody knows if all of its tests ran.
    Started,
    /// The command ended, and its pytest session in order.
    Finished,
}

impl RunRecord {
    /// A record of a job that starts, with nothing collected yet.
    pub fn started(plan_digest: impl Into<String>, shard: Shard) -> Self {
        Self {
            version: VERSION,
            state: State::Started,
            build: None,
            job: None,
            attempt: first_attempt(),
            begun_ms: None,
            scope: String::new(),
            plan_digest: plan_digest.into(),
            shard,
            predicted_us: Micros::ZERO,
            junit_prefix: String::new(),
            list: None,
            files: Vec::new(),
            selection: None,
            selected: Vec::new(),
            dropped: Vec::new(),
            everywhere: Vec::new(),
            failed_only: false,
            cut: BTreeMap::new(),
            collected_from: BTreeMap::new(),
            home: Vec::new(),
            kept: BTreeMap::new(),
            positional: None,
            matched: Match::default(),
            gone: Vec::new(),
            unpruned: Vec::new(),
            exit_status: None,
            pytest_status: None,
            stopped: None,
            retried: BTreeMap::new(),
            quarantined: Vec::new(),
            cases_us: None,
            wall_us: None,
            command_us: None,
            workers: None,
            junit: None,
            further_junit: Vec::new(),
            setup: SetupCosts::default(),
            session_us: Vec::new(),
        }
    }

    /// Reads a record. `name` is the file's name for messages. Fields that are not known
    /// are passed over.
    ///
    /// # Errors
    /// [`ErrorKind::NewerVersion`](crate::ErrorKind::NewerVersion) for a version above 1;
    /// [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) for what is no such file, and for what
    /// cannot be: version or attempt 0, a shard that does not exist, an end without an exit status.
    pub fn from_json(json: &[u8], name: &str) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Head {
            version: u64,
        }
        let malformed = |e: serde_json::Error| {
            let mut location = Location::file(name);
            location.line = u64::try_from(e.line()).ok().filter(|&line| line > 0);
            Error::malformed("run record", e.to_string()).at(location)
        };
        let at = |error: Error| error.at(Location::file(name));
        // Version first: a newer record may lack what this one needs.
        let head: Head = serde_json::from_slice(json).map_err(malformed)?;
        Error::check_version("run record", head.version, VERSION).map_err(at)?;
        let record: Self = serde_json::from_slice(json).map_err(malformed)?;
        match record.cannot_be() {
            Some(why) => Err(at(Error::malformed("run record", why))),
            None => Ok(record),
        }
    }

    /// Returns the reason why no job can have written the record.
    fn cannot_be(&self) -> Option<&'static str> {
        if self.version != VERSION {
            Some("there is no version 0")
        } else if self.attempt == 0 {
            Some("attempts count from 1")
        } else if self.state == State::Finished && self.exit_status.is_none() {
            Some("it is finished, and has no exit status")
        } else {
            None
        }
    }

    /// The file: JSON with a final newline, the same bytes for the same record.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }
}

fn first_attempt() -> u32 {
    1
}

/// A shard as its number, counted from 1, and how many there are.
mod numbers {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    use crate::Shard;

    #[derive(Serialize, Deserialize)]
    struct Numbers {
        shard: u32,
        shards: u32,
    }

    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands over a reference"
    )]
    pub(super) fn serialize<S: Serializer>(shard: &Shard, to: S) -> Result<S::Ok, S::Error> {
        let numbers = Numbers {
            shard: shard.number(),
            shards: shard.count().get(),
        };
        numbers.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Shard, D::Error> {
        let Numbers { shard, shards } = Numbers::deserialize(from)?;
        let out_of_range = || format!("shard {shard} of {shards} does not exist");
        let index = shard.checked_sub(1).ok_or_else(out_of_range);
        index
            .and_then(|index| Shard::new(index, shards).map_err(|e| e.to_string()))
            .map_err(D::Error::custom)
    }
}
