//! `s3://`: credentials, region and endpoint as the AWS CLI names them in the environment.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;

use super::{Opened, Options, configured, values_of};
use crate::error::{Error, ErrorKind};
use crate::place::Place;
use crate::settings::Settings;

const SECRETS: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_TOKEN",
    "AWS_SSE_CUSTOMER_KEY_BASE64",
];

const EXPORT: &str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; profiles and SSO are not read, so \
     run `eval \"$(aws configure export-credentials --format env)\"` first";

pub(super) fn open(place: &Place, settings: &Settings, options: Options) -> Result<Opened, Error> {
    let given = settings.get("AWS_ACCESS_KEY_ID").is_some()
        || settings.get("AWS_SECRET_ACCESS_KEY").is_some();
    let token = settings.get("AWS_WEB_IDENTITY_TOKEN_FILE").is_some();
    let role = settings.get("AWS_ROLE_ARN").is_some();
    let container = settings
        .get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        .is_some()
        || settings.get("AWS_CONTAINER_CREDENTIALS_FULL_URI").is_some();
    let unsigned = settings.get("AWS_SKIP_SIGNATURE").is_some();
    let instance = !(given || token || container || unsigned);
    if token && !role && !given {
        return Err(Error::new(
            ErrorKind::Setting,
            "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not",
        ));
    }
    if instance {
        refuse_profiles(settings)?;
    }
    let mut builder = AmazonS3Builder::new()
        .with_client_options(options.client)
        .with_retry(options.retry)
        // Deleting one key by one request works with every service that speaks S3.
        .with_disable_bulk_delete(true);
    builder = configured(
        builder,
        (settings, "AWS_"),
        |builder: AmazonS3Builder, key, value: &str| builder.with_config(key, value),
    );
    let endpoint = settings
        .get("AWS_ENDPOINT_URL_S3")
        .or(settings.get("AWS_ENDPOINT_URL"));
    // Who writes http:// means it.
    if endpoint.is_some_and(|url| url.starts_with("http://")) {
        builder = builder.with_allow_http(true);
    }
    let object = builder.with_bucket_name(&place.bucket).build();
    Ok(Opened {
        object: object.map(|store| Arc::new(store) as Arc<dyn ObjectStore>),
        secrets: values_of(settings, &SECRETS),
        no_credentials: instance.then_some(EXPORT),
    })
}

/// Refuses what would otherwise wait for the metadata service of a machine that has none.
fn refuse_profiles(settings: &Settings) -> Result<(), Error> {
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        if let Some(profile) = settings.get(name) {
            let message = format!("{name}={profile:?}: profiles and SSO are not read");
            return Err(Error::new(ErrorKind::Unsupported, message).with_hint(EXPORT));
        }
    }
    let disabled = settings.get("AWS_EC2_METADATA_DISABLED");
    if disabled.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(Error::new(ErrorKind::Credentials, "no AWS credentials").with_hint(EXPORT));
    }
    Ok(())
}
