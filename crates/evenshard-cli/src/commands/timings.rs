//! `evenshard timings`: the history and its formats, one command a file.

pub(crate) mod export;
mod flaky;
pub(crate) mod import;
pub(crate) mod show;
pub(crate) mod update;

use std::path::Path;

use evenshard::history::Histories;

use crate::failure::Failure;
use crate::files;
use crate::streams::Streams;

/// Reads a history file; returns a new history where there is none yet.
fn existing(path: Option<&Path>, streams: &mut Streams<'_>) -> Result<Histories, Failure> {
    let Some(path) = path else {
        return Ok(Histories::default());
    };
    let name = path.display().to_string();
    let reading = streams.step(|| "reading the history".to_owned());
    let read = files::read(path, files::MOST).map(|json| Histories::from_json(&json, &name));
    drop(reading);
    match read {
        Ok(histories) => Ok(histories?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            streams.say(&format!(
                "{name} does not exist yet: a new history is begun"
            ));
            Ok(Histories::default())
        }
        Err(error) => Err(Failure::data(format!("cannot read {name}")).caused_by(&error)),
    }
}
