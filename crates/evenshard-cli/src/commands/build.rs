//! Judging a build whose results are in a store, and what is kept of it.

use std::ffi::OsString;
use std::path::Path;

use evenshard::estimate::Estimates;
use evenshard::history::{Histories, Origin};
use evenshard::suite::Suite;
use evenshard::verify::Verdict;
use evenshard_report::BuildFigures;

use crate::commands::verify;
use crate::failure::Failure;
use crate::inputs::Reading;
use crate::settings::{TimingsSettings, VerifySettings};
use crate::store::{Results, Shared, Trouble};
use crate::streams::Streams;

/// A build that is judged.
#[derive(Debug)]
pub(crate) struct Judging<'a> {
    pub(crate) shared: &'a Shared,
    /// The plan's file.
    pub(crate) plan: &'a Path,
    /// A temporary folder.
    pub(crate) folder: &'a Path,
    pub(crate) timings: &'a TimingsSettings,
}

impl Judging<'_> {
    /// Judges the results, compared with the history of the store.
    pub(crate) fn judge(
        &self,
        results: &Results,
        streams: &mut Streams<'_>,
    ) -> Result<Verdict, Trouble> {
        let earlier = self.shared.newest(&self.folder.join("history"), streams)?;
        let settings = VerifySettings {
            results: vec![results.folder().into()],
            plan: Some(self.plan.to_owned()),
            scope: Some(self.timings.scope.clone()),
            timings: earlier,
            path_map: self.timings.path_map.clone(),
            ..VerifySettings::default()
        };
        Ok(verify::judge(&settings, streams)?)
    }

    /// Adds the build to the history and to the trend, if it may.
    pub(crate) fn publish(
        &self,
        results: &Results,
        verdict: &Verdict,
        streams: &mut Streams<'_>,
    ) -> Result<(), Trouble> {
        if let Some(why) = &self.shared.no_publishing {
            streams.say(&format!("not added to the history: {why}"));
            return Ok(());
        }
        let mut histories = Histories::default();
        let history = histories.scope(&self.timings.scope);
        let reading = Reading {
            declared: Origin {
                build: verdict.build.clone(),
                ..Origin::default()
            },
            ..Reading::new(&self.timings.scope, &self.timings.path_map.mappings)
        };
        let nothing = |problem: String, _: &str, _: &mut Streams<'_>| Err(Failure::data(problem));
        let folder = [OsString::from(results.folder())];
        reading.read_each("results", &folder, history, nothing, streams)?;
        let (records, digest) = results.over();
        let figures = {
            let suite = Suite::from_history(&Estimates::new(history));
            let mut figures = BuildFigures::of(verdict, &suite);
            (figures.begun_ms, figures.records) = (results.begun_ms(), records);
            figures
        };
        let json = histories.to_json();
        if self.shared.publish(results.begun_ms(), &digest, &json)? {
            streams.say("added to the history");
        }
        self.shared.add_to_trend(&digest, &figures)?;
        Ok(())
    }
}
