//! The self-test of a store: what this job may do, and whether keys are created once.

use crate::content::Content;
use crate::error::{Error, ErrorKind};
use crate::explain::Verb;
use crate::layout::Area;
use crate::mask::Masker;
use crate::nonce::Nonce;
use crate::object::Bound;
use crate::store::{Created, Store};

/// The findings of [`Store::check`].
#[derive(Clone, Debug)]
pub struct Check {
    /// The steps that were tried, in order.
    pub steps: Vec<Step>,
    /// The key that is left in the store, where it could not be deleted.
    pub left: Option<String>,
}

/// One step of a [`Check`].
#[derive(Clone, Debug)]
pub struct Step {
    /// The name of the step, such as `create`.
    pub name: &'static str,
    /// The permission that it needs, in the words of the service.
    pub permission: &'static str,
    /// Its end.
    pub result: Result<(), Error>,
}

impl Check {
    /// Returns true where every step worked.
    pub fn is_ok(&self) -> bool {
        self.steps.iter().all(|step| step.result.is_ok())
    }

    /// Returns true where a key is created once, so that jobs may rely on it.
    pub fn creates_once(&self) -> bool {
        let once = |step: &&Step| step.name == ONCE;
        self.steps
            .iter()
            .find(once)
            .is_some_and(|step| step.result.is_ok())
    }
}

const ONCE: &str = "create once";

impl Store {
    /// Tests the store in an area: creates one random key, creates it again, which has to fail,
    /// reads, writes and lists it, and deletes it where that is allowed. Takes seven requests.
    ///
    /// # Errors
    ///
    /// Fails only if the machine has no random numbers: faults of the store are in the result.
    pub fn check(&self, area: &Area) -> Result<Check, Error> {
        let nonce = Nonce::random()?;
        let key = area.check(nonce);
        let content = Content::text(
            "a self-test of evenshard; it can be deleted",
            &Masker::none(),
        );
        let mut check = Check {
            steps: Vec::new(),
            left: None,
        };
        let created = self.create_as(&key, &content, nonce).map(drop);
        let exists = created.is_ok();
        self.step(&mut check, "create", Verb::Create, created);
        if exists {
            let again = match self.create_as(&key, &content, Nonce::random()?) {
                Ok(Created::Theirs(_)) => Ok(()),
                Ok(Created::Ours) => Err(self.not_once()),
                Err(e) => Err(e),
            };
            self.step(&mut check, ONCE, Verb::Create, again);
            let read = match self.get(key.key(), Bound::SMALL) {
                Ok(Some(object)) if object.content == content.as_bytes() => Ok(()),
                Ok(_) => Err(self.odd("what was created is not what is read")),
                Err(e) => Err(e),
            };
            self.step(&mut check, "read", Verb::Get, read);
            let written = self.put(&key, &content);
            self.step(&mut check, "write", Verb::Put, written);
        }
        let listed = match self.list(&area.checks(), 10_000) {
            Ok(listing) if exists && listing.complete && !listing.keys.contains(key.key()) => {
                Err(self.odd("what was created is not listed"))
            }
            Ok(_) => Ok(()),
            Err(e) => Err(e),
        };
        self.step(&mut check, "list", Verb::List, listed);
        // A build needs no deletion, so this is no step.
        if exists && self.delete(&key).is_err() {
            check.left = Some(key.to_string());
        }
        Ok(check)
    }

    fn step(&self, check: &mut Check, name: &'static str, verb: Verb, result: Result<(), Error>) {
        check.steps.push(Step {
            name,
            permission: self.permission(verb),
            result,
        });
    }

    fn not_once(&self) -> Error {
        let message = format!("{self}: a key that exists was created again");
        Error::new(ErrorKind::NotConditional, message).with_hint(
            "the store ignores `If-None-Match: *`: update it (MinIO has it since 2024), or two \
             jobs may each use a plan of their own",
        )
    }

    fn odd(&self, detail: &str) -> Error {
        Error::new(ErrorKind::Other, format!("{self}: {detail}"))
    }
}
