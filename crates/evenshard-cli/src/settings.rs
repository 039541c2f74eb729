//! What will happen: flags, then the CI's own variables.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use evenshard::{Micros, Plan, Shard, ShardRecord};

use crate::args::{JobArgs, RunArgs, ShardArgs, TimingsArgs};
use crate::ci::{self, Job};
use crate::env::Env;
use crate::exit;
use crate::failure::Failure;
use crate::inputs::files;

/// The shard to run, and who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledShard {
    /// The shard.
    pub shard: Shard,
    /// The words that say so: `shard 3 of 20 (--shard)`.
    pub said: String,
}

/// Settles which shard this is: `--shard`, else the CI's own variables.
///
/// # Errors
/// 64 when neither names one; 78 when they contradict.
pub fn shard(args: &ShardArgs, env: &Env) -> Result<SettledShard, Failure> {
    let typed = args.typed()?;
    let detected = if args.ignore_ci {
        None
    } else {
        ci::detect(env)?
    };
    match (typed, detected) {
        // A CI that counts one job says nothing about which of several this is.
        (Some(shard), Some(found)) if found.shard != shard && found.shard.count().get() > 1 => Err(
            Failure::new(exit::CONFIG, format!("--shard {shard} contradicts {found}"))
                .hint("drop --shard, or pass --ignore-ci to let it stand"),
        ),
        (Some(shard), _) => {
            let said = format!("shard {} of {} (--shard)", shard.number(), shard.count());
            Ok(SettledShard { shard, said })
        }
        (None, Some(found)) => Ok(SettledShard {
            shard: found.shard,
            said: found.to_string(),
        }),
        (None, None) => Err(ci::unsharded(env)),
    }
}

/// Where results go, with the placeholders filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// JUnit XML, where asked for.
    pub junit: Option<PathBuf>,
    /// The shard record, where a place is named.
    pub record: Option<PathBuf>,
    /// Build, job and attempt, for the record.
    pub job: Job,
}

impl Results {
    /// Settles where the results of `shard` go.
    pub fn settle(args: &RunArgs, shard: Shard, env: &Env) -> Self {
        let job = job(&args.job, env);
        let fill = |path: &Option<PathBuf>, file_name: &str| {
            let path = path.as_ref()?;
            Some(if is_folder(path, env) {
                filled(&path.join(file_name), shard, &job, env)
            } else {
                filled(path, shard, &job, env)
            })
        };
        Self {
            junit: fill(&args.junit, "junit-{shard}-{attempt}.xml"),
            record: fill(&args.record, "junit-{shard}-{attempt}.shard.json"),
            job,
        }
    }
}

/// Build, job and attempt, for the record.
pub fn job(args: &JobArgs, env: &Env) -> Job {
    let found = ci::job(env);
    Job {
        build: args.build.clone().or(found.build),
        job: found.job,
        attempt: Some(args.attempt.or(found.attempt).unwrap_or(1)),
    }
}

/// The record of a job that starts on its shard of a plan.
pub fn record(plan: &Plan, shard: Shard, predicted: Micros, job: &Job) -> ShardRecord {
    let mut record = ShardRecord::started(plan.digest(), shard);
    record.build.clone_from(&job.build);
    record.job.clone_from(&job.job);
    record.attempt = job.attempt.unwrap_or(record.attempt);
    record.scope.clone_from(&plan.content().scope);
    record.predicted_us = predicted;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    record.begun_ms = now.and_then(|now| i64::try_from(now.as_millis()).ok());
    record
}

/// The record that stands at this path, if any does.
pub fn record_at(path: &Path) -> Option<ShardRecord> {
    let json = files::read(path, files::MOST).ok()?;
    ShardRecord::from_json(&json, "").ok()
}

/// A path, absolute, with its placeholders filled in.
pub fn filled(path: &Path, shard: Shard, job: &Job, env: &Env) -> PathBuf {
    let text = path.to_string_lossy();
    let attempt = job.attempt.unwrap_or(1).to_string();
    let filled = text
        .replace("{shard}", &shard.number().to_string())
        .replace("{attempt}", &attempt);
    // A path that is not UTF-8 has no placeholders that could be filled in.
    if filled == text {
        env.absolute(path)
    } else {
        env.absolute(Path::new(&filled))
    }
}

