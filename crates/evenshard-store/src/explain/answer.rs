//! Answers of services, read out of the texts of errors: `object_store` keeps them nowhere else.

use object_store::Error as StoreError;

/// The status, code and message of an answer, as far as there is one.
#[derive(Debug, Default)]
pub(super) struct Answer {
    status: Option<u16>,
    code: String,
    message: String,
    from_credentials: bool,
}

impl Answer {
    pub(super) fn of(error: &StoreError) -> Self {
        let text = error.to_string();
        let status = between(&text, "non-2xx status code: ", " ").and_then(|s| s.parse().ok());
        let code = between(&text, "<Code>", "</Code>").or_else(|| json_error(&text));
        Self {
            status: status.or_else(|| text.contains("redirect without LOCATION").then_some(301)),
            code: code.unwrap_or_default().trim().to_owned(),
            message: between(&text, "<Message>", "</Message>")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            from_credentials: CREDENTIAL_REQUESTS.iter().any(|part| text.contains(part)),
        }
    }

    /// The answer in one line; `None` where there was no answer.
    pub(super) fn text(&self) -> Option<String> {
        let status = self.status?;
        let mut text = format!("status {status}");
        for part in [&self.code, &self.message] {
            if !part.is_empty() {
                text.push_str(", ");
                text.push_str(part);
            }
        }
        Some(text)
    }

    pub(super) fn is_no_bucket(&self) -> bool {
        matches!(self.code.as_str(), "NoSuchBucket" | "ContainerNotFound")
    }

    /// Listings are denied in a general error.
    pub(super) fn is_forbidden(&self) -> bool {
        self.status == Some(403) && !self.from_credentials
    }

    pub(super) fn is_bad_credentials(&self) -> bool {
        let code = matches!(
            self.code.as_str(),
            "SignatureDoesNotMatch"
                | "InvalidAccessKeyId"
                | "ExpiredToken"
                | "ExpiredTokenException"
                | "InvalidToken"
                | "InvalidIdentityToken"
                | "TokenRefreshRequired"
                | "RequestTimeTooSkewed"
                | "AuthenticationFailed"
                | "InvalidAuthenticationInfo"
                | "invalid_grant"
                | "invalid_client"
        );
        // Azure has one code for a wrong key and for what a key may not do.
        code || self.status == Some(401) || self.message.contains("failed to authenticate")
    }

    pub(super) fn is_other_region(&self) -> bool {
        self.status == Some(301)
            || matches!(
                self.code.as_str(),
                "PermanentRedirect"
                    | "AuthorizationHeaderMalformed"
                    | "IllegalLocationConstraintException"
            )
    }

    /// Returns true where the same request may succeed later.
    pub(super) fn is_temporary(&self) -> bool {
        self.status.is_some_and(|s| {
            matches!(s, 408 | 409 | 425 | 429) || s >= 500 && !self.is_not_implemented()
        })
    }

    pub(super) fn is_not_implemented(&self) -> bool {
        self.status == Some(501) || self.code == "NotImplemented"
    }

    /// Returns true where a request for credentials failed, not one to the store.
    pub(super) fn is_from_credentials(&self) -> bool {
        self.from_credentials
    }

    /// The action that AWS says is not allowed, such as `kms:GenerateDataKey`.
    pub(super) fn action(&self) -> Option<&str> {
        let rest = self.message.split_once("not authorized to perform: ")?.1;
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != ':')
            .unwrap_or(rest.len());
        let action = &rest[..end];
        action.contains(':').then_some(action)
    }
}

/// Parts of the addresses and texts of requests for credentials: AWS metadata (IMDS), containers
/// and STS, Google's metadata and tokens, Azure's tokens.
const CREDENTIAL_REQUESTS: [&str; 8] = [
    "/latest/api/token",
    "/latest/meta-data/",
    "169.254.170.",
    "AssumeRoleWithWebIdentity",
    "Failed to read token",
    "/computeMetadata/",
    "Error performing token request",
    "Error reading federated token file",
];

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let rest = text.split_once(from)?.1;
    Some(rest.split_once(to)?.0)
}

/// The `error` of an OAuth answer.
fn json_error(text: &str) -> Option<&str> {
    let rest = text.split_once("\"error\"")?.1.trim_start();
    let code = between(rest.strip_prefix(':')?, "\"", "\"")?;
    code.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'_')
        .then_some(code)
}
