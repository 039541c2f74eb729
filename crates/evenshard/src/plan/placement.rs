//! The total function behind a plan.
//!
//! A test is (dotted file, classes, function, parameters). It goes, in this order,
//! 1. to every shard, or to that of a group, when a pattern of the plan's rules covers it;
//! 2. to the home of its file or class, when it is [`Kept`] there: step 6 for that file or class;
//! 3. where its class is, when all that is known of the class is on one shard;
//! 4. where it is listed, or, when it is kept with its function, to the lowest shard with one of
//!    its function whose parameters differ in positions only, if these are free of all else;
//! 5. if its function is listed with other parameters, to the lowest shard with one;
//! 6. to the lowest shard that holds anything under the nearest known prefix within its
//!    file (its class, an outer class, the file);
//! 7. by a fixed hash, when nothing under its file is known.
//!
//! The shards to which a file can send its tests are those that hold anything under it, or the
//! one that the hash names, and those of the rules that can cover tests of it. A home is always
//! among them. Pruning uses these and deselecting the function, so a test is deselected only
//! where another shard that reads its file selects it. The pytest plugin holds the same function
//! in Python; tests compare the two.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use crate::address::{
    Address, NodeId, Positions, Subject, dotted, function_of, is_under, strip_classes,
};
use crate::plan::{Kept, Level, PlanContent, PlannedRules, Unknown};

/// Where a test goes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Placed {
    /// The shard, counted from 0; also 0 for what runs everywhere.
    pub shard: u32,
    /// The rule that decided.
    pub reason: Reason,
}

impl Placed {
    /// Whether this shard (counted from 0) runs it.
    pub fn runs_on(&self, shard: u32) -> bool {
        self.shard == shard || matches!(self.reason, Reason::Everywhere(_))
    }
}

/// The rule that decided where a test goes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// This pattern sends it to every shard.
    Everywhere(String),
    /// This pattern makes it one of a group that shares a shard.
    Group(String),
    /// It is kept with the rest of this file or class: the lowest shard that holds some of it.
    Home(String),
    /// All that is known of this classname is on one shard.
    Class(String),
    /// The test is listed.
    Listed,
    /// Other parameters of its function are listed.
    Function(String),
    /// The nearest known prefix within its file.
    Prefix(String),
    /// The hash of its file, which the plan does not know.
    FileHash(String),
    /// The hash of its function, or of what is never cut and holds it.
    FunctionHash(String),
}

impl Reason {
    /// True unless a hash decides, for want of anything that the plan knows.
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::FileHash(_) | Self::FunctionHash(_))
    }
}

impl fmt::Display for Reason {
    /// For people, as what follows "shard 3: ".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everywhere(pattern) => {
                write!(f, "'{pattern}' is to run everywhere: every shard runs it")
            }
            Self::Group(pattern) => {
                write!(f, "'{pattern}' makes it one of a group that shares a shard")
            }
            Self::Home(unit) => write!(
                f,
                "its order matters, so it stays with {unit}: the lowest shard that holds some of that"
            ),
            Self::Class(class) => write!(f, "all of {class} is there"),
            Self::Listed => f.write_str("the plan lists it there"),
            Self::Function(function) => write!(
                f,
                "the plan lists {function} with other parameters; new ones join the lowest shard that has some"
            ),
            Self::Prefix(prefix) => write!(
                f,
                "the plan does not list it; it joins the lowest shard that holds some of {prefix}"
            ),
            Self::FileHash(file) => write!(
                f,
                "nothing is known of {file}: a file unknown to the plan goes by a fixed hash of its name"
            ),
            Self::FunctionHash(function) => write!(
                f,
                "there is no plan of known tests: {function} goes by a fixed hash of its name"
            ),
        }
    }
}

/// The lookup structure of a plan.
#[derive(Clone, Debug)]
pub(super) struct Placement {
    shards: u32,
    unknown: Unknown,
    /// Every known classname, sorted.
    classes: Vec<ClassHome>,
    /// The shard of each file that is placed whole, but for those that are classes on one shard.
    whole_files: Vec<(String, u32)>,
    rules: PlannedRules,
    /// The file of each known classname; only there are rules to ask for it.
    file_of: BTreeMap<String, String>,
}

/// A test that is looked up.
struct Wanted<'a> {
    classname: &'a str,
    /// Every spelling of its name in reports.
    names: &'a [String],
    file: &'a str,
    function: &'a str,
}

