//! Shards with their pieces, for local search.

use crate::files::layout::{Layout, Piece};
use crate::loads::Loads;

/// Pieces on shards, with loads that count every shared setup once.
#[derive(Clone, Debug)]
pub(crate) struct Shards<'a> {
    pub(crate) layout: &'a Layout<'a>,
    /// The pieces of each shard, in the order of their items.
    pieces: Vec<Vec<Piece>>,
    pub(crate) loads: Loads,
}

impl<'a> Shards<'a> {
    /// Pieces in the order of their items, each on the shard given with it.
    pub(crate) fn new(
        layout: &'a Layout<'a>,
        shards: u32,
        placed: impl IntoIterator<Item = (Piece, u32)>,
    ) -> Self {
        let mut pieces: Vec<Vec<Piece>> = vec![Vec::new(); shards as usize];
        let mut loads = vec![0; shards as usize];
        for (piece, shard) in placed {
            let list = &mut pieces[shard as usize];
            loads[shard as usize] += layout.after(list.last().copied(), piece);
            list.push(piece);
        }
        Self {
            layout,
            pieces,
            loads: Loads::new(loads),
        }
    }

    /// Every item for itself on its shard.
    pub(crate) fn of_items(layout: &'a Layout<'a>, shards: u32, shard_of: &[u32]) -> Self {
        let single = |(item, &shard)| (Piece::new(item, item + 1), shard);
        Self::new(layout, shards, (0..).zip(shard_of).map(single))
    }

    /// The plan with the lower makespan, this one if both have the same.
    pub(crate) fn or(self, other: Self) -> Self {
        if other.loads.makespan() < self.loads.makespan() {
            other
        } else {
            self
        }
    }

    /// The pieces of a shard, in the order of their items.
    pub(crate) fn pieces(&self, shard: u32) -> &[Piece] {
        &self.pieces[shard as usize]
    }

    /// The time that `piece`, which is on no shard, would add to a shard.
    pub(crate) fn joining(&self, shard: u32, piece: Piece) -> u64 {
        let list = self.pieces(shard);
        let at = list.partition_point(|other| other.start < piece.start);
        self.between(shard, at, at, Some(piece))
            .saturating_sub(self.between(shard, at, at, None))
    }

    /// The load of a shard that keeps only `kept` of its piece number `at`.
    pub(crate) fn without(&self, shard: u32, at: usize, kept: Option<Piece>) -> u64 {
        let own = Some(self.pieces(shard)[at]);
        self.loads.of(shard) + self.between(shard, at, at + 1, kept)
            - self.between(shard, at, at + 1, own)
    }

    /// The time that the pieces numbered `at..next` and the one after them add to a shard, if
    /// `piece` were there instead.
    fn between(&self, shard: u32, at: usize, next: usize, piece: Option<Piece>) -> u64 {
        let list = self.pieces(shard);
        let before = at.checked_sub(1).map(|index| list[index]);
        let own = piece.map_or(0, |piece| self.layout.after(before, piece));
        let then = list
            .get(next)
            .map_or(0, |&then| self.layout.after(piece.or(before), then));
        own + then
    }

    /// Moves the part of a piece that is not `kept` to another shard. `kept` must be the
    /// start or the end of the piece; nothing kept moves all of it.
    pub(crate) fn move_part(&mut self, from: u32, at: usize, kept: Option<Piece>, to: u32) {
        let whole = self.pieces(from)[at];
        let moved = whole.beside(kept);
        // Before anything moves, since both look at the neighbours.
        let (less, more) = (self.without(from, at, kept), self.joining(to, moved));
        match kept {
            None => {
                self.pieces[from as usize].remove(at);
            }
            Some(kept) => self.pieces[from as usize][at] = kept,
        }
        self.loads.set(from, less);
        self.insert(to, moved);
        self.loads.set(to, self.loads.of(to) + more);
    }

    /// Reports whether a shard has a piece of a file.
    pub(crate) fn has(&self, shard: u32, file: u32) -> bool {
        let list = self.pieces(shard);
        let at = list.partition_point(|&other| self.layout.file(other) < file);
        list.get(at)
            .is_some_and(|&other| self.layout.file(other) == file)
    }

    /// Moves a whole piece of one shard to another.
    pub(crate) fn relocate(&mut self, from: u32, piece: Piece, to: u32) {
        if let Ok(at) = self.pieces(from).binary_search(&piece) {
            self.move_part(from, at, None, to);
        }
    }

    /// Adds a piece that is on no shard.
    pub(crate) fn add(&mut self, shard: u32, piece: Piece) {
        let more = self.joining(shard, piece);
        self.insert(shard, piece);
        self.loads.set(shard, self.loads.of(shard) + more);
    }

    /// The parts of a shard's pieces within `range`.
    pub(crate) fn within(&self, shard: u32, range: Piece) -> impl Iterator<Item = Piece> + '_ {
        let list = self.pieces(shard);
        let from = list.partition_point(|piece| piece.end <= range.start);
        let inside = list[from..]
            .iter()
            .take_while(move |piece| piece.start < range.end);
        inside.map(move |p| Piece::new(p.start.max(range.start), p.end.min(range.end)))
    }

    /// The setup that a shard would pay for the first items of `range`: none if it has
    /// some.
    pub(crate) fn entering(&self, shard: u32, range: Piece) -> u64 {
        if self.within(shard, range).next().is_some() {
            return 0;
        }
        let first = Piece::new(range.start, range.start + 1);
        let weight = self.layout.items.weight[range.start as usize];
        self.joining(shard, first).saturating_sub(weight)
    }

    /// Moves one item of a shard to another.
    pub(crate) fn move_item(&mut self, from: u32, item: u32, to: u32) {
        let list = self.pieces(from);
        let at = list.partition_point(|piece| piece.end <= item);
        let Some(&whole) = list.get(at).filter(|piece| piece.start <= item) else {
            return;
        };
        // With a border right behind the item, it is the end of its piece.
        if item + 1 < whole.end {
            self.pieces[from as usize][at].end = item + 1;
            self.pieces[from as usize].insert(at + 1, Piece::new(item + 1, whole.end));
        }
        let kept = Some(Piece::new(whole.start, item)).filter(|kept| kept.len() > 0);
        self.move_part(from, at, kept, to);
    }

    /// Inserts a piece in order, joined with its neighbours where they touch.
    fn insert(&mut self, shard: u32, piece: Piece) {
        let file = |piece: &Piece| self.layout.file(*piece);
        let own = file(&piece);
        let list = &mut self.pieces[shard as usize];
        let at = list.partition_point(|other| other.start < piece.start);
        let mut joined = piece;
        let (mut from, mut until) = (at, at);
        if let Some(next) = list.get(at)
            && next.start == piece.end
            && file(next) == own
        {
            joined.end = next.end;
            until += 1;
        }
        if let Some(last) = at.checked_sub(1).map(|index| list[index])
            && last.end == piece.start
            && file(&last) == own
        {
            joined.start = last.start;
            from -= 1;
        }
        list.splice(from..until, [joined]);
    }

    /// The shard of each item.
    pub(crate) fn shard_of(&self) -> Vec<u32> {
        let mut shard_of = vec![0; self.layout.items.len()];
        for (shard, pieces) in (0..).zip(&self.pieces) {
            for piece in pieces {
                shard_of[piece.start as usize..piece.end as usize].fill(shard);
            }
        }
        shard_of
    }
}
