//! The plan of a build: created by its first job, used by all.

use evenshard::Plan;
use evenshard_store::{Bound, Build, Content, Created, Error};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::KeptTest;
use super::open::Shared;
use crate::failure::Failure;

/// The version of the object.
const VERSION: u32 = 1;

/// A plan, and what is frozen with it for the build.
#[derive(Debug)]
pub(crate) struct PlanInStore {
    pub(crate) plan: Plan,
    /// The plan's file as it was put.
    pub(crate) json: String,
    /// The tests that were quarantined in the store when the plan was made.
    pub(crate) quarantine: Vec<KeptTest>,
}

/// The plan of a build after an attempt to create one.
#[derive(Debug)]
pub(crate) enum Got {
    /// Ours.
    Own,
    /// That of the job that was first.
    Other(Box<PlanInStore>),
}

/// The object in the store.
#[derive(Deserialize, Serialize)]
struct Stored {
    version: u32,
    quarantine: Vec<KeptTest>,
    plan: Box<RawValue>,
}

impl Shared {
    /// Gets the plan of a build; `None` where no job has made one yet.
    pub(crate) fn plan(&self, build: &Build) -> Result<Option<PlanInStore>, Trouble> {
        let key = build.plan();
        let object = self.store.get(key.key(), Bound::LARGE)?;
        object.map(|object| read(&object.content)).transpose()
    }

    /// Creates the plan of a build, unless another job was first.
    pub(crate) fn create_plan(
        &self,
        build: &Build,
        plan: &Plan,
        quarantine: &[KeptTest],
    ) -> Result<Got, Trouble> {
        let json = RawValue::from_string(plan.to_json()).map_err(|error| unwritable(&error))?;
        let stored = Stored {
            version: VERSION,
            quarantine: quarantine.to_vec(),
            plan: json,
        };
        let json = serde_json::to_vec(&stored).map_err(|error| unwritable(&error))?;
        let content = Content::json(&json, &self.masker);
        if content.masked() > 0 {
            let what = "the plan cannot be shared: a name of a test or of a file holds the value of a secret variable";
            return Err(Failure::config(what).hint(
                "rename the test, or the variable: values of *_KEY, *_TOKEN, *_SECRET and *_PASSWORD never leave the machine",
            ).into());
        }
        Ok(match self.store.create(&build.plan(), &content)? {
            Created::Ours => Got::Own,
            Created::Theirs(object) => Got::Other(Box::new(read(&object.content)?)),
        })
    }
}

fn unwritable(error: &serde_json::Error) -> Failure {
    Failure::data("the plan cannot be written").caused_by(error)
}

/// Reads an object that anybody may have written.
fn read(content: &[u8]) -> Result<PlanInStore, Trouble> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let broken = |error: serde_json::Error| {
        let what = "the plan in the store is damaged";
        Failure::data(what).caused_by(&error).hint(START_ANEW)
    };
    let Version { version } = serde_json::from_slice(content).map_err(broken)?;
    if version != VERSION {
        let what = format!("the plan in the store is of version {version}, not {VERSION}");
        let hint = "use one version of evenshard in all jobs";
        return Err(Failure::data(what).hint(hint).into());
    }
    let stored: Stored = serde_json::from_slice(content).map_err(broken)?;
    let json = stored.plan.get();
    let plan = Plan::from_json(json, "the plan in the store");
    Ok(PlanInStore {
        plan: plan.map_err(|error| Failure::from(error).hint(START_ANEW))?,
        json: json.to_owned(),
        quarantine: stored.quarantine,
    })
}

const START_ANEW: &str = "start a new build";

/// The reason why work with the store did not succeed.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The store: a job may be able to go on without it.
    Store(Error),
    /// Anything else, such as what is in it.
    Failed(Failure),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Store(error) => error.into(),
            Trouble::Failed(failure) => failure,
        }
    }
}
