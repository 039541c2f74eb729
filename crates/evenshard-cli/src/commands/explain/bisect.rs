//! `evenshard explain --bisect`: the tests that make another one fail in its shard.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use evenshard::plan::Kept;
use evenshard::{NodeId, Plan, Shard};
use evenshard_report::escape::{printable, printable_name};
use evenshard_report::words::counted;

use super::ddmin;
use super::search::{Search, Subject};
use crate::commands::run::watch::{Found, Watched, fails_plainly};
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::near::nearest;
use crate::planning;
use crate::pytest_options::up_to_pytest;
use crate::settings::{BisectSettings, Launch};
use crate::streams::Streams;

/// Finds the smallest set of tests before `test` in its shard that makes it fail.
pub(super) fn run(
    test: &str,
    plan: &Plan,
    settings: &BisectSettings,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Outcome {
    let placed = plan.place(&NodeId::parse(test), Kept::No);
    // Each shard runs a test that runs everywhere; the first one is as good as any.
    let shard = placed.on.shard().map_or_else(|| plan.shard(0), Ok)?;
    let watched = Watched {
        launch: &settings.launch,
        env,
        plan,
        shard,
        prune: settings.prune,
        test,
    };
    let found = watched.collect(streams)?;
    let before = before(test, &found, shard)?;
    streams.say(&format!(
        "{} before it in shard {shard}",
        counted(before.len(), "test")
    ));
    if found.options.iter().any(|option| option == "-n0") {
        streams.say("xdist is off (-n0): the tests run one after the other, in the shard's order");
    }
    let subject = Subject {
        test,
        before: &before,
        digest: plan.digest(),
    };
    let mut bisection = Bisection {
        search: Search::begin(settings, &subject, streams)?,
        subject,
        watched,
        found: &found,
    };
    let answer = bisection.answer(streams)?;
    let answer = bisection.text(&answer, settings, streams)?;
    streams.result(printable(&answer).as_bytes())?;
    Ok(exit::OK)
}

/// Returns the tests that run before this one, each once.
fn before(test: &str, found: &Found, shard: Shard) -> Result<Vec<String>, Failure> {
    let ids = &found.ids;
    if let Some(at) = ids.iter().position(|id| id == test) {
        let mut seen = BTreeSet::new();
        let before = ids[..at].iter().filter(|id| seen.insert(*id));
        return Ok(before.cloned().collect());
    }
    let failure = Failure::data(format!(
        "the command selects no test {test} in shard {shard}"
    ));
    let begins = |id: &&String| {
        let rest = id.strip_prefix(test);
        rest.is_some_and(|rest| rest.starts_with("::") || rest.starts_with('['))
    };
    // A class, a file, or a function with parameters.
    let hint = match (ids.iter().find(begins), nearest(test, ids.iter().map(String::as_str))) {
        (Some(one), _) => format!("name one test, such as {one}"),
        (None, Some(near)) => format!("did you mean {near}?"),
        (None, None) => {
            "does the command select it, and is it of this plan? Tests are named as pytest lists them: `pytest --collect-only -q`"
                .to_owned()
        }
    };
    Err(failure.hint(hint))
}

/// A search for the tests that make another one fail.
struct Bisection<'a> {
    search: Search,
    subject: Subject<'a>,
    watched: Watched<'a>,
    found: &'a Found,
}

/// What a search found.
enum Answer {
    /// The test fails without any test before it.
    Alone,
    /// The smallest set of tests before it that makes it fail.
    After(Vec<String>),
}

impl Bisection<'_> {
    fn answer(&mut self, streams: &mut Streams<'_>) -> Result<Answer, Failure> {
        if self.fails(&[], streams)? {
            return Ok(Answer::Alone);
        }
        let all: Vec<usize> = (0..self.subject.before.len()).collect();
        if all.is_empty() || !self.fails(&all, streams)? {
            self.search.finish();
            let and_after = match all.len() {
                0 => ", and no test runs before it".to_owned(),
                n => format!(", and after the {} before it", counted(n, "test")),
            };
            let (test, shard) = (self.subject.test, self.watched.shard);
            let what = format!(
                "the failure cannot be repeated: {test} passes alone{and_after} in shard {shard}"
            );
            return Err(Failure::data(what).hint("it is flaky, or needs something else than this order to fail: workers side by side, another machine, the time of day"));
        }
        let mut known: BTreeMap<Vec<usize>, bool> = BTreeMap::new();
        let smallest = ddmin::smallest(all, |part| {
            if let Some(&fails) = known.get(part) {
                return Ok(fails);
            }
            let fails = self.fails(part, streams)?;
            known.insert(part.to_vec(), fails);
            Ok::<bool, Failure>(fails)
        })?;
        Ok(Answer::After(self.names(&smallest)))
    }

    fn names(&self, tests: &[usize]) -> Vec<String> {
        let names = tests.iter().map(|&at| self.subject.before[at].clone());
        names.collect()
    }

    /// Runs these of the tests before the test, and then the test.
    fn fails(&mut self, tests: &[usize], streams: &mut Streams<'_>) -> Result<bool, Failure> {
        let names = self.names(tests).into_iter();
        let only = names.chain([self.subject.test.to_owned()]).collect();
        let (watched, order) = (&self.watched, &self.found.ids);
        self.search.ask(tests.len(), streams, |streams| {
            watched.fails(&only, order, streams)
        })
    }

    /// Describes the answer, and ends the search.
    fn text(
        &mut self,
        answer: &Answer,
        settings: &BisectSettings,
        streams: &mut Streams<'_>,
    ) -> Result<String, Failure> {
        let (plan, shard) = (self.watched.plan, self.watched.shard);
        let mut lines = vec![(
            "shard",
            format!(
                "{} of {}, plan {}",
                shard.number(),
                shard.count(),
                planning::short(plan)
            ),
        )];
        let needed: &[String] = match answer {
            Answer::Alone => {
                let because = "it fails alone: no test before it is needed";
                lines.push(("because", because.to_owned()));
                &[]
            }
            Answer::After(needed) => {
                let what = match needed.len() {
                    1 => "it fails after this test, and passes without it".to_owned(),
                    n => format!(
                        "it fails after these {n} tests, and passes without any one of them"
                    ),
                };
                lines.push(("because", what));
                needed
            }
        };
        lines.extend(needed.iter().map(|test| ("after", printable_name(test))));
        let command = self.repeating(needed, &settings.launch);
        let words = command.command.iter().map(|word| word.to_string_lossy());
        lines.push(("repeat", printable_name(&shell_words::join(words))));
        let env = self.watched.env;
        let repeats = self
            .search
            .confirm(|| fails_plainly(&command, env, streams))?;
        if !repeats {
            let note = "this command passes: that other files of the shard are imported takes part";
            lines.push(("but", note.to_owned()));
        }
        lines.push(("took", self.search.finish()));
        let lines = lines
            .iter()
            .map(|(label, text)| format!("  {label:<8} {text}\n"));
        let name = printable_name(self.subject.test);
        Ok(format!("{name}\n{}", lines.collect::<String>()))
    }

    /// Makes the plain command that runs these tests and the test: the user's own, with the tests
    /// in place of its files.
    fn repeating(&self, needed: &[String], launch: &Launch) -> Launch {
        let program = up_to_pytest(&launch.command).map(<[OsString]>::to_vec);
        let mut command = program.unwrap_or_else(|| vec!["pytest".into()]);
        let words = self.found.options.iter().chain(needed);
        command.extend(words.map(OsString::from));
        command.push(self.subject.test.into());
        Launch {
            command,
            work_dir: None,
        }
    }
}
