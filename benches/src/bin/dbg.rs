//! x
use evenshard::Micros;
use evenshard::pack::*;
use evenshard_benches::suites::{Shape, suite};
use std::num::NonZeroU32;
fn main() {
    for (tests, shards) in [(1000, 20u32), (10_000, 100)] {
        for seed in 0..8 {
            let p = suite(
                Shape {
                    tests,
                    per_file: 20,
                    file_setup: Micros::from_millis(500),
                    class_setup: Micros::ZERO,
                },
                seed,
            );
            let f = balance(&p, NonZeroU32::new(shards).unwrap(), &Options::default());
            let b = f.certificate.lower_bound.get() as f64;
            let work: u64 = f.loads.iter().map(|l| l.get()).sum();
            let least = p.least_work().get();
            // unavoidable touches at T = bound
            let mut by = vec![0u64; p.files().len()];
            for a in p.atoms() {
                by[p.classes()[a.class as usize].file as usize] += a.duration.get();
            }
            let need: u64 = by
                .iter()
                .map(|&w| w.div_ceil(b as u64 - 500_000))
                .sum::<u64>()
                - by.len() as u64;
            let longest = p.atoms().iter().map(|a| a.duration.get()).max().unwrap();
            eprintln!(
                "{tests} {seed}: files {} bound {:.3}s {:?} makespan {:.4} avg {:.4} min {:.4} extra touches {:.1} need {} longest atom {:.3} proved {}",
                p.files().len(),
                b / 1e6,
                f.certificate.bound,
                f.certificate.makespan.get() as f64 / b,
                work as f64 / shards as f64 / b,
                f.loads.iter().min().unwrap().get() as f64 / b,
                (work - least) as f64 / 5e5,
                need,
                longest as f64 / 1e6,
                f.certificate.proved_optimal
            );
        }
    }
}
