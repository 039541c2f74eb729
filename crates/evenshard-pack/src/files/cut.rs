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
        let whole = layout.span(classes[0], classes[1]);
        if layout.work(whole) <= room {
            pieces.push(whole);
        } else if manner == Manner::Full {
            cut_where(whole, &mut pieces, |piece, item| {
                layout.work(Piece::new(piece.start, item + 1)) > room
            });
        } else {
            cut_file(layout, classes[0], classes[1], room, &mut pieces);
        }
    }
    pieces
}

/// Cuts a file at class borders into pieces that take no more than `room`.
fn cut_file(layout: &Layout<'_>, start: u32, end: u32, room: u64, pieces: &mut Vec<Piece>) {
    let mut first = start;
    for class in start..end {
        let own = layout.span(class, class + 1);
        if layout.work(own) > room {
            if first < class {
                pieces.push(layout.span(first, class));
            }
            cut_class(layout, own, room, pieces);
            first = class + 1;
        } else if layout.work(layout.span(first, class + 1)) > room {
            pieces.push(layout.span(first, class));
            first = class;
        }
    }
    if first < end {
        pieces.push(layout.span(first, end));
    }
}

/// Cuts a class that is too large alone into pieces of nearly equal time.
fn cut_class(layout: &Layout<'_>, class: Piece, room: u64, pieces: &mut Vec<Piece>) {
    let setup = layout.items.class_setup[layout.items.class[class.start as usize] as usize];
    let room = room.saturating_sub(setup).max(1);
    let work = |piece: Piece| layout.work(piece) - setup;
    // Of equal size: filled one by one, the last piece would be a short one.
    let share = work(class).div_ceil(work(class).div_ceil(room).max(1));
    cut_where(class, pieces, |piece, item| {
        let (load, own) = (work(piece), layout.items.weight[item as usize]);
        // Without the next item the piece is nearer to its share than with it.
        load + own > room || load + own / 2 > share
    });
}

/// Cuts before each item that the piece up to it is `full` without.
fn cut_where(whole: Piece, pieces: &mut Vec<Piece>, full: impl Fn(Piece, u32) -> bool) {
    let mut first = whole.start;
    for item in whole.start + 1..whole.end {
        let piece = Piece::new(first, item);
        if full(piece, item) {
            pieces.push(piece);
            first = item;
        }
    }
    pieces.push(Piece::new(first, whole.end));
}
