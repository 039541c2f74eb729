//! A store in a folder.

use evenshard_store::{Bound, Created, ErrorKind, Job, Nonce, Service, Settings, Store};

use crate::support::{area, build, folder, text};

const JOB: Job = Job {
    shard: 3,
    attempt: 1,
};

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
    let created: Vec<(Nonce, Created)> = std::thread::scope(|scope| {
        let (f, key) = (&f, &key);
        let run = |n: u32| {
            move || {
                let store = f.another();
                (
                    store.nonce(),
                    store.create(key, &text(&n.to_string())).unwrap(),
                )
            }
        };
        let threads: Vec<_> = (0..8).map(|n| scope.spawn(run(n))).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let ours = created
        .iter()
        .filter(|(_, created)| *created == Created::Ours);
    let ours: Vec<_> = ours.map(|(nonce, _)| *nonce).collect();
    let [winner] = ours[..] else {
        panic!("{created:?}")
    };
    for (_, created) in created {
        if let Created::Theirs(object) = created {
            assert_eq!(object.nonce, winner);
        }
    }
}

/// A call that failed may have been carried out, so it can be repeated.
#[test]
fn a_creation_can_be_repeated_and_says_what_is_stored() {
    let f = folder();
    let key = build().owner(JOB);
    assert_eq!(f.store.create(&key, &text("me")).unwrap(), Created::Ours);
    assert_eq!(f.store.create(&key, &text("me")).unwrap(), Created::Ours);
    let Created::Theirs(object) = f.store.create(&key, &text("other")).unwrap() else {
        panic!()
    };
    assert_eq!(
        (object.nonce, &object.content[..]),
        (f.store.nonce(), &b"me"[..])
    );
    assert!(matches!(
        f.another().create(&key, &text("me")).unwrap(),
        Created::Theirs(_)
    ));
}

#[test]
fn keys_are_listed_in_order_and_up_to_a_bound() {
    let f = folder();
    f.store.create(&build().owner(JOB), &text("me")).unwrap();
    let owner = f.store.nonce();
    f.store
        .put(&build().record(JOB, owner), &text("{}"))
        .unwrap();
    f.store
        .put(&build().junit(JOB, owner, 1), &text("<x/>"))
        .unwrap();
    let all = f.store.list(&build().jobs(), 10).unwrap();
    assert!(
        all.complete && all.keys.is_sorted() && all.keys.len() == 3,
        "{all:?}"
    );
    let two = f.store.list(&build().jobs(), 2).unwrap();
    assert!(!two.complete);
    assert_eq!(two.keys, all.keys[..2]);
    // Of a build that nobody has begun.
    let none = f
        .store
        .list(area().build("4712", "test").all(), 10)
        .unwrap();
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

/// Linux lets nobody make files in `/sys`, root neither.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_names_the_permission() {
    let store = Store::open("/sys/kernel", &Settings::default()).unwrap();
    for error in [
        store.put(&build().plan(), &text("x")).unwrap_err(),
        store.create(&build().plan(), &text("x")).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Denied, "{error:?}");
        let permission = error.permission();
        assert_eq!(permission, Some("permission to write to the folder"));
    }
    assert_eq!(store.get(build().plan().key(), Bound::SMALL), Ok(None));
}