impl Wanted<'_> {
    /// What patterns are compared with.
    fn subject(&self) -> Subject {
        let name = self.names.first().map_or("", String::as_str);
        Subject::of_address(self.file, self.classname, name)
    }
}

/// Where a class is.
#[derive(Clone, Debug)]
pub(super) struct ClassHome {
    pub(super) classname: String,
    /// The shards with tests of exactly this classname, ascending.
    pub(super) shards: Homes,
    /// Whether it is a file that is placed whole.
    is_whole_file: bool,
    /// Its tests, where what lies under the class is on several shards. Most classes have none.
    listed: Option<Box<Listed>>,
}

/// Nearly always one shard.
#[derive(Clone, Debug)]
pub(super) enum Homes {
    One([u32; 1]),
    Any(Box<[u32]>),
}

impl FromIterator<u32> for Homes {
    fn from_iter<I: IntoIterator<Item = u32>>(shards: I) -> Self {
        let mut shards = shards.into_iter();
        match (shards.next(), shards.next()) {
            (Some(only), None) => Self::One([only]),
            (first, second) => Self::Any(first.into_iter().chain(second).chain(shards).collect()),
        }
    }
}

impl Deref for Homes {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Self::One(shard) => shard,
            Self::Any(shards) => shards,
        }
    }
}

/// The tests of a class that is spread over shards.
#[derive(Clone, Debug, Default)]
struct Listed {
    /// The shard of each.
    tests: BTreeMap<String, u32>,
    /// The lowest shard of each function: a walk through its parameters for each test that is
    /// not listed would be quadratic.
    functions: BTreeMap<String, u32>,
    /// The same by name without positions, where these are free of all else, by function, once
    /// some test asks for it.
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
    /// Those of a function; none where positions are not free of all else.
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
    /// The shard of each test, where what lies under the class is on several shards.
    pub(super) fn tests(&self) -> Option<&BTreeMap<String, u32>> {
        self.listed.as_ref().map(|listed| &listed.tests)
    }
}

impl Listed {
    /// Lists a test. One that is listed twice goes to the lower shard, as everywhere.
    fn add(&mut self, name: &str, shard: u32) {
        self.tests.entry(name.to_owned()).or_insert(shard);
        let lowest = self.functions.entry(function_of(name).to_owned());
        let lowest = lowest.or_insert(shard);
        *lowest = shard.min(*lowest);
    }

    /// The lowest shard that holds a test whose id differs from one of these in positions only.
    fn but_for_positions(&self, names: &[String]) -> Option<u32> {
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

    /// The lowest shard that holds some parameters of a function.
    fn of_function(&self, function: &str) -> Option<u32> {
        self.functions.get(function).copied()
    }
}

impl Placement {
    pub(super) fn new(content: &PlanContent) -> Self {
        let parts = || {
            let shards = (0_u32..).zip(&content.shards);
            shards.flat_map(|(shard, planned)| {
                planned
                    .units
                    .iter()
                    .flat_map(move |u| u.tests.iter().map(move |t| (shard, t)))
            })
        };
        let of_units = parts().filter(|(_, (_, names))| !names.is_empty());
        let mut homes: Vec<(&str, u32)> = of_units
            .map(|(shard, (classname, _))| (classname.as_str(), shard))
            .collect();
        homes.sort_unstable();
        homes.dedup();
        let classes = homes.chunk_by(|a, b| a.0 == b.0).map(|of_class| ClassHome {
            classname: of_class[0].0.to_owned(),
            shards: of_class.iter().map(|&(_, shard)| shard).collect(),
            is_whole_file: false,
            listed: None,
        });
        let shards = u32::try_from(content.shards.len())
            .unwrap_or(u32::MAX)
            .max(1);
        let mut placement = Self {
            shards,
            unknown: content.unknown,
            classes: classes.collect(),
            whole_files: Vec::new(),
            rules: content.rules.clone(),
            file_of: files_of_classes(content),
        };
        placement.note_whole_files(content);
        // A class that is on one shard with all that is under it needs no list of its tests.
        let spread: Vec<bool> = (0..placement.classes.len())
            .map(|at| placement.is_spread(at))
            .collect();
        if !spread.contains(&true) {
            return placement;
        }
        for (shard, (classname, names)) in parts() {
            let Some(at) = placement.class_at(classname) else {
                continue;
            };
            if spread[at] {
                let listed = placement.classes[at].listed.get_or_insert_default();
                for name in names {
                    listed.add(name, shard);
                }
            }
        }
        placement
    }

