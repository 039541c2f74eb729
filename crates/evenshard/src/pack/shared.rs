//! Setup that atoms of several files share, such as a session fixture: every shard that runs
//! one of its users pays for it, once.
//!
//! The packer knows setup of classes and files alone. So the users of each costly setup are
//! tried in one part, in two, and in the fewest parts that fit into the bound: a part is bound
//! together and its first atom takes the cost. They are tried free as well, where every shard
//! may end up paying. The best plan in truth is kept, setup by setup, the dearest first.
//!
//! With W workers a shard, each worker that runs a user pays, at the same time: k users cost a
//! shard min(k, W)/W of the setup, and no shard is through before one worker has paid and run
//! its longest user.
//!
//! - Source: none but this.
//! - Complexity: at most three plans for each of the [`MOST`] dearest setups, and one.
//! - Guarantee: the bound counts every setup once, so it holds for every plan; never worse than
//!   greedy under the same costs.
//!
//! Worked example: tests of 1, 1, 4 and 4 on two shards, where the first two need a setup of 4.
//! Free they would be 1 + 4 and 1 + 4, and both shards pay: 9. Bound together they take 6 on one
//! shard, and the other has 8.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::num::NonZeroU32;

use super::bonds::Bonded;
use super::bounds::{self, Bound};
use super::certificate::{BoundKind, Certificate};
use super::options::{Algorithm, Options};
use super::problem::{Atom, Class, File, Problem, shards_of};
use super::sizing::longest_unit;
use super::workers::Workers;
use super::{Packing, balance, steady};
use crate::Micros;

/// A setup that atoms of several files share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedSetup {
    /// What every shard pays that runs one of its users, once.
    pub cost: Micros,
    /// The atoms that need it, by index, ascending. One that does not exist is left out.
    pub users: Vec<u32>,
}

/// The users of so many setups are tried in parts, the dearest first.
const MOST: usize = 6;
/// A setup is worth a try from this part of a shard's time on: one in so many.
const WORTH: u64 = 100;
/// A gap to the bound that is not worth another try: one part in so many.
const ENOUGH: u64 = 1_000;

/// Packs a problem with shared setups.
pub(super) fn pack(problem: &Problem, shards: NonZeroU32, options: &Options<'_>) -> Packing {
    let mut search = Search {
        problem,
        shards,
        options,
        bound: bound(problem, shards, options),
    };
    let free = search.packed(&[], options.algorithm);
    let proved = free.certificate;
    if proved.lower_bound > search.bound.time {
        search.bound = Bound {
            time: proved.lower_bound,
            kind: proved.bound,
        };
    }
    let free = search.account(free.shard_of);
    if options.algorithm == Algorithm::Lpt {
        return free;
    }
    let best = search.best(&free);
    let near = steady::allowed(best.certificate.makespan.get());
    if options.previous.is_some() && free.certificate.makespan.get() <= near {
        return free;
    }
    best
}

/// A time that no plan on so many shards can beat: with every shared setup once, anywhere.
pub(super) fn bound(problem: &Problem, shards: NonZeroU32, options: &Options<'_>) -> Bound {
    let plain = options.without_shared();
    let split = options.split;
    let once = each_once(problem, options.shared);
    let work = match (
        Bonded::new(&once, &plain),
        Workers::several(options.workers),
    ) {
        (Some(bonded), _) => bonded.bound(shards),
        (None, Some(workers)) => workers
            .lower_bound(&once, split, shards)
            .unwrap_or_default(),
        (None, None) => bounds::lower_bound(&once, split, shards),
    };
    let longest = longest(problem, options).1;
    if longest > work.time {
        return Bound {
            time: longest,
            kind: BoundKind::Longest,
        };
    }
    work
}

/// The longest unit that nothing can cut, with the shared setups that it needs.
pub(super) fn longest(problem: &Problem, options: &Options<'_>) -> (Vec<usize>, Micros) {
    let (atoms, time) = longest_unit(problem, &options.without_shared());
    let needs = |shared: &&SharedSetup| {
        let uses = |&atom: &usize| {
            let atom = u32::try_from(atom).unwrap_or(u32::MAX);
            shared.users.binary_search(&atom).is_ok()
        };
        atoms.iter().any(uses)
    };
    let costs = options.shared.iter().filter(needs).map(|s| s.cost);
    let setup = if Workers::several(options.workers).is_some() {
        costs.max().unwrap_or_default()
    } else {
        costs.sum()
    };
    (atoms, time + setup)
}

