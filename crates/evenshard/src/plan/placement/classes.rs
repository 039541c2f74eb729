//! The tests of a plan by name: the lookup structure behind its placement.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::address::{Positions, function_of};
use crate::plan::{Level, PlanContent};

/// The known classes and files of a plan.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Classes {
    /// Every known classname, sorted.
    classes: Vec<ClassHome>,
    /// The shard of each file that is placed whole and is no class on one shard.
    whole_files: Vec<(String, u32)>,
}

/// The shards of a class.
#[derive(Clone, Debug)]
pub(in crate::plan) struct ClassHome {
    pub(in crate::plan) classname: String,
    /// The indices of the shards with tests of exactly this classname, ascending.
    pub(in crate::plan) shards: Box<[u32]>,
    /// It is a file that is placed whole.
    is_whole_file: bool,
    /// The tests, if the class with all classes below it is on several shards. Most are not.
    pub(super) listed: Option<Box<Listed>>,
}

/// The tests of a class that is spread over shards.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    /// The shard of each test.
    pub(super) tests: BTreeMap<String, u32>,
    /// The lowest shard of each function: a walk through its parameters for each test that is
    /// not listed would be quadratic.
    functions: BTreeMap<String, u32>,
    /// The tests by their names without positions, by function; made for the first question.
    without_positions: OnceLock<BTreeMap<String, WithoutPositions>>,
}

/// The tests of a function by their names without positions.
#[derive(Clone, Debug)]
struct WithoutPositions {
    positions: Positions,
    /// The lowest shard of each name.
    lowest: BTreeMap<String, u32>,
}

impl WithoutPositions {
    /// Takes the tests of a function; `None` if positions go with other arguments.
    fn of(tests: &[(&str, u32)]) -> Option<Self> {
        let names = || tests.iter().map(|test| test.0);
        let positions = Positions::of(names());
        if !positions.are_free(names()) {
            return None;
        }
        let mut lowest: BTreeMap<String, u32> = BTreeMap::new();
        for &(name, shard) in tests {
            let known = lowest.entry(positions.without(name).into_owned());
            let known = known.or_insert(shard);
            *known = shard.min(*known);
        }
        Some(Self { positions, lowest })
    }
}

impl ClassHome {
    /// Returns the shard of each test, if the class with all classes below it is on several.
    pub(in crate::plan) fn tests(&self) -> Option<&BTreeMap<String, u32>> {
        self.listed.as_ref().map(|listed| &listed.tests)
    }
}

impl Listed {
    /// Lists a test. The lowest shard counts if it is listed twice.
    fn add(&mut self, name: &str, shard: u32) {
        // Shards come in order, so the lowest is there already.
        self.tests.entry(name.to_owned()).or_insert(shard);
        let lowest = self.functions.entry(function_of(name).to_owned());
        let lowest = lowest.or_insert(shard);
        *lowest = shard.min(*lowest);
    }

    /// Returns the lowest shard of a test that differs from one of these names in positions only.
    pub(super) fn but_for_positions(&self, names: &[String]) -> Option<u32> {
        let functions = self.without_positions.get_or_init(|| {
            let mut functions: BTreeMap<&str, Vec<(&str, u32)>> = BTreeMap::new();
            for (name, &shard) in &self.tests {
                let function = functions.entry(function_of(name)).or_default();
                function.push((name, shard));
            }
            let functions = functions.into_iter().filter_map(|(function, tests)| {
                Some((function.to_owned(), WithoutPositions::of(&tests)?))
            });
            functions.collect()
        });
        names.iter().find_map(|name| {
            let of_function = functions.get(function_of(name))?;
            let without = of_function.positions.without(name);
            of_function.lowest.get(without.as_ref()).copied()
        })
    }

    /// Returns the lowest shard of a function.
    pub(super) fn of_function(&self, function: &str) -> Option<u32> {
        self.functions.get(function).copied()
    }
}

impl Classes {
    pub(super) fn new(content: &PlanContent) -> Self {
        let of_units = parts(content).filter(|(_, _, names)| !names.is_empty());
        let mut homes: Vec<(&str, u32)> = of_units
            .map(|(shard, classname, _)| (classname, shard))
            .collect();
        // Shards ascend within each class, so the first is the lowest.
        homes.sort_unstable();
        homes.dedup();
        let classes = homes.chunk_by(|a, b| a.0 == b.0).map(|of_class| ClassHome {
            classname: of_class[0].0.to_owned(),
            shards: of_class.iter().map(|&(_, shard)| shard).collect(),
            is_whole_file: false,
            listed: None,
        });
        let mut known = Self {
            classes: classes.collect(),
            whole_files: Vec::new(),
        };
        known.note_whole_files(content);
        known.note_tests(content);
        known
    }

