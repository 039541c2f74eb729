//! Numbers in words, and texts that fit their place.

use evenshard::Micros;

/// The ending of a plural: `s`, and nothing for one.
pub fn plural<N: Copy + PartialEq + From<u8>>(n: N) -> &'static str {
    if n == N::from(1) { "" } else { "s" }
}

/// A number with its thousands set apart: `5,931`.
pub fn grouped(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number of things: `1 test`, `5,931 tests`.
pub fn counted(number: impl TryInto<u64>, thing: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{} {thing}{}", grouped(number), plural(number))
}

/// The day of a time in milliseconds since 1970, in UTC. A time beyond the calendar comes from a
/// broken report, and has none.
pub fn day(ms: i64) -> Option<String> {
    let time = jiff::Timestamp::from_millisecond(ms).ok()?;
    Some(time.strftime("%Y-%m-%d").to_string())
}

/// A line as a sentence: with a capital letter, and a full stop.
pub fn capital(line: &str) -> String {
    let mut chars = line.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

/// Millionths as a percentage with one decimal: `12.5 %`.
pub fn percent(ppm: u64) -> String {
    format!("{:.1} %", ppm as f64 / 1e4)
}

/// A price in millionths: with two decimals, or four below one.
pub(crate) fn price(millionths: u64) -> String {
    let price = millionths as f64 / 1e6;
    if millionths >= 1_000_000 {
        format!("{price:.2}")
    } else {
        format!("{price:.4}")
    }
}

/// A measured time against the predicted one: `+12.0 %`; a dash if nothing was predicted.
pub fn deviation(measured: Micros, predicted: Micros) -> String {
    if predicted == Micros::ZERO {
        return "-".to_owned();
    }
    let over = measured.as_secs_f64() / predicted.as_secs_f64() - 1.0;
    format!("{:+.1} %", over * 100.0)
}

/// The part of a text that stays when it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Its start.
    Start,
    /// Its end, which tells most of a test's name.
    End,
    /// Both: the file, and the end of the name.
    Ends,
}

/// A text of at most `most` characters, with `…` for what was cut.
pub fn cut(text: &str, most: usize, keep: Keep) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let most = most.saturating_sub(1);
    let tail = match keep {
        Keep::Start => 0,
        Keep::End => most,
        // Two thirds for the end: parameters tell tests apart.
        Keep::Ends => (most + 1) * 2 / 3,
    };
    let head = text.chars().take(most - tail);
    head.chain(['…'])
        .chain(text.chars().skip(count - tail))
        .collect()
}

/// A text over as many lines of `width` columns as it takes, all but the first indented.
pub fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut used = 0;
    for (at, word) in text.split(' ').enumerate() {
        let len = word.chars().count();
        // A word longer than a line keeps its line: a cut name could not be pasted.
        if at > 0 && used + 1 + len > width {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            used = indent;
        } else if at > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += len;
    }
    out
}
