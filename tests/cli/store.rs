//! The store: what the jobs of a build share.

mod features;
