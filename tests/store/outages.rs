//! Deadlines: a store that is slow, goes away, or never was there.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use evenshard_store::{Bound, ErrorKind, Settings, Store, Timing};

use crate::server::{Fault, Server, environment, fast};
use crate::support::{area, build, text};

/// Runs every verb against the store; each has to fail as unreachable within `most`.
fn all_verbs_fail_within(store: &Store, most: Duration) {
    let verbs: [(&str, &dyn Fn() -> evenshard_store::Error); 6] = [
        ("create", &|| {
            store.create(&build().plan(), &text("x")).unwrap_err()
        }),
        ("put", &|| {
            store.put(&build().plan(), &text("x")).unwrap_err()
        }),
        ("get", &|| {
            store.get(build().plan().key(), Bound::SMALL).unwrap_err()
        }),
        ("list", &|| store.list(build().all(), 10).unwrap_err()),
        ("newest", &|| {
            store.newest(&area().history(), 20, 0).unwrap_err()
        }),
        ("get_all", &|| {
            let keys = [build().plan().key().clone()];
            store.get_all(&keys, Bound::SMALL).remove(0).unwrap_err()
        }),
    ];
    for (name, verb) in verbs {
        let begun = Instant::now();
        let error = verb();
        let took = begun.elapsed();
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{name}: {error:?}");
        assert!(
            error.is_temporary() && error.hint().is_some(),
            "{name}: {error:?}"
        );
        assert!(took < most, "{name} took {took:?}");
    }
}

fn short() -> Timing {
    Timing {
        request: Duration::from_millis(100),
        overall: Duration::from_millis(400),
        ..fast()
    }
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let server = Server::start();
    server.fail_all("", Fault::Hang);
    all_verbs_fail_within(&server.store_with(short()), Duration::from_secs(8));
}

#[test]
fn a_server_that_is_away_is_given_up() {
    let server = Server::start();
    server.fail_all("", Fault::Drop);
    all_verbs_fail_within(&server.store_with(short()), Duration::from_secs(8));
}

#[test]
fn a_port_that_nobody_listens_on_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let settings = Settings::new(environment(&[
        ("AWS_ENDPOINT_URL", &url),
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00"),
        ("AWS_SECRET_ACCESS_KEY", "secret-access-key-of-a-test"),
        ("AWS_DISABLE_SYSTEM_CERTIFICATES", "true"),
    ]));
    let store = Store::open("s3://bucket", &settings.with_timing(short())).unwrap();
    let error = store.list(build().all(), 10).unwrap_err();
    assert!(
        error.to_string().to_lowercase().contains("refused"),
        "{error}"
    );
    all_verbs_fail_within(&store, Duration::from_secs(8));
}

/// Accepts connections and reads nothing from them.
#[test]
fn a_server_that_only_accepts_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let settings = Settings::new(environment(&[
        ("AWS_ENDPOINT_URL", &url),
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00"),
        ("AWS_SECRET_ACCESS_KEY", "secret-access-key-of-a-test"),
        ("AWS_DISABLE_SYSTEM_CERTIFICATES", "true"),
    ]));
    let store = Store::open("s3://bucket", &settings.with_timing(short())).unwrap();
    all_verbs_fail_within(&store, Duration::from_secs(8));
}

#[test]
fn a_server_that_says_that_it_is_busy_is_asked_a_few_times() {
    let server = Server::start();
    server.fail_all(
        "",
        Fault::Status(503, crate::server::error_body("SlowDown")),
    );
    let store = server.store();
    let error = store.get(build().plan().key(), Bound::SMALL).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().contains("SlowDown"), "{error}");
    assert_eq!(
        server.state().requests.len(),
        3,
        "one request and two retries"
    );
}

#[test]
fn a_slow_answer_within_the_limits_is_waited_for() {
    let server = Server::start();
    server.fail_all("", Fault::Delay(Duration::from_millis(120)));
    let store = server.store();
    store.create(&build().plan(), &text("x")).unwrap();
    let read = store.get(build().plan().key(), Bound::SMALL).unwrap();
    assert_eq!(read.unwrap().content, b"x");
}

#[test]
fn one_hung_request_is_tried_again_within_the_deadline() {
    let server = Server::start();
    server.store().put(&build().plan(), &text("x")).unwrap();
    server.state().faults = vec![Fault::Hang, Fault::Hang].into();
    let read = server
        .store()
        .get(build().plan().key(), Bound::SMALL)
        .unwrap();
    assert_eq!(read.unwrap().content, b"x");
}

#[test]
fn a_budget_is_shared_by_all_verbs_that_follow() {
    let server = Server::start();
    server.fail_all("", Fault::Hang);
    let store = server
        .store_with(Timing::default())
        .within(Duration::from_millis(300));
    let begun = Instant::now();
    for _ in 0..5 {
        let error = store.get(build().plan().key(), Bound::SMALL).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
    }
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_store_that_comes_back_is_used_again() {
    let server = Server::start();
    let store = server.store();
    server.fail_all("", Fault::Drop);
    store.put(&build().plan(), &text("x")).unwrap_err();
    server.state().always.clear();
    store.put(&build().plan(), &text("x")).unwrap();
}

/// Large content has longer to arrive than one small request may take.
#[test]
fn a_large_upload_outlives_the_limit_of_a_request() {
    let server = Server::start();
    server.fail_all("PUT", Fault::Delay(Duration::from_millis(600)));
    let mut noise = 1_u64;
    let large: String = std::iter::repeat_with(|| {
        noise = noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        format!("{noise:016x}")
    })
    .take(200_000)
    .collect();
    let store = server.store_with(short());
    store.put(&build().plan(), &text("small")).unwrap_err();
    store.put(&build().plan(), &text(&large)).unwrap();
}
