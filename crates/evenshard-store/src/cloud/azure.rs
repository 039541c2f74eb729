//! `az://`: credentials as `object_store` names them in the environment.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::azure::MicrosoftAzureBuilder;

use super::{Opened, Options, configured, values_of};
use crate::error::{Error, ErrorKind};
use crate::place::Place;
use crate::settings::Settings;

const SECRETS: [&str; 9] = [
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_MASTER_KEY",
    "AZURE_STORAGE_CLIENT_SECRET",
    "AZURE_CLIENT_SECRET",
    "AZURE_STORAGE_SAS_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_TOKEN",
    "AZURE_STORAGE_ENCRYPTION_KEY",
];

pub(super) fn open(place: &Place, settings: &Settings, options: Options) -> Result<Opened, Error> {
    let emulator = settings.get("AZURE_STORAGE_USE_EMULATOR").is_some();
    let account = ["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_ACCOUNT_NAME"]
        .iter()
        .any(|name| settings.get(name).is_some());
    if !account && !emulator {
        return Err(Error::new(
            ErrorKind::Setting,
            "az:// needs the name of a storage account",
        )
        .with_hint("set AZURE_STORAGE_ACCOUNT_NAME"));
    }
    let mut builder = MicrosoftAzureBuilder::new()
        .with_client_options(options.client)
        .with_retry(options.retry);
    builder = configured(
        builder,
        (settings, "AZURE_"),
        |builder: MicrosoftAzureBuilder, key, value: &str| builder.with_config(key, value),
    );
    let endpoint = settings
        .get("AZURE_STORAGE_ENDPOINT")
        .or(settings.get("AZURE_ENDPOINT"));
    if endpoint.is_some_and(|url| url.starts_with("http://")) || emulator {
        builder = builder.with_allow_http(true);
    }
    let object = builder.with_container_name(&place.bucket).build();
    Ok(Opened {
        object: object.map(|store| Arc::new(store) as Arc<dyn ObjectStore>),
        secrets: values_of(settings, &SECRETS),
        no_credentials: Some(
            "set AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN, or for OIDC AZURE_CLIENT_ID, \
             AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE",
        ),
    })
}
