//! Clouds: from a bucket and an environment to a client.

use std::path::Path as FsPath;
use std::sync::Arc;
use std::time::Duration;

use object_store::{BackoffConfig, Certificate, ClientOptions, ObjectStore, RetryConfig};

use crate::error::{Error, ErrorKind};
use crate::explain::Explainer;
use crate::place::{Place, Service};
use crate::settings::{Settings, Timing};

#[cfg(feature = "s3")]
mod aws;
#[cfg(feature = "azure")]
mod azure;
#[cfg(feature = "gcs")]
mod gcs;

/// A client, and what its messages must not and may say.
struct Opened {
    object: Result<Arc<dyn ObjectStore>, object_store::Error>,
    /// Values that messages must not have.
    secrets: Vec<String>,
    /// The hint where no credentials are found.
    no_credentials: Option<&'static str>,
}

pub(crate) fn connect(
    place: &Place,
    settings: &Settings,
    request: Duration,
) -> Result<(Arc<dyn ObjectStore>, Explainer), Error> {
    // Ignored: it fails where the program has chosen a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options {
        client: client(settings, request)?,
        retry: retry(settings.timing()),
    };
    let opened = match place.service {
        #[cfg(feature = "s3")]
        Service::S3 => aws::open(place, settings, options)?,
        #[cfg(feature = "gcs")]
        Service::Gcs => gcs::open(place, settings, options)?,
        #[cfg(feature = "azure")]
        Service::Azure => azure::open(place, settings, options)?,
        #[allow(unreachable_patterns, reason = "clouds that this build leaves out")]
        other => return Err(other.left_out()),
    };
    let explainer = Explainer::new(place)
        .with_secrets(opened.secrets.iter().map(String::as_str))
        .with_no_credentials(opened.no_credentials);
    match opened.object {
        Ok(object) => Ok((object, explainer)),
        Err(e) => Err(explainer.settings(&e)),
    }
}

/// Options that all clouds share.
struct Options {
    client: ClientOptions,
    retry: RetryConfig,
}

fn client(settings: &Settings, request: Duration) -> Result<ClientOptions, Error> {
    let mut options = ClientOptions::new()
        .with_connect_timeout(settings.timing().connect)
        .with_read_timeout(request)
        .with_timeout_disabled();
    // reqwest reads SSL_CERT_FILE; this is the variable of the AWS CLI.
    if let Some(file) = settings.get("AWS_CA_BUNDLE") {
        for certificate in certificates(file.as_ref())? {
            options = options.with_root_certificate(certificate);
        }
    }
    Ok(options)
}

fn certificates(file: &FsPath) -> Result<Vec<Certificate>, Error> {
    let unusable = |e: &dyn std::fmt::Display| {
        let at = file.display();
        Error::new(
            ErrorKind::Setting,
            format!("AWS_CA_BUNDLE={at} cannot be used: {e}"),
        )
    };
    let pem = std::fs::read(file).map_err(|e| unusable(&e))?;
    Certificate::from_pem_bundle(&pem).map_err(|e| unusable(&e))
}

fn retry(timing: Timing) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: timing.pause,
            max_backoff: timing.pause * 20,
            base: 2.0,
        },
        max_retries: timing.retries as usize,
        retry_timeout: timing.overall,
    }
}

/// Hands each variable that begins with `prefix` and names a key of the builder's to `with`.
#[cfg(any(feature = "s3", feature = "azure"))]
fn configured<B, K: std::str::FromStr>(
    builder: B,
    (settings, prefix): (&Settings, &str),
    with: impl Fn(B, K, &str) -> B,
) -> B {
    let variables = settings.variables();
    let variables = variables.filter(|(name, _)| name.starts_with(prefix));
    variables.fold(builder, |builder, (name, value)| {
        match name.to_ascii_lowercase().parse() {
            Ok(key) => with(builder, key, value),
            Err(_) => builder,
        }
    })
}

/// Returns the values of these variables, as far as they are set.
#[cfg(any(feature = "s3", feature = "azure"))]
fn values_of(settings: &Settings, names: &[&str]) -> Vec<String> {
    let values = names.iter().filter_map(|name| settings.get(name));
    values.map(str::to_owned).collect()
}
