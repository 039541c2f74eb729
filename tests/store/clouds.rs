//! Azure by Azurite, and the settings of the network that the environment has.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use evenshard_store::{Bound, ErrorKind, Settings, Store};

use crate::server::{Server, environment, fast};
use crate::support::{area, build, creates_once, text};
use crate::tools::{say_skipped, venvs};

/// The key that every Azurite has for its account.
const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

#[test]
fn azure_works_against_azurite() {
    let azurite = venvs().join("azurite/node_modules/azurite/dist/src/blob/main.js");
    if !azurite.exists() {
        return say_skipped("no Azurite; `scripts/azurite` installs it");
    }
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/store/azurite_server.mjs"
    );
    let mut server = Command::new("node")
        .args([script.as_ref(), azurite.as_os_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut port = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut port)
        .unwrap();
    let endpoint = format!("http://127.0.0.1:{}/devstoreaccount1", port.trim());
    let open = |container: &str, key: &str| {
        let settings = Settings::new(environment(&[
            ("AZURE_STORAGE_ACCOUNT_NAME", "devstoreaccount1"),
            ("AZURE_STORAGE_ACCOUNT_KEY", key),
            ("AZURE_STORAGE_ENDPOINT", &endpoint),
        ]));
        Store::open(&format!("az://{container}/ci"), &settings).unwrap()
    };
    let store = open("builds", KEY);
    creates_once(&store);
    let key = area().add_trend(1_784_900_000_000, "ab12");
    assert_eq!(store.get(key.key(), Bound::SMALL), Ok(None));
    let history: Vec<_> = (0..30).map(|n| area().add_history(n, "d")).collect();
    for key in &history {
        store.put(key, &text("h")).unwrap();
    }
    // Azurite knows no `startFrom` and lists from the beginning, which costs nothing but time.
    let newest = store.newest(&area().history(), 20, 20).unwrap();
    assert_eq!(newest.len(), 20);
    assert_eq!(&newest[0], history[29].key());

    let error = open("missing", KEY).list(build().all(), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing, "{error:?}");
    let wrong = KEY.replace("Eby8", "AAAA");
    let error = open("builds", &wrong).list(build().all(), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error:?}");
    drop(server.stdin.take());
    let _ = server.wait();
}

/// Runs this test again in a process of its own, with variables that the process is read from.
fn alone(test: &str, variables: &[(&str, &str)]) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("EVENSHARD_TEST_ALONE", "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && out.contains("1 passed"),
        "{out}{err}"
    );
}

fn is_alone() -> bool {
    std::env::var_os("EVENSHARD_TEST_ALONE").is_some()
}

/// A name that no resolver has: only the proxy can answer.
fn behind_the_proxy() -> Result<(), evenshard_store::Error> {
    let settings = Settings::new(environment(&[
        ("AWS_ENDPOINT_URL", "http://store.invalid"),
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00"),
        ("AWS_SECRET_ACCESS_KEY", "secret-access-key-of-a-test"),
        ("AWS_DISABLE_SYSTEM_CERTIFICATES", "true"),
    ]));
    let store = Store::open("s3://bucket/ci", &settings.with_timing(fast()))?;
    store.put(&build().plan(), &text("x"))
}

#[test]
fn a_proxy_of_the_environment_is_used() {
    if is_alone() {
        behind_the_proxy().unwrap();
        return;
    }
    let proxy = Server::start();
    alone(
        "clouds::a_proxy_of_the_environment_is_used",
        &[("HTTP_PROXY", &proxy.url())],
    );
    let requests = proxy.state().requests.clone();
    assert!(
        requests[0].starts_with("PUT http://store.invalid/bucket/ci/trusted/"),
        "{requests:?}"
    );
}

#[test]
fn hosts_without_a_proxy_are_asked_directly() {
    if is_alone() {
        let error = behind_the_proxy().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
        return;
    }
    let proxy = Server::start();
    let variables = [
        ("HTTP_PROXY", proxy.url()),
        ("NO_PROXY", "store.invalid".to_owned()),
    ];
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    alone(
        "clouds::hosts_without_a_proxy_are_asked_directly",
        &variables,
    );
    assert!(proxy.state().requests.is_empty());
}
