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
    table: HashTable<u32>,
}

impl Interner {
    /// The number of `s`, new if it was not known.
    pub(crate) fn intern(&mut self, s: &str) -> u32 {
        let hash = FxBuildHasher.hash_one(s);
        if let Some(&id) = self
            .table
            .find(hash, |&id| slice(&self.text, &self.ends, id) == s)
        {
            return id;
        }
        let id = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.text.push_str(s);
        self.ends.push(self.text.len());
        let (text, ends) = (&self.text, &self.ends);
        self.table.insert_unique(hash, id, |&id| {
            FxBuildHasher.hash_one(slice(text, ends, id))
        });
        id
    }

    /// The number of `s`, if it is known.
    pub(crate) fn find(&self, s: &str) -> Option<u32> {
        let hash = FxBuildHasher.hash_one(s);
        self.table
            .find(hash, |&id| slice(&self.text, &self.ends, id) == s)
            .copied()
    }

    /// The string with this number.
    pub(crate) fn get(&self, id: u32) -> &str {
        slice(&self.text, &self.ends, id)
    }

    /// How many strings there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

fn slice<'a>(text: &'a str, ends: &[usize], id: u32) -> &'a str {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] };
    &text[start..ends[id]]
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
