//! Setups that atoms of several files share, such as a session fixture: every shard that runs
//! one of its users pays for it, once.
//!
//! The other packers know setup of classes and files alone. So the users of each costly setup are
//! tried in one part, in two, and in the fewest parts that fit into the bound: a part is
//! grouped and its first atom takes the cost. They are tried free as well, where every shard
//! may end up paying. The best plan in truth is kept, setup by setup, the most expensive first.
//!
//! With W workers a shard, each worker that runs a user pays, at the same time: k users cost a
//! shard min(k, W)/W of the setup, and no shard ends before one worker has paid and run
//! its longest user.
//!
//! - Source: none but this.
//! - Complexity: at most three plans for each of the [`MOST`] most expensive setups, and two.
//! - Guarantee: the bound counts every setup once, so it holds for every plan; never worse than
//!   greedy under the same costs.
//!
//! Worked example: tests of 1, 1, 4 and 4 on two shards, where the first two need a setup of 4.
//! Free they would be 1 + 4 and 1 + 4, and both shards pay: 9. Grouped they take 6 on one
//! shard, and the other has 8.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::num::NonZeroU32;

use crate::certificate::{Bound, BoundKind};
use crate::groups;
use crate::micros::Micros;
use crate::options::{Algorithm, Options, SharedSetup};
use crate::packer::Packer;
use crate::packing::Packing;
use crate::problem::{Atom, Class, File, Problem, count};
use crate::shard::RunsOn;
use crate::steady;

/// The setups whose users are tried in parts, the most expensive first: six make at most twenty
/// plans, one free, one greedy, and three for each setup.
const MOST: usize = 6;
/// A setup is worth a try from this part of a shard's time on, one in so many: a hundredth, as
/// far as plans may be from the bound to stay near the last one.
const WORTH: u64 = 100;
/// The gap to the bound that is not worth another try: a thousandth, as between rounds of cutting.
const ENOUGH: u64 = 1_000;

/// The packer of any problem.
pub(crate) fn packer<'a>(problem: &'a Problem, options: Options<'a>) -> Box<dyn Packer + 'a> {
    if options.shared.is_empty() {
        groups::packer(problem, options)
    } else {
        Box::new(Shared { problem, options })
    }
}

/// A problem with shared setups.
struct Shared<'a> {
    problem: &'a Problem,
    options: Options<'a>,
}

impl Packer for Shared<'_> {
    fn units(&self) -> u32 {
        groups::packer(self.problem, self.without_shared()).units()
    }

    /// The longest unit without shared setups, with those that it needs.
    fn longest(&self) -> (Vec<usize>, Micros) {
        let (atoms, time) = groups::packer(self.problem, self.without_shared()).longest();
        let needs = |shared: &&SharedSetup| {
            let uses = |&atom: &usize| shared.users.binary_search(&count(atom)).is_ok();
            atoms.iter().any(uses)
        };
        let costs = self.options.shared.iter().filter(needs).map(|s| s.cost);
        let setup = if self.options.several_workers().is_some() {
            costs.max().unwrap_or_default()
        } else {
            costs.sum()
        };
        (atoms, time + setup)
    }

    /// The bound of all work with every shared setup once, anywhere.
    fn bound(&self, shards: NonZeroU32) -> Bound {
        let once = each_once(self.problem, self.options.shared);
        let bound = groups::packer(&once, self.without_shared()).bound(shards);
        bound.or(self.longest().1, BoundKind::Longest)
    }

    fn pack(&self, shards: NonZeroU32) -> Packing {
        let free = self.packed(&[], shards, self.options.algorithm);
        let proved = free.certificate;
        let bound = self.bound(shards).or(proved.lower_bound, proved.bound);
        let free = self.account(free, shards, bound);
        // Greedy is there to compare with: nothing is tried beside it.
        if self.options.algorithm == Algorithm::Lpt {
            return free;
        }
        let best = self.best(&free, shards, bound);
        // The plan that stays near the last one, unless another is clearly better.
        let near = steady::allowed(best.certificate.makespan.get());
        if self.options.previous.is_some() && free.certificate.makespan.get() <= near {
            return free;
        }
        best
    }
}

