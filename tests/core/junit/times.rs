//! Times in the notations of a hundred producers.

use evenshard::Micros;
use evenshard::junit::{Doubt, parse_time};
use proptest::prelude::*;

use super::read;

fn us(text: &str) -> Option<u64> {
    parse_time(text).value.map(Micros::get)
}

#[test]
fn each_notation_is_read_as_it_was_meant() {
    for (text, expected) in [
        ("12", 12_000_000),
        ("12.5", 12_500_000),
        (".5", 500_000),
        ("0.", 0),
        ("+1.5", 1_500_000),
        ("\n 1.5\t", 1_500_000),
        ("1.5e-05", 15),
        ("8.9E-05", 89),
        ("1E3", 1_000_000_000),
        ("2.3000058718025684e-05", 23),
        ("0.00000049999999999999999999999999999999999", 0),
        ("0.0000005", 1),
        ("000000000000000000000000000000000001.5", 1_500_000),
        ("1,234.5", 1_234_500_000),
        ("14,029.255", 14_029_255_000),
        ("1,234,567", 1_234_567_000_000),
        ("2.500s", 2_500_000),
        ("850.200106ms", 850_200),
        ("1m3s", 63_000_000),
        ("1h0m0.5s", 3_600_500_000),
        ("12µs", 12),
        ("12μs", 12),
        ("1500ns", 2),
        ("-0.000", 0),
    ] {
        assert_eq!(
            (us(text), parse_time(text).doubt),
            (Some(expected), None),
            "{text}"
        );
    }
}

#[test]
fn a_comma_that_may_mean_two_things_is_doubted() {
    for (text, expected, doubt) in [
        ("0,160", 160_000, Doubt::DecimalComma),
        ("3,5", 3_500_000, Doubt::DecimalComma),
        ("1.234,5", 1_234_500_000, Doubt::DecimalComma),
        ("1,234", 1_234_000_000, Doubt::AmbiguousComma),
    ] {
        assert_eq!(
            (us(text), parse_time(text).doubt),
            (Some(expected), Some(doubt)),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_time_has_none_and_says_why() {
    for (text, doubt) in [
        ("", Doubt::Empty),
        (" \n", Doubt::Empty),
        ("-1.120", Doubt::Negative),
        ("-1e-3", Doubt::Negative),
        ("NaN", Doubt::NotFinite),
        ("-Infinity", Doubt::NotFinite),
        ("inf", Doubt::NotFinite),
        ("1e300", Doubt::Absurd),
        ("1e999999999999", Doubt::Absurd),
        ("1967986371", Doubt::Absurd),
        ("99999999999999999999h", Doubt::Absurd),
        ("time", Doubt::Unreadable),
        ("x.x.x.x", Doubt::Unreadable),
        ("1.2.3", Doubt::Unreadable),
        (".", Doubt::Unreadable),
        ("1,", Doubt::Unreadable),
        (",5", Doubt::Unreadable),
        ("1e", Doubt::Unreadable),
        ("5 apples", Doubt::Unreadable),
        ("<<computed>>", Doubt::Unreadable),
        ("1,23,456", Doubt::Unreadable),
    ] {
        assert_eq!(
            (us(text), parse_time(text).doubt),
            (None, Some(doubt)),
            "{text}"
        );
    }
}

#[test]
fn the_sum_of_a_file_is_exact_and_rounded_once() {
    let cases = "<testcase name='a' time='0.0000004'/>".repeat(1_000);
    let (report, _) = read(format!("<testsuite>{cases}</testsuite>"));
    assert_eq!(report.total.get(), 400);
}

#[test]
fn a_lone_comma_is_decimal_in_a_file_that_writes_decimal_commas() {
    let file = |first: &str| format!("<a><testcase time='{first}'/><testcase time='1,234'/></a>");
    assert_eq!(read(file("0,5")).1[1].us, Some(1_234_000));
    assert_eq!(read(file("0.5")).1[1].us, Some(1_234_000_000));
}

proptest! {
    #[test]
    fn any_number_of_microseconds_survives_each_notation(n in 0_u64..2_000_000_000_000) {
        let (seconds, rest) = (n / 1_000_000, n % 1_000_000);
        let grouped = match seconds {
            0..1_000 => format!("{seconds}.{rest:06}"),
            1_000..1_000_000 => format!("{},{:03}.{rest:06}", seconds / 1_000, seconds % 1_000),
            _ => format!("{},{:03},{:03}.{rest:06}", seconds / 1_000_000, seconds / 1_000 % 1_000, seconds % 1_000),
        };
        for text in [
            format!("{seconds}.{rest:06}"),
            format!("{n}e-6"),
            format!("{n}us"),
            format!("{}m{}.{rest:06}s", seconds / 60, seconds % 60),
            format!("{seconds},{rest:06}"),
            grouped,
        ] {
            prop_assert_eq!(us(&text), Some(n), "{}", text);
        }
    }

    #[test]
    fn floats_as_other_programs_print_them_agree_with_the_standard_library(value in 0.0_f64..2e6) {
        // The library rounds twice, by way of nanoseconds.
        let expected = Micros::from_secs_f64(value).map(Micros::get).unwrap();
        for text in [format!("{value}"), format!("{value:e}")] {
            prop_assert!(us(&text).unwrap().abs_diff(expected) <= 1, "{}", text);
        }
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,24}", digits in "[0-9.,eE+smh-]{0,30}") {
        for text in [text, digits] {
            let time = parse_time(&text);
            prop_assert!(time.value.is_some() || time.doubt.is_some());
        }
    }
}
