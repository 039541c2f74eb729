//! Styles.

use evenshard_report::Palette;

#[test]
fn a_plain_palette_writes_nothing() {
    let style = Palette::default().bad();
    assert_eq!(format!("{style}x{style:#}"), "x");
    let style = Palette::new(true).bad();
    assert_eq!(
        format!("{style}x{style:#}"),
        "\u{1b}[1m\u{1b}[31mx\u{1b}[0m"
    );
}
