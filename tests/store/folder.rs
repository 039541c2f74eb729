//! A store in a folder.

use evenshard_store::{Bound, Created, ErrorKind, Job, Service, Settings, Store};

use crate::support::{area, build, folder, text};

const JOB: Job = Job { shard: 3, attempt: 1 };

#[test]
fn what_is_put_is_read_back() {
    let f = folder();
    let key = build().plan();
    assert_eq!(f.store.get(key.key(), Bound::LARGE).unwrap(), None);
    f.store.put(&key, &text("one")).unwrap();
    f.store.put(&key, &text("two")).unwrap();
    let read = f.store.get(key.key(), Bound::LARGE).unwrap().unwrap();
    assert_eq!(read.content, b"two");
    assert_eq!(f.store.service(), Service::Folder);
}

#[test]
fn a_key_is_created_once_by_one_of_many_threads() {
    let f = folder();
    let key = build().plan();
    let created: Vec<Created> = std::thread::scope(|scope| {
        let (store, key) = (&f.store, &key);
        let run = |n: u32| move || store.create(key, &text(&n.to_string())).unwrap();
        let threads: Vec<_> = (0..8).map(|n| scope.spawn(run(n))).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let ours = created.iter().filter_map(|c| match c {
        Created::Ours(nonce) => Some(*nonce),
        Created::Theirs(_) => None,
    });
    let ours: Vec<_> = ours.collect();
    let [winner] = ours[..] else { panic!("{created:?}") };
    for created in created {
        if let Created::Theirs(object) = created {
            assert_eq!(object.nonce, winner);
        }
    }
}

#[test]
fn keys_are_listed_in_order_and_up_to_a_bound() {
    let f = folder();
    let owner = match f.store.create(&build().owner(JOB), &text("me")).unwrap() {
        Created::Ours(nonce) => nonce,
        Created::Theirs(object) => panic!("{object:?}"),
    };
    f.store.put(&build().record(JOB, owner), &text("{}")).unwrap();
    f.store.put(&build().junit(JOB, owner), &text("<x/>")).unwrap();
    let all = f.store.list(&build().jobs(), 10).unwrap();
    assert!(all.complete && all.keys.is_sorted() && all.keys.len() == 3, "{all:?}");
    let two = f.store.list(&build().jobs(), 2).unwrap();
    assert!(!two.complete);
    assert_eq!(two.keys, all.keys[..2]);
    // Of a build that nobody has begun.
    let none = f.store.list(area().build("4712", "test").all(), 10).unwrap();
    assert!(none.complete && none.keys.is_empty());
}

#[test]
fn several_keys_are_read_at_once_in_their_order() {
    let f = folder();
    let keys: Vec<_> = (0..30).map(|n| area().add_history(n, "d")).collect();
    for (n, key) in keys.iter().enumerate().skip(1) {
        f.store.put(key, &text(&n.to_string())).unwrap();
    }
    let keys: Vec<_> = keys.iter().map(|k| k.key().clone()).collect();
    let read = f.store.get_all(&keys, Bound::SMALL);
    assert_eq!(read.len(), 30);
    assert_eq!(read[0], Ok(None));
    for (n, object) in read.into_iter().enumerate().skip(1) {
        assert_eq!(object.unwrap().unwrap().content, n.to_string().as_bytes());
    }
}

#[test]
fn the_folder_is_made_but_not_the_one_above_it() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("store");
    Store::open(folder.to_str().unwrap(), &Settings::default()).unwrap();
    assert!(folder.is_dir());
    let unmounted = above.path().join("disk/store");
    let error = Store::open(unmounted.to_str().unwrap(), &Settings::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing);
    assert!(error.hint().unwrap().contains("mounted"), "{error:?}");
}

#[test]
fn a_file_url_names_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let spaced = folder.path().join("with blank");
    let url = format!("file://{}/with%20blank", folder.path().display());
    let store = Store::open(&url, &Settings::default()).unwrap();
    store.put(&build().plan(), &text("x")).unwrap();
    assert!(spaced.join("trusted/unit/builds/4711/test/plan").is_file());
}

#[test]
fn a_file_in_the_place_of_the_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let error = match Store::open(file.to_str().unwrap(), &Settings::default()) {
        Err(error) => error,
        Ok(store) => store.put(&build().plan(), &text("x")).unwrap_err(),
    };
    assert!(!error.to_string().is_empty());
}

#[test]
fn content_is_readable_with_zstd_alone() {
    let f = folder();
    f.store.put(&build().plan(), &text("a plan")).unwrap();
    let file = f.folder.path().join("trusted/unit/builds/4711/test/plan");
    let stored = std::fs::read(file).unwrap();
    assert_eq!(zstd::decode_all(&stored[..]).unwrap(), b"a plan");
}

/// A read-only folder, unless this runs as root, whom nothing stops.
#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_names_the_permission() {
    use std::os::unix::fs::PermissionsExt as _;
    let f = folder();
    let root = f.folder.path();
    std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o555)).unwrap();
    let result = f.store.put(&build().plan(), &text("x"));
    std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o755)).unwrap();
    match result {
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Denied, "{error:?}");
            assert_eq!(error.permission(), Some("permission to write to the folder"));
        }
        Ok(()) => eprintln!("skipped: root may write to read-only folders"),
    }
}
