//! `evenshard select`

use evenshard::record::State;

use crate::exit;
use crate::failure::Outcome;
use crate::results;
use crate::settings::SelectSettings;
use crate::share::Share;
use crate::streams::{Streams, write_whole};

/// Prints the lines of this shard, unchanged and in their order.
pub(crate) fn run(settings: &SelectSettings, streams: &mut Streams<'_>) -> Outcome {
    let share = Share::select(&settings.share, streams)?;
    streams.result(&share.to_bytes(|line| line))?;
    if let Some(path) = &settings.record {
        let mut record = share.record(&settings.share.job, false, false);
        // It cannot know what becomes of the lines, only that they were selected.
        record.state = State::Finished;
        record.exit_status = Some(exit::OK);
        results::remove_earlier(None, Some(path), &record.scope)?;
        write_whole(path, record.to_json().as_bytes())?;
    }
    Ok(exit::OK)
}
