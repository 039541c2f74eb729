//! `evenshard timings`: the history and its formats, one command a file.

mod export;
mod flaky;
mod import;
mod show;
#[cfg(feature = "store")]
mod to_store;
mod update;

use std::path::Path;

use evenshard::history::Histories;

use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::files;
use crate::settings::TimingsCommand;
use crate::streams::Streams;

/// Runs one of the commands.
pub(crate) fn run(command: &TimingsCommand, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    match command {
        TimingsCommand::Update(settings) => update::run(settings, env, streams),
        TimingsCommand::Show(settings) => show::run(settings, streams),
        TimingsCommand::Export(settings) => export::run(settings, streams),
        TimingsCommand::Import(settings) => import::run(settings, streams),
    }
}

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
