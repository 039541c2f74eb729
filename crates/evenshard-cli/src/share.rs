//! One job's share of a list of tests.

use std::borrow::Cow;
use std::collections::BTreeSet;

use evenshard::history::History;
use evenshard::plan::Reason;
use evenshard::record::SharedList;
use evenshard::suite::has_cases;
use evenshard::{Plan, Shard, ShardRecord};
use evenshard_report::words::plural;

use crate::args::{Escape, ShareArgs};
use crate::ci::Job;
use crate::commands::plan::short;
use crate::env::Env;
use crate::exit;
use crate::failure::Failure;
use crate::list::List;
use crate::planning::{self, Wanted};
use crate::pytest_options::PytestOptions;
use crate::settings;
use crate::streams::Streams;

/// The lines of a list that are this job's.
#[derive(Debug)]
pub struct Share {
    /// The plan that they are by.
    pub plan: Plan,
    /// The shard.
    pub shard: Shard,
    /// Which shard, and who said so.
    pub said: String,
    list: List,
    /// Which of its lines are this shard's.
    own: Vec<usize>,
    /// The lines that a rule places in every shard.
    everywhere: Vec<String>,
    escape: Escape,
    /// What the timings know of the list, where the plan is made of them.
    history: Option<History>,
}

impl Share {
    /// Reads the list and selects the lines of this shard. Results of `job`'s build are no
    /// timings.
    ///
    /// # Errors
    /// 64, 65, 75, 78 as documented.
    pub fn settle(
        args: &ShareArgs,
        job: &Job,
        env: &Env,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let named = settings::shard(&args.shard, env)?;
        let Some(list) = List::read(&args.list)? else {
            return Err(
                Failure::new(exit::USAGE, "which tests? --tests is missing").hint(
                    "pipe a list into it: git ls-files -z 'tests/*_spec.rb' | evenshard ... --tests - --null",
                ),
            );
        };
        list.say(streams);
        let texts = list.texts();
        let wanted = Wanted {
            given: &args.given,
            timings: &args.timings,
            how: &args.how,
            list: Some(&texts),
            pytest: &PytestOptions::default(),
            current_build: job.build.as_deref(),
            times: false,
        };
        let planned = planning::for_shard(named.shard, &wanted, None, streams)?;
        let plan = planned.plan;
        let index = named.shard.index();
        let (mut own, mut everywhere) = (Vec::new(), Vec::new());
        for (at, placed) in planned.placed.into_iter().flatten().enumerate() {
            if placed.runs_on(index) {
                own.push(at);
            }
            if matches!(placed.reason, Reason::Everywhere(_)) {
                everywhere.push(texts[at].to_owned());
            }
        }
        drop(texts);
        streams.say(&format!("{}, plan {}", named.said, short(&plan)));
        Ok(Self {
            plan,
            shard: named.shard,
            said: named.said,
            list,
            own,
            everywhere,
            escape: args.escape,
            history: planned.history,
        })
    }

    /// True where the shard has nothing to run.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty()
    }

    /// How many lines are this shard's.
    pub fn len(&self) -> usize {
        self.own.len()
    }

    /// Leaves lines out that are in the share before, with or without a `./`: a runner would run
    /// them twice. Says how many.
    pub fn drop_repeats(&mut self, streams: &mut Streams<'_>) {
        let texts = self.list.texts();
        let mut seen = BTreeSet::new();
        let before = self.own.len();
        self.own
            .retain(|&at| seen.insert(SharedList::line(texts[at])));
        let n = before - self.own.len();
        if n > 0 {
            streams.say(&format!("{} dropped that the list has twice", lines(n)));
        }
    }

    /// The shard's lines as texts.
    pub fn texts(&self) -> Vec<&str> {
        let texts = self.list.texts();
        self.own.iter().map(|&at| texts[at]).collect()
    }

    /// The shard's lines for a runner, in the order of the list: byte for byte as they came,
    /// unless they are to be escaped.
    pub fn lines(&self) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let mut own = self.own.iter().copied().peekable();
        let lines = self.list.lines().enumerate();
        let lines = lines.filter(move |&(at, _)| own.next_if_eq(&at).is_some());
        lines.map(|(_, line)| match self.escape {
            Escape::None => Cow::Borrowed(line),
            Escape::Regex => Cow::Owned(escaped(line)),
        })
    }

    /// The shard's lines as a list like the one that was read, each as `line` makes it.
    pub fn to_bytes(&self, line: impl Fn(&[u8]) -> &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for text in self.lines() {
            out.extend_from_slice(line(&text));
            out.push(self.list.separator);
        }
        out
    }

    /// What the plan predicts for the shard, in words; nothing where no time is known.
    pub fn said_of_prediction(&self) -> String {
        if self.plan.content().matched.known == 0 {
            return String::new();
        }
        format!(" (predicted {})", planning::load(&self.plan, self.shard))
    }

    /// The record of a job with this share. `ran`: it runs its lines itself; `reports`: the
    /// runner is to write some.
    pub fn record(&self, job: &Job, ran: bool, reports: bool) -> ShardRecord {
        let predicted = planning::load(&self.plan, self.shard);
        let mut record = settings::record(&self.plan, self.shard, predicted, job);
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

    /// The lines of this shard that the newest build of the timings has cases of.
    fn known(&self) -> Vec<String> {
        let Some(history) = &self.history else {
            return Vec::new();
        };
        let texts: Vec<&str> = self.texts().into_iter().map(SharedList::line).collect();
        let has = has_cases(texts.iter().copied(), &history.newest_build());
        let known = texts.into_iter().zip(has).filter(|(_, has)| *has);
        known.map(|(line, _)| line.to_owned()).collect()
    }
}

/// What the lines of a list are called: `3 lines`.
pub fn lines(n: usize) -> String {
    format!("{n} line{}", plural(n))
}

/// A line for a regular expression that matches it literally.
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
