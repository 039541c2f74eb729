//! `timings show` tells what files hold.

use std::io::Write as _;

use crate::support::{Folder, small_suite};

#[test]
fn archives_are_told_apart_by_content() {
    let folder = Folder::new();
    let plain = small_suite();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(plain.as_bytes()).unwrap();
    folder.file("in/a.xml.gz", gzip.finish().unwrap());
    folder.file(
        "in/b.xml",
        zstd::encode_all(plain.replace("3.000", "4.000").as_bytes(), 1).unwrap(),
    );
    folder.file("in/c.json", r#"{"tests/d.py::test_1": 1.5}"#);
    let ran = folder.run(&["timings", "show", "--format", "json", "in"]);
    let json: serde_json::Value = serde_json::from_str(&ran.succeeds().out).unwrap();
    assert_eq!(json["version"], 1);
    let totals: Vec<_> = json["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["total_us"].as_u64().unwrap())
        .collect();
    assert_eq!(totals, [8_000_000, 9_000_000, 1_500_000]);
    assert_eq!(json["total"]["tests"], 5);
}

#[test]
fn text_is_a_table_of_files() {
    let folder = Folder::new();
    folder.file("a.xml", small_suite());
    let ran = folder.run(&["timings", "show", "a.xml"]);
    insta::assert_snapshot!(ran.succeeds().out, @r"
       cases  samples        time  failed  skipped  file
           4        4      8.00 s       0        0  a.xml
           4        4      8.00 s       0        0  total: 4 tests of 1 build
    ");
}

#[test]
fn a_path_without_timings_is_65_but_the_others_are_shown() {
    let folder = Folder::new();
    folder.file("a.xml", small_suite());
    let ran = folder.run(&["timings", "show", "missing.xml", "a.xml"]);
    ran.fails(65, &["missing.xml"]);
    assert!(ran.out.contains("a.xml"));
}
