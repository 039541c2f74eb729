//! The flags of every command.

use clap::{ArgAction, Args, ColorChoice};

/// Flags that stand before the command's name or behind it.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Print nothing but warnings and errors
    #[arg(
        short,
        long,
        global = true,
        display_order = 1001,
        overrides_with = "quiet",
        conflicts_with = "verbose",
        action = ArgAction::SetTrue
    )]
    pub(crate) quiet: Option<bool>,
    /// Print more: every file that is read, the limiting factor of the plan, the time of each step
    #[arg(
        short,
        long,
        global = true,
        display_order = 1002,
        overrides_with = "verbose",
        action = ArgAction::SetTrue
    )]
    pub(crate) verbose: Option<bool>,
    /// Use colour on a terminal (auto), always or never
    #[arg(
        long,
        global = true,
        display_order = 1003,
        value_name = "WHEN",
        value_enum,
        hide_possible_values = true
    )]
    pub(crate) color: Option<ColorChoice>,
    /// Print help
    #[arg(
        short,
        long,
        global = true,
        display_order = 1004,
        action = ArgAction::HelpShort
    )]
    help: Option<bool>,
}
