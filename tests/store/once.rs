//! Laws of creation, over a server that loses replies and requests.

use evenshard_store::{Bound, Created, ErrorKind, Nonce};
use proptest::prelude::*;

use crate::server::{Fault, Server, error_body};
use crate::support::{build, text};

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        4 => Just(Fault::None),
        2 => Just(Fault::LoseReply),
        2 => Just(Fault::Drop),
        1 => Just(Fault::Status(503, error_body("SlowDown"))),
        1 => Just(Fault::Status(500, error_body("InternalError"))),
        1 => Just(Fault::Status(409, error_body("ConditionalRequestConflict"))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Whatever becomes of replies: of the jobs that hear an answer, at most one created the
    /// key, all see the same object, and it is what the store has.
    #[test]
    fn jobs_agree_on_who_created_a_key(
        faults in prop::collection::vec(fault(), 0..14),
        jobs in 1_usize..4,
    ) {
        let server = Server::start();
        server.state().faults = faults.into();
        let key = build().plan();
        let results: Vec<_> = std::thread::scope(|scope| {
            let (server, key) = (&server, &key);
            let run = |n: usize| {
                move || {
                    let store = server.store();
                    (store.nonce(), store.create(key, &text(&format!("plan {n}"))))
                }
            };
            let threads: Vec<_> = (0..jobs).map(|n| scope.spawn(run(n))).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        server.state().faults.clear();
        let stored = server.store().get(key.key(), Bound::LARGE).unwrap();
        let mut ours: Vec<(usize, Nonce)> = Vec::new();
        for (n, (nonce, result)) in results.iter().enumerate() {
            match result {
                Ok(Created::Ours) => ours.push((n, *nonce)),
                Ok(Created::Theirs(object)) => prop_assert_eq!(Some(object), stored.as_ref()),
                Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Unreachable, "{}", error),
            }
        }
        prop_assert!(ours.len() <= 1);
        if let [(n, nonce)] = ours[..] {
            let stored = stored.unwrap();
            prop_assert_eq!(stored.nonce, nonce);
            prop_assert_eq!(stored.content, format!("plan {n}").into_bytes());
        }
    }

    /// `put` and `get` tell the truth, or fail as unreachable.
    #[test]
    fn a_put_that_succeeds_is_read(faults in prop::collection::vec(fault(), 0..10)) {
        let server = Server::start();
        server.state().faults = faults.into();
        let (store, key) = (server.store(), build().plan());
        let mut may_be = vec![None];
        for n in 0..4 {
            let content = format!("content {n}");
            match store.put(&key, &text(&content)) {
                Ok(()) => may_be = vec![Some(content)],
                // It may have been carried out or not.
                Err(error) => {
                    prop_assert_eq!(error.kind(), ErrorKind::Unreachable, "{}", error);
                    may_be.push(Some(content));
                }
            }
            match store.get(key.key(), Bound::SMALL) {
                Ok(read) => {
                    let read = read.map(|object| String::from_utf8(object.content).unwrap());
                    prop_assert!(may_be.contains(&read), "{read:?} is none of {may_be:?}");
                }
                Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Unreachable),
            }
        }
    }
}

#[test]
fn a_lost_reply_is_found_to_be_our_own() {
    let server = Server::start();
    server.state().faults = vec![Fault::LoseReply].into();
    let created = server
        .store()
        .create(&build().plan(), &text("mine"))
        .unwrap();
    assert!(matches!(created, Created::Ours), "{created:?}");
    let stored = server
        .store()
        .get(build().plan().key(), Bound::SMALL)
        .unwrap();
    assert_eq!(stored.unwrap().content, b"mine");
}

/// S3 answers 409 while another creation is under way, which `object_store` calls "exists".
#[test]
fn a_conflict_over_an_absent_key_is_tried_again() {
    let server = Server::start();
    server.state().conflicts = 2;
    let created = server
        .store()
        .create(&build().plan(), &text("mine"))
        .unwrap();
    assert!(matches!(created, Created::Ours), "{created:?}");
}

#[test]
fn a_store_that_always_answers_conflict_is_reported() {
    let server = Server::start();
    server.state().conflicts = usize::MAX;
    let error = server
        .store()
        .create(&build().plan(), &text("mine"))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConditional, "{error:?}");
    let puts = server
        .state()
        .requests
        .iter()
        .filter(|r| r.starts_with("PUT"))
        .count();
    assert_eq!(puts, 5);
}

#[test]
fn google_creates_once_with_its_own_condition() {
    let server = Server::start();
    let store = server.google();
    let created = store.create(&build().plan(), &text("mine")).unwrap();
    assert!(matches!(created, Created::Ours), "{created:?}");
    let created = server
        .google()
        .create(&build().plan(), &text("late"))
        .unwrap();
    assert!(matches!(created, Created::Theirs(_)), "{created:?}");
    let listed = store.list(build().all(), 10).unwrap();
    assert_eq!(listed.keys, [build().plan().key().clone()]);
}
