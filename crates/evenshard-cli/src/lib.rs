//! The command line of evenshard.