/// The problem in which each shared setup is one more atom, for any shard to take: the least that
/// every plan comes to.
fn each_once(problem: &Problem, shared: &[SharedSetup]) -> Problem {
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

/// A part of a setup's users, and the cost that it pays.
type Part = (Micros, Vec<u32>);

impl<'a> Shared<'a> {
    fn without_shared(&self) -> Options<'a> {
        Options {
            shared: &[],
            ..self.options
        }
    }

    /// The best of the plans in which users are free, and in parts.
    fn best(&self, free: &Packing, shards: NonZeroU32, bound: Bound) -> Packing {
        let greedy = self.packed(&[], shards, Algorithm::Lpt);
        let mut best = free.clone().or(self.account(greedy, shards, bound));
        let mut kept: Vec<Part> = Vec::new();
        let enough = bound.time + Micros::new(bound.time.get() / ENOUGH);
        for setup in self.costly(bound) {
            let mut better = None;
            for count in self.part_counts(setup, shards, bound) {
                if best.certificate.makespan <= enough {
                    return best;
                }
                let mut parts = kept.clone();
                parts.extend(self.parts(setup, count));
                let found = self.packed(&parts, shards, Algorithm::Auto);
                let found = self.account(found, shards, bound);
                if found.certificate.makespan < best.certificate.makespan {
                    (best, better) = (found, Some(parts));
                }
            }
            // Parts of expensive setups stay while the cheaper ones are tried.
            kept = better.unwrap_or(kept);
        }
        best
    }

    /// The setups that are worth a try, the most expensive first.
    fn costly(&self, bound: Bound) -> Vec<&'a SharedSetup> {
        let worth = bound.time.get() / WORTH;
        let costly = { self.options.shared.iter() }
            .filter(|setup| setup.cost.get() > worth && setup.users.len() > 1);
        let mut costly: Vec<&SharedSetup> = costly.collect();
        costly.sort_by_key(|setup| Reverse(setup.cost));
        costly.truncate(MOST);
        costly
    }

    /// The numbers of parts that the users of a setup are tried in: one, two, and the fewest that
    /// fit where each part pays.
    fn part_counts(
        &self,
        setup: &SharedSetup,
        shards: NonZeroU32,
        bound: Bound,
    ) -> BTreeSet<usize> {
        let wide = |time: Micros| u128::from(time.get());
        let users = wide(self.problem.durations(&setup.users));
        let cost = wide(setup.cost);
        let m = u128::from(shards.get());
        let workers = self.options.workers.map_or(1, |w| w.count.get());
        let all = wide(bound.time) * m;
        let fits = |count: &usize| {
            let count = *count as u128;
            let mean = (all + (count - 1) * cost) / m;
            users <= count * mean.saturating_sub(cost) * u128::from(workers)
        };
        let most = setup.users.len().min(shards.get() as usize);
        let fewest = (1..=most).find(fits);
        let counts = [1, 2].into_iter().chain(fewest);
        counts.filter(|&count| count <= most).collect()
    }

    /// The users of a setup in so many parts of about equal time, whole files as far as these
    /// fit.
    fn parts(&self, setup: &SharedSetup, count: usize) -> Vec<Part> {
        let known = self.problem.atoms().len();
        let users = { setup.users.iter().copied() }.filter(|&user| (user as usize) < known);
        let users: Vec<u32> = users.collect();
        let fair = self.problem.durations(&users).get() / count as u64;
        let file = |atom: u32| self.problem.class_of(atom).1.file;
        let mut runs: Vec<(Micros, &[u32])> = Vec::new();
        for of_file in users.chunk_by(|&a, &b| file(a) == file(b)) {
            let fits = self.problem.durations(of_file).get() <= fair;
            let pieces = of_file.chunks(if fits { of_file.len() } else { 1 });
            runs.extend(pieces.map(|atoms| (self.problem.durations(atoms), atoms)));
        }
        // The longest first, each to the part with the least.
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

    /// The problem packed with these parts grouped, without shared setups.
    fn packed(&self, parts: &[Part], shards: NonZeroU32, algorithm: Algorithm) -> Packing {
        let mut groups = self.options.groups.cloned().unwrap_or_default();
        groups
            .together
            .extend(parts.iter().map(|(_, part)| part.clone()));
        let problem = self.problem.with(|atoms, _| {
            for (cost, part) in parts {
                atoms[part[0] as usize].duration += *cost;
            }
        });
        let options = Options {
            algorithm,
            groups: Some(&groups),
            ..self.without_shared()
        };
        groups::packer(&problem, options).pack(shards)
    }

    /// The packing with the loads of the original problem.
    fn account(&self, packing: Packing, shards: NonZeroU32, bound: Bound) -> Packing {
        let shard_of = packing.shard_of;
        let loads = loads(self.problem, &shard_of, shards, &self.options);
        Packing::new(shard_of, loads, bound)
    }
}

/// The time of each shard with the shared setups of its atoms.
fn loads(
    problem: &Problem,
    shard_of: &[RunsOn],
    shards: NonZeroU32,
    options: &Options<'_>,
) -> Vec<Micros> {
    let workers = options.several_workers();
    let mut loads = match workers {
        Some(workers) => workers.loads(problem, shard_of, shards),
        None => problem.loads(shard_of, shards),
    };
    let count = workers.map_or(1, |workers| u64::from(workers.count.get()));
    let mut alone = vec![Micros::ZERO; loads.len()];
    for setup in options.shared {
        let mut users = vec![(0, Micros::ZERO); loads.len()];
        for &user in &setup.users {
            let user = user as usize;
            let Some((atom, on)) = problem.atoms().get(user).zip(shard_of.get(user)) else {
                continue;
            };
            for (number, longest) in &mut users[on.indices(loads.len())] {
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
