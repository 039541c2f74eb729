//! The tables of a report and of a verdict.

mod changes;
mod time;

use evenshard::address::likely_node_id;
use evenshard::verify::ShardVerdict;

use crate::model::{
    BuildFacts, PlanFacts, Report, ResultFacts, ShardFacts, Sizing, Top, UnitFacts,
};
use crate::sentences::{build_name, remark};
use crate::table::{Cell, Form, Row, Table};
use crate::words::{grouped, percent};

pub(crate) use changes::{changes, slower_rule};
pub(crate) use time::time;

/// Numbers of shards that people think in. Chosen: round ones, about a quarter apart.
pub(crate) const NUMBERS: [u32; 19] = [
    1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 50, 64, 80, 100, 128, 200,
];

/// A list of which text shows 8 rows, so that a report fits two screens; the others show all
/// that a report has.
const LIST: Form = Form {
    id: "",
    heading: "",
    columns: "",
    html: usize::MAX,
    markdown: &[],
    text: ("", ""),
    legend: "",
    most: [8, usize::MAX, usize::MAX],
    rest: "",
    counts_rest: false,
    keeps_last: false,
};

const SIZES: Form = Form {
    id: "sizes",
    heading: "Numbers of shards",
    columns: "shards:|wall time:|machine time:|efficiency:|overhead:|last shard saves:|remark",
    markdown: &[0, 1, 2, 3, 4, 5, 6],
    text: (
        "shards       wall   machines  efficiency  overhead     saves",
        "{0:6}  {1:9}  {2:9}  {3:10}  {4:8}  {5:8}  {6}",
    ),
    legend: "machines: the time of all jobs together; saves: by the last shard added",
    most: [usize::MAX; 3],
    ..LIST
};

const SHARDS: Form = Form {
    id: "shards",
    heading: "Each shard",
    columns: "shard:|predicted:|setup:|tests:|files:|longest part takes:|longest part|longest part|",
    html: 7,
    markdown: &[0, 1, 2, 3, 4, 7],
    text: (
        "shard   predicted      setup   tests  files",
        "{0:5}  {1:10} {2:10} {3:7} {4:6}  {8}",
    ),
    legend: "█ tests, ░ setup",
    most: [24, 50, 100],
    rest: "more shards, each faster",
    counts_rest: true,
    ..LIST
};

const TESTS: Form = Form {
    id: "slowest-tests",
    heading: "Slowest tests",
    columns: "test|estimate:|of all tests:|gained if halved:",
    markdown: &[0, 1, 2, 3],
    text: (
        "  estimate   of all    halved  test",
        "{1:10}  {2:7}  {3:8}  {0}",
    ),
    rest: "more tests, each faster",
    ..LIST
};

const FILES: Form = Form {
    id: "slowest-files",
    heading: "Slowest files",
    columns: "file|time:|in tests:|setup:|longest test:|tests:|on shards:|gained by cutting:",
    markdown: &[0, 1, 3, 5, 6, 7],
    text: (
        "      time     setup   tests  shards  cutting  file",
        "{1:10}  {3:8}  {5:6}  {6:6}  {7:7}  {0}",
    ),
    legend: "halved, cutting: the time by which these shards would finish sooner",
    rest: "more files, each faster",
    ..LIST
};

const BUILDS: Form = Form {
    id: "builds",
    heading: "Builds",
    columns: "build|shards:|tests:|in tests:|wall time:|outside of tests:",
    markdown: &[0, 2, 3, 4, 5],
    text: (
        "   tests  in tests      wall   outside  build",
        "{2:8}  {3:8}  {4:8}  {5:8}  {0}",
    ),
    legend: "outside: wall time beyond the tests' own: start, imports, collection",
    most: [8, usize::MAX, 50],
    rest: "older builds",
    keeps_last: true,
    ..LIST
};

const UNKNOWN: Form = Form {
    id: "unknown",
    heading: "Tests without timings",
    columns: "test|counted as:",
    markdown: &[0, 1],
    text: ("", "{1:10}  {0}"),
    rest: "more tests without timings",
    counts_rest: true,
    ..LIST
};

const FLAKY: Form = Form {
    id: "flaky",
    heading: "Flaky tests",
    columns: "test|failed in builds:|of builds:",
    markdown: &[0, 1, 2],
    text: ("", "  failed in {1} of {2}  {0}"),
    rest: "more flaky tests",
    counts_rest: true,
    ..LIST
};

