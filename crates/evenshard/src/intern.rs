//! Many strings in one allocation, each known by a number.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Slot;
use rustc_hash::FxBuildHasher;

/// Interned strings. Numbers count up from 0 in the order of first sight.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interner {
    text: String,
    /// The end of each string; it begins at the end of the one before.
    ends: Vec<usize>,
    table: HashTable<Entry>,
}

/// A string's number, with half of its hash, so that neither growth nor most misses have to read
/// the string. `history/index.rs` has what that is worth.
#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    id: u32,
}

impl Entry {
    /// Spreads a hash for the table, which needs all bits to vary.
    fn spread(hash: u32) -> u64 {
        u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

impl Interner {
    /// Returns the number of `s`, and adds `s` if it is new.
    pub(crate) fn intern(&mut self, s: &str) -> u32 {
        let hash = hash(s);
        let (text, ends) = (&self.text, &self.ends);
        // Names that share half a hash are rare: nearly every comparison finds its string.
        let same = |e: &Entry| e.hash == hash && string(text, ends, e.id) == s;
        let again = |e: &Entry| Entry::spread(e.hash);
        match self.table.entry(Entry::spread(hash), same, again) {
            Slot::Occupied(known) => known.get().id,
            Slot::Vacant(free) => {
                let id = count(self.ends.len());
                free.insert(Entry { hash, id });
                self.text.push_str(s);
                self.ends.push(self.text.len());
                id
            }
        }
    }

    /// Returns the number of `s`, if it is known.
    pub(crate) fn find(&self, s: &str) -> Option<u32> {
        let hash = hash(s);
        let same = |e: &Entry| e.hash == hash && self.get(e.id) == s;
        self.table.find(Entry::spread(hash), same).map(|e| e.id)
    }

    /// Returns the string with this number.
    pub(crate) fn get(&self, id: u32) -> &str {
        string(&self.text, &self.ends, id)
    }

    /// Returns the number of strings.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// Converts a length to the next free number. Whatever gets numbers here is far fewer than there are of them.
pub(crate) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn string<'t>(text: &'t str, ends: &[usize], id: u32) -> &'t str {
    let id = id as usize;
    let start = id.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[id]]
}

fn hash(s: &str) -> u32 {
    u32::try_from(FxBuildHasher.hash_one(s) >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Interner;

    #[test]
    fn each_string_has_one_number() {
        let mut strings = Interner::default();
        for n in 0..1_000 {
            assert_eq!(strings.intern(&format!("s{n}")), n);
        }
        assert_eq!(strings.intern("s7"), 7);
        assert_eq!(strings.find("s999"), Some(999));
        assert_eq!(strings.find("none"), None);
        assert_eq!(
            (strings.get(0), strings.get(999), strings.len()),
            ("s0", "s999", 1_000)
        );
    }
}
