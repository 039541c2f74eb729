//! Files and classes that stay whole, since the order of their tests matters.

use std::collections::BTreeSet;

use crate::address::is_under;
use crate::history::History;
use crate::intern::count;
use crate::producers;
use crate::suite::Suite;

/// The marks and parameters of the tests that pytest collected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collected {
    /// The dotted files and the classnames whose tests have to stay together.
    pub homes: BTreeSet<String>,
    /// The functions (`classname::function`) whose parameter ids are positions and say nothing
    /// about the values.
    pub positional: BTreeSet<String>,
}

impl Suite<'_> {
    /// Marks the classes that are in one of these units: dotted files and classnames.
    pub(super) fn keep(&mut self, homes: &BTreeSet<&str>) {
        if homes.is_empty() {
            return;
        }
        let names: Vec<&str> = homes.iter().copied().collect();
        for class in &mut self.classes {
            let file = &self.files[class.file as usize].name;
            let is_other_file = |unit: &str| {
                unit.len() < file.len()
                    && (self.files)
                        .binary_search_by(|f| f.name.as_ref().cmp(unit))
                        .is_ok()
            };
            let cuts = class.classname.match_indices('.').map(|(at, _)| at);
            let units = cuts.chain([class.classname.len()]);
            let mut units = units.map(|end| &class.classname[..end]);
            // The largest that holds it. A file beside a folder of its name has its own tests only.
            let of = units.find(|unit| homes.contains(unit) && !is_other_file(unit));
            debug_assert!(of.is_none_or(|unit| is_under(&class.classname, unit)));
            class.home = of.and_then(|unit| names.binary_search(&unit).ok().map(count));
        }
    }

    /// Marks the classes of files whose runner never runs a part of one, or each for itself where
    /// it never runs a part of a class.
    pub(super) fn keep_whole_files(&mut self, history: &History) {
        let mut is_whole = vec![false; self.files.len()];
        for class in &self.classes {
            let known = history.find_class(&class.classname);
            is_whole[class.file as usize] |= known.is_some_and(|known| history.runs_whole(known));
        }
        let homes = self.classes.iter().filter_map(|class| class.home).max();
        // Numbers of their own, behind those of run records.
        let first = homes.map_or(0, |last| last + 1);
        let classes = first + count(self.files.len());
        for (at, class) in (0..).zip(&mut self.classes) {
            let file = &self.files[class.file as usize].name;
            if is_whole[class.file as usize] {
                let is_unit = producers::runs_classes(file) && class.classname.len() > file.len();
                class.home = Some(if is_unit {
                    classes + at
                } else {
                    first + class.file
                });
            }
        }
    }

    /// Returns true if some file or class stays whole.
    pub(crate) fn has_homes(&self) -> bool {
        self.classes.iter().any(|class| class.home.is_some())
    }
}
