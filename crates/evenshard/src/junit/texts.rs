//! Texts of failures and output of tests, cut to a bounded beginning and end.

use super::attrs;
use super::element::Element;
pub use crate::outcome::Texts;

/// Limits of each text of a case; see [`read_with_texts`](super::read_with_texts).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLimits {
    /// Bytes of its beginning.
    pub head: usize,
    /// Bytes of its end.
    pub tail: usize,
}

/// The beginning and the end of a text that comes in pieces.
#[derive(Debug)]
pub(super) struct Excerpt {
    limits: TextLimits,
    head: Vec<u8>,
    tail: Vec<u8>,
    left_out: usize,
}

impl Excerpt {
    fn new(limits: TextLimits) -> Self {
        Self {
            limits,
            head: Vec::new(),
            tail: Vec::new(),
            left_out: 0,
        }
    }

    /// Takes a piece with its references as they are written.
    pub(super) fn push(&mut self, mut piece: &[u8]) {
        // The beginning is full first; what does not fit slides through the end.
        let room = self.limits.head - self.head.len();
        let (head, rest) = piece.split_at(room.min(piece.len()));
        self.head.extend_from_slice(head);
        if rest.is_empty() {
            return;
        }
        if rest.len() > self.limits.tail {
            let (passed, kept) = rest.split_at(rest.len() - self.limits.tail);
            self.left_out += passed.len();
            piece = kept;
        } else {
            piece = rest;
        }
        // Twice the room, so that bytes are seldom moved.
        self.tail.extend_from_slice(piece);
        if self.tail.len() > self.limits.tail * 2 {
            self.trim();
        }
    }

    fn trim(&mut self) {
        let over = self.tail.len().saturating_sub(self.limits.tail);
        self.left_out += over;
        self.tail.drain(..over);
    }

    /// Takes a piece that has no references, such as a CDATA section.
    pub(super) fn push_literal(&mut self, piece: &[u8]) {
        let mut parts = piece.split(|&b| b == b'&');
        self.push(parts.next().unwrap_or_default());
        for part in parts {
            self.push(b"&amp;");
            self.push(part);
        }
    }

    fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    /// Returns the text, and leaves an empty excerpt.
    fn take(&mut self) -> String {
        if self.is_empty() {
            return String::new();
        }
        self.trim();
        let mut out = String::with_capacity(self.head.len() + self.tail.len() + 40);
        if self.left_out == 0 {
            self.head.append(&mut self.tail);
            attrs::push_text(&attrs::text(&self.head), &mut out);
        } else {
            attrs::push_text(&attrs::text(&self.head), &mut out);
            let note = [
                "\n[... ",
                &self.left_out.to_string(),
                " bytes left out ...]\n",
            ];
            out.extend(note);
            // It may begin with the rest of a character.
            let rest = self.tail.iter().position(|&b| b & 0xC0 != 0x80);
            let tail = &self.tail[rest.unwrap_or(0)..];
            attrs::push_text(&attrs::text(tail), &mut out);
        }
        self.head.clear();
        self.tail.clear();
        self.left_out = 0;
        out
    }
}

/// Returns the excerpt of [`Keeper::slots`] that the text of an element goes to.
fn slot_of(element: Element) -> Option<usize> {
    match element {
        Element::Failure | Element::Error => Some(TEXT),
        Element::SystemOut => Some(1),
        Element::SystemErr => Some(2),
        _ => None,
    }
}

/// The excerpt of failures and errors.
const TEXT: usize = 0;

/// Collects the texts of the case that is open.
#[derive(Debug)]
pub(super) struct Keeper {
    message: String,
    /// Of failures, `system-out` and `system-err`.
    slots: [Excerpt; 3],
    passing: Option<usize>,
}

impl Keeper {
    pub(super) fn new(limits: TextLimits) -> Self {
        Self {
            message: String::new(),
            slots: [(); 3].map(|()| Excerpt::new(limits)),
            passing: None,
        }
    }

    /// Returns true when the text of this child of a case is kept.
    pub(super) fn wants(element: Element) -> bool {
        slot_of(element).is_some()
    }

    /// Begins a text: returns the excerpt for the pieces until [`end`](Self::end).
    pub(super) fn begin(&mut self, element: Element, message: Option<String>) -> Option<Excerpt> {
        let slot = slot_of(element)?;
        self.passing = Some(slot);
        if let (TEXT, Some(message)) = (slot, message) {
            if self.message.is_empty() {
                self.message = message;
            } else {
                // A further failure of the same test.
                self.slots[TEXT].push_literal(format!("\n{message}\n").as_bytes());
            }
        }
        let empty = Excerpt::new(self.slots[slot].limits);
        Some(std::mem::replace(&mut self.slots[slot], empty))
    }

    /// Takes the excerpt back when an element ends; `None` ends one that its case leaves open.
    pub(super) fn end(&mut self, element: Option<Element>, capture: &mut Option<Excerpt>) {
        let Some(slot) = self.passing else { return };
        if element.is_some_and(|element| slot_of(element) != Some(slot)) {
            return;
        }
        self.passing = None;
        if let Some(excerpt) = capture.take() {
            self.slots[slot] = excerpt;
        }
    }

    /// Returns the texts of the case, and makes room for the next one.
    pub(super) fn take(&mut self) -> Texts {
        let [text, out, err] = &mut self.slots;
        Texts {
            message: std::mem::take(&mut self.message),
            text: text.take(),
            system_out: out.take(),
            system_err: err.take(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Excerpt, TextLimits};

    fn excerpt(pieces: &[&str]) -> String {
        let mut excerpt = Excerpt::new(TextLimits { head: 4, tail: 3 });
        for piece in pieces {
            excerpt.push(piece.as_bytes());
        }
        excerpt.take()
    }

    #[test]
    fn a_short_text_is_kept_whole_and_a_long_one_at_both_ends() {
        assert_eq!(excerpt(&["ab", "cdefg"]), "abcdefg");
        let long = "abcd\n[... 3 bytes left out ...]\nhij";
        assert_eq!(excerpt(&["abcdefghij"]), long);
        assert_eq!(excerpt(&["ab", "cdef", "g", "hi", "j"]), long);
    }

    #[test]
    fn a_cut_character_is_not_shown_in_part() {
        assert!(excerpt(&["abcd----é--"]).ends_with("]\n--"));
    }
}