/// The problem in which each shared setup is one more atom, for some shard or other to take:
/// what every plan comes to at least.
fn each_once(problem: &Problem, shared: &[SharedSetup]) -> Problem {
    let count = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    let mut atoms = problem.atoms().to_vec();
    let mut classes = problem.classes().to_vec();
    let mut files = problem.files().to_vec();
    let is_used = |setup: &&SharedSetup| {
        let mut users = setup.users.iter();
        users.any(|&user| (user as usize) < problem.atoms().len())
    };
    for setup in shared.iter().filter(is_used) {
        let (file, class) = (count(files.len()), count(classes.len()));
        files.push(File::default());
        classes.push(Class {
            file,
            setup: Micros::ZERO,
        });
        let duration = setup.cost;
        atoms.push(Atom { duration, class });
    }
    Problem::new(atoms, classes, files).unwrap_or_else(|_| problem.clone())
}

/// What all tries share.
struct Search<'a> {
    problem: &'a Problem,
    shards: NonZeroU32,
    options: &'a Options<'a>,
    bound: Bound,
}

/// A part of a setup's users, and what it pays.
type Part = (Micros, Vec<u32>);

impl Search<'_> {
    /// The best of the plans in which users are free, and in parts.
    fn best(&self, free: &Packing) -> Packing {
        let mut best = free.clone();
        let mut bound_parts: Vec<Part> = Vec::new();
        let greedy = self.account(self.packed(&[], Algorithm::Lpt).shard_of);
        if greedy.certificate.makespan < best.certificate.makespan {
            best = greedy;
        }
        for setup in self.costly() {
            let mut better = None;
            for count in self.part_counts(setup) {
                let enough = self.bound.time + Micros::new(self.bound.time.get() / ENOUGH);
                if best.certificate.makespan <= enough {
                    return best;
                }
                let parts = self.parts(setup, count);
                let parts: Vec<Part> = bound_parts.iter().cloned().chain(parts).collect();
                let found = self.account(self.packed(&parts, Algorithm::Auto).shard_of);
                if found.certificate.makespan < best.certificate.makespan {
                    (best, better) = (found, Some(parts));
                }
            }
            bound_parts = better.unwrap_or(bound_parts);
        }
        best
    }

    /// The setups that are worth a try, the dearest first.
    fn costly(&self) -> Vec<&SharedSetup> {
        let worth = self.bound.time.get() / WORTH;
        let shared = self.options.shared.iter();
        let mut costly: Vec<&SharedSetup> = shared
            .filter(|setup| setup.cost.get() > worth && setup.users.len() > 1)
            .collect();
        costly.sort_by_key(|setup| Reverse(setup.cost));
        costly.truncate(MOST);
        costly
    }

    /// Into how many parts the users of a setup are tried: one, two, and the fewest that fit
    /// where each part pays.
    fn part_counts(&self, setup: &SharedSetup) -> BTreeSet<usize> {
        let wide = |time: Micros| u128::from(time.get());
        let (users, cost) = (wide(self.durations(&setup.users)), wide(setup.cost));
        let shards = u128::from(self.shards.get());
        let workers = Workers::several(self.options.workers).map_or(1, |w| w.count.get());
        let all = wide(self.bound.time) * shards;
        let fits = |count: &usize| {
            let count = *count as u128;
            let mean = (all + (count - 1) * cost) / shards;
            users <= count * mean.saturating_sub(cost) * u128::from(workers)
        };
        let most = setup.users.len().min(self.shards.get() as usize);
        let fewest = (1..=most).find(fits);
        let counts = [1, 2].into_iter().chain(fewest);
        counts.filter(|&count| count <= most).collect()
    }

    /// The users of a setup in so many parts of about equal time, whole files as far as these
    /// fit.
    fn parts(&self, setup: &SharedSetup, count: usize) -> Vec<Part> {
        let known = self.problem.atoms().len();
        let users: Vec<u32> = { setup.users.iter().copied() }
            .filter(|&user| (user as usize) < known)
            .collect();
        let fair = self.durations(&users).get() / count as u64;
        let mut runs: Vec<(Micros, &[u32])> = Vec::new();
        for of_file in users.chunk_by(|&a, &b| self.file(a) == self.file(b)) {
            let time = self.durations(of_file);
            if time.get() > fair {
                let each = of_file.chunks(1);
                runs.extend(each.map(|one| (self.durations(one), one)));
            } else {
                runs.push((time, of_file));
            }
        }
        runs.sort_by_key(|&(time, atoms)| (Reverse(time), atoms[0]));
        let mut parts: Vec<Part> = vec![(Micros::ZERO, Vec::new()); count];
        for (time, atoms) in runs {
            if let Some(part) = parts.iter_mut().min_by_key(|part| part.0) {
                part.0 += time;
                part.1.extend(atoms);
            }
        }
        parts.retain(|part| !part.1.is_empty());
        for (cost, atoms) in &mut parts {
            *cost = setup.cost;
            atoms.sort_unstable();
        }
        parts
    }

    fn file(&self, atom: u32) -> u32 {
        let class = self.problem.atoms()[atom as usize].class;
        self.problem.classes()[class as usize].file
    }

    fn durations(&self, atoms: &[u32]) -> Micros {
        let known = atoms
            .iter()
            .filter_map(|&a| self.problem.atoms().get(a as usize));
        known.map(|atom| atom.duration).sum()
    }

    /// The problem packed with these parts bound together, as the packer sees it.
    fn packed(&self, parts: &[Part], algorithm: Algorithm) -> Packing {
        let mut bonds = self.options.bonds.cloned().unwrap_or_default();
        let mut atoms = self.problem.atoms().to_vec();
        for (cost, part) in parts {
            atoms[part[0] as usize].duration += *cost;
            bonds.together.push(part.clone());
        }
        let (classes, files) = (self.problem.classes(), self.problem.files());
        let Ok(problem) = Problem::new(atoms, classes.to_vec(), files.to_vec()) else {
            return Packing::default(); // what made a problem makes the same one
        };
        let options = Options {
            algorithm,
            bonds: Some(&bonds),
            ..self.options.without_shared()
        };
        balance(&problem, self.shards, &options)
    }

    /// What a plan is in truth.
    fn account(&self, shard_of: Vec<u32>) -> Packing {
        let loads = loads(self.problem, &shard_of, self.shards.get(), self.options);
        let makespan = loads.iter().copied().max().unwrap_or_default();
        Packing {
            certificate: Certificate::new(makespan, self.bound.time, self.bound.kind),
            shard_of,
            loads,
        }
    }
}

