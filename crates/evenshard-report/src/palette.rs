//! The styles of text on a terminal.

use anstyle::{AnsiColor, Color, Style};

/// The styles of a stream; all of them plain if it gets no colour.
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

    /// Returns true if styles show at all.
    pub fn is_coloured(self) -> bool {
        self.coloured
    }

    /// Failures and losses.
    pub fn bad(self) -> Style {
        self.bold(AnsiColor::Red)
    }

    /// Warnings.
    pub fn doubt(self) -> Style {
        self.bold(AnsiColor::Yellow)
    }

    /// Good news.
    pub fn good(self) -> Style {
        self.bold(AnsiColor::Green)
    }

    /// Hints and other help.
    pub fn help(self) -> Style {
        self.bold(AnsiColor::Cyan)
    }

    /// Headings and other words that stand out.
    pub fn strong(self) -> Style {
        self.only(Style::new().bold())
    }

    /// Details.
    pub fn faint(self) -> Style {
        self.only(Style::new().dimmed())
    }

    fn bold(self, colour: AnsiColor) -> Style {
        self.only(Style::new().bold().fg_color(Some(Color::Ansi(colour))))
    }

    fn only(self, style: Style) -> Style {
        // A plain style prints nothing, so callers need not ask.
        if self.coloured { style } else { Style::new() }
    }
}
