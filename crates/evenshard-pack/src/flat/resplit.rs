//! Pair re-split: splits the items of the fullest shard and of another one anew.
//!
//! - Source: the pairwise interchange of Haouari, Gharbi and Jemmali, *Tight bounds for the
//!   identical parallel machine-scheduling problem* (2006), over halving.
//! - Complexity: O(n/m + 2^8) a call.
//! - Guarantee: the fuller of the two falls, or nothing changes; with 16 items or fewer no
//!   division of the two is better.
//!
//! Worked example: {7, 6} and {5, 4} hold 13 and 9. Together 22, so 11 each would be ideal,
//! and 7 + 4 against 6 + 5 is just that.

use crate::flat::bins::Bins;
use crate::flat::halve::Halver;

/// Partners that the fullest shard tries, from the emptiest on: a round number, not fitted.
/// docs/balancing.md has the worth of the whole re-split.
const PARTNERS: usize = 64;

/// Re-splits the fullest shard with emptier ones until it is at most `target`, or none of
/// its partners helps, or `calls` are spent.
pub(crate) fn resplit(bins: &mut Bins<'_>, target: u64, mut calls: u32) {
    let falling = bins.falling;
    let mut halver = Halver::default();
    let (mut pool, mut sizes) = (Vec::new(), Vec::new());
    let mut partners = Vec::with_capacity(PARTNERS);
    loop {
        let (load, fullest) = bins.loads.fullest();
        if load <= target {
            return;
        }
        partners.clear();
        partners.extend(bins.loads.emptiest().take(PARTNERS));
        let mut helped = false;
        for &(other, partner) in &partners {
            // An even split must lower the fuller one.
            if partner == fullest || other + 1 >= load {
                break;
            }
            // A count, and no clock: the same packing everywhere.
            if calls == 0 {
                return;
            }
            calls -= 1;
            let pair = [fullest, partner];
            bins.pool(&pair, &mut pool);
            sizes.clear();
            sizes.extend(pool.iter().map(|&rank| falling[rank as usize]));
            if halver.halve(&sizes, [0, 0]) < load {
                bins.deal(&pair, &pool, halver.to());
                helped = true;
                break;
            }
        }
        if !helped {
            return;
        }
    }
}
