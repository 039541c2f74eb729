//! Keys and bytes that the jobs of a build share.
//!
//! A [`Store`] is a folder, an S3 bucket (also R2, `MinIO`, Ceph), a Google Cloud Storage bucket or
//! an Azure container in which a key can be created once. Four verbs are enough: create, get, put
//! and list. The crate knows keys and bytes. It knows nothing of tests, reads no environment of
//! its own and prints nothing.
//!
//! ```
//! use evenshard_store::{Area, Bound, Content, Created, Masker, Settings, Store, Zone};
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let url = folder.path().to_str().unwrap();
//! let store = Store::open(url, &Settings::new(std::env::vars()))?;
//! let build = Area::new(Zone::Trusted, "unit").build("4711", "test");
//! let masker = Masker::none();
//!
//! // The plan of the first job wins; every other job uses that one.
//! let mine = Content::text("plan of job 1", &masker);
//! assert_eq!(store.create(&build.plan(), &mine)?, Created::Ours);
//!
//! let store = Store::open(url, &Settings::new(std::env::vars()))?;
//! let late = Content::text("plan of job 2", &masker);
//! let Created::Theirs(plan) = store.create(&build.plan(), &late)? else { panic!() };
//! assert_eq!(plan.content, b"plan of job 1");
//!
//! let read = store.get(build.plan().key(), Bound::LARGE)?;
//! assert_eq!(read.unwrap().content, b"plan of job 1");
//! # Ok::<(), evenshard_store::Error>(())
//! ```
//!
//! Every object that is read is untrusted input: its size is bounded before and after
//! decompression, and garbage is an [`Error`]. Everything that is put is a [`Content`], which
//! only exists masked: no value of a [`Masker`] leaves the machine.
//!
//! Call it from threads that run no async runtime: the crate has one of its own.
//!
//! # Features
//!
//! `s3`, `gcs` and `azure` add the clouds. Without them the crate has no HTTP and no TLS, and
//! with a folder it opens no socket.

mod check;
#[cfg(feature = "cloud")]
mod cloud;
mod content;
mod digest;
mod error;
mod explain;
mod history;
mod junit;
mod key;
mod layout;
mod mask;
mod nonce;
mod object;
mod place;
mod prune;
mod runtime;
mod segment;
mod settings;
mod store;

pub use check::{Check, Step};
pub use content::Content;
pub use digest::digest;
pub use error::{Error, ErrorKind};
pub use junit::Kept;
pub use key::{Key, OwnKey, Prefix};
pub use layout::{Area, Build, Entry, Job, Zone};
pub use mask::{Masker, REDACTED_NAMES, is_redacted};
pub use nonce::Nonce;
pub use object::{Bound, Object};
pub use place::Service;
pub use prune::Pruned;
pub use segment::Segment;
pub use settings::{Settings, Timing};
pub use store::{Created, Listing, Store};
