//! Errors of `object_store` in our words, without credentials.

use std::error::Error as StdError;
use std::io;

use object_store::Error as StoreError;

use crate::error::{Error, ErrorKind};
use crate::mask::Masker;
use crate::place::{Place, Service};

mod answer;

use answer::Answer;

/// A request to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Get,
    Put,
    List,
    Delete,
}

/// Turns errors of one store into [`Error`]s.
#[derive(Clone, Debug)]
pub(crate) struct Explainer {
    service: Service,
    place: String,
    bucket: String,
    secrets: Masker,
    no_credentials: Option<&'static str>,
}

/// The longest detail of a service that is passed on.
const LONGEST_DETAIL: usize = 300;

impl Explainer {
    pub(crate) fn new(place: &Place) -> Self {
        Self {
            service: place.service,
            place: place.to_string(),
            bucket: place.bucket.clone(),
            secrets: Masker::none(),
            no_credentials: None,
        }
    }

    /// Masks these values in all messages.
    #[cfg(feature = "cloud")]
    pub(crate) fn with_secrets<'a>(mut self, secrets: impl IntoIterator<Item = &'a str>) -> Self {
        self.secrets = Masker::new(secrets);
        self
    }

    /// Says `hint` where the metadata service of a cloud machine, the last source of
    /// credentials, does not answer.
    #[cfg(feature = "cloud")]
    pub(crate) fn with_no_credentials(mut self, hint: Option<&'static str>) -> Self {
        self.no_credentials = hint;
        self
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The error of a verb that took longer than its limit.
    pub(crate) fn late(&self, verb: Verb, limit: std::time::Duration) -> Error {
        let seconds = limit.as_secs_f64();
        let doing = verb.doing();
        self.error(
            ErrorKind::Unreachable,
            &format!("{doing} was given up after {seconds:.1} s"),
        )
        .with_hint(self.network_hint())
    }

    /// `Ok(None)` where the error says that the key does not exist.
    pub(crate) fn absent_or<T>(&self, key: &str, error: &StoreError) -> Result<Option<T>, Error> {
        match error {
            StoreError::NotFound { .. } if !Answer::of(error).is_no_bucket() => Ok(None),
            _ => Err(self.explain(Verb::Get, key, error)),
        }
    }

    /// The error of a verb on a key or prefix.
    pub(crate) fn explain(&self, verb: Verb, key: &str, error: &StoreError) -> Error {
        let answer = Answer::of(error);
        let detail = self.detail(error, &answer);
        if answer.is_no_bucket() {
            let bucket = &self.bucket;
            return self.error(
                ErrorKind::Missing,
                &format!("{bucket} does not exist: {detail}"),
            );
        }
        if answer.is_bad_credentials() || matches!(error, StoreError::Unauthenticated { .. }) {
            return self
                .error(
                    ErrorKind::Credentials,
                    &format!("credentials are refused: {detail}"),
                )
                .with_hint("renew the credentials, and check the clock of this machine");
        }
        if answer.is_other_region() {
            let message = format!("the bucket is in another region: {detail}");
            return self
                .error(ErrorKind::Setting, &message)
                .with_hint("set AWS_REGION to the region of the bucket");
        }
        if matches!(error, StoreError::PermissionDenied { .. }) || answer.is_forbidden() {
            return self.denied(verb, key, &answer, &detail);
        }
        match error {
            StoreError::NotFound { .. } => self.error(
                ErrorKind::Missing,
                &format!("{key} does not exist: {detail}"),
            ),
            StoreError::NotImplemented { .. } | StoreError::NotSupported { .. } => {
                self.not_conditional(verb, &detail)
            }
            _ => self.generic(verb, key, error, &answer, &detail),
        }
    }

    fn generic(
        &self,
        verb: Verb,
        key: &str,
        error: &StoreError,
        answer: &Answer,
        detail: &str,
    ) -> Error {
        if let Some(io) = cause::<io::Error>(error).filter(|_| self.service == Service::Folder) {
            return self.disk(verb, key, io);
        }
        if answer.is_from_credentials() {
            let error = self.error(ErrorKind::Credentials, &format!("no credentials: {detail}"));
            return match self.no_credentials {
                Some(hint) => error.with_hint(hint),
                None => error,
            };
        }
        if answer.is_temporary() || is_transport(error) {
            let doing = verb.doing();
            return self
                .error(
                    ErrorKind::Unreachable,
                    &format!("{doing} {key} failed: {detail}"),
                )
                .with_hint(self.network_hint());
        }
        if answer.is_not_implemented() {
            return self.not_conditional(verb, detail);
        }
        let doing = verb.doing();
        self.error(ErrorKind::Other, &format!("{doing} {key} failed: {detail}"))
    }

    fn denied(&self, verb: Verb, key: &str, answer: &Answer, detail: &str) -> Error {
        // AWS names the action, which may be one of KMS.
        let permission = match answer.action() {
            Some(action) => action.to_owned(),
            None => self.permission(verb).to_owned(),
        };
        let doing = verb.doing();
        let error = self
            .error(
                ErrorKind::Denied,
                &format!("{doing} {key} needs {permission}: {detail}"),
            )
            .with_permission(permission);
        if verb == Verb::Get && self.service == Service::S3 {
            error.with_hint(
                "S3 also answers so where s3:ListBucket is missing and the key is absent",
            )
        } else {
            error
        }
    }

    /// The permission that a verb needs, in the words of the service.
    pub(crate) fn permission(&self, verb: Verb) -> &'static str {
        use Service::{Azure, Folder, Gcs, S3};
        match (self.service, verb) {
            (Folder, Verb::Get | Verb::List) => "permission to read the folder",
            (Folder, _) => "permission to write to the folder",
            (S3, Verb::Create | Verb::Put) => "s3:PutObject",
            (S3, Verb::Get) => "s3:GetObject",
            (S3, Verb::List) => "s3:ListBucket",
            (S3, Verb::Delete) => "s3:DeleteObject",
            (Gcs, Verb::Create) => "storage.objects.create",
            // Google counts overwriting as deleting.
            (Gcs, Verb::Put) => "storage.objects.create and storage.objects.delete",
            (Gcs, Verb::Get) => "storage.objects.get",
            (Gcs, Verb::List) => "storage.objects.list",
            (Gcs, Verb::Delete) => "storage.objects.delete",
            (Azure, Verb::Create | Verb::Put) => "blobs/write",
            (Azure, Verb::Get | Verb::List) => "blobs/read",
            (Azure, Verb::Delete) => "blobs/delete",
        }
    }

    fn disk(&self, verb: Verb, key: &str, error: &io::Error) -> Error {
        let doing = verb.doing();
        let message = format!("{doing} {key} failed: {error}");
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                let permission = self.permission(verb);
                self.error(ErrorKind::Denied, &message)
                    .with_permission(permission)
            }
            io::ErrorKind::TimedOut
            | io::ErrorKind::StaleNetworkFileHandle
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable => self.error(ErrorKind::Unreachable, &message),
            io::ErrorKind::Unsupported if verb == Verb::Create => self
                .error(ErrorKind::NotConditional, &message)
                .with_hint("a key is created once with a hard link: use a disk that has them"),
            _ => self.error(ErrorKind::Other, &message),
        }
    }

    fn not_conditional(&self, verb: Verb, detail: &str) -> Error {
        match verb {
            Verb::Create => self.error(
                ErrorKind::NotConditional,
                &format!("the store cannot create a key once: {detail}"),
            ),
            _ => self.error(ErrorKind::Unsupported, detail),
        }
    }

    fn network_hint(&self) -> &'static str {
        match self.service {
            Service::Folder => "is the shared disk mounted and alive?",
            _ => "check the network, HTTPS_PROXY and NO_PROXY, and the endpoint",
        }
    }

    /// The error of settings that make no client.
    #[cfg(feature = "cloud")]
    pub(crate) fn settings(&self, error: &StoreError) -> Error {
        let detail = self.detail(error, &Answer::default());
        self.error(
            ErrorKind::Setting,
            &format!("its settings cannot be used: {detail}"),
        )
    }

    /// An error in words of our own, with the store in front and without its secrets.
    pub(crate) fn error(&self, kind: ErrorKind, message: &str) -> Error {
        Error::new(kind, format!("{}: {}", self.place, self.clean(message)))
    }

    fn clean(&self, text: &str) -> String {
        let masked = self.secrets.text(text.as_bytes());
        let text = String::from_utf8_lossy(&masked);
        let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        plain.collect()
    }

    fn detail(&self, error: &StoreError, answer: &Answer) -> String {
        let detail = match answer.text() {
            Some(text) => text,
            None => deepest(error),
        };
        // Masked first: a value that is cut in two would not be found.
        let detail = self.clean(detail.trim());
        let mut short: String = detail.chars().take(LONGEST_DETAIL).collect();
        if short.len() < detail.len() {
            short.push_str("...");
        }
        short
    }
}

impl Verb {
    fn doing(self) -> &'static str {
        match self {
            Self::Create => "creating",
            Self::Get => "reading",
            Self::Put => "writing",
            Self::List => "listing",
            Self::Delete => "deleting",
        }
    }
}

/// The last cause of an error: of a chain around an HTTP answer the outer ones have URLs.
fn deepest(error: &StoreError) -> String {
    let mut current: &dyn StdError = error;
    while let Some(source) = current.source() {
        current = source;
    }
    current.to_string()
}

fn cause<T: StdError + 'static>(error: &StoreError) -> Option<&T> {
    let mut current: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        current = error.source();
    }
    None
}

/// Returns true where no whole answer came.
#[cfg(feature = "cloud")]
fn is_transport(error: &StoreError) -> bool {
    use object_store::client::{HttpError, HttpErrorKind};
    cause::<HttpError>(error).is_some_and(|e| e.kind() != HttpErrorKind::Decode)
}

#[cfg(not(feature = "cloud"))]
fn is_transport(_: &StoreError) -> bool {
    false
}
