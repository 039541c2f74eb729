//! Files and classes with set-up costs.

use std::num::NonZeroU32;

use evenshard::Micros;
use evenshard::pack::{Algorithm, Atom, Class, File, Options, Packing, Problem, Split, balance};
use proptest::prelude::*;

use super::brute::previous;

fn ms(ms: u64) -> Micros {
    Micros::from_millis(ms)
}

/// A file's set-up and classes, each with its set-up and durations.
type Spec<'a> = (u64, &'a [(u64, &'a [u64])]);

/// Files of (set-up, classes), classes of (set-up, durations), in milliseconds.
fn suite(files: &[Spec<'_>]) -> Problem {
    let (mut atoms, mut classes, mut list) = (Vec::new(), Vec::new(), Vec::new());
    for (file, (setup, own)) in (0..).zip(files) {
        list.push(File { setup: ms(*setup) });
        for (setup, durations) in *own {
            let class = u32::try_from(classes.len()).expect("few");
            classes.push(Class {
                file,
                setup: ms(*setup),
            });
            atoms.extend(durations.iter().map(|&d| Atom {
                duration: ms(d),
                class,
            }));
        }
    }
    Problem::new(atoms, classes, list).expect("in order")
}

fn auto(problem: &Problem, shards: u32) -> Packing {
    balance(
        problem,
        NonZeroU32::new(shards).expect("not zero"),
        &Options::default(),
    )
}

/// How many of neighbouring atoms are on different shards, by what they share.
fn cuts(problem: &Problem, packing: &Packing) -> (usize, usize) {
    let (mut in_classes, mut in_files) = (0, 0);
    for (atoms, shards) in problem.atoms().windows(2).zip(packing.shard_of.windows(2)) {
        let file = |atom: &Atom| problem.classes()[atom.class as usize].file;
        if shards[0] != shards[1] {
            in_classes += usize::from(atoms[0].class == atoms[1].class);
            in_files += usize::from(file(&atoms[0]) == file(&atoms[1]));
        }
    }
    (in_classes, in_files)
}

#[test]
fn files_that_fit_stay_whole() {
    let one: &[(u64, &[u64])] = &[(0, &[40, 60])];
    let problem = suite(&[(10, one), (10, one), (10, one), (10, one)]);
    let packing = auto(&problem, 2);
    assert_eq!(cuts(&problem, &packing), (0, 0));
    assert_eq!(packing.loads, [ms(220), ms(220)]);
    assert!(packing.certificate.proved_optimal);
}

#[test]
fn a_file_that_is_too_large_is_cut_at_a_class_border() {
    let large: &[(u64, &[u64])] = &[(5, &[50, 50]), (5, &[50, 50]), (5, &[100])];
    let problem = suite(&[(20, large)]);
    let packing = auto(&problem, 3);
    assert_eq!(cuts(&problem, &packing), (0, 2));
    assert_eq!(packing.loads, [ms(125), ms(125), ms(125)]);
}

#[test]
fn a_class_is_cut_only_when_nothing_else_helps() {
    let problem = suite(&[(10, &[(10, &[100; 8])]), (10, &[(10, &[100])])]);
    let packing = auto(&problem, 2);
    let (in_classes, _) = cuts(&problem, &packing);
    assert_eq!(in_classes, 1);
    assert_eq!(packing.certificate.makespan, ms(520));
    for split in [Split::File, Split::Class] {
        let options = Options {
            split,
            ..Options::default()
        };
        let whole = balance(&problem, NonZeroU32::new(2).expect("two"), &options);
        assert_eq!(cuts(&problem, &whole), (0, 0));
        assert_eq!(whole.certificate.makespan, ms(820));
        assert!(whole.certificate.proved_optimal);
    }
}

#[test]
fn a_set_up_cost_that_is_too_dear_keeps_a_file_together() {
    // Cutting the file would cost more than it could win.
    let problem = suite(&[(1_000, &[(0, &[10; 10])])]);
    let packing = auto(&problem, 4);
    assert!(packing.certificate.makespan <= ms(1_100));
    assert!(packing.certificate.lower_bound >= ms(1_000));
}

/// Shards of one length, filled with whole files and pieces of them: no plan is shorter
/// than the least work, and this one is known.
fn planted() -> impl Strategy<Value = (Problem, u32, Micros)> {
    let files = prop::collection::vec((1..40u64, prop::collection::vec(1..200u64, 1..12)), 1..6);
    prop::collection::vec(files, 1..7).prop_map(|shards| {
        let sum = |files: &Vec<(u64, Vec<u64>)>| -> u64 {
            files
                .iter()
                .map(|(setup, tests)| setup + tests.iter().sum::<u64>())
                .sum()
        };
        let longest = shards.iter().map(sum).max().unwrap_or(0);
        let count = u32::try_from(shards.len()).expect("few");
        let (mut atoms, mut classes, mut list) = (Vec::new(), Vec::new(), Vec::new());
        for mut files in shards {
            // The last test of the last file fills the shard up.
            let missing = longest - sum(&files);
            if let Some((_, tests)) = files.last_mut() {
                tests.push(missing);
            }
            for (setup, tests) in files {
                let index = u32::try_from(list.len()).expect("few");
                list.push(File { setup: ms(setup) });
                classes.push(Class {
                    file: index,
                    setup: Micros::ZERO,
                });
                let atom = |d| Atom {
                    duration: ms(d),
                    class: index,
                };
                atoms.extend(tests.into_iter().map(atom));
            }
        }
        (
            Problem::new(atoms, classes, list).expect("in order"),
            count,
            ms(longest),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn planted_optima_with_set_up_are_never_beaten_and_nearly_reached(
        (problem, shards, optimum) in planted(),
    ) {
        let certificate = auto(&problem, shards).certificate;
        prop_assert!(certificate.lower_bound <= optimum);
        prop_assert!(certificate.makespan >= optimum);
        prop_assert!(certificate.makespan.get() * 10 <= optimum.get() * 12, "{certificate:?}");
    }

    #[test]
    fn cutting_is_never_worse_than_whole_files_and_hardly_than_single_tests(
        (problem, shards, _) in planted(),
    ) {
        let lpt = |split| {
            let options = Options { split, algorithm: Algorithm::Lpt, ..Options::default() };
            let shards = NonZeroU32::new(shards).expect("not zero");
            balance(&problem, shards, &options).certificate.makespan.get()
        };
        let certificate = auto(&problem, shards).certificate;
        let floor = certificate.lower_bound.get();
        let allowed = |time: u64| time.max(floor + floor / 1_000);
        prop_assert!(certificate.makespan.get() <= allowed(lpt(Split::File)));
        prop_assert!(certificate.makespan.get() <= allowed(lpt(Split::Test)));
    }
}

/// A change of any decision shows here; it is then also a change of the plan's version.
#[test]
fn a_golden_plan_stays_as_it_is() {
    let problem = suite(&[
        (50, &[(0, &[310, 20, 45]), (30, &[120, 80, 75, 60])]),
        (50, &[(0, &[5; 10])]),
        (200, &[(0, &[900, 850, 400]), (100, &[300, 310, 320])]),
        (50, &[(20, &[70, 90]), (20, &[110])]),
    ]);
    let packing = auto(&problem, 3);
    let text: String = previous(&packing)
        .iter()
        .flatten()
        .map(|shard| shard.index().to_string())
        .collect();
    let golden = "22202201111111111200111111";
    assert_eq!(text, golden, "{:?}", packing.certificate);
}
