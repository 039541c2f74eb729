//! `scripts/publish` and the workflow around it: what is published, and when. cargo is a stand-in
//! that notes what it was asked; that the registries take the packages is seen at a release only.
//! Everything else, the dry run included, `.ci/run` does with the real one.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

const VERSION: &str = "1.2.3";
const PACKAGES: [&str; 7] = [
    "evenshard-pack-1.2.3.crate",
    "evenshard-1.2.3.crate",
    "evenshard-report-1.2.3.crate",
    "evenshard-store-1.2.3.crate",
    "evenshard-cli-1.2.3.crate",
    "evenshard-1.2.3.tar.gz",
    "evenshard-1.2.3-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
];

/// Packs what `packed` holds, and publishes unless `broken` names the crate.
const CARGO: &str = r#"#!/bin/sh
cd "$CHECKOUT"
case $1 in
package) mkdir -p target/package && cp packed/* target/package; exit ;;
info) test -e "published/${5%@*}"; exit ;;
esac
echo "cargo $*" >>asked
grep -qsx "$3" broken || touch "published/$3"
! grep -qsx "$3" broken
"#;

/// A checkout of a tagged version, with its packages.
struct Checkout(tempfile::TempDir);

impl Checkout {
    fn new() -> Self {
        let checkout = Self(tempfile::tempdir().unwrap());
        let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for program in ["scripts/version", "scripts/publish"] {
            checkout.file(program, "");
            fs_err::copy(real.join(program), checkout.at(program)).unwrap();
        }
        let manifest = format!("[workspace.package]\nversion = \"{VERSION}\"\n\n[profile]\n");
        checkout.file("Cargo.toml", &manifest);
        checkout.file("CHANGELOG.md", "# Changelog\n\n## 1.2.3 (2026-12-01)\n");
        checkout.file("bin/cargo", CARGO);
        let executable = std::fs::Permissions::from_mode(0o755);
        fs_err::set_permissions(checkout.at("bin/cargo"), executable).unwrap();
        fs_err::create_dir(checkout.at("published")).unwrap();
        for package in PACKAGES {
            checkout.file(&format!("target/packages/{package}"), package);
            checkout.file(&format!("packed/{package}"), package);
        }
        checkout.git(&["init", "--quiet"]);
        checkout.git(&["add", "Cargo.toml"]);
        let names = ["-c", "user.name=a", "-c", "user.email=a@b.c"];
        let commit = ["commit", "--quiet", "--no-gpg-sign", "-m", "Release"];
        checkout.git(&[&names[..], &commit].concat());
        checkout.git(&[&names[..], &["tag", "-m", "Release", "v1.2.3"]].concat());
        checkout.git(&["remote", "add", "origin", "."]);
        checkout
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.0.path().join(path)
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    fn git(&self, arguments: &[&str]) {
        let git = Command::new("git")
            .args(arguments)
            .current_dir(self.0.path())
            .status();
        assert!(git.unwrap().success(), "git {arguments:?}");
    }

    /// Publishes, in a build with these variables.
    fn publish(&self, variables: &[(&str, &str)]) -> Output {
        Command::new("bash")
            .arg("scripts/publish")
            .current_dir(self.0.path())
            .env_clear()
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", self.at("bin").display()),
            )
            .env("CHECKOUT", self.0.path())
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    /// What cargo was asked.
    fn asked(&self) -> Vec<String> {
        let text = fs_err::read_to_string(self.at("asked")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    #[track_caller]
    fn refuses(&self, variables: &[(&str, &str)], why: &str) {
        let output = self.publish(variables);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{said}");
        assert!(said.contains(why), "no '{why}' in {said}");
        assert_eq!(self.asked(), Vec::<String>::new());
    }
}

const RELEASE: [(&str, &str); 2] = [("TAG", "v1.2.3"), ("CARGO_REGISTRY_TOKEN", "secret")];

const PUBLISHED: [&str; 5] = [
    "cargo publish --package evenshard-pack --locked --no-verify",
    "cargo publish --package evenshard --locked --no-verify",
    "cargo publish --package evenshard-report --locked --no-verify",
    "cargo publish --package evenshard-store --locked --no-verify",
    "cargo publish --package evenshard-cli --locked --no-verify",
];

/// The variables of a release, with one of them changed.
fn release_with<'a>(name: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    RELEASE
        .iter()
        .map(|&(n, v)| (n, if n == name { value } else { v }))
        .collect()
}

#[test]
fn a_build_of_no_tag_says_what_it_would_publish() {
    let checkout = Checkout::new();
    let output = checkout.publish(&release_with("TAG", ""));
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.lines().collect::<Vec<_>>(), PACKAGES);
    assert_eq!(checkout.asked(), Vec::<String>::new());
}

#[test]
fn a_tag_that_equals_the_version_publishes_in_order() {
    let checkout = Checkout::new();
    // The bill of materials is attested, and goes nowhere else.
    checkout.file("target/packages/evenshard.cdx.json", "{}");
    checkout.file("target/pypi/evenshard-1.2.2.tar.gz", "");
    let output = checkout.publish(&RELEASE);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(checkout.asked(), PUBLISHED);
    let pypi = fs_err::read_dir(checkout.at("target/pypi")).unwrap();
    let mut pypi: Vec<_> = pypi.map(|f| f.unwrap().file_name()).collect();
    pypi.sort_unstable();
    assert_eq!(pypi, [PACKAGES[6], PACKAGES[5]]);
}

#[test]
fn an_attempt_goes_on_where_the_last_one_broke_off() {
    let checkout = Checkout::new();
    for broken in [
        "evenshard-pack",
        "evenshard",
        "evenshard-report",
        "evenshard-store",
        "evenshard-cli",
    ] {
        checkout.file("broken", broken);
        let output = checkout.publish(&RELEASE);
        assert_eq!(output.status.code(), Some(75), "{output:?}");
    }
    fs_err::remove_file(checkout.at("broken")).unwrap();
    assert!(checkout.publish(&RELEASE).status.success());
    // Each attempt begins with what had failed, and leaves what was published alone.
    let each_twice: Vec<&str> = PUBLISHED.iter().flat_map(|asked| [*asked; 2]).collect();
    assert_eq!(checkout.asked(), each_twice);
}

#[test]
fn nothing_else_is_published() {
    let checkout = Checkout::new();
    checkout.refuses(&release_with("TAG", "v1.2.4"), "the version 1.2.3");
    checkout.refuses(&release_with("TAG", "1.2.3"), "the version 1.2.3");
    checkout.refuses(&release_with("TAG", "v1.2.3-rc.1"), "the version 1.2.3");
    checkout.refuses(
        &release_with("CARGO_REGISTRY_TOKEN", ""),
        "CARGO_REGISTRY_TOKEN",
    );

    checkout.file("CHANGELOG.md", "## Unreleased\n\n## 1.2.30\n\n## 11213\n");
    checkout.refuses(&RELEASE, "CHANGELOG.md");
    checkout.file("CHANGELOG.md", "## [1.2.3] - 2026-12-01\n");

    checkout.git(&["tag", "v1.2.2"]);
    let names = ["-c", "user.name=a", "-c", "user.email=a@b.c"];
    let commit = [
        "commit",
        "--quiet",
        "--no-gpg-sign",
        "--allow-empty",
        "-m",
        "More",
    ];
    checkout.git(&[&names[..], &commit].concat());
    checkout.refuses(&RELEASE, "not of the commit");
}

#[test]
fn packages_that_are_not_of_this_commit_are_refused_with_and_without_a_tag() {
    for variables in [&RELEASE[..], &[]] {
        let checkout = Checkout::new();
        checkout.file("packed/evenshard-cli-1.2.3.crate", "changed");
        checkout.refuses(variables, "not what this checkout packs");
        for package in PACKAGES {
            let checkout = Checkout::new();
            fs_err::remove_file(checkout.at("target/packages").join(package)).unwrap();
            checkout.refuses(variables, "there is no");
        }
        let checkout = Checkout::new();
        checkout.file("target/packages/evenshard-1.2.2.crate", "");
        checkout.refuses(variables, "is not of version 1.2.3");
    }
}

const WORKFLOW: &str = include_str!("../../.github/workflows/release.yml");

/// The lines of one job of the release workflow.
fn job(name: &str) -> Vec<&'static str> {
    let lines = WORKFLOW.lines();
    let mut lines = lines.skip_while(|l| l.trim_end_matches(':') != format!("  {name}"));
    lines.next().expect("a job");
    let inside = |l: &&str| l.is_empty() || l.starts_with("    ");
    lines.take_while(inside).map(str::trim).collect()
}

/// The action or the command of each step of a job.
fn steps(name: &str) -> Vec<&'static str> {
    let step = |line: &'static str| {
        let action = line.strip_prefix("- uses: ");
        let action = action.and_then(|a| a.split('@').next());
        action.or_else(|| line.strip_prefix("- run: "))
    };
    job(name).into_iter().filter_map(step).collect()
}

#[test]
fn what_is_published_is_what_ci_built_and_tried() {
    let (fetch, attest) = ("actions/download-artifact", "actions/attest");
    let checkout = "actions/checkout";
    let build = [
        checkout,
        ".ci/run",
        "scripts/sbom",
        "actions/upload-artifact",
    ];
    assert_eq!(steps("build"), build);
    assert_eq!(steps("attest"), [fetch, attest, attest]);
    let (crates, pypi) = (
        "rust-lang/crates-io-auth-action",
        "pypa/gh-action-pypi-publish",
    );
    let publish = [checkout, fetch, crates, "scripts/publish", pypi];
    assert_eq!(steps("publish"), publish);
    assert!(job("attest").contains(&"if: github.ref_type == 'tag'"));
    assert!(job("publish").contains(&"needs: attest"));
    let ci = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.ci/run");
    let ci = fs_err::read_to_string(ci).unwrap();
    assert!(lane(&ci, "second").contains("package try-packages publish"));
}

#[test]
fn no_secret_is_stored_and_what_builds_may_not_sign() {
    assert!(!WORKFLOW.contains("secrets."));
    for (name, signs) in [("build", false), ("attest", true), ("publish", true)] {
        assert_eq!(job(name).contains(&"id-token: write"), signs, "{name}");
    }
    assert!(job("publish").contains(&"environment: release"));
    // A tag of an action can be moved, a commit cannot.
    for (_, action) in WORKFLOW.lines().filter_map(|l| l.split_once("uses: ")) {
        let commit = action.split(['@', ' ']).nth(1).unwrap();
        let hexadecimal = commit.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(commit.len() == 40 && hexadecimal, "{action}");
    }
}

/// The steps of one lane of `.ci/run`.
fn lane(ci: &str, name: &str) -> String {
    let mut lines = ci.lines();
    let steps = lines.find_map(|l| l.strip_prefix(name)?.strip_prefix("=(")?.strip_suffix(')'));
    steps.expect("a lane").to_owned()
}

#[test]
fn the_pipeline_runs_each_step_of_ci_once() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |name: &str| fs_err::read_to_string(folder.join(name)).unwrap();
    let ci = read(".ci/run");
    let lanes = [lane(&ci, "first"), lane(&ci, "second")].join(" ");
    let mut wanted: Vec<&str> = lanes.split_whitespace().collect();
    let pipeline = read(".buildkite/pipeline.yml");
    let commands = pipeline
        .lines()
        .filter_map(|l| l.trim().strip_prefix("- .ci/run "));
    let found = commands.flat_map(str::split_whitespace);
    // Several machines share the tests, and what they ran is proved.
    let alone = found.filter(|step| *step != "proof");
    let alone = alone.map(|step| if step == "share" { "tests" } else { step });
    let mut found: Vec<&str> = alone.collect();
    wanted.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, wanted);
    let steps = read(".ci/steps.sh");
    for step in wanted {
        assert!(steps.contains(&format!("\nstep_{step}() {{\n")), "{step}");
    }
}

#[test]
fn the_version_is_that_of_the_workspace() {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/version");
    let output = Command::new(program).output().unwrap();
    let version = String::from_utf8(output.stdout).unwrap();
    assert_eq!(version.trim_end(), env!("CARGO_PKG_VERSION"));
}
