//! The verdict over a build, as text and as Markdown.

pub mod markdown;
pub mod text;
