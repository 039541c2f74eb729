//! Errors say what is wrong and what to do, and never a credential.

use evenshard_store::{Bound, Error, ErrorKind, Settings, Store};

use crate::server::{Fault, Server, environment, fast};
use crate::support::{build, text};

fn open(url: &str, variables: &[(&str, &str)]) -> Result<Store, Error> {
    Store::open(
        url,
        &Settings::new(environment(variables)).with_timing(fast()),
    )
}

fn refused(url: &str, variables: &[(&str, &str)]) -> Error {
    open(url, variables).unwrap_err()
}

#[test]
fn malformed_urls_are_refused() {
    for url in [
        "",
        "ftp://x/y",
        "s3://",
        "s3:///prefix",
        "s3://bu cket/x",
        "s3://bucket/a//b",
        "s3://bucket/../x",
        "s3://bucket/x?region=eu",
        "gs://bucket/#x",
        "file://host/x",
        "http://bucket.s3.amazonaws.com/",
        "az://",
        "s3://bucket/\u{7}",
    ] {
        assert_eq!(refused(url, &[]).kind(), ErrorKind::Url, "{url}");
    }
    let long = format!("s3://bucket/{}", "x".repeat(401));
    assert_eq!(refused(&long, &[]).kind(), ErrorKind::Url);
}

#[test]
fn credentials_in_a_url_are_refused_and_not_repeated() {
    let error = refused("s3://AKIAEXAMPLE:hunter2-secret@bucket/x", &[]);
    assert_eq!(error.kind(), ErrorKind::Url);
    let all = format!("{error} {error:?} {:?}", error.hint());
    assert!(!all.contains("hunter2") && !all.contains("AKIA"), "{all}");
}

#[test]
fn aws_profiles_are_refused_with_the_way_out() {
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        let error = refused("s3://bucket/x", &[(name, "work")]);
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(
            error
                .hint()
                .unwrap()
                .contains("aws configure export-credentials"),
            "{error:?}"
        );
    }
    // Keys in the environment win, as with the AWS CLI.
    let keys = [
        ("AWS_PROFILE", "work"),
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
    ];
    assert!(open("s3://bucket/x", &keys).is_ok());
}

#[test]
fn half_of_the_aws_credentials_are_not_enough() {
    let error = refused("s3://bucket/x", &[("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")]);
    assert_eq!(error.kind(), ErrorKind::Setting);
    let error = refused(
        "s3://bucket/x",
        &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/token")],
    );
    assert!(error.to_string().contains("AWS_ROLE_ARN"), "{error}");
    let error = refused("s3://bucket/x", &[("AWS_EC2_METADATA_DISABLED", "true")]);
    assert_eq!(error.kind(), ErrorKind::Credentials);
    let error = refused("s3://bucket/x", &[("AWS_CA_BUNDLE", "/nowhere/ca.pem")]);
    assert_eq!(error.kind(), ErrorKind::Setting);
}

/// The metadata service of a machine that is none of Amazon's.
#[test]
fn without_any_credentials_the_hint_says_where_to_get_them() {
    let server = Server::start();
    server.fail_all("", Fault::Status(404, String::new()));
    let store = open(
        "s3://bucket/x",
        &[
            ("AWS_METADATA_ENDPOINT", &server.url()),
            ("AWS_ENDPOINT_URL", &server.url()),
            ("AWS_DISABLE_SYSTEM_CERTIFICATES", "true"),
        ],
    );
    let error = store.unwrap().list(build().all(), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error:?}");
    assert!(
        error.hint().unwrap().contains("export-credentials"),
        "{error:?}"
    );
}

#[test]
fn a_token_file_that_is_missing_is_a_matter_of_credentials() {
    let server = Server::start();
    let store = open(
        "s3://bucket/x",
        &[
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token"),
            ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ci"),
            ("AWS_ENDPOINT_URL", &server.url()),
            ("AWS_DISABLE_SYSTEM_CERTIFICATES", "true"),
        ],
    );
    let error = store.unwrap().list(build().all(), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error:?}");
    assert!(error.to_string().contains("No such file"), "{error}");
}