const NOISY: Form = Form {
    id: "noisy",
    heading: "Tests whose times vary",
    columns: "test|shortest:|longest:|builds:",
    markdown: &[0, 1, 2],
    text: ("", "{1:10} to {2:8}  {0}"),
    rest: "more such tests",
    counts_rest: true,
    ..LIST
};

const MEASURED: Form = Form {
    id: "measured-shards",
    heading: "Shards as they ran",
    columns: "shard:|state|tests:|failed:|predicted:|measured:|deviation:",
    markdown: &[0, 1, 2, 3, 4, 5, 6],
    text: (
        "shard  state        tests  failed   predicted   measured  deviation",
        "{0:5}  {1:-9} {2:8} {3:7}  {4:10} {5:10}  {6:9}",
    ),
    most: [24, usize::MAX, 100],
    rest: "more shards, each faster",
    counts_rest: true,
    ..LIST
};

/// The shards in a verdict, which links to their jobs and shows attempts.
pub(crate) const JUDGED: Form = Form {
    markdown: &[0, 1, 2, 3, 4, 5],
    text: (
        "shard  state        tests   failed  predicted   measured  attempts",
        "{0:5}  {1:-10}  {2:6}   {3:6}  {4:9}  {5:9}  {7}",
    ),
    most: [usize::MAX; 3],
    ..MEASURED
};

const MISSES: Form = Form {
    id: "misses",
    heading: "Farthest from their estimates",
    columns: "test|predicted:|measured:|deviation:",
    markdown: &[0, 1, 2],
    text: ("", "{2:10} not {1:8}  {0}"),
    rest: "more, each nearer",
    ..LIST
};

/// A table of the first entries of a list.
fn list<T>(form: Form, top: &Top<T>, cells: impl Fn(&T) -> Vec<Cell>) -> Table {
    let rows = top.shown.iter().map(|entry| row(cells(entry)));
    let mut table = Table::new(form, rows.collect());
    // The model has left some out already, which the line below the table counts too.
    table.more = (top.more, top.more_us);
    table
}

fn row(cells: Vec<Cell>) -> Row {
    Row {
        cells,
        ..Row::default()
    }
}

/// The numbers of shards that are worth a row: round ones, and those with a name.
pub(crate) fn sizes(sizing: &Sizing) -> Table {
    let last = sizing.points.last().map(|p| p.shards);
    let worth = |shards: u32| {
        // With a name, so that the sentences below the table can be looked up in it.
        let named = [
            Some(sizing.knee),
            Some(sizing.chosen),
            sizing.largest_useful,
            last,
        ];
        NUMBERS.contains(&shards) || named.contains(&Some(shards))
    };
    let points = sizing.points.iter().filter(|p| worth(p.shards));
    let row = points.map(|point| Row {
        cells: vec![
            Cell::count(point.shards),
            Cell::time(point.wall_us),
            Cell::time(point.agents_us),
            Cell::Percent(point.efficiency_ppm),
            Cell::Percent(point.overhead_ppm),
            Cell::Gain(Some(point.saved_us)),
            Cell::Words(remark(sizing, point.shards)),
        ],
        marked: point.shards == sizing.chosen,
        ..Row::default()
    });
    Table::new(SIZES, row.collect()).caption("What each number of shards comes to")
}

/// The shards of a plan.
pub(crate) fn shards(plan: &PlanFacts) -> Table {
    let row = |shard: &ShardFacts| {
        // None in a shard without tests.
        let largest = shard.units.shown.first();
        let what = largest.map_or("", |unit| &unit.what);
        let timed = |unit: &UnitFacts| {
            Cell::Timed(likely_node_id(&unit.what).into_owned(), unit.predicted_us)
        };
        let setup = shard.setup_us;
        Row {
            cells: vec![
                Cell::count(shard.shard),
                Cell::time(shard.predicted_us),
                Cell::time(setup),
                Cell::count(shard.tests),
                Cell::count(shard.files),
                Cell::time(largest.map(|unit| unit.predicted_us)),
                Cell::name(&likely_node_id(what)),
                largest.map_or(Cell::Words(String::new()), timed),
                Cell::Bar(shard.predicted_us, setup.unwrap_or_default()),
            ],
            weight: shard.predicted_us,
            ..Row::default()
        }
    };
    let cut = grouped(plan.cut_files);
    Table::new(SHARDS, plan.shards.iter().map(row).collect()).caption(format!(
        "The shards as planned; the slowest is {} over the mean; files on several shards: {cut}",
        percent(plan.imbalance_ppm)
    ))
}

