//! pytest-split's `.test_durations`: one JSON object of node ids and seconds.

use std::collections::BTreeMap;
use std::io::{self, Read};

use crate::address::NodeId;
use crate::error::{Location, Warning};
use crate::history::{CaseSeen, History, ReportInfo};
use crate::ingest::{FileSummary, Kind};
use crate::junit::Outcomes;
use crate::micros::Micros;

/// No durations file comes near this size; an archive that unpacks to more is no honest one.
const MOST_BYTES: u64 = 1 << 30;

/// The content of a plain, gzip or zstd file; `None` when it cannot be unpacked. Of a part
/// of a file, as much as can be unpacked.
pub(super) fn inflated(mut input: impl Read) -> Option<Vec<u8>> {
    let mut magic = Vec::new();
    input.by_ref().take(4).read_to_end(&mut magic).ok()?;
    let kind = magic.clone();
    let input = io::Cursor::new(magic).chain(input);
    let mut content = Vec::new();
    let result = if kind.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(input)
            .take(MOST_BYTES)
            .read_to_end(&mut content)
    } else if kind.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        zstd::Decoder::new(input)
            .ok()?
            .take(MOST_BYTES)
            .read_to_end(&mut content)
    } else {
        { input }.take(MOST_BYTES).read_to_end(&mut content)
    };
    (result.is_ok() || !content.is_empty()).then_some(content)
}

pub(super) fn read(
    input: impl Read,
    name: &str,
    build: Option<String>,
    history: &mut History,
) -> FileSummary {
    let Some(content) = inflated(input) else {
        return FileSummary::nothing(Kind::Broken, name, "cannot be unpacked, passed over");
    };
    let durations: BTreeMap<String, f64> = match serde_json::from_slice(&content) {
        Ok(durations) => durations,
        Err(error) => {
            let line = error.line() as u64;
            let why = format!("no durations of node ids in seconds, passed over: {error}");
            let mut summary = FileSummary::nothing(Kind::Other, name, why);
            summary.warnings[0].location = Location::line(name, line);
            return summary;
        }
    };
    let mut summary = FileSummary {
        kind: Kind::TestDurations,
        cases: durations.len() as u64,
        warnings: Vec::new(),
        outcomes: Outcomes::default(),
        ..FileSummary::nothing(Kind::TestDurations, name, "")
    };
    let mut recorder = history.report();
    for (id, &seconds) in &durations {
        let sample = Micros::from_secs_f64(seconds);
        match sample {
            Some(sample) => {
                summary.samples += 1;
                summary.total_us += sample;
            }
            None => summary.warnings.push(Warning::new(
                Location::file(name),
                format!("{seconds} is no duration of {id}, no sample"),
            )),
        }
        let id = NodeId::parse(id);
        let file = Some(id.path());
        let (classname, name) = (id.classname(), id.name());
        recorder.case(&CaseSeen {
            classname: &classname,
            name: &name,
            file,
            suite: 0,
            sample,
        });
    }
    let digest = blake3::hash(&content).to_hex().to_string();
    recorder.finish(ReportInfo {
        digest,
        build,
        ..ReportInfo::default()
    });
    summary
}
