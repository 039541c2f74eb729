//! The self-test of a store.

use evenshard_store::{Check, ErrorKind};

use crate::server::{Fault, Server, error_body};
use crate::support::{area, folder};

fn names(check: &Check) -> Vec<&str> {
    check.steps.iter().map(|step| step.name).collect()
}

/// The step that failed: its name, kind and permission.
fn failed(check: &Check) -> Vec<(&str, ErrorKind, Option<String>)> {
    let failed = check.steps.iter().filter_map(|step| {
        let error = step.result.as_ref().err()?;
        Some((
            step.name,
            error.kind(),
            error.permission().map(str::to_owned),
        ))
    });
    failed.collect()
}

fn denied() -> Fault {
    Fault::Status(403, error_body("AccessDenied"))
}

#[test]
fn a_good_store_passes_every_step_and_is_left_as_it_was() {
    let f = folder();
    let check = f.store.check(&area()).unwrap();
    assert_eq!(
        names(&check),
        ["create", "create once", "read", "write", "list"]
    );
    assert!(
        check.is_ok() && check.creates_once() && check.left.is_none(),
        "{check:?}"
    );
    let server = Server::start();
    for store in [server.store(), server.google()] {
        let check = store.check(&area()).unwrap();
        assert!(
            check.is_ok() && check.creates_once() && check.left.is_none(),
            "{check:?}"
        );
        assert!(server.state().objects.is_empty());
    }
}

#[test]
fn a_store_that_ignores_the_condition_is_reported() {
    let server = Server::start();
    server.state().ignores_conditions = true;
    let check = server.store().check(&area()).unwrap();
    assert_eq!(
        failed(&check),
        [("create once", ErrorKind::NotConditional, None)]
    );
    assert!(!check.creates_once());
}

#[test]
fn a_store_that_does_not_know_the_condition_is_reported() {
    let server = Server::start();
    server.fail_all("PUT", Fault::Status(501, error_body("NotImplemented")));
    let check = server.store().check(&area()).unwrap();
    assert_eq!(
        failed(&check),
        [("create", ErrorKind::NotConditional, None)]
    );
}

#[test]
fn the_missing_permission_is_named() {
    for (text, step, permission) in [
        ("PUT", "create", "s3:PutObject"),
        ("list-type", "list", "s3:ListBucket"),
    ] {
        let server = Server::start();
        server.fail_all(text, denied());
        let check = server.store().check(&area()).unwrap();
        let expected = (step, ErrorKind::Denied, Some(permission.to_owned()));
        assert_eq!(failed(&check), [expected]);
    }
    // Without GetObject nobody knows who created a key either.
    let server = Server::start();
    server.fail_all("GET /bucket/ci", denied());
    let check = server.store().check(&area()).unwrap();
    let get = || Some("s3:GetObject".to_owned());
    assert_eq!(
        failed(&check),
        [
            ("create once", ErrorKind::Denied, get()),
            ("read", ErrorKind::Denied, get())
        ]
    );
}

#[test]
fn what_cannot_be_deleted_is_named() {
    let server = Server::start();
    server.fail_all("DELETE", denied());
    let check = server.store().check(&area()).unwrap();
    assert!(check.is_ok(), "a build deletes nothing: {check:?}");
    let left = check.left.unwrap();
    assert!(left.starts_with("trusted/unit/check/"), "{left}");
    assert!(server.state().objects.contains_key(&format!("ci/{left}")));
}

/// The price of the test for a job: two creations (the second one read), a read, a write, a list
/// and a deletion.
#[test]
fn a_check_takes_seven_requests() {
    let server = Server::start();
    server.store().check(&area()).unwrap();
    assert_eq!(
        server.state().requests.len(),
        7,
        "{:?}",
        server.state().requests
    );
}
