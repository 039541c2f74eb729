//! The results of a build's jobs: run records and reports, put by each job and read by the last.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use evenshard::RunRecord;
use evenshard::record::State;
use evenshard_report::words::counted;
use evenshard_store::{Bound, Build, Content, Entry, Error, Job, Key, Nonce, digest};

use super::folder::{usable, write};
use super::open::Shared;
use crate::files;
use crate::streams::Streams;

/// The most reports of one job that are read.
const MOST_REPORTS: usize = 1_000;
/// Records that are read before their reports: what is in memory at one time.
const AT_ONCE: usize = 16;

/// The results of a build, in a folder of this job.
#[derive(Debug)]
pub(crate) struct Results {
    folder: PathBuf,
    found: BTreeMap<(Job, Nonce), Found>,
}

/// A record that was read.
#[derive(Debug)]
struct Found {
    is_finished: bool,
    is_green: bool,
    begun_ms: Option<u64>,
    /// The digest of the record and its reports.
    digest: String,
}

/// How far a build is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The shards whose last attempt has not finished, or which have none.
    pub(crate) open: Vec<u32>,
}

impl Progress {
    /// Names the shards that have not finished, of so many.
    pub(crate) fn waits_for(&self, shards: u32) -> String {
        let numbers: Vec<String> = self.open.iter().take(10).map(u32::to_string).collect();
        let more = if self.open.len() > 10 {
            " and others"
        } else {
            ""
        };
        let open = counted(self.open.len(), "shard");
        format!(
            "{open} of {shards} not finished ({}{more})",
            numbers.join(", ")
        )
    }
}

