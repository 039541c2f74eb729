//! A suite out of a plan, which has the times of units but not of single tests.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::Micros;
use crate::intern::count;
use crate::plan::{Plan, Unit};
use crate::suite::{Parameters, Suite, SuiteClass, SuiteFile, SuiteTest};

impl Plan {
    /// The tests of a plan: each costs the mean of its unit, and each file the mean setup that
    /// the plan's shards pay for one.
    #[doc(hidden)]
    pub fn as_suite(&self) -> Suite<'_> {
        // By file, classname and name.
        let mut files: BTreeMap<&str, BTreeMap<&str, BTreeMap<&str, Micros>>> = BTreeMap::new();
        for (_, unit) in self.content().units() {
            let tests: usize = unit.tests.values().map(Vec::len).sum();
            let mut shares = shares(unit.predicted_us, tests);
            for (classname, names) in &unit.tests {
                let classes = files.entry(unit.file()).or_default();
                let class = classes.entry(classname).or_default();
                for name in names {
                    class.insert(name, shares.next().unwrap_or_default());
                }
            }
        }
        let import = Some(mean_setup(self));
        let mut suite = Suite::default();
        for (file, classes) in files {
            for (classname, tests) in classes {
                let class = count(suite.classes.len());
                suite.classes.push(SuiteClass {
                    classname: Cow::Borrowed(classname),
                    file: count(suite.files.len()),
                    setup: Micros::ZERO,
                    home: None,
                });
                suite
                    .tests
                    .extend(tests.into_iter().map(|(name, estimate)| SuiteTest {
                        class,
                        name: Cow::Borrowed(name),
                        estimate,
                        known: true,
                        parameters: Parameters::Values,
                        group: None,
                    }));
            }
            suite.files.push(SuiteFile {
                name: Cow::Borrowed(file),
                import,
                setup: Micros::ZERO,
            });
        }
        suite
    }
}

/// A time in equal parts whose sum it is.
fn shares(time: Micros, parts: usize) -> impl Iterator<Item = Micros> {
    // A unit of a whole file can name no test.
    let parts = parts.max(1) as u64;
    let (each, over) = (time.get() / parts, time.get() % parts);
    (0..parts).map(move |part| Micros::new(each + u64::from(part < over)))
}

/// Returns the mean cost of a file for a shard. Under several workers, times are those of whole
/// shards, so nothing is known of it.
fn mean_setup(plan: &Plan) -> Micros {
    let content = plan.content();
    if content.workers.is_some() {
        return Micros::ZERO;
    }
    let work = |units: &[Unit]| units.iter().map(|u| u.predicted_us).sum::<Micros>();
    let everywhere = work(&content.everywhere);
    let (mut setup, mut touched) = (Micros::ZERO, 0_u64);
    for shard in &content.shards {
        let of_shard = work(&shard.units) + everywhere;
        setup += shard.predicted_us.saturating_sub(of_shard);
        let units = shard.units.iter().chain(&content.everywhere);
        let files: BTreeSet<&str> = units.map(Unit::file).collect();
        touched += files.len() as u64;
    }
    Micros::new(setup.get().checked_div(touched).unwrap_or(0))
}
