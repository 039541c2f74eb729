//! The abilities of the terminals: colours, widths, lines that are overwritten.

use std::io::IsTerminal as _;

use clap::ColorChoice;
use evenshard_report::Palette;
use terminal_size::{Width, terminal_size_of};

use super::closed;
use crate::env::Env;

/// The width of text where there is no terminal: that of logs and mails by custom.
const COLUMNS: usize = 80;

/// The terminals behind the streams, and the wishes of the environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact about the streams, and all combinations occur"
)]
pub struct Terminals {
    /// Standard output is closed: results go nowhere.
    pub(crate) closed: bool,
    /// Results go to a terminal.
    pub(crate) out: bool,
    /// Messages go to a terminal.
    pub(crate) err: bool,
    /// The terminals can move the cursor: `TERM` is not `dumb`.
    pub(crate) smart: bool,
    /// Colour by `NO_COLOR`, otherwise `CLICOLOR_FORCE`, otherwise `CLICOLOR=0`.
    pub(crate) wish: Option<bool>,
}

impl Terminals {
    /// Looks at the streams of this process.
    pub fn of_process(env: &Env) -> Self {
        Self {
            closed: closed::stdout_was_closed(),
            out: std::io::stdout().is_terminal(),
            err: std::io::stderr().is_terminal(),
            // Not set at all is no reason against colour: Windows does not set it.
            smart: env.get("TERM") != Some("dumb"),
            wish: wish(env),
        }
    }

    /// Returns true for a stream that gets colour.
    fn coloured(self, terminal: bool, choice: ColorChoice) -> bool {
        match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => self.wish.unwrap_or(terminal && self.smart),
        }
    }

    pub(super) fn of_results(self, choice: ColorChoice) -> Palette {
        Palette::new(self.coloured(self.out, choice))
    }

    pub(super) fn of_messages(self, choice: ColorChoice) -> Palette {
        Palette::new(self.coloured(self.err, choice))
    }

    /// Returns true where a line of messages can be overwritten.
    pub(super) fn can_rewrite(self) -> bool {
        self.err && self.smart
    }

    /// Returns the columns of results.
    pub(super) fn width(self) -> usize {
        if self.out {
            columns(terminal_size_of(std::io::stdout()))
        } else {
            COLUMNS
        }
    }
}

/// Returns the columns of stderr's terminal now.
pub(super) fn message_width() -> usize {
    columns(terminal_size_of(std::io::stderr()))
}

fn columns(size: Option<(Width, terminal_size::Height)>) -> usize {
    // A terminal that does not know its size says 0.
    size.map(|(width, _)| usize::from(width.0))
        .filter(|&width| width > 0)
        .unwrap_or(COLUMNS)
}

fn wish(env: &Env) -> Option<bool> {
    let forced = env.get("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    // By the rules of no-color.org, any value counts but an empty one.
    if env.get_os("NO_COLOR").is_some() {
        Some(false)
    } else if forced {
        Some(true)
    } else {
        (env.get("CLICOLOR") == Some("0")).then_some(false)
    }
}

#[cfg(test)]
mod tests {
    use clap::ColorChoice::{Always, Auto, Never};

    use super::{Terminals, wish};
    use crate::env::Env;

    #[test]
    fn no_color_wins_over_force_and_force_over_the_terminal() {
        let wish = |pairs: &[(&str, &str)]| wish(&Env::from_pairs(pairs.iter().copied()));
        assert_eq!(wish(&[]), None);
        assert_eq!(wish(&[("NO_COLOR", "")]), None);
        assert_eq!(
            wish(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]),
            Some(false)
        );
        assert_eq!(
            wish(&[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")]),
            Some(true)
        );
        assert_eq!(wish(&[("CLICOLOR_FORCE", "0")]), None);
        assert_eq!(wish(&[("CLICOLOR", "0")]), Some(false));
    }

    #[test]
    fn colour_is_for_terminals_that_know_it_unless_it_was_asked_for() {
        let smart = Terminals {
            err: true,
            smart: true,
            ..Terminals::default()
        };
        let dumb = Terminals {
            err: true,
            ..Terminals::default()
        };
        let coloured = |terminals: Terminals, choice| terminals.of_messages(choice).is_coloured();
        assert!(coloured(smart, Auto) && !coloured(smart, Never));
        assert!(!coloured(dumb, Auto) && coloured(dumb, Always));
        assert!(!smart.of_results(Auto).is_coloured());
        let unwished = Terminals {
            wish: Some(false),
            ..smart
        };
        assert!(!coloured(unwished, Auto) && coloured(unwished, Always));
    }
}
