//! Durations.

use std::time::Duration;

use evenshard::Micros;

#[test]
fn shows_each_size_in_its_own_unit() {
    let shown = |us| Micros::new(us).to_string();
    assert_eq!(shown(0), "0 s");
    assert_eq!(shown(999), "999 µs");
    assert_eq!(shown(12_340), "12.3 ms");
    assert_eq!(shown(999_499), "999 ms");
    assert_eq!(shown(59_994_999), "59.99 s");
    assert_eq!(shown(59_995_000), "1m 00s");
    assert_eq!(shown(3_600_000_000), "1h 00m");
    assert_eq!(format!("[{:>8}]", Micros::new(1_000_000)), "[  1.00 s]");
}

#[test]
fn refuses_what_is_no_duration() {
    for bad in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
        assert_eq!(Micros::from_secs_f64(bad), None);
    }
    assert_eq!(Micros::from_secs_f64(1.5e-5), Some(Micros::new(15)));
}

#[test]
fn rounds_what_a_clock_measured() {
    let of_nanos = |nanos| Micros::from(Duration::from_nanos(nanos));
    assert_eq!(of_nanos(1_499), Micros::new(1));
    assert_eq!(of_nanos(1_500), Micros::new(2));
    assert_eq!(Micros::from(Duration::MAX), Micros::new(u64::MAX));
    assert_eq!(Duration::from(Micros::new(7)), Duration::from_micros(7));
}

#[test]
fn sums_saturate() {
    assert_eq!(
        Micros::new(u64::MAX) + Micros::new(1),
        Micros::new(u64::MAX)
    );
}
