//! `evenshard init`: the pipelines it writes are those of examples/, and it overwrites none.

use std::path::Path;

use crate::support::Folder;

fn example(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs_err::read_to_string(root.join("examples").join(name)).unwrap()
}

fn written(folder: &Folder, path: &str) -> String {
    fs_err::read_to_string(folder.path().join(path)).unwrap()
}

const PLACES: [(&str, &str); 2] = [
    ("github", ".github/workflows/evenshard.yml"),
    ("buildkite", ".buildkite/pipeline.yml"),
];

#[test]
fn it_writes_the_examples_and_says_what_is_left_to_do() {
    for (provider, path) in PLACES {
        let folder = Folder::new();
        let ran = folder.run(&["init", provider]);
        assert!(
            ran.succeeds()
                .out
                .starts_with(&format!("wrote {path}\n\nnext:\n  1. ")),
            "{}",
            ran.out
        );
        assert_eq!(
            written(&folder, path),
            example(&format!("{provider}/without-store.yml"))
        );
        let folder = Folder::new();
        let ran = folder.run(&["init", provider, "--store", "s3://ci-bucket/evenshard"]);
        assert!(ran.succeeds().out.contains("evenshard store check"));
        assert_eq!(
            written(&folder, path),
            example(&format!("{provider}/with-store.yml"))
        );
        // Another store is named in its place.
        let other = [
            "init",
            provider,
            "--store",
            "/mnt/ci",
            "--output",
            "other.yml",
        ];
        folder.run(&other).succeeds();
        let other = written(&folder, "other.yml");
        assert!(
            other.contains("\"/mnt/ci\"") && !other.contains("ci-bucket"),
            "{other}"
        );
    }
}

#[test]
fn a_pipeline_that_is_there_is_not_overwritten() {
    for (provider, path) in PLACES {
        let folder = Folder::new();
        folder.file(path, "steps: []\n");
        let ran = folder.run(&["init", provider]);
        ran.fails(73, &["is there already", "--output FILE"]);
        assert_eq!(ran.out, "");
        assert_eq!(written(&folder, path), "steps: []\n");
    }
}

#[test]
fn from_a_folder_below_it_writes_to_the_top_of_the_repository() {
    for (provider, path) in PLACES {
        let folder = Folder::new();
        folder.file(".git/HEAD", "");
        folder.file("services/web/pyproject.toml", "");
        let web = folder.path().join("services/web");
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_evenshard"))
            .args(["init", provider])
            .current_dir(&web)
            .output()
            .unwrap();
        assert!(ran.status.success(), "{ran:?}");
        let text = written(&folder, path);
        let names = match provider {
            "github" => ["          working-directory: services/web\n"; 2],
            _ => [
                "      - (cd services/web && evenshard plan --timings junit/",
                "          folder: services/web\n          role: verify\n",
            ],
        };
        for name in names {
            assert!(text.contains(name), "{text}");
        }
    }
}

#[test]
fn what_a_pipeline_cannot_hold_is_wrong_usage() {
    for store in ["", "a\"b", "s3://a\nb", "$HOME/store", "s3://${{ x }}"] {
        let folder = Folder::new();
        let ran = folder.run(&["init", "github", "--store", store]);
        assert_eq!(ran.code, 64, "{ran:?}");
        assert!(!folder.path().join(".github").exists());
    }
    Folder::new()
        .run(&["init", "travis"])
        .fails(64, &["buildkite"]);
}
