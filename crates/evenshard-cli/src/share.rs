//! One job's share of a list of tests.

use std::borrow::Cow;
use std::collections::BTreeSet;

use evenshard::history::History;
use evenshard::record::SharedList;
use evenshard::suite::has_cases;
use evenshard::{Plan, RunRecord, RunsOn};
use evenshard_report::words::counted;

use crate::ci::{Job, NamedShard};
use crate::failure::Failure;
use crate::list::List;
use crate::planning::{self, Request};
use crate::results;
use crate::settings::ShareSettings;
use crate::streams::Streams;
use crate::values::Escape;

/// The lines of a list that are this job's.
#[derive(Debug)]
pub(crate) struct Share {
    pub(crate) plan: Plan,
    pub(crate) shard: NamedShard,
    list: List,
    /// The numbers of its lines that are this shard's.
    own: Vec<usize>,
    /// The lines that a rule places in every shard.
    everywhere: Vec<String>,
    escape: Escape,
    /// The timings of the list, where the plan is made of them.
    history: Option<History>,
}

impl Share {
    /// Reads the list and selects the lines of this shard.
    pub(crate) fn select(
        settings: &ShareSettings,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let list = List::read(&settings.list)?;
        list.report(streams);
        let texts = list.texts();
        let shard = settings.shard.shard;
        let request = Request {
            shard,
            source: &settings.source,
            planner: &settings.planner,
            build: settings.job.build.as_deref(),
            list: Some(&texts),
            wants_times: false,
            first_build: None,
            has_store: false,
        };
        let planned = planning::for_shard(&request, streams)?;
        let plan = planned.plan;
        let (mut own, mut everywhere) = (Vec::new(), Vec::new());
        for (at, placed) in planned.placed.into_iter().flatten().enumerate() {
            if placed.runs_on(shard) {
                own.push(at);
            }
            if placed.on == RunsOn::Everywhere {
                everywhere.push(texts[at].to_owned());
            }
        }
        // They borrow from the list, which moves into the share.
        drop(texts);
        streams.say(&format!(
            "{}, plan {}",
            settings.shard.words,
            planning::short(&plan)
        ));
        Ok(Self {
            plan,
            shard: settings.shard.clone(),
            list,
            own,
            everywhere,
            escape: settings.escape,
            history: planned.history,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.own.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.own.len()
    }

    /// Drops lines that the share has twice, with or without a `./`: a runner would run them twice.
    pub(crate) fn drop_repeats(&mut self, streams: &mut Streams<'_>) {
        let texts = self.list.texts();
        let mut seen = BTreeSet::new();
        let before = self.own.len();
        self.own
            // The first of several stays: runners run in the order of the list.
            .retain(|&at| seen.insert(SharedList::line(texts[at])));
        let n = before - self.own.len();
        if n > 0 {
            streams.say(&format!(
                "{} dropped that the list has twice",
                counted(n, "line")
            ));
        }
    }

    /// Lists the lines of the shard as texts.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let texts = self.list.texts();
        self.own.iter().map(|&at| texts[at]).collect()
    }

    /// Lists the lines of the shard for a runner, in the order of the list and byte for byte,
    /// unless they are to be escaped.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let mut own = self.own.iter().copied().peekable();
        let lines = self.list.lines().enumerate();
        let lines = lines.filter(move |&(at, _)| own.next_if_eq(&at).is_some());
        lines.map(|(_, line)| match self.escape {
            Escape::None => Cow::Borrowed(line),
            Escape::Regex => Cow::Owned(escaped(line)),
        })
    }

    /// Writes the lines of the shard as a list like the one that was read, each as `line` makes it.
    pub(crate) fn to_bytes(&self, line: impl Fn(&[u8]) -> &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for text in self.lines() {
            out.extend_from_slice(line(&text));
            out.push(self.list.separator);
        }
        out
    }

    /// Describes the prediction for the shard; empty where no time is known.
    pub(crate) fn prediction(&self) -> String {
        // Then the figure is a count or zero, not a time.
        if self.plan.content().matched.known == 0 {
            return String::new();
        }
        format!(" (predicted {})", self.plan.predicted(self.shard.shard))
    }

    /// Makes the record of a job with this share. `ran`: the job runs its lines itself; `reports`:
    /// its runner will write some.
    pub(crate) fn record(&self, job: &Job, ran: bool, reports: bool) -> RunRecord {
        let shard = self.shard.shard;
        let predicted = self.plan.predicted(shard);
        let mut record = results::started(&self.plan, shard, predicted, job);
        let mut list = SharedList::of(self.list.texts());
        list.known = self.known();
        list.ran = ran;
        list.reports = reports;
        record.list = Some(list);
        let selected = self.texts().into_iter().map(SharedList::line);
        record.selected = selected.map(str::to_owned).collect();
        let everywhere = self.everywhere.iter().map(|line| SharedList::line(line));
        record.everywhere = everywhere.map(str::to_owned).collect();
        record
    }

    /// Lists the lines of this shard that the newest build of the timings has cases of.
    fn known(&self) -> Vec<String> {
        let Some(history) = &self.history else {
            return Vec::new();
        };
        let texts: Vec<&str> = self.texts().into_iter().map(SharedList::line).collect();
        let has = has_cases(texts.iter().copied(), &history.newest_build());
        // `verify` expects cases of these lines, and asks nothing of new ones.
        let known = texts.into_iter().zip(has).filter(|(_, has)| *has);
        known.map(|(line, _)| line.to_owned()).collect()
    }
}

/// Writes a line as a regular expression that matches it literally.
fn escaped(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len() + 8);
    for &byte in line {
        if br"\^$.|?*+()[]{}".contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_regular_expressions_do_not_take_literally_is_escaped() {
        assert_eq!(
            escaped(b"pages/[id] (new)+.spec.ts"),
            br"pages/\[id\] \(new\)\+\.spec\.ts"
        );
    }
}
