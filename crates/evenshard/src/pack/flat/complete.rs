//! Bounded bin completion: do these items fit into so many shards of a capacity?
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
//! 9, which takes 3; 5 and 4 are left and fit. With 8 in place of 6 (20 in two of 10), the 8
//! finds no 2, and that proves that it cannot be done.

/// What the search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A shard for each item.
    Fits(Vec<u8>),
    /// There is no packing.
    Never,
    /// The steps did not suffice.
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
        place: vec![FREE; falling.len()],
        steps,
        last: shards.saturating_sub(1),
    };
    let spare = u64::try_from(room - sum).unwrap_or(u64::MAX);
    let total = u64::try_from(sum).unwrap_or(u64::MAX);
    match search.fill(0, spare, total) {
        Some(true) => Outcome::Fits(search.place),
        Some(false) => Outcome::Never,
        None => Outcome::Unknown,
    }
}

const FREE: u8 = u8::MAX;

struct Search<'a> {
    falling: &'a [u64],
    capacity: u64,
    place: Vec<u8>,
    steps: u32,
    last: u8,
}

/// Where the completion of one shard stands.
#[derive(Clone, Copy)]
struct Open {
    shard: u8,
    /// The room left in this shard.
    room: u64,
    /// What all shards from this one on may waste.
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
            for place in self.place.iter_mut().filter(|place| **place == FREE) {
                *place = shard;
            }
            return Some(true);
        }
        if shard == self.last {
            return Some(false);
        }
        let Some(first) = self.place.iter().position(|&place| place == FREE) else {
            return Some(true);
        };
        let size = self.falling[first];
        self.place[first] = shard;
        let open = Open {
            shard,
            room: self.capacity - size,
            spare,
            left: left - size,
            passed: u64::MAX,
        };
        let free: u64 = open.left;
        let found = self.complete(first + 1, free, open);
        if found != Some(true) {
            self.place[first] = FREE;
        }
        found
    }

    /// Completes the open shard with items from `at` on, of which `reach` is the sum.
    fn complete(&mut self, mut at: usize, mut reach: u64, open: Open) -> Option<bool> {
        self.steps = self.steps.checked_sub(1)?;
        // What does not fit is of no use here.
        while at < self.falling.len() && (self.place[at] != FREE || self.falling[at] > open.room) {
            if self.place[at] == FREE {
                reach -= self.falling[at];
            }
            at += 1;
        }
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
        self.place[at] = open.shard;
        let with = Open {
            room: open.room - size,
            left: open.left - size,
            ..open
        };
        let found = self.complete(at + 1, reach - size, with);
        if found != Some(false) {
            return found;
        }
        self.place[at] = FREE;
        // Without this one, and then without all of its size: they are alike.
        let mut next = at;
        while next < self.falling.len() && (self.place[next] != FREE || self.falling[next] == size)
        {
            if self.place[next] == FREE {
                reach -= size;
            }
            next += 1;
        }
        let without = Open {
            passed: open.passed.min(size),
            ..open
        };
        self.complete(next, reach, without)
    }
}