#[test]
fn federated_google_credentials_are_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [
        "external_account",
        "impersonated_service_account",
        "external_account_authorized_user",
    ] {
        let file = folder.path().join(kind);
        std::fs::write(&file, format!(r#"{{"type": "{kind}", "x": 1}}"#)).unwrap();
        let variable = ("GOOGLE_APPLICATION_CREDENTIALS", file.to_str().unwrap());
        let error = refused("gs://bucket/x", &[variable]);
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
        assert!(error.to_string().contains(kind), "{error}");
        assert!(
            error.hint().unwrap().contains("CLOUDSDK_AUTH_ACCESS_TOKEN"),
            "{error:?}"
        );
        // With the token that the hint asks for, the file is not read.
        let token = ("CLOUDSDK_AUTH_ACCESS_TOKEN", "ya29.token");
        assert!(open("gs://bucket/x", &[variable, token]).is_ok());
    }
    let error = refused(
        "gs://b/x",
        &[("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere")],
    );
    assert_eq!(error.kind(), ErrorKind::Setting);
}

#[test]
fn azure_needs_an_account() {
    let error = refused("az://container/x", &[]);
    assert_eq!(error.kind(), ErrorKind::Setting);
    assert_eq!(error.hint(), Some("set AZURE_STORAGE_ACCOUNT_NAME"));
    let bad = [
        ("AZURE_STORAGE_ACCOUNT_NAME", "account"),
        ("AZURE_STORAGE_ACCOUNT_KEY", "not base64 at all!"),
    ];
    let error = refused("az://container/x", &bad);
    assert_eq!(error.kind(), ErrorKind::Setting, "{error:?}");
    assert!(!format!("{error:?}").contains("not base64"), "{error:?}");
}

#[test]
fn answers_of_the_service_become_kinds() {
    for (status, code, kind) in [
        (404, "NoSuchBucket", ErrorKind::Missing),
        (403, "AccessDenied", ErrorKind::Denied),
        (403, "SignatureDoesNotMatch", ErrorKind::Credentials),
        (403, "InvalidAccessKeyId", ErrorKind::Credentials),
        (403, "RequestTimeTooSkewed", ErrorKind::Credentials),
        (400, "ExpiredToken", ErrorKind::Credentials),
        (401, "Unauthorized", ErrorKind::Credentials),
        (400, "AuthorizationHeaderMalformed", ErrorKind::Setting),
        (301, "PermanentRedirect", ErrorKind::Setting),
        (400, "InvalidArgument", ErrorKind::Other),
        (429, "TooManyRequests", ErrorKind::Unreachable),
        (500, "InternalError", ErrorKind::Unreachable),
        (503, "SlowDown", ErrorKind::Unreachable),
    ] {
        let server = Server::start();
        server.fail_all("", Fault::Status(status, crate::server::error_body(code)));
        let store = server.store();
        let errors = [
            store.list(build().all(), 1).unwrap_err(),
            store.get(build().plan().key(), Bound::SMALL).unwrap_err(),
            store.put(&build().plan(), &text("x")).unwrap_err(),
            store.create(&build().plan(), &text("x")).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), kind, "{status} {code}: {error:?}");
            assert!(error.to_string().starts_with("s3://bucket/ci: "), "{error}");
        }
    }
}

/// AWS says in words what is missing, which may be a permission of KMS.
#[test]
fn the_permission_that_aws_names_is_passed_on() {
    let server = Server::start();
    let body = "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::123456789012:assumed-role/ci/x \
                is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:x because \
                no identity-based policy allows it</Message></Error>";
    server.fail_all("", Fault::Status(403, body.to_owned()));
    let error = server.store().put(&build().plan(), &text("x")).unwrap_err();
    assert_eq!(error.permission(), Some("kms:GenerateDataKey"), "{error:?}");
}

/// A service that answers with everything it was sent.
#[test]
fn no_text_has_a_credential_of_aws() {
    let server = Server::start();
    let secrets = [
        "AKIAEXAMPLEEXAMPLE00",
        "secret-access-key-of-a-test",
        "session-token-of-a-test",
    ];
    let said = secrets.join(" ");
    let body =
        format!("<Error><Code>{said}</Code><Message>{said}\u{1b}[31m</Message></Error>{said}");
    for status in [400, 403, 404, 409, 500] {
        let server = Server::start();
        server.fail_all("", Fault::Status(status, body.clone()));
        let store = server.store();
        let errors = [
            store.list(build().all(), 1).err(),
            store.get(build().plan().key(), Bound::SMALL).err(),
            store.put(&build().plan(), &text("x")).err(),
            store.create(&build().plan(), &text("x")).err(),
        ];
        for error in errors.into_iter().flatten() {
            let all = format!("{error} {error:?} {error:#?} {:?}", error.hint());
            for secret in secrets {
                assert!(!all.contains(secret), "{secret} in {all}");
            }
            assert!(!error.to_string().contains('\u{1b}'));
        }
    }
    let settings = Settings::new(server.environment());
    let all = format!(
        "{settings:?} {settings:#?} {:?} {}",
        server.store(),
        server.store()
    );
    for secret in secrets {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

#[test]
fn no_text_has_a_credential_of_google_or_azure() {
    let server = Server::start();
    let secrets = [
        "access-token-of-a-test",
        "c2FzLXRva2VuLW9mLWEtdGVzdA",
        "YWNjb3VudC1rZXktb2YtYS10ZXN0",
    ];
    let body = format!(
        "<Error><Code>x</Code><Message>{}</Message></Error>",
        secrets.join(" ")
    );
    server.fail_all("", Fault::Status(400, body));
    let url = server.url();
    let azure = |name, value| {
        let variables = [
            ("AZURE_STORAGE_ACCOUNT_NAME", "account"),
            ("AZURE_STORAGE_ENDPOINT", &url),
            (name, value),
            ("AZURE_DISABLE_SYSTEM_CERTIFICATES", "true"),
        ];
        open("az://container/x", &variables).unwrap()
    };
    let sas = format!("?sv=2024&sig={}", secrets[1]);
    for (store, secret) in [
        (server.google(), secrets[0]),
        (azure("AZURE_STORAGE_SAS_TOKEN", &sas), "sig=c2FzL"),
        (azure("AZURE_STORAGE_ACCOUNT_KEY", secrets[2]), secrets[2]),
    ] {
        let errors = [
            store.list(build().all(), 1).unwrap_err(),
            store.get(build().plan().key(), Bound::SMALL).unwrap_err(),
            store.put(&build().plan(), &text("x")).unwrap_err(),
        ];
        for error in errors {
            let all = format!("{error} {error:?} {store:?}");
            assert!(!all.contains(secret), "{secret} in {all}");
        }
    }
}
