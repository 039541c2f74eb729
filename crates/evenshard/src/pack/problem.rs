//! What is to be packed: atoms in classes in files, each with a duration or a set-up cost.

use std::num::NonZeroU32;
use std::ops::Range;

use super::bonds::EVERYWHERE;
use crate::Micros;
use crate::error::{Error, ErrorKind};

/// The smallest thing that is placed: a test, or tests that must stay together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Atom {
    /// How long it takes, set-up of its class and file excluded.
    pub duration: Micros,
    /// The index of its [`Class`].
    pub class: u32,
}

/// Atoms that share a set-up cost, below a file: a test class, a spec, a module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// The index of its [`File`].
    pub file: u32,
    /// What every shard that touches the class pays for it, once.
    pub setup: Micros,
}

/// Classes that share a set-up cost: a test file, a build target's directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// What every shard that touches the file pays for it, once.
    pub setup: Micros,
}

/// Atoms in their canonical order, with the classes and files that they stand in.
///
/// The order is the last tie-break of every algorithm: a caller that sorts its atoms (file,
/// class, then name, bytewise) gets one plan whatever order they came in. A value that
/// exists is valid: class numbers never fall from atom to atom, nor file numbers from class
/// to class, so the atoms of one class are neighbours, and so are the classes of one file.
///
/// ```
/// use evenshard::Micros;
/// use evenshard::pack::{Atom, Class, File, Problem};
///
/// let ms = Micros::from_millis;
/// let problem = Problem::new(
///     vec![
///         Atom { duration: ms(30), class: 0 },
///         Atom { duration: ms(20), class: 0 },
///         Atom { duration: ms(50), class: 1 },
///     ],
///     vec![
///         Class { file: 0, setup: ms(5) },
///         Class { file: 0, setup: ms(0) },
///     ],
///     vec![File { setup: ms(10) }],
/// )?;
/// // Shard 0 pays for class 0, both shards for the file.
/// assert_eq!(problem.loads(&[0, 0, 1], 2), [ms(65), ms(60)]);
/// # Ok::<(), evenshard::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    atoms: Vec<Atom>,
    classes: Vec<Class>,
    files: Vec<File>,
}

impl Problem {
    /// A problem of `atoms` in their canonical order; classes and files without atoms cost
    /// nothing.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedProblem`] when an index points nowhere, or the atoms of a class
    /// or the classes of a file are not in order, or there are more than `u32::MAX` of them.
    pub fn new(atoms: Vec<Atom>, classes: Vec<Class>, files: Vec<File>) -> Result<Self, Error> {
        let malformed = |detail: &str| {
            Err(Error::new(ErrorKind::MalformedProblem {
                detail: detail.to_owned(),
            }))
        };
        let most = [atoms.len(), classes.len(), files.len()].into_iter().max();
        if u32::try_from(most.unwrap_or(0)).is_err() {
            return malformed("more than 4294967295 atoms, classes or files");
        }
        if !atoms.is_sorted_by_key(|atom| atom.class) {
            return malformed("the atoms are not in the order of their classes");
        }
        if !classes.is_sorted_by_key(|class| class.file) {
            return malformed("the classes are not in the order of their files");
        }
        if let Some(last) = atoms.last()
            && last.class as usize >= classes.len()
        {
            return malformed("an atom names a class that does not exist");
        }
        if let Some(last) = classes.last()
            && last.file as usize >= files.len()
        {
            return malformed("a class names a file that does not exist");
        }
        Ok(Self {
            atoms,
            classes,
            files,
        })
    }

    /// Items without groups and without set-up costs: the plain balancing problem.
    ///
    /// ```
    /// use evenshard::Micros;
    /// use evenshard::pack::Problem;
    /// let problem = Problem::flat([3, 5, 4].map(Micros::new));
    /// assert_eq!(problem.loads(&[0, 1, 0], 2), [Micros::new(7), Micros::new(5)]);
    /// ```
    pub fn flat(durations: impl IntoIterator<Item = Micros>) -> Self {
        let atoms: Vec<Atom> = (0..)
            .zip(durations)
            .map(|(class, duration)| Atom { duration, class })
            .collect();
        let setup = Micros::ZERO;
        let classes = atoms.iter().map(|atom| Class {
            file: atom.class,
            setup,
        });
        Self {
            classes: classes.collect(),
            files: vec![File { setup }; atoms.len()],
            atoms,
        }
    }

    /// The atoms, in canonical order.
    pub fn atoms(&self) -> &[Atom] {
        &self.atoms
    }

    /// The classes, in the order of their files.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The files.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// What each shard takes when atom `i` runs on `shard_of[i]`: its atoms, and once for
    /// every class and file that it touches, that one's set-up cost. Sums saturate.
    ///
    /// An atom whose shard is [`EVERYWHERE`] runs on all of them. Other atoms whose shard is not
    /// below `shards` are left out, as are those beyond the end of `shard_of`.
    pub fn loads(&self, shard_of: &[u32], shards: u32) -> Vec<Micros> {
        let mut loads = vec![Micros::ZERO; shards as usize];
        // Atoms of a class are neighbours: remembering the last one seen is enough.
        let mut seen = vec![(u32::MAX, u32::MAX); shards as usize];
        for (atom, &shard) in self.atoms.iter().zip(shard_of) {
            let on = shards_of(shard, loads.len());
            let class = &self.classes[atom.class as usize];
            for (load, last) in loads[on.clone()].iter_mut().zip(&mut seen[on]) {
                *load += atom.duration;
                if last.0 != atom.class {
                    *load += class.setup;
                    if last.1 != class.file {
                        *load += self.files[class.file as usize].setup;
                    }
                    *last = (atom.class, class.file);
                }
            }
        }
        loads
    }

    /// The work of all shards together when nothing is cut: all atoms, and every class and
    /// file that has any, once. What a plan's loads add up to beyond this is the price of
    /// cutting.
    ///
    /// ```
    /// use evenshard::Micros;
    /// use evenshard::pack::Problem;
    /// assert_eq!(Problem::flat([3, 5].map(Micros::new)).least_work(), Micros::new(8));
    /// ```
    pub fn least_work(&self) -> Micros {
        let whole = vec![0; self.atoms.len()];
        self.loads(&whole, NonZeroU32::MIN.get()).into_iter().sum()
    }
}

/// The shards that run an atom whose shard in a plan is this.
pub(super) fn shards_of(shard: u32, shards: usize) -> Range<usize> {
    let shard = shard as usize;
    match shard {
        _ if shard < shards => shard..shard + 1,
        _ if shard == EVERYWHERE as usize => 0..shards,
        _ => 0..0,
    }
}
