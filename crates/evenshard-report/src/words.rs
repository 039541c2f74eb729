//! Numbers in words, and texts that are cut to a length.

use evenshard::Micros;

/// The ending of a plural: `s`, and nothing for one.
pub fn plural<N: Copy + PartialEq + From<u8>>(n: N) -> &'static str {
    if n == N::from(1) { "" } else { "s" }
}

/// A number with its thousands set apart: `5,931`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Millionths as a percentage with one decimal: `12.5 %`.
pub fn percent(ppm: u64) -> String {
    format!("{:.1} %", ppm as f64 / 1e4)
}

/// A measured time against the predicted one: `+12.0 %`; a dash where nothing was predicted.
pub fn deviation(measured: Micros, predicted: Micros) -> String {
    if predicted == Micros::ZERO {
        return "-".to_owned();
    }
    let over = measured.as_secs_f64() / predicted.as_secs_f64() - 1.0;
    format!("{:+.1} %", over * 100.0)
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
