//! Digests of several parts.

/// The digest of these parts in this order, as 32 hexadecimal digits: a part of a key that says
/// what an object is over.
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        // Lengths keep `a`, `bc` and `ab`, `c` apart.
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn parts_and_their_order_count() {
        let of = |parts: &[&str]| digest(parts.iter().map(|part| part.as_bytes()));
        assert_eq!(of(&["a", "bc"]).len(), 32);
        assert_eq!(of(&["a", "bc"]), of(&["a", "bc"]));
        assert_ne!(of(&["a", "bc"]), of(&["ab", "c"]));
        assert_ne!(of(&["a", "b"]), of(&["b", "a"]));
    }
}
