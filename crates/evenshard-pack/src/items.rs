//! A problem reduced to the finest units of its split, in integers that cannot overflow.

use std::ops::Range;

use crate::micros::Micros;
use crate::options::Split;
use crate::problem::{Atom, Class, Problem, count};

/// The largest sum of all scaled units: sums of a few loads then fit into `u64`.
const MOST: u128 = 1 << 61;

/// The units that are placed, with their classes and files, each of which has items.
///
/// Under [`Split::File`] an item is a file and under [`Split::Class`] a class, with the
/// setup costs that no plan can share folded into its weight; else it is an atom.
#[derive(Clone, Debug, Default)]
pub(crate) struct Items {
    /// The first atom of each item; one more at the end: the number of atoms.
    pub(crate) first: Vec<u32>,
    /// The time of each item in scaled units, without the setup that it can share.
    pub(crate) weight: Vec<u64>,
    /// The class of each item.
    pub(crate) class: Vec<u32>,
    /// The file of each class.
    pub(crate) file: Vec<u32>,
    /// The setup cost of each class.
    pub(crate) class_setup: Vec<u64>,
    /// The setup cost of each file.
    pub(crate) file_setup: Vec<u64>,
    /// The relation of scaled units to microseconds.
    pub(crate) scale: Scale,
}

/// The relation of the integers inside to microseconds.
///
/// All durations are divided by their greatest common divisor, which sharpens every bound
/// that rounds up. Where their sum would not fit (tens of thousands of years), they are
/// halved, rounding down, until it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    divisor: u64,
    shift: u32,
}

impl Default for Scale {
    fn default() -> Self {
        Self {
            divisor: 1,
            shift: 0,
        }
    }
}

impl Scale {
    /// The scale in which these values, all together, fit.
    pub(crate) fn of(values: impl Iterator<Item = u64> + Clone) -> Self {
        let total: u128 = values.clone().map(u128::from).sum();
        let shift = (0..128).find(|&s| total >> s <= MOST).unwrap_or(127);
        let divisor = if shift > 0 { 1 } else { gcd_of(values) };
        Self { divisor, shift }
    }

    /// Microseconds in scaled units, rounded down.
    pub(crate) fn down(self, micros: u64) -> u64 {
        if self.divisor == 1 {
            micros >> self.shift
        } else {
            micros / self.divisor
        }
    }