impl Results {
    /// Will read results into a new folder below this one.
    pub(crate) fn new(above: &Path) -> Self {
        Self {
            folder: above.join("results"),
            found: BTreeMap::new(),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns true where no job has put a run record.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Returns the number of finished records, and the digest of all that is in them.
    pub(crate) fn over(&self) -> (u32, String) {
        let finished: Vec<String> = { self.found.iter() }
            .filter(|(_, found)| found.is_finished)
            .map(|((job, nonce), found)| format!("{job} {nonce} {}", found.digest))
            .collect();
        let count = u32::try_from(finished.len()).unwrap_or(u32::MAX);
        (count, digest(finished.iter().map(String::as_bytes)))
    }

    /// Returns true if the last attempt before this one was green; `None` where none of them left
    /// a record.
    pub(crate) fn was_green(&self, now: Job) -> Option<bool> {
        let before = |job: &Job| job.shard == now.shard && job.attempt < now.attempt;
        let earlier = self.found.iter().filter(|((job, _), _)| before(job));
        let last = earlier.max_by_key(|((job, _), _)| job.attempt);
        last.map(|(_, found)| found.is_green)
    }

    /// Returns the start of the first job, in milliseconds since 1970.
    pub(crate) fn begun_ms(&self) -> u64 {
        let begun = self.found.values().filter_map(|found| found.begun_ms);
        begun.min().unwrap_or_default()
    }
}

impl Shared {
    /// Puts the run record of a job as it is at the moment.
    pub(crate) fn put_record(&self, build: &Build, job: Job, json: &[u8]) -> Result<(), Error> {
        let key = build.record(job, self.store.nonce());
        self.store.put(&key, &Content::json(json, &self.masker))
    }

    /// Puts the reports that a job's record names, then the record itself: whoever reads a
    /// finished record finds its reports.
    pub(crate) fn put_results(&self, build: &Build, job: Job, record: &Path) -> Result<(), Error> {
        let Ok(json) = files::read(record, files::MOST) else {
            return Ok(());
        };
        let Ok(read) = RunRecord::from_json(&json, "") else {
            return Ok(());
        };
        for (number, name) in (1..).zip(read.junit.iter().chain(&read.further_junit)) {
            let file = record.with_file_name(name);
            let Ok(xml) = files::read(&file, files::MOST) else {
                continue;
            };
            let content = Content::junit(&xml, self.content, &self.masker)?;
            let key = build.junit(job, self.store.nonce(), number);
            self.store.put(&key, &content)?;
        }
        self.put_record(build, job, &json)
    }

    /// Reads the results that a build has by now, as far as they are not read yet.
    pub(crate) fn read_results(
        &self,
        build: &Build,
        shards: u32,
        results: &mut Results,
        streams: &mut Streams<'_>,
    ) -> Result<Progress, Error> {
        self.read_some((build, None), shards, results, streams)
    }

    /// Returns the shards that have surely not finished, by one listing: no attempt at them has put
    /// a report. A job puts its reports at its end. So all but the last jobs read nothing of
    /// others.
    pub(crate) fn without_reports(&self, build: &Build, shards: u32) -> Result<Progress, Error> {
        let mut last: BTreeMap<u32, (u32, bool)> = BTreeMap::new();
        for entry in self.jobs(build)? {
            let (job, is_report) = match entry {
                Entry::Owner(job) | Entry::Record(job, _) => (job, false),
                Entry::Junit(job, ..) => (job, true),
                _ => continue,
            };
            let (attempt, has_report) = last.entry(job.shard).or_default();
            if job.attempt > *attempt {
                (*attempt, *has_report) = (job.attempt, is_report);
            } else if job.attempt == *attempt {
                *has_report |= is_report;
            }
        }
        let is_open = |shard: &u32| !last.get(shard).is_some_and(|(_, has_report)| *has_report);
        Ok(Progress {
            open: (1..=shards).filter(is_open).collect(),
        })
    }

    /// Reads the results of one shard.
    pub(crate) fn read_results_of(
        &self,
        shard: u32,
        build: &Build,
        shards: u32,
        results: &mut Results,
        streams: &mut Streams<'_>,
    ) -> Result<(), Error> {
        let only = (build, Some(shard));
        self.read_some(only, shards, results, streams).map(drop)
    }

    fn read_some(
        &self,
        (build, only): (&Build, Option<u32>),
        shards: u32,
        results: &mut Results,
        streams: &mut Streams<'_>,
    ) -> Result<Progress, Error> {
        let entries = self.jobs(build)?;
        let mut last: BTreeMap<u32, u32> = BTreeMap::new();
        let mut records: BTreeMap<Job, Vec<Nonce>> = BTreeMap::new();
        for entry in entries {
            let (job, nonce) = match entry {
                Entry::Owner(job) => (job, None),
                Entry::Record(job, nonce) => (job, Some(nonce)),
                _ => continue,
            };
            if job.shard <= shards && only.is_none_or(|shard| shard == job.shard) {
                let attempt = last.entry(job.shard).or_default();
                *attempt = job.attempt.max(*attempt);
                records.entry(job).or_default().extend(nonce);
            }
        }
        let mut new = Vec::new();
        for (job, nonces) in records {
            let nonce = match nonces.as_slice() {
                [] => continue,
                [only] => *only,
                _ => match self.owner(build, job)? {
                    Some(owner) => owner,
                    None => continue,
                },
            };
            if !results
                .found
                .get(&(job, nonce))
                .is_some_and(|found| found.is_finished)
            {
                new.push((job, nonce));
            }
        }
        for part in new.chunks(AT_ONCE) {
            self.read_records(build, shards, part, results, streams)?;
        }
        let finished: BTreeSet<Job> = { results.found.iter() }
            .filter(|(_, found)| found.is_finished)
            .map(|((job, _), _)| *job)
            .collect();
        let is_open = |shard: &u32| {
            let attempt = last.get(shard).copied().unwrap_or_default();
            let job = Job {
                shard: *shard,
                attempt,
            };
            !finished.contains(&job)
        };
        Ok(Progress {
            open: (1..=shards).filter(is_open).collect(),
        })
    }

    fn owner(&self, build: &Build, job: Job) -> Result<Option<Nonce>, Error> {
        let object = self.store.get(build.owner(job).key(), Bound::SMALL)?;
        Ok(object.map(|object| object.nonce))
    }

    fn read_records(
        &self,
        build: &Build,
        shards: u32,
        jobs: &[(Job, Nonce)],
        results: &mut Results,
        streams: &mut Streams<'_>,
    ) -> Result<(), Error> {
        let keys: Vec<Key> = { jobs.iter() }
            .map(|(job, nonce)| build.record(*job, *nonce).key().clone())
            .collect();
        let read = self.store.get_all(&keys, Bound::LARGE);
        for ((job, nonce), json) in jobs.iter().zip(read) {
            let Some(json) = usable(json, "it", streams)? else {
                continue;
            };
            match record_of(&json, *job, shards) {
                Ok(record) => {
                    let found =
                        self.read_reports(build, (*job, *nonce), record, &json, results, streams)?;
                    results.found.insert((*job, *nonce), found);
                }
                Err(why) => streams.warn(&format!(
                    "the store: the run record of shard {}, attempt {} is left out: {why}",
                    job.shard, job.attempt
                )),
            }
        }
        Ok(())
    }

    /// Reads the reports of a record, and writes all of it under names of our own.
    fn read_reports(
        &self,
        build: &Build,
        (job, nonce): (Job, Nonce),
        mut record: RunRecord,
        json: &[u8],
        results: &Results,
        streams: &mut Streams<'_>,
    ) -> Result<Found, Error> {
        let named = record.junit.iter().count() + record.further_junit.len();
        let numbers: Vec<u32> = (1..).take(named.min(MOST_REPORTS)).collect();
        let keys: Vec<Key> = { numbers.iter() }
            .map(|number| build.junit(job, nonce, *number).key().clone())
            .collect();
        let folder = results.folder.join(format!("{job}-{nonce}"));
        let mut contents = vec![json.to_vec()];
        let mut reports = Vec::new();
        for (number, xml) in numbers.iter().zip(self.store.get_all(&keys, Bound::LARGE)) {
            let name = match number {
                1 => format!("junit-{job}.xml"),
                more => format!("junit-{job}-{more}.xml"),
            };
            if let Some(xml) = usable(xml, "it", streams)? {
                write(&folder.join(&name), &xml, streams);
                contents.push(xml);
            }
            reports.push(name);
        }
        let mut reports = reports.into_iter();
        record.junit = reports.next();
        record.further_junit = reports.collect();
        let file = folder.join(format!("junit-{job}{}", files::RECORD));
        write(&file, record.to_json().as_bytes(), streams);
        Ok(Found {
            is_finished: record.state == State::Finished,
            is_green: record.state == State::Finished && record.exit_status == Some(0),
            begun_ms: record.begun_ms.and_then(|ms| u64::try_from(ms).ok()),
            digest: digest(contents.iter().map(Vec::as_slice)),
        })
    }
}

/// Reads a record, which has to be of the job whose key it has.
fn record_of(json: &[u8], job: Job, shards: u32) -> Result<RunRecord, String> {
    let record = RunRecord::from_json(json, "the record").map_err(|error| error.to_string())?;
    let (number, count) = (record.shard.number(), record.shard.count().get());
    if (number, count, record.attempt) != (job.shard, shards, job.attempt) {
        return Err(format!(
            "it is of shard {number} of {count}, attempt {}",
            record.attempt
        ));
    }
    Ok(record)
}
