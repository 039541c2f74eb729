//! Cuts files into pieces that fit.
//!
//! - Source: none but this; next fit over neighbours.
//! - Complexity: O(n), with the running sums of [`Layout`].
//! - Guarantee: pieces are in order and cover all items; none takes longer than the limit,
//!   unless it is one item; what fits is not cut.
//!
//! Worked example: limit 10, a file of setup 1 with classes of 4, 4 and 4. The file takes
//! 13, so it is cut; two classes make 9 with the setup, the third is a piece of its own.

use crate::files::layout::{Layout, Piece};

/// The places where a file is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// At class borders; within a class that is too large alone, into nearly equal pieces.
    Borders,
    /// Wherever a piece is full: all pieces but the last fill a shard each.
    Full,
}

/// Cuts all files that take longer than `limit`, and no others.
pub(crate) fn cut(layout: &Layout<'_>, limit: u64, manner: Manner) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(layout.file_start.len());
    for (file, classes) in layout.file_start.windows(2).enumerate() {
        let room = limit.saturating_sub(layout.items.file_setup[file]);
        let whole = span(layout, classes[0], classes[1]);
        if layout.work(whole) <= room {
            pieces.push(whole);
        } else if manner == Manner::Full {
            cut_full(layout, whole, room, &mut pieces);
        } else {
            cut_file(layout, classes[0], classes[1], room, &mut pieces);
        }
    }
    pieces
}

/// The items of the classes from `first` to `end`, which is not included.
fn span(layout: &Layout<'_>, first: u32, end: u32) -> Piece {
    Piece {
        start: layout.class_start[first as usize],
        end: layout.class_start[end as usize],
    }
}

/// Cuts a file at class borders into pieces that take no more than `room`.
fn cut_file(layout: &Layout<'_>, start: u32, end: u32, room: u64, pieces: &mut Vec<Piece>) {
    let mut first = start;
    for class in start..end {
        let own = span(layout, class, class + 1);
        if layout.work(own) > room {
            if first < class {
                pieces.push(span(layout, first, class));
            }
            cut_class(layout, own, room, pieces);
            first = class + 1;
        } else if layout.work(span(layout, first, class + 1)) > room {
            pieces.push(span(layout, first, class));
            first = class;
        }
    }
    if first < end {
        pieces.push(span(layout, first, end));
    }
}

/// Cuts a file into pieces of as many items as `room` holds.
fn cut_full(layout: &Layout<'_>, file: Piece, room: u64, pieces: &mut Vec<Piece>) {
    let mut first = file.start;
    for item in file.start + 1..file.end {
        let piece = |end| Piece { start: first, end };
        if layout.work(piece(item + 1)) > room {
            pieces.push(piece(item));
            first = item;
        }
    }
    pieces.push(Piece {
        start: first,
        ..file
    });
}

/// Cuts a class that is too large alone into pieces of nearly equal time.
fn cut_class(layout: &Layout<'_>, class: Piece, room: u64, pieces: &mut Vec<Piece>) {
    let setup = layout.items.class_setup[layout.items.class[class.start as usize] as usize];
    let room = room.saturating_sub(setup).max(1);
    let work = layout.work(class) - setup;
    let share = work.div_ceil(work.div_ceil(room).max(1));
    let (mut first, mut load) = (class.start, 0);
    for item in class.start..class.end {
        let own = layout.items.weight[item as usize];
        // Without the next item the piece is nearer to its share than with it.
        if item > first && (load + own > room || load + own / 2 > share) {
            pieces.push(Piece {
                start: first,
                end: item,
            });
            (first, load) = (item, 0);
        }
        load += own;
    }
    pieces.push(Piece {
        start: first,
        ..class
    });
}
