//! The problem to pack: atoms in classes in files, with durations and setup costs.

use std::num::NonZeroU32;

use crate::error::Error;
use crate::micros::Micros;
use crate::shard::RunsOn;

/// The number of some things; a [`Problem`] has no more than `u32` can count.
pub(crate) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The smallest thing that is placed: a test, or tests that must stay together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Atom {
    /// The time it takes, without the setup of its class and file.
    pub duration: Micros,
    /// The index of its [`Class`].
    pub class: u32,
}

/// Atoms that share a setup cost, below a file: a test class, a spec, a module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// The index of its [`File`].
    pub file: u32,
    /// The cost that every shard with an atom of the class pays once.
    pub setup: Micros,
}

/// Classes that share a setup cost: a test file, a build target's directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The cost that every shard with an atom of the file pays once.
    pub setup: Micros,
}

/// Atoms in their canonical order, with their classes and files.
///
/// The order is the last tie-break of every algorithm: a caller that sorts its atoms (file,
/// class, then name, bytewise) gets one plan whatever order they came in. A value that
/// exists is valid: class numbers never fall from atom to atom, nor file numbers from class
/// to class, so the atoms of one class are neighbours, and so are the classes of one file.
///
/// ```
/// use std::num::NonZeroU32;
/// use evenshard_pack::{Atom, Class, File, Micros, Problem, RunsOn, Shard};
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
/// let on = |index| Shard::new(index, 2).map(RunsOn::Shard);
/// let two = NonZeroU32::MIN.saturating_add(1);
/// assert_eq!(problem.loads(&[on(0)?, on(0)?, on(1)?], two), [ms(65), ms(60)]);
/// # Ok::<(), evenshard_pack::Error>(())
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
    /// [`Error::MalformedProblem`] when an index points nowhere, or the atoms of a class
    /// or the classes of a file are not in order, or there are more than `u32::MAX` of them.
    pub fn new(atoms: Vec<Atom>, classes: Vec<Class>, files: Vec<File>) -> Result<Self, Error> {
        let most = atoms.len().max(classes.len()).max(files.len());
        let detail = if u32::try_from(most).is_err() {
            "more than 4294967295 atoms, classes or files"
        } else if !atoms.is_sorted_by_key(|atom| atom.class) {
            "the atoms are not in the order of their classes"
        } else if !classes.is_sorted_by_key(|class| class.file) {
            "the classes are not in the order of their files"
        } else if { atoms.last() }.is_some_and(|last| last.class as usize >= classes.len()) {
            "an atom names a class that does not exist"
        } else if { classes.last() }.is_some_and(|last| last.file as usize >= files.len()) {
            "a class names a file that does not exist"
        } else {
            return Ok(Self {
                atoms,
                classes,
                files,
            });
        };
        Err(Error::MalformedProblem { detail })
    }

    /// Items without groups and without setup costs: the plain balancing problem.
    ///
    /// ```
    /// use evenshard_pack::{Micros, Problem};
    /// let problem = Problem::flat([3, 5, 4].map(Micros::new));
    /// assert_eq!(problem.least_work(), Micros::new(12));
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

    /// The same problem with other setup costs or durations, which no check concerns.
    pub(crate) fn with(&self, change: impl FnOnce(&mut [Atom], &mut [File])) -> Self {
        let mut changed = self.clone();
        change(&mut changed.atoms, &mut changed.files);
        changed
    }

    /// The same problem with a file of its own from each atom on that `starts` marks, with the
    /// setup of the file that it is cut from.
    pub(crate) fn cut_at(&self, starts: &[bool]) -> Self {
        let mut cut = Self::default();
        let (mut last_class, mut last_file) = (None, None);
        for (&atom, &start) in self.atoms.iter().zip(starts) {
            let class = self.classes[atom.class as usize];
            let new_file = start || last_file != Some(class.file);
            let new_class = new_file || last_class != Some(atom.class);
            (last_class, last_file) = (Some(atom.class), Some(class.file));
            if new_file {
                cut.files.push(self.files[class.file as usize]);
            }
            if new_class {
                let file = count(cut.files.len()) - 1;
                cut.classes.push(Class { file, ..class });
            }
            let class = count(cut.classes.len()) - 1;
            cut.atoms.push(Atom { class, ..atom });
        }
        cut
    }

    /// The class of an atom, with its index.
    pub(crate) fn class_of(&self, atom: u32) -> (u32, Class) {
        let class = self.atoms[atom as usize].class;
        (class, self.classes[class as usize])
    }

    /// The durations of these atoms together. Atoms that do not exist take no time.
    pub(crate) fn durations(&self, atoms: &[u32]) -> Micros {
        let known = atoms.iter().filter_map(|&a| self.atoms.get(a as usize));
        known.map(|atom| atom.duration).sum()
    }

    /// The load of each shard when atom `i` runs on `shard_of[i]`: its atoms, and the setup
    /// cost of every class and file that it has an atom of. Sums saturate.
    ///
    /// Atoms on a shard that is not one of `shards` are left out, as are those beyond the end
    /// of `shard_of`.
    pub fn loads(&self, shard_of: &[RunsOn], shards: NonZeroU32) -> Vec<Micros> {
        let mut loads = vec![Micros::ZERO; shards.get() as usize];
        // Atoms of a class are neighbours: remembering the last one seen is enough.
        let mut seen = vec![None; loads.len()];
        for (atom, on) in self.atoms.iter().zip(shard_of) {
            let on = on.indices(loads.len());
            let class = &self.classes[atom.class as usize];
            for (load, last) in loads[on.clone()].iter_mut().zip(&mut seen[on]) {
                *load += atom.duration;
                if last.map(|(class, _)| class) != Some(atom.class) {
                    *load += class.setup;
                    if last.map(|(_, file)| file) != Some(class.file) {
                        *load += self.files[class.file as usize].setup;
                    }
                    *last = Some((atom.class, class.file));
                }
            }
        }
        loads
    }

    /// The work of all shards together when nothing is cut: all atoms, and every class and
    /// file that has any, once. The sum of a plan's loads exceeds it by the price of cutting.
    pub fn least_work(&self) -> Micros {
        // On one shard that runs everything, nothing is paid twice.
        let everywhere = vec![RunsOn::Everywhere; self.atoms.len()];
        self.loads(&everywhere, NonZeroU32::MIN).into_iter().sum()
    }
}
