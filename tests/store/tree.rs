//! Dependencies: none that talks to a network unless a cloud is asked for.

use std::process::Command;

/// The names of all crates that the store needs with these features.
fn tree(features: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--package",
            "evenshard-store",
            "--edges",
            "normal",
        ])
        .args([
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--no-default-features",
        ])
        .args(["--features", features])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    let names = lines.lines().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

const NETWORK: [&str; 8] = [
    "reqwest",
    "hyper",
    "rustls",
    "ring",
    "socket2",
    "mio",
    "h2",
    "hyper-util",
];

#[test]
fn without_clouds_there_is_no_network_crate() {
    let crates = tree("");
    assert!(
        crates.iter().any(|name| name == "object_store"),
        "{crates:?}"
    );
    for name in NETWORK {
        assert!(!crates.iter().any(|have| have == name), "{name}");
    }
}

#[test]
fn every_cloud_brings_one_tls_library() {
    for cloud in ["s3", "gcs", "azure"] {
        let crates = tree(cloud);
        assert!(crates.iter().any(|name| name == "ring"), "{cloud}");
        for name in ["aws-lc-rs", "aws-lc-sys", "openssl", "native-tls"] {
            assert!(!crates.iter().any(|have| have == name), "{cloud}: {name}");
        }
    }
}

/// Every socket of this process, as Linux counts them.
#[cfg(target_os = "linux")]
fn sockets() -> usize {
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let targets = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    targets
        .filter(|to| to.to_string_lossy().starts_with("socket:"))
        .count()
}

/// In a process of its own: other tests open sockets.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_opens_no_socket() {
    use crate::support::{area, build, folder, text};

    if std::env::var_os("EVENSHARD_TEST_ALONE").is_some() {
        let f = folder();
        let before = sockets();
        f.store.create(&build().plan(), &text("x")).unwrap();
        f.store.check(&area()).unwrap();
        assert_eq!(sockets(), before);
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tree::a_folder_opens_no_socket"])
        .env("EVENSHARD_TEST_ALONE", "1")
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && out.contains("1 passed"), "{out}");
}
