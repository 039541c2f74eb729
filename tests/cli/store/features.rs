//! The feature `store`: who has network crates, and who does not.

use std::process::Command;

/// Crates of which each brings sockets.
const NETWORK: [&str; 6] = [
    "hyper",
    "object_store",
    "reqwest",
    "rustls",
    "socket2",
    "tokio",
];

fn tree(options: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--edges=normal", "--prefix=none", "--locked"])
        .args(["--offline", "--format={lib}"])
        .args(options)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn only_the_feature_store_brings_network_crates() {
    let with = tree(&["--package=evenshard-cli"]);
    for name in NETWORK {
        assert!(with.iter().any(|found| found == name), "{name}: {with:?}");
    }
    for options in [
        &["--package=evenshard-cli", "--no-default-features"][..],
        &["--package=evenshard", "--all-features"],
        &["--package=evenshard-report", "--all-features"],
    ] {
        let found = tree(options);
        assert!(found.len() > 10, "{found:?}");
        let network: Vec<_> = NETWORK
            .iter()
            .filter(|n| found.iter().any(|f| f == *n))
            .collect();
        assert!(network.is_empty(), "{options:?}: {network:?}");
    }
}
