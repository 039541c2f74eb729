//! Real histories from ../shared/timings, where they are at hand.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::support::suite_of;
use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::plan::Kept;
use evenshard::suite::Suite;
use evenshard::{NodeId, Plan, Planner, Shard, ingest};

use crate::support::shared;

const SUITES: [&str; 5] = ["attrs", "jinja2", "networkx", "packaging", "statsmodels"];

fn node_ids(folder: &Path) -> Vec<String> {
    let file = std::fs::File::open(folder.join("nodeids.txt.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    text.lines().map(str::to_owned).collect()
}

fn reports(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path());
    let mut paths: Vec<PathBuf> = entries
        .filter(|p| p.to_string_lossy().ends_with(".junit.xml.gz"))
        .collect();
    paths.sort();
    paths
}

fn history(folder: &Path) -> History {
    let mut history = History::new();
    for path in reports(folder) {
        let file = std::fs::File::open(&path).unwrap();
        let summary = ingest::read(
            file,
            ingest::Source::named(&path.display().to_string()),
            &mut history,
        );
        assert!(summary.warnings.is_empty(), "{:?}", summary.warnings);
    }
    history
}

#[test]
fn real_suites_are_known_to_their_histories() {
    let Some(timings) = shared("timings") else {
        return;
    };
    for name in SUITES {
        let folder = timings.join(name);
        let (ids, history) = (node_ids(&folder), history(&folder));
        let known = ids
            .iter()
            .filter(|id| history.find_id(&NodeId::parse(id)).is_some())
            .count();
        assert!(
            known * 1_000 >= ids.len() * 999,
            "{name}: {known} of {}",
            ids.len()
        );
        assert_eq!(
            history.builds().len(),
            3,
            "{name}: each report is a build of its own"
        );
    }
}

#[test]
fn real_suites_are_partitioned_for_any_number_of_shards() {
    let Some(timings) = shared("timings") else {
        return;
    };
    for name in SUITES {
        let folder = timings.join(name);
        let (ids, history) = (node_ids(&folder), history(&folder));
        let listed = suite_of(ids.iter().map(String::as_str), &history);
        let remembered = Suite::from_history(&Estimates::new(&history));
        for shards in [2, 7, 20, 100] {
            let planner = Planner::new(shards).unwrap();
            for plan in [
                planner.plan(&listed).unwrap(),
                planner.plan(&remembered).unwrap(),
            ] {
                is_partition(&plan, &ids);
            }
        }
    }
}

/// Every id is in a shard that reads its file.
fn is_partition(plan: &Plan, ids: &[String]) {
    let mut readers: BTreeMap<&str, Vec<Shard>> = BTreeMap::new();
    for id in ids {
        let id = NodeId::parse(id);
        let reads = readers
            .entry(id.path())
            .or_insert_with(|| plan.shards_of_file(id.path()));
        let shard = plan.place(&id, Kept::No).on.shard().unwrap();
        assert!(reads.contains(&shard), "{id:?}");
    }
}
