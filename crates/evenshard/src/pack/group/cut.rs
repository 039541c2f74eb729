//! Cutting files into pieces that fit.

use crate::pack::items::Items;

/// Neighbouring items of one file that are placed together: `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Piece {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Cuts what takes longer than `limit`, and nothing else: files at class borders, a class
/// within itself only where it is too large alone. Pieces are in order and cover all items.
///
/// Worked example: limit 10, a file of set-up 1 with classes of 4, 4 and 4. The file takes
/// 13, so it is cut; two classes make 9 with the set-up, the third stands alone.
pub(crate) fn cut(items: &Items, limit: u64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < items.len() {
        let file = items.file_of(start);
        let same = |&item: &usize| items.file_of(item) == file;
        let end = (start..items.len()).take_while(same).count() + start;
        cut_file(items, start, end, limit, &mut pieces);
        start = end;
    }
    pieces
}

/// Cuts the file that has the items `start..end`.
fn cut_file(items: &Items, start: usize, end: usize, limit: u64, pieces: &mut Vec<Piece>) {
    let setup = items.file_setup[items.file_of(start) as usize];
    let room = limit.saturating_sub(setup);
    if cost(items, start, end) <= room {
        return pieces.push(piece(start, end));
    }
    let (mut first, mut load, mut class) = (start, 0, start);
    while class < end {
        let same = |&item: &usize| items.class[item] == items.class[class];
        let next = (class..end).take_while(same).count() + class;
        let own = cost(items, class, next);
        if own > room {
            if first < class {
                pieces.push(piece(first, class));
            }
            cut_class(items, class, next, room, pieces);
            (first, load) = (next, 0);
        } else if load + own > room {
            pieces.push(piece(first, class));
            (first, load) = (class, own);
        } else {
            load += own;
        }
        class = next;
    }
    if first < end {
        pieces.push(piece(first, end));
    }
}

/// Cuts a class that is too large alone into pieces of nearly equal time.
fn cut_class(items: &Items, start: usize, end: usize, room: u64, pieces: &mut Vec<Piece>) {
    let room = room
        .saturating_sub(items.class_setup[items.class[start] as usize])
        .max(1);
    let work: u64 = items.weight[start..end].iter().sum();
    let share = work.div_ceil(work.div_ceil(room).max(1));
    let (mut first, mut load) = (start, 0);
    for item in start..end {
        let own = items.weight[item];
        // Stop where the share is reached more nearly without the next item than with it.
        if item > first && (load + own > room || load + own / 2 > share) {
            pieces.push(piece(first, item));
            (first, load) = (item, 0);
        }
        load += own;
    }
    pieces.push(piece(first, end));
}

/// What neighbouring items of one file take with the set-up of their classes.
pub(crate) fn cost(items: &Items, start: usize, end: usize) -> u64 {
    let work: u64 = items.weight[start..end].iter().sum();
    let (first, last) = (items.class[start], items.class[end - 1]);
    work + items.class_setup[first as usize..=last as usize]
        .iter()
        .sum::<u64>()
}

fn piece(start: usize, end: usize) -> Piece {
    let narrow = |item| u32::try_from(item).unwrap_or(u32::MAX);
    Piece {
        start: narrow(start),
        end: narrow(end),
    }
}
