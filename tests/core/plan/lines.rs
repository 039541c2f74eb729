//! Lines of other forms than the names of a plan.

use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
use evenshard::suite::Suite;
use evenshard::{Micros, Planner};

#[test]
fn a_plan_without_a_list_knows_lines_by_the_names_of_its_tests() {
    let mut history = History::new();
    let mut report = history.report();
    for (classname, seconds) in [
        ("com.shop.CartTest", 1),
        ("com.shop.CartTest$Adding", 5),
        ("com.shop.LoginTest", 3),
        ("com.shop.MenuTest", 3),
    ] {
        report.case(&CaseSeen {
            classname,
            name: "works",
            file: Some(classname.split('$').next().unwrap()),
            sample: Some(Micros::from_millis(seconds * 1_000)),
            ..CaseSeen::default()
        });
    }
    report.finish(ReportFacts::default(), Origin::default());
    let plan = Planner::new(2).unwrap();
    let plan = plan.plan(&Suite::from_history(&history), false).unwrap();
    let sources = ["Cart", "Login", "Menu", "Page"]
        .map(|name| format!("src/test/java/com/shop/{name}Test.java"));
    let shards = plan.shards_of_lines(sources.iter().map(String::as_str));
    let [cart, login, menu, page] = shards[..] else {
        panic!("{shards:?}")
    };
    assert_eq!(login, menu);
    assert!(cart.is_some() && cart != login, "{shards:?}");
    assert_eq!(page, None);
}