/// What each shard takes, with the shared setups of what it runs.
fn loads(problem: &Problem, shard_of: &[u32], shards: u32, options: &Options<'_>) -> Vec<Micros> {
    let workers = Workers::several(options.workers);
    let mut loads = match workers {
        Some(workers) => workers.loads(problem, shard_of, shards),
        None => problem.loads(shard_of, shards),
    };
    let count = workers.map_or(1, |workers| u64::from(workers.count.get()));
    let mut alone = vec![Micros::ZERO; loads.len()];
    for setup in options.shared {
        let mut users = vec![(0, Micros::ZERO); loads.len()];
        for &user in &setup.users {
            let (atom, shard) = (
                problem.atoms().get(user as usize),
                shard_of.get(user as usize),
            );
            let (Some(atom), Some(&shard)) = (atom, shard) else {
                continue;
            };
            for (number, longest) in &mut users[shards_of(shard, loads.len())] {
                *number += 1;
                *longest = atom.duration.max(*longest);
            }
        }
        for (shard, &(number, longest)) in users.iter().enumerate().filter(|(_, u)| u.0 > 0) {
            let paying = count.min(number);
            loads[shard] += Micros::new(setup.cost.get().saturating_mul(paying) / count);
            alone[shard] = alone[shard].max(setup.cost + longest);
        }
    }
    if workers.is_some() {
        for (load, alone) in loads.iter_mut().zip(alone) {
            *load = alone.max(*load);
        }
    }
    loads
}
