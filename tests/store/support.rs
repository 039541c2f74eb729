//! Stores and contents for tests.

use evenshard_store::{Area, Build, Content, Created, Masker, Settings, Store, Zone};
use tempfile::TempDir;

/// A store in a folder that goes when the test ends.
pub(crate) struct Folder {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
}

impl Folder {
    /// The store as another job opens it.
    pub(crate) fn another(&self) -> Store {
        Store::open(self.folder.path().to_str().unwrap(), &Settings::default()).unwrap()
    }
}

pub(crate) fn folder() -> Folder {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().to_str().unwrap();
    let store = Store::open(url, &Settings::default()).unwrap();
    Folder { folder, store }
}

pub(crate) fn area() -> Area {
    Area::new(Zone::Trusted, "unit")
}

pub(crate) fn build() -> Build {
    area().build("4711", "test")
}

pub(crate) fn text(text: &str) -> Content {
    Content::text(text, &Masker::none())
}

/// Asserts that a store passes its own test, and that the first one creates a key.
pub(crate) fn creates_once(store: &Store) {
    let check = store.check(&area()).unwrap();
    assert!(check.is_ok() && check.left.is_none(), "{check:?}");
    let key = build().plan();
    let Created::Ours = store.create(&key, &text("first")).unwrap() else {
        panic!()
    };
    let Created::Theirs(plan) = store.create(&key, &text("late")).unwrap() else {
        panic!()
    };
    assert_eq!(plan.content, b"first");
}
