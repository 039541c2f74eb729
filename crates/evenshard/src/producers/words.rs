//! The words of a name, which all ways to write it share.

/// Returns the words of a text, without the separators between them: `shop`, `cart`, `adds` of
/// `shop::cart::adds`, `shop.cart#adds` or `shop/cart.adds()`. A hyphen is an underscore, as in the
/// names of Rust's crates.
pub(crate) fn words(text: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    // Any separator ends a word: each runner has its own.
    let parts = text.split(|c| !is_word(c)).filter(|part| !part.is_empty());
    parts.map(|part| part.replace('-', "_")).collect()
}

/// Returns the words of a line that names a class, a test or a module, without the additions of its
/// runner; `None` if nothing is left.
pub(super) fn of_line(line: &str) -> Option<Vec<String>> {
    const FILTERS: [&str; 5] = [
        "FullyQualifiedName",
        "DisplayName",
        "ClassName",
        "Class",
        "Name",
    ];
    let mut line = line.trim().trim_start_matches('(');
    // A filter of `dotnet test`.
    if let Some((key, value)) = line.split_once(['=', '~'])
        && FILTERS.contains(&key.trim())
    {
        line = value;
    }
    // A project of .NET means everything in its namespace.
    let stem = line
        .rsplit(['/', '\\'])
        .next()
        .and_then(|name| name.rsplit_once('.'));
    if let Some((stem, "csproj" | "fsproj" | "vbproj")) = stem {
        line = stem;
    }
    // `cargo test -- --list` appends it to names.
    let line = line.strip_suffix(": test").unwrap_or(line);
    Some(words(line)).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{of_line, words};

    #[test]
    fn ways_to_write_a_name_have_the_same_words() {
        for text in [
            "my-shop::cart::adds",
            "my_shop.cart#adds()",
            "my_shop/cart.adds",
            r"my_shop\cart::adds",
        ] {
            assert_eq!(words(text), ["my_shop", "cart", "adds"], "{text}");
        }
        for line in [
            "Shop.Cart.Adds",
            "(FullyQualifiedName~Shop.Cart.Adds)",
            "Shop::Cart::Adds: test",
            "*/Shop.Cart.Adds/*",
        ] {
            assert_eq!(of_line(line).unwrap(), ["Shop", "Cart", "Adds"], "{line}");
        }
        assert_eq!(
            of_line("tests/Shop.Tests/Shop.Tests.csproj").unwrap(),
            ["Shop", "Tests"]
        );
        assert_eq!(of_line("*"), None);
    }
}
