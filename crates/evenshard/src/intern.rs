//! Many strings in one allocation, each known by a number.

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

/// Interned strings. Numbers count up from 0 in the order of first sight.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interner {
    text: String,
    /// Where each string ends; it begins where the one before ends.
    ends: Vec<usize>,
    table: HashTable<Entry>,
}

/// A string's number, with half of its hash: so that neither growing nor most misses have
/// to look at the string itself.
#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    id: u32,
}

impl Entry {
    /// The hash for the table, whose places and tags need all bits to vary.
    fn spread(hash: u32) -> u64 {
        u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

impl Interner {
    /// The number of `s`, new if it was not known.
    pub(crate) fn intern(&mut self, s: &str) -> u32 {
        if let Some(id) = self.find(s) {
            return id;
        }
        let entry = Entry {
            hash: hash(s),
            id: u32::try_from(self.ends.len()).unwrap_or(u32::MAX),
        };
        self.text.push_str(s);
        self.ends.push(self.text.len());
        self.table
            .insert_unique(Entry::spread(entry.hash), entry, |e| Entry::spread(e.hash));
        entry.id
    }

    /// The number of `s`, if it is known.
    pub(crate) fn find(&self, s: &str) -> Option<u32> {
        let hash = hash(s);
        let same = |e: &Entry| e.hash == hash && self.get(e.id) == s;
        self.table.find(Entry::spread(hash), same).map(|e| e.id)
    }

    /// The string with this number.
    pub(crate) fn get(&self, id: u32) -> &str {
        let id = id as usize;
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.text[start..self.ends[id]]
    }

    /// How many strings there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
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