    /// Scaled units back in microseconds; a time that does not fit is the longest there is.
    pub(crate) fn up(self, scaled: u64) -> Micros {
        let micros = (u128::from(scaled) * u128::from(self.divisor)) << self.shift;
        Micros::new(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

/// The greatest common divisor; 1 where all are zero.
fn gcd_of(values: impl Iterator<Item = u64>) -> u64 {
    let mut divisor = 0;
    for value in values {
        // Nearly every value is a multiple of what was found so far: one division each.
        let (mut a, mut b) = (divisor, value);
        while a != 0 {
            (a, b) = (b % a, a);
        }
        divisor = b;
        if divisor == 1 {
            break;
        }
    }
    divisor.max(1)
}

impl Items {
    pub(crate) fn new(problem: &Problem, split: Split) -> Self {
        let durations = problem.atoms().iter().map(|atom| atom.duration.get());
        let classes = problem.classes().iter().map(|class| class.setup.get());
        let files = problem.files().iter().map(|file| file.setup.get());
        let scale = Scale::of(durations.chain(classes).chain(files));
        let mut items = Self {
            scale,
            ..Self::default()
        };
        let class_of = |atom: &Atom| problem.classes()[atom.class as usize];
        let alike = |a: &Atom, b: &Atom| match split {
            Split::File => class_of(a).file == class_of(b).file,
            Split::Class => a.class == b.class,
            Split::Auto | Split::Test => false,
        };
        let scaled = |time: Micros| scale.down(time.get());
        let (mut first, mut last) = (0, None);
        for atoms in problem.atoms().chunk_by(alike) {
            let Class { file, setup } = class_of(&atoms[0]);
            let mut weight = atoms.iter().map(|atom| scaled(atom.duration)).sum();
            let mut class = (atoms[0].class, scaled(setup));
            let mut file = (file, scaled(problem.files()[file as usize].setup));
            if matches!(split, Split::File | Split::Class) {
                let classes = atoms.chunk_by(|a, b| a.class == b.class);
                weight += classes
                    .map(|of| scaled(class_of(&of[0]).setup))
                    .sum::<u64>();
                class.1 = 0;
            }
            if split == Split::File {
                weight += file.1;
                (class.0, file.1) = (file.0, 0);
            }
            items.push(first, weight, class, file, &mut last);
            first += count(atoms.len());
        }
        items.first.push(first);
        items
    }

    /// Adds an item of a class and a file, given by number and setup, that are new where the
    /// last item had others.
    fn push(
        &mut self,
        first: u32,
        weight: u64,
        class: (u32, u64),
        file: (u32, u64),
        last: &mut Option<(u32, u32)>,
    ) {
        // Numbered anew, without gaps: files without items are left out.
        if last.is_none_or(|(_, last)| last != file.0) {
            self.file_setup.push(file.1);
        }
        if last.is_none_or(|(last, _)| last != class.0) {
            self.class_setup.push(class.1);
            self.file.push(count(self.file_setup.len()) - 1);
        }
        *last = Some((class.0, file.0));
        self.first.push(first);
        self.weight.push(weight);
        self.class.push(count(self.file.len()) - 1);
    }

    /// Only some of the items, with their classes and files.
    pub(crate) fn only(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut kept = Self {
            scale: self.scale,
            ..Self::default()
        };
        let mut last = None;
        for item in (0..self.len()).filter(|&item| keep(item)) {
            let (class, file) = (self.class[item], self.file_of(item));
            let class = (class, self.class_setup[class as usize]);
            let file = (file, self.file_setup[file as usize]);
            kept.push(self.first[item], self.weight[item], class, file, &mut last);
        }
        kept.first.extend(self.first.last());
        kept
    }

    /// The number of items.
    pub(crate) fn len(&self) -> usize {
        self.weight.len()
    }

    /// The file of an item.
    pub(crate) fn file_of(&self, item: usize) -> u32 {
        self.file[self.class[item] as usize]
    }

    /// All work with each setup once.
    pub(crate) fn least_work(&self) -> u128 {
        let setups = self.class_setup.iter().chain(&self.file_setup);
        let all = self.weight.iter().chain(setups);
        all.copied().map(u128::from).sum()
    }

    /// The time of an item on a shard that has nothing else of its class and file.
    pub(crate) fn alone(&self, item: usize) -> u64 {
        let class = self.class[item] as usize;
        self.weight[item] + self.class_setup[class] + self.file_setup[self.file[class] as usize]
    }

    /// The longest item with its setup: its atoms and their time; of several the first.
    pub(crate) fn longest(&self) -> Option<(Range<usize>, Micros)> {
        let item = { (0..self.len()).rev() }.max_by_key(|&item| self.alone(item))?;
        let atoms = self.first[item] as usize..self.first[item + 1] as usize;
        Some((atoms, self.scale.up(self.alone(item))))
    }

    /// Reports whether no setup cost can be shared: every item pays for itself alone.
    pub(crate) fn independent(&self) -> bool {
        let free = |costs: &[u64]| costs.iter().all(|&cost| cost == 0);
        self.file_setup.len() == self.len() || (free(&self.file_setup) && free(&self.class_setup))
    }

    /// The shard of each atom, from the shard of each item.
    pub(crate) fn spread(&self, shard_of_item: &[u32]) -> Vec<u32> {
        let atoms = self.first.last().map_or(0, |&atoms| atoms as usize);
        if self.len() == atoms {
            return shard_of_item.to_vec();
        }
        let mut shard_of = Vec::with_capacity(atoms);
        for (range, &shard) in self.first.windows(2).zip(shard_of_item) {
            shard_of.resize(range[1] as usize, shard);
        }
        shard_of
    }
}
