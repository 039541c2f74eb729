//! The total function from tests to shards.
//!
//! A test is a dotted file, classes, a function and parameters. The first rule that applies
//! decides where it runs:
//! 1. on every shard, or on that of a group, if a pattern of the plan's rules covers it;
//! 2. at the home of its file or class, if it is [`Kept`] there: rule 6 for that file or class;
//! 3. where its class is, if all known tests of the class are on one shard;
//! 4. where the plan lists it; if it is kept with its function, on the lowest shard with a test
//!    that differs in positions only, provided that positions are independent of other arguments;
//! 5. on the lowest shard with other parameters of its function;
//! 6. on the lowest shard with anything of the nearest known name within its file (its class, an
//!    outer class, the file);
//! 7. by a fixed hash, if the plan knows nothing of its file.
//!
//! A file can send its tests to the shards with anything of it, or the one that the hash names,
//! and to those of rules that can cover tests of it. A home is always among them. Jobs visit a
//! file by this set and select a test by the function, so a test is left out only where another
//! shard that visits its file selects it. The pytest plugin has the same function in Python;
//! `tests/cli/agreement.rs` compares the two.

mod classes;

use crate::address::{NodeId, Subject, dotted, is_under};
use crate::pack::{RunsOn, Shard};
use crate::plan::placed::{Placed, Reason};
use crate::plan::rules::{self, Decision};
use crate::plan::{Kept, PlanContent, PlannedRules, Unknown};
pub(super) use classes::Classes;

/// A plan, ready to be asked for the shards of tests.
#[derive(Clone, Debug)]
pub(super) struct Placement {
    shards: Vec<Shard>,
    unknown: Unknown,
    classes: Classes,
    rules: PlannedRules,
}

/// A test to be placed.
struct Wanted<'a> {
    classname: &'a str,
    /// Every spelling of its name in reports.
    names: &'a [String],
    file: &'a str,
    function: &'a str,
}

impl Wanted<'_> {
    /// Returns the form that patterns are compared with.
    fn subject(&self) -> Subject {
        let name = self.names.first().map_or("", String::as_str);
        Subject::of_address(self.file, self.classname, name)
    }
}

impl Placement {
    pub(super) fn new(content: &PlanContent, shards: Vec<Shard>) -> Self {
        Self {
            shards,
            unknown: content.unknown,
            classes: Classes::new(content),
            rules: content.rules.clone(),
        }
    }

    pub(super) fn classes(&self) -> &Classes {
        &self.classes
    }

    pub(super) fn rules(&self) -> &PlannedRules {
        &self.rules
    }

    /// Returns the shard with this index, which is that of a unit or a hash.
    fn on(&self, index: u32) -> RunsOn {
        RunsOn::Shard(self.shards[index as usize])
    }

    fn hash(&self, text: &str) -> u32 {
        hash(text, self.shards.len())
    }

    /// Places a test, or, for an id without `::`, a file that is run as one.
    pub(super) fn of_id(&self, id: &NodeId<'_>, kept: Kept) -> Placed {
        if id.is_file() {
            return self.of_file(&id.dotted_file());
        }
        let wanted = Wanted {
            classname: &id.classname(),
            names: &id.names_in_reports(),
            file: &id.dotted_file(),
            function: id.function(),
        };
        self.of_test(&wanted, kept)
    }

    /// Returns the shard of a test of the plan, by its name in reports.
    pub(super) fn listed(&self, classname: &str, name: &str) -> Option<Shard> {
        let index = self.classes.listed(classname, name)?;
        self.shards.get(index as usize).copied()
    }

    /// Places a dotted file that is run as one: by its own shard if the plan keeps it whole (a Go
    /// package is separate from the packages below it), else by the lowest shard with a part.
    fn of_file(&self, file: &str) -> Placed {
        // Of a pattern that names classes or tests, the path decides.
        if let Some(placed) = self.by_rule(file, &Subject::new("", "")) {
            return placed;
        }
        let shard = self.classes.whole_file(file);
        if let Some(shard) = shard.or_else(|| self.classes.under(file).first().copied()) {
            return Placed::new(self.on(shard), Reason::Prefix(file.to_owned()));
        }
        let wanted = Wanted {
            classname: file,
            names: &[],
            file,
            function: "",
        };
        self.of_test(&wanted, Kept::No)
    }

    /// Returns true if a line is the path of a file that the plan keeps whole.
    pub(super) fn keeps_whole(&self, line: &str) -> bool {
        !line.contains("::") && self.classes.whole_file(&dotted(line)).is_some()
    }

