//! Neighbourhood search: the fullest shard and a few others are packed anew, together.
//!
//! - Source: the large-neighbourhood idea of P. Shaw (1998) with bounded bin completion as
//!   the inner solver; random numbers by xorshift (G. Marsaglia, 2003).
//! - Complexity: a bounded number of tries of bounded steps each.
//! - Guarantee: no shard of a try ends fuller than the fullest was; never worse.
//!
//! Worked example: {5, 5}, {4, 4} and {3, 3, 3, 3} have a makespan of 12. No pair gets below
//! it by much, yet the sum of all three is 30: 5 + 5, 4 + 3 + 3 and 4 + 3 + 3 make 10 each.

use crate::flat::bins::Bins;
use crate::flat::complete::{Outcome, fit};
use crate::flat::halve::{EXACT, Halver};

/// The most shards of one try, of three at least: a round number, not fitted.
const WIDEST: usize = 8;
/// The most items of one try: eight a shard.
const MOST_ITEMS: usize = 64;

/// A fixed sequence of numbers that look random.
struct Sequence(u64);

impl Sequence {
    /// The next number below `end`, which is not zero.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % end as u64).unwrap_or(0)
    }
}

/// Improves the bins until the fullest is at most `target` or `tries` are spent.
pub(crate) fn search(bins: &mut Bins<'_>, target: u64, tries: u32, steps: u32) {
    let mut search = Search {
        falling: bins.falling,
        bins,
        pool: Vec::new(),
        halver: Halver::default(),
        steps,
        // The golden ratio's digits: any seed but zero will do.
        sequence: Sequence(0x9E37_79B9_7F4A_7C15),
    };
    search.run(target, tries);
}

struct Search<'b, 'a> {
    bins: &'b mut Bins<'a>,
    falling: &'a [u64],
    pool: Vec<u32>,
    halver: Halver,
    steps: u32,
    sequence: Sequence,
}

impl Search<'_, '_> {
    /// Packs the fullest shard anew with two to seven others, drawn anew each time; where shards
    /// have too many items for that, some items of two shards.
    fn run(&mut self, target: u64, tries: u32) {
        let mut chosen = Vec::with_capacity(WIDEST);
        for attempt in 0..tries {
            let (load, fullest) = self.bins.loads.fullest();
            if load <= target || self.bins.loads.count() < 2 {
                return;
            }
            let wanted = 3 + self.sequence.below(WIDEST - 2);
            chosen.clear();
            chosen.push(fullest);
            let mut items = self.bins.count(fullest);
            // Twice as often as shards are wanted: some are drawn again, or have too many items.
            for _ in 0..2 * wanted {
                let shard = self.draw(attempt);
                let more = items + self.bins.count(shard);
                if chosen.len() < wanted && !chosen.contains(&shard) && more <= MOST_ITEMS {
                    items = more;
                    chosen.push(shard);
                }
            }
            if chosen.len() > 2 {
                self.repack(&chosen);
            } else {
                let partner = self.draw(attempt);
                self.sample([fullest, partner]);
            }
        }
    }

    /// Splits some items of two shards anew, drawn at random; the others stay. Where
    /// items are nearly alike, that finds what the smallest items alone do not.
    fn sample(&mut self, pair: [u32; 2]) {
        let loads = pair.map(|shard| self.bins.loads.of(shard));
        // Nothing between the two can be evened out.
        if pair[0] == pair[1] || loads[1] + 1 >= loads[0] {
            return;
        }
        let first = self.bins.count(pair[0]);
        self.bins.append(&pair, &mut self.pool);
        let start = |index: usize| u8::from(index >= first);
        let mut drawn: Vec<usize> = Vec::with_capacity(EXACT);
        for _ in 0..EXACT {
            let index = self.sequence.below(self.pool.len());
            if !drawn.contains(&index) {
                drawn.push(index);
            }
        }
        let size = |index: usize| self.falling[self.pool[index] as usize];
        let mut base = loads;
        for &index in &drawn {
            base[usize::from(start(index))] -= size(index);
        }
        let free: Vec<u64> = drawn.iter().map(|&index| size(index)).collect();
        if self.halver.halve(&free, base) < loads[0] {
            let mut to: Vec<u8> = (0..self.pool.len()).map(start).collect();
            for (&index, &side) in drawn.iter().zip(self.halver.to()) {
                to[index] = side;
            }
            let mut dealt: Vec<(u32, u8)> = self.pool.iter().copied().zip(to).collect();
            // Bins keep their items in rising rank.
            dealt.sort_unstable();
            let (pool, to): (Vec<u32>, Vec<u8>) = dealt.into_iter().unzip();
            self.bins.deal(&pair, &pool, &to);
        }
    }

    /// Draws a shard; every other time the emptier of two.
    fn draw(&mut self, attempt: u32) -> u32 {
        let shards = self.bins.loads.count() as usize;
        let mut any = || u32::try_from(self.sequence.below(shards)).unwrap_or(0);
        let (first, second) = (any(), any());
        if attempt % 2 == 1 && self.bins.loads.of(second) < self.bins.loads.of(first) {
            second
        } else {
            first
        }
    }

    /// Packs the shards anew so that all are below the fullest, if that is found.
    fn repack(&mut self, shards: &[u32]) {
        let loads = shards.iter().map(|&shard| self.bins.loads.of(shard));
        let load = loads.clone().max().unwrap_or(0);
        let even = loads.sum::<u64>().div_ceil(shards.len() as u64);
        self.bins.pool(shards, &mut self.pool);
        if even >= load || self.pool.len() > MOST_ITEMS {
            return;
        }
        let sizes = self.pool.iter().map(|&rank| self.falling[rank as usize]);
        let sizes: Vec<u64> = sizes.collect();
        let count = u8::try_from(shards.len()).unwrap_or(u8::MAX);
        // Nearly even first, since many small steps take longer; then anything better.
        for capacity in [even + (load - 1 - even) / 4, load - 1] {
            if let Outcome::Fits(to) = fit(&sizes, count, capacity, self.steps) {
                self.bins.deal(shards, &self.pool, &to);
                return;
            }
        }
    }
}
