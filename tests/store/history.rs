//! Reading the newest builds of a long history, with few requests.

use evenshard_store::{Bound, Key};

use crate::server::Server;
use crate::support::{area, folder, text};

const NOW: u64 = 1_795_845_600_000;
const DAY: u64 = 24 * 60 * 60 * 1000;

/// Fills a server with builds that began at these times.
fn filled(begun: impl Iterator<Item = u64>) -> Server {
    let server = Server::start();
    let key = area().add_history(0, "seed");
    server.store().put(&key, &text("a build")).unwrap();
    let mut state = server.state();
    let (_, object) = state.objects.pop_first().unwrap();
    for begun in begun {
        let key = area().add_history(begun, &format!("{begun:x}"));
        state.objects.insert(format!("ci/{key}"), object.clone());
    }
    state.requests.clear();
    drop(state);
    server
}

/// Reads the newest 20 builds and counts the requests.
fn read(server: &Server, now_ms: u64) -> (Vec<Key>, usize) {
    let store = server.store();
    let keys = store.newest(&area().history(), 20, now_ms).unwrap();
    for object in store.get_all(&keys, Bound::LARGE) {
        assert_eq!(object.unwrap().unwrap().content, b"a build");
    }
    (keys, server.state().requests.len())
}

fn expected(begun: impl DoubleEndedIterator<Item = u64>) -> Vec<Key> {
    let newest = begun.rev().take(20);
    let key = |begun| {
        area()
            .add_history(begun, &format!("{begun:x}"))
            .key()
            .clone()
    };
    newest.map(key).collect()
}

#[test]
fn twenty_of_5000_builds_take_at_most_60_requests() {
    // 5,000 builds in 30 days, in two years, in one hour, and all of them long ago.
    for (first, step) in [
        (NOW - 30 * DAY, 30 * DAY / 5000),
        (NOW - 730 * DAY, 730 * DAY / 5000),
        (NOW - DAY / 24, DAY / 24 / 5000),
        (NOW - 2000 * DAY, DAY / 5000),
    ] {
        let begun = || (0..5000).map(|n| first + n * step);
        let server = filled(begun());
        let (keys, requests) = read(&server, NOW);
        assert_eq!(keys, expected(begun()));
        assert!(requests <= 30, "{requests} requests for steps of {step} ms");
    }
}

#[test]
fn a_wrong_clock_costs_requests_and_no_build() {
    let begun = || (0..5000).map(|n| NOW - 30 * DAY + n * 30 * DAY / 5000);
    let server = filled(begun());
    for now in [0, NOW - 400 * DAY, NOW + 40_000 * DAY, u64::MAX] {
        server.state().requests.clear();
        let (keys, requests) = read(&server, now);
        assert_eq!(keys, expected(begun()));
        assert!(requests <= 60, "{requests} requests at {now}");
    }
}

#[test]
fn a_short_history_is_read_whole() {
    let begun = || [NOW - 700 * DAY, NOW - 2 * DAY].into_iter();
    let server = filled(begun());
    // What else lies there is no build.
    server
        .state()
        .objects
        .insert("ci/trusted/unit/history/README".to_owned(), Vec::new());
    assert_eq!(read(&server, NOW).0, expected(begun()));
    let empty = Server::start();
    assert_eq!(read(&empty, NOW), (Vec::new(), 5));
}

#[test]
fn a_folder_has_the_same_newest_builds() {
    let f = folder();
    let begun = || (0..50).map(|n| NOW - 50 * DAY + n * DAY);
    for begun in begun() {
        let key = area().add_history(begun, &format!("{begun:x}"));
        f.store.put(&key, &text("a build")).unwrap();
    }
    let keys = f.store.newest(&area().history(), 20, NOW).unwrap();
    assert_eq!(keys, expected(begun()));
}
