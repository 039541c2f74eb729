//! The styles of text on a terminal.

use anstyle::{AnsiColor, Color, Style};

/// The styles of a stream; all of them plain where it gets no colour.
///
/// A style is written with `{style}` and ended with `{style:#}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    coloured: bool,
}

impl Palette {
    /// All styles, or none.
    pub fn new(coloured: bool) -> Self {
        Self { coloured }
    }

    /// Whether styles show at all.
    pub fn is_coloured(self) -> bool {
        self.coloured
    }

    /// What failed or is lost.
    pub fn bad(self) -> Style {
        self.bold(AnsiColor::Red)
    }

    /// What may be wrong.
    pub fn doubt(self) -> Style {
        self.bold(AnsiColor::Yellow)
    }

    /// What is as it should be.
    pub fn good(self) -> Style {
        self.bold(AnsiColor::Green)
    }

    /// What to do, and other help.
    pub fn help(self) -> Style {
        self.bold(AnsiColor::Cyan)
    }

    /// Headings and other words that stand out.
    pub fn strong(self) -> Style {
        self.only(Style::new().bold())
    }

    /// What matters less than the rest.
    pub fn faint(self) -> Style {
        self.only(Style::new().dimmed())
    }

    fn bold(self, colour: AnsiColor) -> Style {
        self.only(Style::new().bold().fg_color(Some(Color::Ansi(colour))))
    }

    fn only(self, style: Style) -> Style {
        if self.coloured { style } else { Style::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::Palette;

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
}
