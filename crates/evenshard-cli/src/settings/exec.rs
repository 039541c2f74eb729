//! The settings of `evenshard exec` and `evenshard select`.

use std::ffi::OsString;
use std::path::PathBuf;

use super::common::{on, one};
use super::{ListSettings, NamedShard, PlanSource, Refused, Resolver, filled};
use crate::args::{ExecArgs, SelectArgs, ShareArgs};
use crate::ci::Job;
use crate::failure::Failure;
use crate::values::Escape;

/// The record of `exec`, where no flag names another path.
const RECORD: &str = "results/exec-{shard}-{attempt}.shard.json";

/// One job's share of a list.
#[derive(Debug)]
pub(crate) struct ShareSettings {
    pub(crate) shard: NamedShard,
    pub(crate) source: PlanSource,
    pub(crate) list: ListSettings,
    pub(crate) escape: Escape,
    pub(crate) job: Job,
}

/// The settings of `evenshard exec`.
#[derive(Debug)]
pub struct ExecSettings {
    pub(crate) share: ShareSettings,
    /// The reports that the runner writes: files, folders or globs, absolute.
    pub(crate) junit: Vec<PathBuf>,
    /// The run record, absolute.
    pub(crate) record: PathBuf,
    /// Compares the plan with those of the other jobs through Buildkite.
    pub(crate) compare: bool,
    pub(crate) command: Vec<OsString>,
}

/// The settings of `evenshard select`.
#[derive(Debug)]
pub struct SelectSettings {
    pub(crate) share: ShareSettings,
    /// The run record, absolute, where one is asked for.
    pub(crate) record: Option<PathBuf>,
}

impl Resolver<'_> {
    fn share(&mut self, args: ShareArgs, job: Job) -> Result<ShareSettings, Failure> {
        let shard = self.shard(&args.shard)?;
        let Some(list) = ListSettings::of(args.list) else {
            return Err(
                Failure::usage("which tests? --tests is missing").hint(
                    "pipe a list into it: git ls-files -z 'tests/*_spec.rb' | evenshard ... --tests - --null",
                ),
            );
        };
        Ok(ShareSettings {
            shard,
            source: self.source((args.given, args.timings, args.planner), &[], &job),
            list,
            escape: one(args.escape, &self.layer.config.escape).unwrap_or(Escape::None),
            job,
        })
    }

    pub(super) fn exec(&mut self, args: ExecArgs) -> Result<ExecSettings, Refused> {
        let job = self.job(args.job);
        let share = self.share(args.share, job)?;
        let config = &self.layer.config;
        let fill = |path: PathBuf| filled(&path, share.shard.shard, &share.job, self.env);
        let mut junit = args.junit;
        if junit.is_empty() {
            junit.extend(one(None, &config.junit));
        }
        let record = one(args.record, &config.record);
        Ok(ExecSettings {
            junit: junit.into_iter().map(fill).collect(),
            record: fill(record.unwrap_or_else(|| RECORD.into())),
            compare: share.source.plan.is_none() && !on(args.no_ci_compare, config.no_ci_compare),
            share,
            command: args.command,
        })
    }

    pub(super) fn select(&mut self, args: SelectArgs) -> Result<SelectSettings, Refused> {
        let job = self.job(args.job);
        let share = self.share(args.share, job)?;
        let record = one(args.record, &self.layer.config.record);
        Ok(SelectSettings {
            record: record.map(|path| filled(&path, share.shard.shard, &share.job, self.env)),
            share,
        })
    }
}
