//! `gs://`: credentials as `object_store` reads them, and a bearer token for federated ones.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};

use super::{Opened, Options};
use crate::error::{Error, ErrorKind};
use crate::place::Place;
use crate::settings::Settings;

/// Access tokens, by the names that Google's tools, Terraform and `object_store` use.
const TOKENS: [&str; 3] = [
    "GOOGLE_BEARER_TOKEN",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "CLOUDSDK_AUTH_ACCESS_TOKEN",
];

const FILES: [&str; 3] = [
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_PATH",
];

const TOKEN: &str = "pass an access token in CLOUDSDK_AUTH_ACCESS_TOKEN, such as the output `access_token` \
     of google-github-actions/auth with `token_format: access_token`";

pub(super) fn open(place: &Place, settings: &Settings, options: Options) -> Result<Opened, Error> {
    let token = TOKENS.iter().find_map(|name| settings.get(name));
    let mut builder = GoogleCloudStorageBuilder::new()
        .with_client_options(options.client)
        .with_retry(options.retry);
    for (name, value) in settings.variables() {
        if !name.starts_with("GOOGLE_") || TOKENS.contains(&name) {
            continue;
        }
        // With a token the file is not needed, and may be of a kind that cannot be read.
        if FILES.contains(&name) {
            if token.is_some() {
                continue;
            }
            refuse_federated(name, value)?;
        }
        if let Ok(key) = name.to_ascii_lowercase().parse::<GoogleConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(token) = token {
        builder = builder.with_config(GoogleConfigKey::BearerToken, token);
    }
    let base = settings.get("GOOGLE_BASE_URL");
    if base.is_some_and(|url| url.starts_with("http://")) {
        builder = builder.with_config(
            GoogleConfigKey::Client(object_store::ClientConfigKey::AllowHttp),
            "true",
        );
    }
    let object = builder.with_bucket_name(&place.bucket).build();
    let mut secrets: Vec<String> = token.iter().map(|&token| token.to_owned()).collect();
    secrets.extend(
        settings
            .get("GOOGLE_SERVICE_ACCOUNT_KEY")
            .map(str::to_owned),
    );
    Ok(Opened {
        object: object.map(|store| Arc::new(store) as Arc<dyn ObjectStore>),
        secrets,
        no_credentials: Some(
            "set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account, or \
             CLOUDSDK_AUTH_ACCESS_TOKEN to an access token",
        ),
    })
}

/// Refuses the credential files that `object_store` cannot use, by their kind.
fn refuse_federated(name: &str, file: &str) -> Result<(), Error> {
    let Ok(content) = std::fs::read(file) else {
        return Err(Error::new(
            ErrorKind::Setting,
            format!("{name}: cannot read {file}"),
        ));
    };
    let Ok(document) = serde_json::from_slice::<serde_json::Value>(&content) else {
        return Err(Error::new(
            ErrorKind::Setting,
            format!("{name}: {file} is not JSON"),
        ));
    };
    let kind = document.get("type").and_then(|kind| kind.as_str());
    match kind {
        Some("service_account" | "authorized_user") => Ok(()),
        // Keys for emulators have no type.
        None if name != "GOOGLE_APPLICATION_CREDENTIALS" => Ok(()),
        _ => {
            let kind: String = kind.unwrap_or("none").chars().take(40).collect();
            let message = format!("gs:// cannot use credentials of type {kind:?} ({name})");
            Err(Error::new(ErrorKind::Unsupported, message).with_hint(TOKEN))
        }
    }
}