/// The slowest tests.
pub(crate) fn tests(report: &Report) -> Table {
    list(TESTS, &report.slowest_tests, |slow| {
        vec![
            Cell::name(&slow.test),
            Cell::time(slow.estimate_us),
            Cell::Percent(slow.share_ppm),
            Cell::Gain(slow.gain_us),
        ]
    })
    .caption("Gained: the time by which the shards shown would finish sooner if the test were two of half its time")
}

/// The slowest files.
pub(crate) fn files(report: &Report) -> Table {
    list(FILES, &report.slowest_files, |slow| {
        vec![
            Cell::name(&likely_node_id(&slow.file)),
            Cell::time(slow.work_us + slow.setup_us),
            Cell::time(slow.work_us),
            Cell::time(slow.setup_us),
            Cell::time(slow.longest_us),
            Cell::count(slow.tests),
            Cell::count(slow.shards),
            Cell::Gain(slow.gain_us),
        ]
    })
    .caption("Gained: the time by which the shards shown finish sooner if several of them may have tests of the file, compared with keeping it whole")
}

/// The builds that the timings are from.
pub(crate) fn builds(report: &Report) -> Table {
    let row = |(at, build): (usize, &BuildFacts)| {
        row(vec![
            Cell::Name(build_name(Some(build), at)),
            Cell::Count(build.shards.map(u64::from)),
            Cell::count(build.tests),
            Cell::time(build.cases_us),
            Cell::time(build.wall_us),
            Cell::time(build.outside_us),
        ])
    };
    Table::new(BUILDS, report.builds.iter().enumerate().map(row).collect()).caption("Outside of tests: wall time of the reports beyond the tests’ own, which JUnit does not show: start, imports, collection")
}

/// The tests that cannot be estimated well: new, flaky, of varying times.
pub(crate) fn doubtful(report: &Report) -> [Table; 3] {
    let (count, tests) = (report.unknown.count(), report.suite.matched.tests);
    let unknown = list(UNKNOWN, &report.unknown, |new| {
        vec![Cell::name(&new.test), Cell::time(new.estimate_us)]
    });
    let flaky = list(FLAKY, &report.flaky, |flaky| {
        vec![
            Cell::name(&flaky.test),
            Cell::count(flaky.failed),
            Cell::count(flaky.builds),
        ]
    });
    let noisy = list(NOISY, &report.noisy, |noisy| {
        vec![
            Cell::name(&noisy.test),
            Cell::time(noisy.lowest_us),
            Cell::time(noisy.highest_us),
            Cell::count(noisy.builds),
        ]
    });
    [
        unknown.caption(format!(
            "{} of {} listed tests; each counts the mean of its class, file or suite",
            grouped(count),
            grouped(tests)
        )),
        flaky.caption("Tests that failed in some runs and passed in others"),
        noisy.caption("Times that differ by half and more from build to build, all builds brought to one speed"),
    ]
}

/// The shards as they ran.
pub(crate) fn measured(form: Form, shards: &[ShardVerdict]) -> Table {
    let row = |shard: &ShardVerdict| {
        let attempts: Vec<String> = shard.attempts.iter().map(u32::to_string).collect();
        Row {
            cells: vec![
                Cell::Shard(shard.shard, shard.job.clone()),
                Cell::Words(shard.state.to_string()),
                Cell::count(shard.tests),
                // pytest reports errors of setup apart; for a reader both failed.
                Cell::count(shard.outcomes.failed + shard.outcomes.errored),
                Cell::time(shard.predicted_us),
                Cell::time(shard.measured_us),
                Cell::Deviation(shard.measured_us, shard.predicted_us),
                Cell::Words(attempts.join(" ")),
            ],
            // A shard without a result is the first to be left out.
            weight: shard.measured_us.unwrap_or_default(),
            ..Row::default()
        }
    };
    Table::new(form, shards.iter().map(row).collect()).caption(
        "Measured is what the plan predicts: the tests with their setup, without the start of the job",
    )
}

/// The shards of a finished build, and the tests that are farthest from their estimates.
pub(crate) fn results(results: &ResultFacts) -> [Table; 2] {
    let misses = list(MISSES, &results.misses, |miss| {
        vec![
            Cell::name(&miss.test),
            Cell::time(miss.predicted_us),
            Cell::time(miss.measured_us),
            Cell::Deviation(Some(miss.measured_us), miss.predicted_us),
        ]
    });
    [
        measured(MEASURED, &results.shards),
        misses.caption(
            "Tests whose time differs most from the estimate, the setup that they ran included",
        ),
    ]
}
