//! Deleting old builds from a folder.

use std::time::{Duration, SystemTime};

use evenshard_store::{Area, ErrorKind, Job, Nonce, Pruned, Zone};

use crate::server::Server;
use crate::support::{Folder, area, folder, text};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder with an old and a new build, history and trend, and a quarantined test.
fn filled() -> Folder {
    let f = folder();
    let (job, nonce) = (
        Job {
            shard: 1,
            attempt: 1,
        },
        "00".repeat(16),
    );
    for (build, month, begun) in [("old", "2026-01", 1), ("new", "2026-11", 2)] {
        let keys = area().build(build, "test");
        for key in [
            keys.plan(),
            keys.owner(job),
            keys.record(job, Nonce::parse(&nonce).unwrap()),
            area().add_trend(begun, month),
            area().add_history(begun, "d"),
            area().add_quarantine(build),
            Area::new(Zone::Pr, "unit").build(build, "test").plan(),
        ] {
            f.store.put(&key, &text("x")).unwrap();
        }
    }
    f
}

/// Makes every file whose path has one of these texts 90 days old.
fn age(f: &Folder, texts: &[&str]) {
    for file in files(f) {
        if texts.iter().any(|text| file.contains(text)) {
            let file = std::fs::File::options()
                .append(true)
                .open(f.folder.path().join(&file));
            file.unwrap()
                .set_modified(SystemTime::now() - 90 * DAY)
                .unwrap();
        }
    }
}

fn files(f: &Folder) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![f.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(f.folder.path()).unwrap();
                found.push(below.to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn prune(f: &Folder, older_than: Duration) -> Pruned {
    f.store.prune(older_than, SystemTime::now()).unwrap()
}

#[test]
fn what_is_old_goes_and_the_quarantine_stays() {
    let f = filled();
    // Folders are as old as their newest entry; here they are new.
    let folders = ["builds/old", "2026-01", "0000000000001-d", "quarantine/old"];
    age(&f, &folders);
    let before = files(&f);
    assert_eq!(prune(&f, 365 * DAY), Pruned::default());
    assert_eq!(files(&f), before);
    let pruned = prune(&f, 60 * DAY);
    assert!(
        pruned.builds == 2 && pruned.others == 2 && pruned.bytes > 200,
        "{pruned:?}"
    );
    let left = files(&f);
    assert!(
        left.iter().all(|file| !file.contains("builds/old")),
        "{left:?}"
    );
    assert!(!f.folder.path().join("trusted/unit/builds/old").exists());
    assert_eq!(
        left.iter()
            .filter(|file| file.contains("builds/new"))
            .count(),
        4
    );
    assert_eq!(
        left.iter()
            .filter(|file| file.contains("quarantine"))
            .count(),
        2
    );
    assert_eq!(
        left.iter().filter(|file| file.contains("history")).count(),
        1
    );
}

/// A job that is retried after 59 days still finds the plan.
#[test]
fn a_build_with_one_new_file_stays_whole() {
    let f = filled();
    age(&f, &["builds/old/test/plan", "owner"]);
    assert_eq!(prune(&f, 60 * DAY).builds, 1, "the one of the pull request");
    assert!(
        f.folder
            .path()
            .join("trusted/unit/builds/old/test/plan")
            .exists()
    );
}

#[test]
fn what_the_layout_does_not_know_stays() {
    let f = filled();
    let foreign = f.folder.path().join("trusted/unit/README");
    std::fs::write(&foreign, "x").unwrap();
    std::fs::write(f.folder.path().join("notes"), "x").unwrap();
    age(&f, &["README", "notes", "builds"]);
    prune(&f, 60 * DAY);
    assert!(foreign.exists() && f.folder.path().join("notes").exists());
}

/// A link to another folder, in the place of a zone and of a scope.
#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let (f, other) = (folder(), filled());
    age(&other, &["trusted"]);
    let before = files(&other);
    std::fs::create_dir(f.folder.path().join("pr")).unwrap();
    let at = other.folder.path().join("trusted/unit");
    std::os::unix::fs::symlink(at, f.folder.path().join("pr/unit")).unwrap();
    assert_eq!(prune(&f, 60 * DAY), Pruned::default());
    assert_eq!(files(&other), before);
}

#[test]
fn an_empty_folder_has_nothing_to_prune() {
    assert_eq!(prune(&folder(), Duration::ZERO), Pruned::default());
}

#[test]
fn a_bucket_is_not_pruned() {
    let server = Server::start();
    let error = server.store().prune(DAY, SystemTime::now()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.hint().unwrap().contains("lifecycle"), "{error:?}");
    assert!(server.state().requests.is_empty());
}