impl Results {
    /// What `--verbose` says of them.
    pub fn told(&self) -> String {
        let path = |path: &Option<PathBuf>| {
            let shown = path.as_ref().map(|path| path.display().to_string());
            shown.unwrap_or_else(|| "as the command says".to_owned())
        };
        let build = self.job.build.as_deref().unwrap_or("unknown");
        let attempt = self.job.attempt.unwrap_or(1);
        let (junit, record) = (path(&self.junit), path(&self.record));
        let record = if self.record.is_none() {
            "beside it"
        } else {
            &record
        };
        format!("build {build}, attempt {attempt}; JUnit XML: {junit}; record: {record}")
    }
}

/// What is written to see whether results can be: a full disk takes a file, and no content.
static PROBE: [u8; 1 << 16] = [b'\n'; 1 << 16];

/// Stops, before a test has run, when results could not be written.
///
/// # Errors
/// Code 73.
pub fn results_can_be_written(results: &Results) -> Result<(), Failure> {
    for path in results.junit.iter().chain(&results.record) {
        let folder = path.parent().unwrap_or(path);
        let tried = fs_err::create_dir_all(folder).and_then(|()| {
            let mut probe = tempfile::Builder::new()
                .prefix(".evenshard-")
                .tempfile_in(folder)?;
            probe.write_all(&PROBE)
        });
        tried.map_err(|error| {
            Failure::new(
                exit::CANNOT_WRITE,
                format!("cannot write {}", path.display()),
            )
            .caused_by(&error)
            .hint("no test was run; name a folder that can be written for --junit and --record")
        })?;
    }
    Ok(())
}

/// Removes what an earlier run left where this one's results go, so that it does not stand for
/// this one's if that dies before it has written any. No more than files: a device stays.
///
/// # Errors
/// Code 73, and 78 where results of another scope than `scope` would be lost.
pub fn remove_earlier(results: &Results, scope: &str) -> Result<(), Failure> {
    let beside = || {
        let junit = results.junit.as_ref()?;
        let stem = junit.extension().is_some_and(|e| e == "xml");
        let mut name = if stem {
            junit.file_stem()
        } else {
            junit.file_name()
        }?
        .to_owned();
        name.push(".shard.json");
        Some(junit.with_file_name(name))
    };
    let record = results.record.clone().or_else(beside);
    let is_file = |path: &&PathBuf| fs_err::symlink_metadata(path).is_ok_and(|m| m.is_file());
    if let Some(path) = record.as_ref().filter(is_file) {
        same_scope(path, scope)?;
    }
    for path in results.junit.iter().chain(&record).filter(is_file) {
        fs_err::remove_file(path).map_err(|error| {
            let what = format!("cannot replace {}", path.display());
            Failure::new(exit::CANNOT_WRITE, what).caused_by(&error)
        })?;
    }
    Ok(())
}

/// The record that stands here is of this scope, or is none.
fn same_scope(path: &Path, scope: &str) -> Result<(), Failure> {
    match record_at(path) {
        Some(found) if found.scope != scope => Err(Failure::new(
            exit::CONFIG,
            format!(
                "{} is of scope '{}', this run of '{scope}': its results would be lost",
                path.display(),
                found.scope
            ),
        )
        .hint("no test was run; keep scopes apart by folders, such as --junit results/NAME/ (for exec: --record results/NAME/{shard}-{attempt}.shard.json), or remove what is there")),
        _ => Ok(()),
    }
}

/// Stops when results would go where the timings of the next shard are read from, and
/// nothing tells them from those of earlier builds: each shard would plan otherwise.
///
/// # Errors
/// Code 78.
pub fn results_beside_timings(
    results: &Results,
    timings: &TimingsArgs,
    env: &Env,
) -> Result<(), Failure> {
    let (Some(junit), None) = (&results.junit, &results.job.build) else {
        return Ok(());
    };
    let inside = |argument: &&OsString| {
        let folder = env.absolute(Path::new(argument));
        folder.is_dir() && junit.starts_with(&folder)
    };
    match timings.timings.iter().find(inside) {
        None => Ok(()),
        Some(folder) => Err(Failure::new(
            exit::CONFIG,
            format!(
                "--junit writes into the folder of --timings ({}): the next shard would plan otherwise",
                folder.to_string_lossy()
            ),
        )
        .hint("write results elsewhere, or name this build with --build ID, whose results are then left out")),
    }
}

/// A path that ends in `/`, has no extension, or is a folder already.
fn is_folder(path: &Path, env: &Env) -> bool {
    let slash = path.to_string_lossy().ends_with(std::path::is_separator);
    slash || path.extension().is_none() || env.absolute(path).is_dir()
}
