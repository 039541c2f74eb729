//! Bounded bin completion: fits items into shards of one capacity, or proves that they do not.
//!
//! - Source: R. E. Korf, *A new algorithm for optimal bin packing*, AAAI (2002).
//! - Complexity: exponential, therefore bounded by a number of steps.
//! - Guarantee: [`Outcome::Fits`] comes with a packing and [`Outcome::Never`] is a proof;
//!   [`Outcome::Unknown`] says nothing.
//!
//! Shards are filled one after the other. The largest item left goes into the next shard,
//! and every way to complete that shard is tried, as long as the room wasted so far does not
//! exceed what all shards have to spare. A completion that leaves room for one more item is
//! passed over: with that item it is as good.
//!
//! Worked example: 6, 5, 4, 3 in two shards of 9 (nothing to spare): 6 must be completed to
//! 9, which takes 3; 5 and 4 are left and fit. With 8 instead of 6 (20 in two of 10), the 8
//! finds no 2, and that proves that it cannot be done.

/// The answer of the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A shard for each item.
    Fits(Vec<u8>),
    /// There is no packing.
    Never,
    /// The steps ran out.
    Unknown,
}

/// Tries to fit `falling` sizes into `shards` of `capacity` in at most `steps`.
pub(crate) fn fit(falling: &[u64], shards: u8, capacity: u64, steps: u32) -> Outcome {
    let sum: u128 = falling.iter().copied().map(u128::from).sum();
    let room = u128::from(capacity) * u128::from(shards);
    if sum > room || falling.first().is_some_and(|&longest| longest > capacity) {
        return Outcome::Never;
    }
    let mut search = Search {
        falling,
        capacity,
        shard_of: vec![None; falling.len()],
        steps,
        last: shards.saturating_sub(1),
    };
    let spare = u64::try_from(room - sum).unwrap_or(u64::MAX);
    let total = u64::try_from(sum).unwrap_or(u64::MAX);
    match search.fill(0, spare, total) {
        Some(true) => Outcome::Fits(search.shard_of.into_iter().flatten().collect()),
        Some(false) => Outcome::Never,
        None => Outcome::Unknown,
    }
}

struct Search<'a> {
    falling: &'a [u64],
    capacity: u64,
    /// The shard of each item that has one.
    shard_of: Vec<Option<u8>>,
    steps: u32,
    last: u8,
}

/// A shard that is being completed.
#[derive(Clone, Copy)]
struct Open {
    shard: u8,
    /// The room left in this shard.
    room: u64,
    /// The room that all shards from this one on may waste.
    spare: u64,
    /// The sum of all items that no shard has yet.
    left: u64,
    /// The smallest item that was passed over although it would have fitted.
    passed: u64,
}

impl Search<'_> {
    /// Fills this shard and those after it: `None` when the steps run out.
    fn fill(&mut self, shard: u8, spare: u64, left: u64) -> Option<bool> {
        if left <= self.capacity {
            // All that is left fits into one shard.
            for free in self.shard_of.iter_mut().filter(|of| of.is_none()) {
                *free = Some(shard);
            }
            return Some(true);
        }
        // The last shard would have to take all that is left, and that is too much.
        if shard == self.last {
            return Some(false);
        }
        let Some(first) = self.shard_of.iter().position(Option::is_none) else {
            return Some(true);
        };
        let size = self.falling[first];
        self.shard_of[first] = Some(shard);
        let open = Open {
            shard,
            room: self.capacity - size,
            spare,
            left: left - size,
            passed: u64::MAX,
        };
        let found = self.complete(first + 1, open.left, open);
        if found != Some(true) {
            self.shard_of[first] = None;
        }
        found
    }

    /// Completes the open shard with items from `at` on, of which `reach` is the sum.
    fn complete(&mut self, mut at: usize, mut reach: u64, open: Open) -> Option<bool> {
        self.steps = self.steps.checked_sub(1)?;
        while at < self.falling.len()
            && (self.shard_of[at].is_some() || self.falling[at] > open.room)
        {
            reach -= self.free_size(at);
            at += 1;
        }
        // Not even all items from here on fill the shard as far as it has to be.
        if open.room > open.spare && reach < open.room - open.spare {
            return Some(false);
        }
        if at == self.falling.len() {
            if open.room >= open.passed {
                return Some(false);
            }
            return self.fill(open.shard + 1, open.spare - open.room, open.left);
        }
        let size = self.falling[at];
        self.shard_of[at] = Some(open.shard);
        let with = Open {
            room: open.room - size,
            left: open.left - size,
            ..open
        };
        let found = self.complete(at + 1, reach - size, with);
        // Found, or out of steps.
        if found != Some(false) {
            return found;
        }
        self.shard_of[at] = None;
        // Without this one, and then without all of its size: they are alike.
        let mut next = at;
        while next < self.falling.len()
            && (self.shard_of[next].is_some() || self.falling[next] == size)
        {
            reach -= self.free_size(next);
            next += 1;
        }
        let without = Open {
            passed: open.passed.min(size),
            ..open
        };
        self.complete(next, reach, without)
    }

    /// The size of an item that no shard has yet, else zero.
    fn free_size(&self, item: usize) -> u64 {
        self.shard_of[item].map_or(self.falling[item], |_| 0)
    }
}
