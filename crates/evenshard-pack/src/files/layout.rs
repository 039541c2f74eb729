//! The cost of neighbouring items together, in constant time.

use crate::items::Items;
use crate::problem::count;

/// Neighbouring items of one file that are placed together: `start..end`, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Piece {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Piece {
    /// The items from `start` to `end`, which is not included.
    pub(crate) fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The number of items.
    pub(crate) fn len(self) -> u32 {
        self.end - self.start
    }

    /// The rest of the piece beside `kept`, its start or its end; all of it if none is kept.
    pub(crate) fn beside(self, kept: Option<Self>) -> Self {
        match kept {
            None => self,
            Some(kept) if kept.start == self.start => Self::new(kept.end, self.end),
            Some(kept) => Self::new(self.start, kept.start),
        }
    }
}

/// Items with running sums over their weights and over the setup of their classes.
#[derive(Debug)]
pub(crate) struct Layout<'a> {
    pub(crate) items: &'a Items,
    weight_before: Vec<u64>,
    setup_before: Vec<u64>,
    /// The first item of each class; one more at the end.
    pub(crate) class_start: Vec<u32>,
    /// The first class of each file; one more at the end.
    pub(crate) file_start: Vec<u32>,
}

impl<'a> Layout<'a> {
    pub(crate) fn new(items: &'a Items) -> Self {
        Self {
            items,
            weight_before: running(&items.weight),
            setup_before: running(&items.class_setup),
            class_start: starts(&items.class),
            file_start: starts(&items.file),
        }
    }

    /// The time of a piece on a shard, with the setup of its classes, without that of its file.
    pub(crate) fn work(&self, piece: Piece) -> u64 {
        let (first, last) = self.classes(piece);
        self.weight_before[piece.end as usize] - self.weight_before[piece.start as usize]
            + self.setup_before[last as usize + 1]
            - self.setup_before[first as usize]
    }

    /// The time of a piece on a shard of its own.
    pub(crate) fn alone(&self, piece: Piece) -> u64 {
        self.work(piece) + self.items.file_setup[self.file(piece) as usize]
    }

    /// The time that a piece adds to a shard that already has `before`, the nearest piece of
    /// those that precede it. Only the nearest can share its first class.
    pub(crate) fn after(&self, before: Option<Piece>, piece: Piece) -> u64 {
        let Some(before) = before.filter(|before| self.file(*before) == self.file(piece)) else {
            return self.alone(piece);
        };
        let (first, _) = self.classes(piece);
        let (_, shared) = self.classes(before);
        let saved = if first == shared {
            self.items.class_setup[first as usize]
        } else {
            0
        };
        self.work(piece) - saved
    }

    /// The file of a piece.
    pub(crate) fn file(&self, piece: Piece) -> u32 {
        self.items.file_of(piece.start as usize)
    }

    /// The items of the classes from `first` to `end`, which is not included.
    pub(crate) fn span(&self, first: u32, end: u32) -> Piece {
        let start = |class: u32| self.class_start[class as usize];
        Piece::new(start(first), start(end))
    }

    /// The items around one that can be split freely: those of its file where the
    /// file's classes cost nothing, else those of its class.
    pub(crate) fn free_range(&self, item: u32) -> Piece {
        let class = self.items.class[item as usize];
        let file = self.items.file[class as usize] as usize;
        let (first, end) = (self.file_start[file], self.file_start[file + 1]);
        // Running sums are equal where nothing between them costs anything.
        let free = self.setup_before[first as usize] == self.setup_before[end as usize];
        let (first, end) = if free {
            (first, end)
        } else {
            (class, class + 1)
        };
        self.span(first, end)
    }

    /// The longest pieces of neighbouring items that are alike in pairs.
    pub(crate) fn runs(&self, alike: impl Fn(usize, usize) -> bool) -> Vec<Piece> {
        let mut runs: Vec<Piece> = Vec::new();
        for (item, number) in (0..self.items.len()).zip(0..) {
            let same_file = |run: &Piece| self.file(*run) == self.items.file_of(item);
            match runs.last_mut() {
                Some(run) if same_file(run) && alike(item - 1, item) => run.end += 1,
                _ => runs.push(Piece::new(number, number + 1)),
            }
        }
        runs
    }

    /// The first and the last class of a piece.
    fn classes(&self, piece: Piece) -> (u32, u32) {
        let class = &self.items.class;
        (class[piece.start as usize], class[piece.end as usize - 1])
    }

    /// The class borders nearest to an item: the first item of its class, and of the next.
    pub(crate) fn borders(&self, item: u32) -> (u32, u32) {
        let class = self.items.class[item as usize] as usize;
        (self.class_start[class], self.class_start[class + 1])
    }
}

fn running(values: &[u64]) -> Vec<u64> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut sum = 0;
    sums.push(0);
    sums.extend(values.iter().map(|value| {
        sum += value;
        sum
    }));
    sums
}

/// The start of each group in a list of dense, rising group numbers.
fn starts(groups: &[u32]) -> Vec<u32> {
    let mut starts = Vec::new();
    let mut last = None;
    for (index, &group) in (0..).zip(groups) {
        if last != Some(group) {
            starts.push(index);
            last = Some(group);
        }
    }
    starts.push(count(groups.len()));
    starts
}