    fn note_whole_files(&mut self, content: &PlanContent) {
        let units = (0..).zip(&content.shards);
        let units =
            units.flat_map(|(shard, planned)| planned.units.iter().map(move |u| (shard, u)));
        let whole = units.filter(|(_, unit)| unit.level == Level::File);
        let mut whole: Vec<(&str, u32)> = whole.map(|(shard, unit)| (unit.file(), shard)).collect();
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

    /// Whether what lies at or under a class (an index) is on several shards.
    fn is_spread(&self, at: usize) -> bool {
        let class = &self.classes[at];
        let next = self.classes.get(at + 1);
        // What lies under it begins with its name, and sorts right behind it.
        let may_have_some = next.is_some_and(|next| next.classname.starts_with(&class.classname));
        class.shards.len() > 1 || may_have_some && self.under(&class.classname).len() > 1
    }

    pub(super) fn shard_count(&self) -> u32 {
        self.shards
    }

    pub(super) fn classes(&self) -> &[ClassHome] {
        &self.classes
    }

    pub(super) fn unknown(&self) -> Unknown {
        self.unknown
    }

    pub(super) fn rules(&self) -> &PlannedRules {
        &self.rules
    }

    pub(super) fn place(&self, id: &NodeId<'_>, kept: Kept) -> Placed {
        let wanted = Wanted {
            classname: &id.classname(),
            names: &id.names_in_reports(),
            file: &id.dotted_file(),
            function: id.function(),
        };
        self.look_up(&wanted, kept)
    }

    /// The shard of a test whose class the plan knows, by its name in reports: its own, or
    /// that of the other parameters of its function.
    pub(super) fn listed(&self, classname: &str, name: &str) -> Option<u32> {
        let class = self.class(classname)?;
        match &class.listed {
            None => class.shards.first().copied(),
            Some(listed) => { listed.tests.get(name).copied() }
                .or_else(|| listed.of_function(function_of(name))),
        }
    }

    pub(super) fn place_address(&self, address: &Address) -> Placed {
        let address = Address::of_case(&address.classname, &address.name);
        let wanted = Wanted {
            classname: &address.classname,
            names: std::slice::from_ref(&address.name),
            file: self.file_of(&address.classname),
            function: address.function(),
        };
        self.look_up(&wanted, Kept::No)
    }

    /// The shard of a dotted file that is run as one: its own where the plan keeps it whole
    /// (a Go package stays apart from the packages below it), else the lowest that holds a part.
    pub(super) fn place_file(&self, file: &str) -> Placed {
        if let Some(placed) = self.rules.place_file(file) {
            return placed;
        }
        let shard = self.whole_file(file);
        if let Some(shard) = shard.or_else(|| self.under(file).first().copied()) {
            let reason = Reason::Prefix(file.to_owned());
            return Placed { shard, reason };
        }
        let wanted = Wanted {
            classname: file,
            names: &[],
            file,
            function: "",
        };
        self.look_up(&wanted, Kept::No)
    }

    /// The shard of a dotted file that the plan keeps whole.
    fn whole_file(&self, file: &str) -> Option<u32> {
        let class = self.class(file).filter(|class| class.is_whole_file);
        let other = || {
            let found = { &self.whole_files }.binary_search_by(|(name, _)| name.as_str().cmp(file));
            found.ok().map(|at| self.whole_files[at].1)
        };
        class.map_or_else(other, |class| class.shards.first().copied())
    }

    /// Whether a line is the path of a file that the plan keeps whole.
    pub(super) fn keeps_whole(&self, line: &str) -> bool {
        !line.contains("::") && self.whole_file(&dotted(line)).is_some()
    }

    /// The shards to which tests of this dotted file can go, ascending.
    pub(super) fn shards_of_file(&self, file: &str) -> Vec<u32> {
        let Some(of_rules) = self.rules.shards_of_file(file) else {
            return (0..self.shards).collect();
        };
        let mut shards = self.under(file);
        if shards.is_empty() {
            match self.unknown {
                Unknown::FileHash => shards.insert(hash(file, self.shards)),
                Unknown::FunctionHash => return (0..self.shards).collect(),
            };
        }
        shards.extend(of_rules);
        shards.into_iter().collect()
    }

    fn look_up(&self, test: &Wanted<'_>, mut kept: Kept) -> Placed {
        if !self.rules.is_empty() {
            let subject = test.subject();
            if let Some(placed) = self.rules.place(test.file, &subject) {
                return placed;
            }
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

    /// Where the class of a test is, or the class has it or others of its function.
    fn of_class(&self, test: &Wanted<'_>, kept: Kept) -> Option<Placed> {
        let class = self.class(test.classname)?;
        let Some(own) = &class.listed else {
            return Some(Placed {
                shard: class.shards.first().copied().unwrap_or(0),
                reason: Reason::Class(test.classname.to_owned()),
            });
        };
        let listed = match kept {
            Kept::WithFunction => own.but_for_positions(test.names),
            _ => { test.names.iter() }
                .find_map(|name| own.tests.get(name))
                .copied(),
        };
        if let Some(shard) = listed {
            let reason = Reason::Listed;
            return Some(Placed { shard, reason });
        }
        let shard = own.of_function(test.function)?;
        let reason = Reason::Function(test.function.to_owned());
        Some(Placed { shard, reason })
    }

    /// The lowest shard that holds anything under the nearest known prefix within a file.
    fn nearest(&self, start: &str, file: &str, reason: fn(String) -> Reason) -> Option<Placed> {
        let mut prefix = start;
        while is_under(prefix, file) {
            if let Some(&shard) = self.under(prefix).first() {
                let reason = reason(prefix.to_owned());
                return Some(Placed { shard, reason });
            }
            (prefix, _) = prefix.rsplit_once('.')?;
        }
        None
    }

    /// The shard of a test in a file of which nothing is known.
    fn by_hash(&self, test: &Wanted<'_>, kept: Kept) -> Placed {
        let file = test.file;
        let subject = test.subject();
        let whole = self.rules.whole(file, &subject);
        // What is never split takes all that is kept in it along.
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
                return Placed {
                    shard: hash(file, self.shards),
                    reason: Reason::FileHash(file.to_owned()),
                };
            }
            (Unknown::FunctionHash, Some(end)) => format!("{file}::{}", &subject.text[..end]),
            (Unknown::FunctionHash, None) => format!("{}::{}", test.classname, test.function),
        };
        Placed {
            shard: hash(&unit, self.shards),
            reason: Reason::FunctionHash(unit),
        }
    }

    fn class(&self, classname: &str) -> Option<&ClassHome> {
        self.classes.get(self.class_at(classname)?)
    }

    fn class_at(&self, classname: &str) -> Option<usize> {
        let classes = &self.classes;
        let found = classes.binary_search_by(|c| c.classname.as_str().cmp(classname));
        found.ok()
    }

    /// The shards that hold anything at or under a dotted prefix.
    fn under(&self, prefix: &str) -> BTreeSet<u32> {
        let below = format!("{prefix}.");
        let start = self.classes.partition_point(|c| c.classname < below);
        let below = self.classes[start..]
            .iter()
            .take_while(|c| c.classname.starts_with(&below));
        self.class(prefix)
            .into_iter()
            .chain(below)
            .flat_map(|c| c.shards.iter())
            .copied()
            .collect()
    }

    /// The file of a classname that has no node id: the longest known prefix, else what
    /// comes before the parts that look like classes.
    fn file_of<'a>(&self, classname: &'a str) -> &'a str {
        let mut prefix = classname;
        loop {
            if let Some(file) = self.file_of.get(prefix) {
                return classname.get(..file.len()).unwrap_or(prefix);
            }
            if self.class(prefix).is_some() {
                return prefix;
            }
            match prefix.rsplit_once('.') {
                Some((shorter, _)) => prefix = shorter,
                None => return strip_classes(classname),
            }
        }
    }
}

/// The file of each classname of a plan, where rules ask for it.
fn files_of_classes(content: &PlanContent) -> BTreeMap<String, String> {
    if content.rules.is_empty() {
        return BTreeMap::new();
    }
    let units = content.shards.iter().flat_map(|shard| &shard.units);
    let classes = units.chain(&content.everywhere).flat_map(|unit| {
        let classnames = unit.tests.keys().filter(|c| is_under(c, unit.file()));
        classnames.map(|classname| (classname.clone(), unit.file().to_owned()))
    });
    classes.collect()
}

/// A fixed hash onto `0..shards`: CRC-32 (IEEE) of the UTF-8 text, scaled to the range. It is
/// in every standard library, so that a plugin in any language can agree.
pub(super) fn hash(text: &str, shards: u32) -> u32 {
    let scaled = u64::from(crc32fast::hash(text.as_bytes())) * u64::from(shards);
    u32::try_from(scaled >> 32).unwrap_or(0)
}