    fn note_whole_files(&mut self, content: &PlanContent) {
        let whole = { content.units() }.filter(|(_, unit)| unit.level == Level::File);
        let whole = whole.filter_map(|(shard, unit)| Some((unit.file(), shard?)));
        let mut whole: Vec<(&str, u32)> = whole.collect();
        whole.sort_unstable();
        let mut classes = self.classes.iter_mut().peekable();
        for (file, shard) in whole {
            while classes
                .next_if(|class| class.classname.as_str() < file)
                .is_some()
            {}
            match classes.peek_mut() {
                Some(class) if class.classname == file && *class.shards == [shard] => {
                    class.is_whole_file = true;
                }
                _ => self.whole_files.push((file.to_owned(), shard)),
            }
        }
    }

    /// Lists the tests of classes that are on several shards, with the classes below them.
    fn note_tests(&mut self, content: &PlanContent) {
        let classes = 0..self.classes.len();
        let spread: Vec<bool> = classes.map(|at| self.is_spread(at)).collect();
        if !spread.contains(&true) {
            return;
        }
        for (shard, classname, names) in parts(content) {
            let Some(at) = self.class_at(classname) else {
                continue;
            };
            if spread[at] {
                let listed = self.classes[at].listed.get_or_insert_default();
                for name in names {
                    listed.add(name, shard);
                }
            }
        }
    }

    /// Returns true if a class (by index) with all classes below it is on several shards.
    fn is_spread(&self, at: usize) -> bool {
        let class = &self.classes[at];
        let next = self.classes.get(at + 1);
        // A class below it begins with its name, and sorts right behind it.
        let may_have_some = next.is_some_and(|next| next.classname.starts_with(&class.classname));
        class.shards.len() > 1 || may_have_some && self.under(&class.classname).len() > 1
    }

    /// Returns all classes, sorted by name.
    pub(in crate::plan) fn all(&self) -> &[ClassHome] {
        &self.classes
    }

    /// Returns the class with this name.
    pub(super) fn class(&self, classname: &str) -> Option<&ClassHome> {
        self.classes.get(self.class_at(classname)?)
    }

    fn class_at(&self, classname: &str) -> Option<usize> {
        let classes = &self.classes;
        let found = classes.binary_search_by(|c| c.classname.as_str().cmp(classname));
        found.ok()
    }

    /// Returns the shards with a test of a dotted name, or of a class or file below it.
    pub(super) fn under(&self, name: &str) -> BTreeSet<u32> {
        let below = format!("{name}.");
        let start = self.classes.partition_point(|c| c.classname < below);
        let below = self.classes[start..]
            .iter()
            .take_while(|c| c.classname.starts_with(&below));
        self.class(name)
            .into_iter()
            .chain(below)
            .flat_map(|c| c.shards.iter())
            .copied()
            .collect()
    }

    /// Returns the shard of a dotted file that the plan keeps whole.
    pub(super) fn whole_file(&self, file: &str) -> Option<u32> {
        let class = self.class(file).filter(|class| class.is_whole_file);
        let other = || {
            let found = { &self.whole_files }.binary_search_by(|(name, _)| name.as_str().cmp(file));
            found.ok().map(|at| self.whole_files[at].1)
        };
        class.map_or_else(other, |class| class.shards.first().copied())
    }

    /// Returns the shard of a test by its name in reports, or of other parameters of its function.
    pub(super) fn listed(&self, classname: &str, name: &str) -> Option<u32> {
        let class = self.class(classname)?;
        match &class.listed {
            None => class.shards.first().copied(),
            Some(listed) => { listed.tests.get(name).copied() }
                .or_else(|| listed.of_function(function_of(name))),
        }
    }
}

/// Iterates over the classes of the units that one shard has: its index, classname and names.
fn parts(content: &PlanContent) -> impl Iterator<Item = (u32, &str, &[String])> {
    let units = { content.units() }.filter_map(|(shard, unit)| Some((shard?, unit)));
    units.flat_map(|(shard, unit)| {
        let classes = unit.tests.iter();
        classes.map(move |(classname, names)| (shard, classname.as_str(), names.as_slice()))
    })
}
