//! How much is said, and in which colours: the flags of every command.

use clap::{ArgAction, Args, ColorChoice};

/// The flags that every command has, before its name or behind it.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct TalkArgs {
    /// Say nothing but warnings and errors
    #[arg(
        short,
        long,
        global = true,
        display_order = 1001,
        overrides_with = "quiet",
        conflicts_with = "verbose"
    )]
    pub quiet: bool,
    /// Say more: every file that is read, what binds in the plan, how long each step took
    #[arg(
        short,
        long,
        global = true,
        display_order = 1002,
        overrides_with = "verbose"
    )]
    pub verbose: bool,
    /// When to use colour: on a terminal (auto), always or never
    #[arg(
        long,
        global = true,
        display_order = 1003,
        value_name = "WHEN",
        value_enum,
        default_value_t = ColorChoice::Auto,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub color: ColorChoice,
    /// Print help
    #[arg(
        short,
        long,
        global = true,
        display_order = 1004,
        action = ArgAction::HelpShort
    )]
    pub help: Option<bool>,
}
