//! The end of a job that shares: its results are put, and the last job of a build judges it.

use std::time::Duration;

use evenshard::Plan;
use evenshard::verify::Verdict;
use evenshard_report::verdict::text;

use super::SharedJob;
use super::results::OwnResults;
use crate::ci::annotation;
use crate::commands::build::Judging;
use crate::commands::verify;
use crate::env::Env;
use crate::exit;
use crate::settings::RunSettings;
use crate::store::{Results, Trouble};
use crate::streams::Streams;

/// The time that the store has to answer after the tests.
const PATIENCE: Duration = Duration::from_secs(60);

impl SharedJob {
    /// Puts the results; the job after which all shards have finished judges the build. Returns
    /// the job's exit code: pytest's own, 75 where the results could not be shared, 70 where the
    /// build is not proved.
    pub(super) fn finish(
        &self,
        settings: &RunSettings,
        plan: &Plan,
        own: OwnResults,
        code: u8,
        env: &Env,
        streams: &mut Streams<'_>,
    ) -> u8 {
        let shared = self.shared.within(PATIENCE);
        let put = shared.put_results(&self.build, self.job, own.record());
        if let Err(error) = put {
            streams.warn(&format!("the store: {error}"));
            streams.add(&format!(
                "  this job has not reported; its results stay in {}",
                own.keep().display()
            ));
            return or(code, exit::TRY_AGAIN);
        }
        match self.settle(settings, plan, env, streams) {
            Ok(None) => code,
            Ok(Some(verdict)) if verdict.proved => code,
            Ok(Some(_)) => or(code, exit::TESTS_LOST),
            Err(Trouble::Store(error)) => {
                streams.warn(&format!("the store: {error}"));
                streams
                    .add("  this job has reported, but whether the build is proved cannot be told");
                or(code, exit::TRY_AGAIN)
            }
            Err(Trouble::Failed(failure)) => {
                streams.fail(&failure);
                or(code, failure.code())
            }
        }
    }

    /// Judges the build if all of its shards have finished, and again as long as more results
    /// come.
    fn settle(
        &self,
        settings: &RunSettings,
        plan: &Plan,
        env: &Env,
        streams: &mut Streams<'_>,
    ) -> Result<Option<Verdict>, Trouble> {
        let shared = self.shared.within(PATIENCE);
        let mut results = Results::new(self.folder.path());
        let early = shared.without_reports(&self.build, plan.shard_count())?;
        if !early.open.is_empty() {
            let open = early.waits_for(plan.shard_count());
            streams.say(&format!("not proved yet: {open}"));
            return Ok(None);
        }
        let mut judged = None;
        let mut verdict = None;
        loop {
            let progress =
                shared.read_results(&self.build, plan.shard_count(), &mut results, streams)?;
            if !progress.open.is_empty() {
                streams.say(&format!(
                    "not proved yet: {}",
                    progress.waits_for(plan.shard_count())
                ));
                return Ok(verdict);
            }
            let over = results.over();
            if judged.as_ref() == Some(&over) {
                return Ok(verdict);
            }
            let judging = Judging {
                shared: &shared,
                plan: &self.plan_file(),
                folder: self.folder.path(),
                timings: &settings.source.timings,
            };
            let found = judging.judge(&results, streams)?;
            judging.publish(&results, &found, streams)?;
            if shared.judged(&self.build, &results, &found.to_json())? {
                annotate(&found, env, streams);
            } else {
                streams.say(&text::headline(&found));
            }
            judged = Some(over);
            verdict = Some(found);
        }
    }
}

fn or(code: u8, otherwise: u8) -> u8 {
    if code == exit::OK { otherwise } else { code }
}

/// Shows the verdict where the CI has a place for it, otherwise in the log.
fn annotate(verdict: &Verdict, env: &Env, streams: &mut Streams<'_>) {
    let page = verify::annotation(verdict, env);
    let is_good = verdict.proved && verdict.failures.is_empty();
    match annotation::show(&page, is_good, &verdict.scope, env) {
        Ok(true) => streams.say(&text::headline(verdict)),
        Ok(false) => print(verdict, streams),
        Err(problem) => {
            streams.warn(&format!("the verdict could not be shown: {problem}"));
            print(verdict, streams);
        }
    }
}

fn print(verdict: &Verdict, streams: &mut Streams<'_>) {
    for line in text::render(verdict).lines() {
        streams.say(line);
    }
}
