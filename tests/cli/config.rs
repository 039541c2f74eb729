//! The configuration file: what it gives, what wins over it, and what is wrong with it.

mod laws;
mod mistakes;
mod quarantine;
mod rules;

use std::path::Path;

use serde_json::Value;

use crate::support::{Folder, Ran, small_suite};

/// A folder with timings in `junit/`.
fn suite() -> Folder {
    let folder = Folder::new();
    folder.file("junit/a.xml", small_suite());
    folder
}

fn plan(ran: &Ran) -> Value {
    serde_json::from_str(&ran.succeeds().out).unwrap()
}

fn shards(ran: &Ran) -> usize {
    plan(ran)["shards"].as_array().unwrap().len()
}

#[test]
fn what_the_file_says_is_what_the_flags_would_say() {
    let folder = suite();
    let typed = folder.run(&[
        "plan",
        "--timings",
        "junit/",
        "--shards",
        "2",
        "--split",
        "class",
        "--setup-cost",
        "100ms",
        "--require-match",
        "90%",
    ]);
    folder.file(
        "evenshard.toml",
        "timings = [\"junit/\"]\nshards = 2\nsplit = \"class\"\nsetup-cost = \"100ms\"\nrequire-match = 90\n",
    );
    let configured = folder.run(&["plan"]);
    configured.succeeds().says(&[
        "settings from evenshard.toml: timings, shards, split, setup-cost, require-match\n",
    ]);
    assert_eq!(plan(&configured), plan(&typed));
}

#[test]
fn a_flag_wins_and_a_list_is_replaced_as_a_whole() {
    let folder = suite();
    folder.file(
        "evenshard.toml",
        "timings = [\"junit/\", \"missing.xml\"]\nshards = 2\n",
    );
    folder.run(&["plan"]).fails(65, &["missing.xml"]);
    let ran = folder.run(&["plan", "--timings", "junit/a.xml", "--shards", "3"]);
    assert_eq!(shards(&ran), 3);
    assert!(!ran.err.contains("settings from"), "{}", ran.err);
}

#[test]
fn a_switch_can_be_taken_back() {
    let folder = suite();
    folder.file(
        "evenshard.toml",
        "allow-no-timings = true\ntimings = \"none\"\nshards = 2\n",
    );
    folder
        .run(&["plan"])
        .succeeds()
        .says(&["going on without (--allow-no-timings)"]);
    folder
        .run(&["plan", "--allow-no-timings=false"])
        .fails(65, &["none"]);
    folder.file(
        "evenshard.toml",
        "allow-no-timings = false\ntimings = \"none\"\nshards = 2\n",
    );
    folder.run(&["plan"]).fails(65, &["none"]);
    folder.run(&["plan", "--allow-no-timings"]).succeeds();
}

#[test]
fn settings_give_way_to_a_flag_that_excludes_them() {
    let folder = suite();
    let making = ["plan", "--timings", "junit", "--shards", "2"];
    folder
        .run(&[&making[..], &["--output", "plan.json"]].concat())
        .succeeds();
    folder.file(
        "evenshard.toml",
        "timings = [\"missing\"]\nsplit = \"class\"\nrequire-match = \"90%\"\n",
    );
    let list = "tests/test_a.py\ntests/test_c.py\n";
    let select = ["select", "--tests", "-", "--shard", "1/2"];
    let given = [&select[..], &["--plan", "plan.json"]].concat();
    folder.run_with(&given, &[], list).succeeds().says(&[
        "settings from evenshard.toml: require-match; not timings, split (there is --plan)\n",
    ]);
    folder.run_with(&select, &[], list).fails(65, &["missing"]);
}

#[test]
fn a_setting_waits_for_the_flag_that_it_goes_with() {
    let folder = suite();
    folder.file(
        "evenshard.toml",
        "timings = \"junit\"\nmax-shards = 3\njob-overhead = \"1s\"\n",
    );
    let target = folder.run(&["plan", "--target", "6s"]);
    assert_eq!(shards(&target), 2);
    target.says(&["evenshard.toml: timings, max-shards, job-overhead\n"]);
    let fixed = folder.run(&["plan", "--shards", "3"]);
    assert_eq!(shards(&fixed), 3);
    fixed.says(&["evenshard.toml: timings; not max-shards, job-overhead (there is --shards)\n"]);
    folder.run(&["plan"]).fails(64, &["--shards"]);
}

