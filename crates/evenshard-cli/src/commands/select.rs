//! `evenshard select`

use evenshard::record::State;

use crate::args::SelectArgs;
use crate::env::Env;
use crate::exit;
use crate::failure::Outcome;
use crate::settings::{self, Results};
use crate::share::Share;
use crate::streams::{Streams, write_whole};

/// Prints the lines of this shard, unchanged and in their order.
///
/// # Errors
/// 64, 65, 73, 75, 78 as documented.
pub fn run(args: &SelectArgs, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let job = settings::job(&args.job, env);
    let share = Share::settle(&args.share, &job, env, streams)?;
    streams.result(&share.to_bytes(|line| line))?;
    if let Some(path) = &args.record {
        let path = settings::filled(path, share.shard, &job, env);
        let mut record = share.record(&job, false, false);
        // What becomes of the lines, it cannot know; that they were selected is all it tells.
        record.state = State::Finished;
        record.exit_status = Some(exit::OK);
        let results = Results {
            record: Some(path.clone()),
            ..Results::default()
        };
        settings::remove_earlier(&results, &record.scope)?;
        write_whole(&path, record.to_json().as_bytes())?;
    }
    Ok(exit::OK)
}