    /// Returns the shards to which tests of this dotted file can go, ascending.
    pub(super) fn shards_of_file(&self, file: &str) -> Vec<Shard> {
        let Some(of_rules) = self.rules.shards_of_file(file) else {
            return self.shards.clone();
        };
        let mut shards = self.classes.under(file);
        if shards.is_empty() {
            match self.unknown {
                Unknown::FileHash => shards.insert(self.hash(file)),
                Unknown::FunctionHash => return self.shards.clone(),
            };
        }
        shards.extend(of_rules);
        let shards = shards.into_iter();
        shards.map(|index| self.shards[index as usize]).collect()
    }

    fn of_test(&self, test: &Wanted<'_>, mut kept: Kept) -> Placed {
        if !self.rules.is_empty() {
            let subject = test.subject();
            if let Some(placed) = self.by_rule(test.file, &subject) {
                return placed;
            }
            // The user knows better than marks and parameter ids.
            if kept != Kept::No && self.rules.may_split(test.file, &subject) {
                kept = Kept::No;
            }
        }
        match kept {
            Kept::No | Kept::WithFunction => self
                .of_class(test, kept)
                .or_else(|| self.nearest(test.classname, test.file, Reason::Prefix)),
            Kept::WithClass => self.nearest(test.classname, test.file, Reason::Home),
            Kept::WithFile => self.nearest(test.file, test.file, Reason::Home),
        }
        .unwrap_or_else(|| self.by_hash(test, kept))
    }

    fn by_rule(&self, file: &str, subject: &Subject) -> Option<Placed> {
        Some(match self.rules.decision(file, subject)? {
            Decision::Everywhere(pattern) => {
                Placed::new(RunsOn::Everywhere, Reason::Everywhere(pattern.to_string()))
            }
            Decision::Group(index, pattern) => {
                Placed::new(self.on(index), Reason::Group(pattern.to_string()))
            }
        })
    }

    /// Places a test by its class, if the plan knows the class and the test or its function.
    fn of_class(&self, test: &Wanted<'_>, kept: Kept) -> Option<Placed> {
        let class = self.classes.class(test.classname)?;
        let Some(own) = &class.listed else {
            let shard = class.shards.first().copied().unwrap_or(0);
            let reason = Reason::Class(test.classname.to_owned());
            return Some(Placed::new(self.on(shard), reason));
        };
        let listed = match kept {
            Kept::WithFunction => own.but_for_positions(test.names),
            _ => { test.names.iter() }.find_map(|name| own.tests.get(name).copied()),
        };
        if let Some(shard) = listed {
            return Some(Placed::new(self.on(shard), Reason::Listed));
        }
        // New parameters join others of their function, whose fixtures are there.
        let shard = own.of_function(test.function)?;
        let reason = Reason::Function(test.function.to_owned());
        Some(Placed::new(self.on(shard), reason))
    }

    /// Places a test on the lowest shard with anything of the nearest known name within its file.
    fn nearest(&self, start: &str, file: &str, reason: fn(String) -> Reason) -> Option<Placed> {
        let mut prefix = start;
        // Not above the file: a folder's other files say nothing of it.
        while is_under(prefix, file) {
            if let Some(&shard) = self.classes.under(prefix).first() {
                return Some(Placed::new(self.on(shard), reason(prefix.to_owned())));
            }
            (prefix, _) = prefix.rsplit_once('.')?;
        }
        None
    }

    /// Places a test of an unknown file.
    fn by_hash(&self, test: &Wanted<'_>, kept: Kept) -> Placed {
        let file = test.file;
        let subject = test.subject();
        let whole = rules::whole(&self.rules.never_split, file, &subject);
        // A unit that is never split takes the tests along that are kept in it.
        let end = match kept {
            Kept::No | Kept::WithFunction => whole,
            Kept::WithClass => {
                let classes = test.classname.len().saturating_sub(file.len() + 1);
                Some(whole.map_or(classes, |end| end.min(classes)))
            }
            Kept::WithFile => Some(0),
        };
        let unit = match (self.unknown, end) {
            (Unknown::FileHash, _) | (Unknown::FunctionHash, Some(0)) => {
                let reason = Reason::FileHash(file.to_owned());
                return Placed::new(self.on(self.hash(file)), reason);
            }
            (Unknown::FunctionHash, Some(end)) => format!("{file}::{}", &subject.text[..end]),
            (Unknown::FunctionHash, None) => format!("{}::{}", test.classname, test.function),
        };
        Placed::new(self.on(self.hash(&unit)), Reason::FunctionHash(unit))
    }
}

/// Hashes a text onto `0..shards`: CRC-32 (IEEE) of its UTF-8 bytes, scaled to the range. Every
/// standard library has it, so plugins in any language can agree.
pub(super) fn hash(text: &str, shards: usize) -> u32 {
    // Scaled, not by remainder: it is exact in any language, and as even.
    let scaled = u64::from(crc32fast::hash(text.as_bytes())) * shards as u64;
    u32::try_from(scaled >> 32).unwrap_or(0)
}