#[test]
fn settings_that_exclude_each_other_are_an_error_of_the_file() {
    let folder = suite();
    folder.file(
        "evenshard.toml",
        "timings = [\"junit\"]\nplan = \"plan.json\"\n",
    );
    let select = ["select", "--tests", "-", "--shard", "1/2"];
    folder.run(&select).fails(
        78,
        &[
            "error: evenshard.toml:2: 'plan' contradicts 'timings' (evenshard.toml:1)",
            "hint: ",
        ],
    );
    let typed = [&select[..], &["--timings", "junit"]].concat();
    folder
        .run(&typed)
        .succeeds()
        .says(&["(there is --timings)"]);
    // `plan` has no --plan that could be meant.
    folder.run(&["plan", "--shards", "2"]).succeeds();
}

#[test]
fn wrong_usage_reads_as_it_does_without_a_file() {
    let folder = suite();
    let wrong = ["plan", "--shards", "2", "--bogus"];
    let without = folder.run(&wrong);
    without.fails(64, &["--bogus"]);
    folder.file("evenshard.toml", "timings = \"junit\"\nsplit = \"file\"\n");
    assert_eq!(folder.run(&wrong).err, without.err);
    folder.run(&["plan"]).fails(
        64,
        &["--shards", "note: evenshard.toml gives --timings, --split"],
    );
}

#[test]
fn help_needs_no_valid_file() {
    let folder = Folder::new();
    folder.file("evenshard.toml", "nonsense");
    for arguments in [&["--help"][..], &["--version"], &["plan", "--help"]] {
        folder.run(arguments).succeeds();
    }
    folder.run(&["timings"]).fails(64, &["Usage"]);
}

#[test]
fn numbers_are_taken_as_toml_writes_them() {
    let folder = suite();
    folder.file(
        "evenshard.toml",
        "\u{feff}# settings\r\nshards = 0x2\r\nrequire-match = 99.5\r\nsetup-cost = 0\r\ntimings = 'junit'\r\n",
    );
    assert_eq!(shards(&folder.run(&["plan"])), 2);
}

#[test]
fn the_nearest_file_upward_is_used_and_its_paths_start_from_its_folder() {
    let folder = suite();
    folder.file(
        "evenshard.toml",
        "timings = [\"junit/*.xml\"]\nshards = 2\n",
    );
    let below = folder.run_below("a [b]/c", &["plan"], &[], "");
    below.succeeds().says(&[
        "settings from ../../evenshard.toml: timings, shards",
        "timings for 4 tests",
    ]);
    folder.file("a [b]/evenshard.toml", "shards = 3\n");
    let nearer = folder.run_below("a [b]/c", &["plan"], &[], "");
    assert_eq!(shards(&nearer), 3);
    nearer.says(&["settings from ../evenshard.toml: shards\n"]);
    // What was typed starts from where it was typed.
    folder
        .run_below("a [b]/c", &["plan", "--timings", "junit"], &[], "")
        .fails(65, &["junit"]);
}

#[test]
fn the_search_ends_where_a_repository_does() {
    let folder = suite();
    folder.file("evenshard.toml", "shards = 2\n");
    folder.file("vendored/.git", "gitdir: elsewhere\n");
    let outside = folder.run_below("vendored/deeper", &["plan"], &[], "");
    outside.fails(64, &["--shards"]);
    folder.file("vendored/evenshard.toml", "shards = 3\n");
    let at_border = folder.run_below("vendored/deeper", &["plan"], &[], "");
    assert_eq!(shards(&at_border), 3);
}

#[test]
fn pyproject_serves_as_well_and_only_with_a_table_of_ours() {
    let folder = suite();
    let ours = "[project]\nname = \"x\"\n\n[tool.evenshard]\ntimings = [\"junit\"]\nshards = 2\n";
    folder.file("pyproject.toml", ours);
    folder.file("sub/pyproject.toml", "[tool.pytest.ini_options]\n");
    let ran = folder.run_below("sub", &["plan"], &[], "");
    assert_eq!(shards(&ran), 2);
    ran.says(&["settings from ../pyproject.toml: timings, shards\n"]);

    folder.file("pyproject.toml", format!("{ours}spilt = 1\n"));
    folder
        .run(&["plan"])
        .fails(78, &["pyproject.toml:7: unknown key 'spilt'"]);

    folder.file("evenshard.toml", "shards = 3\n");
    folder.file("pyproject.toml", ours);
    let both = folder.run(&["plan"]);
    assert_eq!(shards(&both), 3);
    both.says(&["pyproject.toml has [tool.evenshard] as well: only evenshard.toml is used"]);
}

