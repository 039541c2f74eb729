//! What the ends of the streams can show: colours, widths, lines that are written anew.

use std::io::IsTerminal as _;

use clap::ColorChoice;
use evenshard_report::Palette;
use terminal_size::{Width, terminal_size_of};

use super::closed;
use crate::env::Env;

/// The width that text is laid out for where there is no terminal.
const COLUMNS: usize = 80;

/// The terminals behind the streams, and what the environment says of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact about the streams, and all combinations occur"
)]
pub struct Terminals {
    /// Whether results go nowhere, since standard output is closed.
    pub closed: bool,
    /// Whether results go to a terminal.
    pub out: bool,
    /// Whether talk goes to a terminal.
    pub talk: bool,
    /// Whether they can move the cursor: `TERM` is not `dumb`.
    pub smart: bool,
    /// What the environment asks for: `NO_COLOR`, else `CLICOLOR_FORCE`, else `CLICOLOR=0`.
    pub wish: Option<bool>,
}

impl Terminals {
    /// What stands behind the streams of this process.
    pub fn of_process(env: &Env) -> Self {
        Self {
            closed: closed::stdout_was_closed(),
            out: std::io::stdout().is_terminal(),
            talk: std::io::stderr().is_terminal(),
            smart: env.get("TERM") != Some("dumb"),
            wish: wish(env),
        }
    }

    /// Whether a stream gets colour.
    fn coloured(self, terminal: bool, choice: ColorChoice) -> bool {
        match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => self.wish.unwrap_or(terminal && self.smart),
        }
    }

    /// The styles of results.
    pub(super) fn of_results(self, choice: ColorChoice) -> Palette {
        Palette::new(self.coloured(self.out, choice))
    }

    /// The styles of talk.
    pub(super) fn of_talk(self, choice: ColorChoice) -> Palette {
        Palette::new(self.coloured(self.talk, choice))
    }

    /// Whether a line of talk can be written anew.
    pub(super) fn can_rewrite(self) -> bool {
        self.talk && self.smart
    }

    /// How many columns results have.
    pub(super) fn width(self) -> usize {
        if self.out {
            columns(terminal_size_of(std::io::stdout()))
        } else {
            COLUMNS
        }
    }
}

/// How many columns the terminal of stderr has now.
pub(super) fn talk_width() -> usize {
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
            talk: true,
            smart: true,
            ..Terminals::default()
        };
        let dumb = Terminals {
            talk: true,
            ..Terminals::default()
        };
        let coloured = |terminals: Terminals, choice| terminals.of_talk(choice).is_coloured();
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
