//! Instances of the plain problem, regenerated from the descriptions in the papers.

use crate::random::{Random, whole};

/// One instance: sizes, shards, and the optimum where construction gives it.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The sizes of the items.
    pub sizes: Vec<u64>,
    /// The number of shards.
    pub shards: u32,
    /// The optimal makespan, where it is known by construction.
    pub optimum: Option<u64>,
}

/// A named set of instances.
#[derive(Clone, Debug)]
pub struct Family {
    /// Its name, with its source.
    pub name: &'static str,
    /// The instances, in a fixed order.
    pub instances: Vec<Instance>,
}

/// A size of a class.
type Size = fn(&mut Random) -> u64;

/// All families, with `repeats` instances of each kind.
pub fn all(repeats: u64) -> Vec<Family> {
    let mut families = vec![
        Family {
            name: "Franca uniform (1994)",
            instances: franca_sizes(repeats, |random, most| random.between(1, most)),
        },
        Family {
            name: "Frangioni non-uniform (2004)",
            instances: franca_sizes(repeats, non_uniform),
        },
    ];
    let classes: [(&'static str, Size); 5] = [
        ("class 1, uniform 1 to 100", |r| r.between(1, 100)),
        ("class 2, uniform 20 to 100", |r| r.between(20, 100)),
        ("class 3, uniform 50 to 100", |r| r.between(50, 100)),
        ("class 4, normal 100 ± 50", |r| bell(r, 100.0, 50.0)),
        ("class 5, normal 100 ± 20", |r| bell(r, 100.0, 20.0)),
    ];
    for (name, size) in classes {
        families.push(Family {
            name,
            instances: class(repeats, size),
        });
    }
    families.push(Family {
        name: "class 1 in microseconds, uniform 1 to 10 s",
        instances: class(repeats, |r| r.between(1, 10_000_000)),
    });
    families.push(Family {
        name: "planted perfect",
        instances: planted_grid(repeats),
    });
    families.push(Family {
        name: "Graham's worst case (1969)",
        instances: (2..=50).map(graham).collect(),
    });
    families
}

/// The grid of P. Franca, M. Gendreau, G. Laporte, F. Muller, *A composite heuristic for the
/// identical parallel machine scheduling problem* (1994), which A. Frangioni, E. Necciari, M.
/// Scutella, *A multi-exchange neighborhood for minimum makespan machine scheduling
/// problems* (2004) share: 5, 10, 25 machines, 10 to 1000 jobs, times up to 100, 1000, 10000.
fn franca_sizes(repeats: u64, size: impl Fn(&mut Random, u64) -> u64) -> Vec<Instance> {
    let mut instances = Vec::new();
    for most in [100, 1_000, 10_000] {
        for shards in [5u32, 10, 25] {
            for count in [10u64, 50, 100, 500, 1_000] {
                if count < 2 * u64::from(shards) {
                    continue;
                }
                for repeat in 0..repeats {
                    let seed = most ^ (u64::from(shards) << 20) ^ (count << 30) ^ (repeat << 44);
                    let mut random = Random::new(seed);
                    let sizes = (0..count).map(|_| size(&mut random, most)).collect();
                    instances.push(Instance {
                        sizes,
                        shards,
                        optimum: None,
                    });
                }
            }
        }
    }
    instances
}

/// Of 100 jobs, 98 are long (0.9 of the longest, or more) and 2 short (0.2 or less).
fn non_uniform(random: &mut Random, most: u64) -> u64 {
    if random.between(1, 100) <= 98 {
        random.between(most * 9 / 10, most)
    } else {
        random.between(1, most / 5)
    }
}

/// A normal deviate as a positive whole number.
fn bell(random: &mut Random, mean: f64, deviation: f64) -> u64 {
    whole(mean + deviation * random.normal()).max(1)
}

/// The classes of M. Dell'Amico, S. Martello (1995) and M. Haouari, M. Jemmali, *Tight
/// bounds for the identical parallel machine-scheduling problem: Part II* (2008), at few
/// jobs a machine, where they are hard.
fn class(repeats: u64, size: Size) -> Vec<Instance> {
    let mut instances = Vec::new();
    for (shards, count) in [
        (3u32, 10u64),
        (5, 25),
        (8, 20),
        (10, 25),
        (10, 50),
        (20, 50),
        (20, 60),
        (40, 100),
        (50, 200),
        (80, 200),
    ] {
        for repeat in 0..repeats {
            let mut random = Random::new(u64::from(shards) << 32 | count << 16 | repeat);
            instances.push(Instance {
                sizes: (0..count).map(|_| size(&mut random)).collect(),
                shards,
                optimum: None,
            });
        }
    }
    instances
}

/// Planted instances of several shapes.
fn planted_grid(repeats: u64) -> Vec<Instance> {
    let mut instances = Vec::new();
    for (shards, each) in [
        (2, 5),
        (5, 4),
        (10, 3),
        (10, 10),
        (20, 5),
        (50, 4),
        (50, 20),
        (200, 10),
    ] {
        for repeat in 0..repeats {
            instances.push(planted(shards, each, 1_000_000, repeat));
        }
    }
    instances
}

/// Bars of one length, each cut at random into about `each` pieces: the optimum is that
/// length.
pub fn planted(shards: u32, each: u64, length: u64, seed: u64) -> Instance {
    let mut random = Random::new(seed ^ u64::from(shards) << 40 ^ each << 20);
    let mut sizes = Vec::new();
    for _ in 0..shards {
        let cuts = random.between(each.div_ceil(2), each + each / 2) - 1;
        let mut at: Vec<u64> = (0..cuts).map(|_| random.between(1, length - 1)).collect();
        at.extend([0, length]);
        at.sort_unstable();
        sizes.extend(
            at.windows(2)
                .map(|pair| pair[1] - pair[0])
                .filter(|&size| size > 0),
        );
    }
    Instance {
        sizes,
        shards,
        optimum: Some(length),
    }
}

/// R. L. Graham's instance on which greedy longest-first is 4/3 - 1/(3m) of the optimum 3m.
pub fn graham(shards: u32) -> Instance {
    let m = u64::from(shards);
    let mut sizes: Vec<u64> = (m + 1..2 * m).rev().flat_map(|size| [size, size]).collect();
    sizes.extend([m; 3]);
    Instance {
        sizes,
        shards,
        optimum: Some(3 * m),
    }
}