#[test]
fn a_broken_pyproject_matters_only_where_it_could_be_ours() {
    let folder = suite();
    let arguments = ["plan", "--timings", "junit", "--shards", "2"];
    folder.file("pyproject.toml", "[tool.black\n");
    folder.run(&arguments).succeeds();
    folder.file("pyproject.toml", "[tool.evenshard\n");
    folder.run(&arguments).fails(65, &["pyproject.toml:1: "]);
    folder.file("pyproject.toml", "[tool]\nevenshard = 3\n");
    folder
        .run(&arguments)
        .fails(78, &["pyproject.toml:2: 'evenshard' is not a table"]);
    folder.file("pyproject.toml", "tool.evenshard.split = \"file\"\n");
    assert_eq!(plan(&folder.run(&arguments))["split"], "file");
}

#[test]
fn the_commands_below_timings_have_defaults_too() {
    let folder = suite();
    folder.file(
        "evenshard.toml",
        "history = \"timings.json\"\nscope = \"slow\"\nshards = 4\n",
    );
    let update = ["timings", "update", "junit", "--output", "timings.json"];
    folder
        .run(&update)
        .succeeds()
        .says(&["settings from evenshard.toml: history, scope\n"]);
    let show = folder.run(&["timings", "show", "timings.json", "--format", "json"]);
    let json: Value = serde_json::from_str(&show.succeeds().out).unwrap();
    assert_eq!(json["total"]["cases"], 4, "{}", show.out);
}

#[test]
fn run_takes_settings_and_leaves_the_command_alone() {
    let folder = suite();
    folder.file(
        "evenshard.toml",
        "timings = [\"junit\"]\njunit = \"results/\"\nplan = \"plan.json\"\n",
    );
    // The words after -- are of another program, and type nothing here.
    let command = ["--", "true", "--plan", "x", "--timings", "y"];
    let ran = folder.run(
        &[
            &["run", "--shard", "1/2", "--timings", "junit"][..],
            &command,
        ]
        .concat(),
    );
    ran.fails(
        78,
        &[
            "settings from evenshard.toml: junit; not plan",
            "never loaded",
        ],
    );
    assert!(folder.path().join("results").is_dir(), "{ran:?}");
}

#[test]
fn results_beside_configured_timings_are_seen_from_below() {
    let folder = suite();
    folder.file("evenshard.toml", "timings = [\"junit\"]\n");
    let results = folder.path().join("junit").display().to_string() + "/";
    let run = ["run", "--shard", "1/2", "--junit", &results, "--", "true"];
    folder
        .run_below("sub", &run, &[], "")
        .fails(78, &["the folder of --timings (../junit)"]);
}

#[test]
fn the_documented_examples_are_valid() {
    let page = include_str!("../../docs/configuration.md");
    let blocks: Vec<&str> = page
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```"))
        // What is shown with its error is run as such, with the page.
        .filter(|(_, behind)| !behind.trim_start().starts_with("<!-- exits:"))
        .map(|(block, _)| block)
        .collect();
    assert!(blocks.len() >= 3, "{blocks:?}");
    for block in blocks {
        let folder = suite();
        let ours = block.contains("[tool.evenshard]");
        let name = if ours {
            "pyproject.toml"
        } else {
            "evenshard.toml"
        };
        folder.file(name, block);
        let plan = ["plan", "--timings", "junit", "--shards", "2"];
        let ran = folder.run(&plan);
        ran.succeeds();
        // A quarantine is no setting of a plan.
        let (settings, _) = block.split_once("[[quarantine]]").unwrap_or((block, ""));
        if settings
            .lines()
            .any(|line| !line.is_empty() && !line.starts_with('#'))
        {
            ran.says(&[&format!("settings from {name}: ")]);
        }
    }
}

#[test]
fn only_the_settings_see_what_was_typed() {
    fn look(folder: &Path, top: &str, wrong: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = entry.file_name().into_string().unwrap();
            let top = if top.is_empty() {
                name.trim_end_matches(".rs")
            } else {
                top
            };
            if path.is_dir() {
                look(&path, top, wrong);
            } else if !["args", "config", "settings"].contains(&top) {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                if text.contains("crate::args") || text.contains("clap::Args") {
                    wrong.push(path.display().to_string());
                }
            }
        }
    }
    let mut wrong = Vec::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    look(&source, "", &mut wrong);
    assert!(wrong.is_empty(), "{wrong:?}");
}
