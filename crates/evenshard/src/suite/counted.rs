//! A suite of which only the numbers of tests are known: what a first build is planned from.
//!
//! Times are unknown, so every test counts the same, and ids may differ from machine to
//! machine. A file is therefore one entry, as long as it has tests. Only a file above the fair
//! share of a shard is taken apart: into its classes, and a class above that share into its
//! functions. Parameters stay with their function.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::NonZeroU32;

use super::build::Builder;
use super::parameters::Parameters;
use super::{Suite, SuiteTest};
use crate::Micros;
use crate::address::{NodeId, Pattern};
use crate::estimate::Estimates;
use crate::history::History;

/// The tests of one dotted file, counted.
#[derive(Default)]
struct Counted {
    tests: u64,
    /// By outermost class (`""`: functions outside of classes).
    classes: BTreeMap<String, Class>,
    has_groups: bool,
}

/// The tests of one outermost class, counted.
#[derive(Default)]
struct Class {
    tests: u64,
    /// By classname and function: how many, and the first of their `xdist_group`s by name.
    functions: BTreeMap<(String, String), (u64, Option<String>)>,
}

impl Suite<'static> {
    /// The suite of these collected node ids by their numbers alone, for so many shards.
    /// `named` are patterns of rules: files in which one of them can name classes or
    /// functions are taken apart as well, so that the rule finds them.
    pub(crate) fn by_count<'l>(
        ids: impl IntoIterator<Item = &'l str>,
        shards: NonZeroU32,
        named: &[&Pattern],
    ) -> Self {
        let (files, tests) = count(ids);
        let share = tests.div_ceil(u64::from(shards.get()));
        let nothing = History::new();
        let estimates = Estimates::new(&nothing);
        let mut builder = Builder::new(&estimates);
        let mut add =
            |file: &str, classname: &str, name: &str, tests: u64, group: Option<String>| {
                let class = Cow::Owned(classname.to_owned());
                let class = builder.class(file.len(), class, None);
                let group = builder.group(group.map(Cow::Owned));
                builder.tests.push(SuiteTest {
                    class,
                    name: Cow::Owned(name.to_owned()),
                    // Nothing was measured, so only ratios matter: a microsecond for each.
                    estimate: Micros::new(tests),
                    // Not new beside others that are known: that would spread it thin.
                    known: true,
                    parameters: Parameters::Unstable,
                    group,
                });
            };
        for (file, counted) in files {
            let is_named = named
                .iter()
                .any(|pattern| pattern.pieces().1.is_some() && pattern.can_cover(&file));
            let apart = is_named || counted.has_groups;
            if counted.tests <= share && !apart {
                add(&file, &file, "", counted.tests, None);
                continue;
            }
            for (outermost, class) in counted.classes {
                // Functions outside of classes are entries of their own: one for all of them
                // would be looked up under the file, where the classes are as well.
                if class.tests <= share && !apart && !outermost.is_empty() {
                    let classname = format!("{file}.{outermost}");
                    add(&file, &classname, "", class.tests, None);
                    continue;
                }
                for ((classname, function), (tests, group)) in class.functions {
                    add(&file, &classname, &function, tests, group);
                }
            }
        }
        let mut suite = builder.build();
        suite.listed = true;
        suite
    }
}

/// The files of node ids with their tests counted, and how many tests there are.
fn count<'l>(ids: impl IntoIterator<Item = &'l str>) -> (BTreeMap<String, Counted>, u64) {
    let mut files: BTreeMap<String, Counted> = BTreeMap::new();
    let mut tests = 0;
    for id in ids {
        let id = NodeId::parse(id);
        tests += 1;
        let file = files.entry(id.dotted_file()).or_default();
        file.tests += 1;
        // Inner classes go with the outermost one.
        let outermost = id.classes().first().copied().unwrap_or_default();
        let class = file.classes.entry(outermost.to_owned()).or_default();
        class.tests += 1;
        let function = (id.classname(), id.function().to_owned());
        let (of_function, group) = class.functions.entry(function).or_default();
        *of_function += 1;
        if let Some(found) = id.group() {
            file.has_groups = true;
            if group.as_deref().is_none_or(|first| found < first) {
                *group = Some(found.to_owned());
            }
        }
    }
    (files, tests)
}
