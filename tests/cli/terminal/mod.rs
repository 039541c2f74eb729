//! What is said on a real terminal, and what is not said elsewhere.

mod colour;
mod progress;
mod tty;
mod volume;

use tty::{Seen, Terminal};
