//! The branch that a build is of, and whether it may publish: add to the history that other
//! builds plan with.

use std::path::Path;

use serde::Deserialize;

use super::provider;
use super::providers::Provider;
use crate::env::Env;
use crate::files;
use crate::globs::Glob;

/// Events of GitHub that build what is in the repository. A run of any other event, such as
/// `workflow_run` or `issue_comment`, is on the default branch by name and may hold the code of a
/// pull request.
const OWN_EVENTS: [&str; 4] = ["push", "schedule", "workflow_dispatch", "merge_group"];
/// The branches of GitHub's merge queue: `gh-readonly-queue/main/pr-1-5f0c`.
const QUEUE: &str = "gh-readonly-queue/";

/// The branch that a build is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BuildBranch {
    /// The branch, or the one that a merge queue is for.
    name: Option<String>,
    /// The default branch of the repository.
    default: Option<String>,
    /// Says that it is a build of a pull request, or of a kind that may hold one.
    pull_request: Option<String>,
}

impl BuildBranch {
    /// Reads the CI's own variables.
    pub(crate) fn of(env: &Env) -> Self {
        match provider(env) {
            None => Self::default(),
            Some(provider) if provider.name == "GitHub Actions" => of_github(env),
            Some(provider) if provider.name == "Jenkins" => of_jenkins(env, provider),
            Some(provider) => of_variables(env, provider),
        }
    }

    /// Returns true for a build of a pull request, or of a kind that may hold one.
    pub(crate) fn is_of_pull_request(&self) -> bool {
        self.pull_request.is_some()
    }

    /// Says why this build publishes nothing, if so. It may publish if it is of a branch that
    /// `publish` names; without such globs, if it is of the default branch.
    pub(crate) fn refuses_to_publish(&self, publish: &[String]) -> Option<String> {
        if let Some(what) = &self.pull_request {
            return Some(what.clone());
        }
        let Some(name) = &self.name else {
            return Some("no CI variable names its branch".to_owned());
        };
        if !publish.is_empty() {
            let fits = |glob: &String| {
                let glob = Glob::new(glob).ok();
                glob.is_some_and(|glob| glob.matches(Path::new(name)))
            };
            let all = publish.join(", ");
            let none = !publish.iter().any(fits);
            return none.then(|| format!("its branch {name} is none of {all} (publish)"));
        }
        match &self.default {
            Some(default) if default == name => None,
            Some(default) => Some(format!("its branch is {name}, not {default}")),
            None => Some(format!(
                "the CI does not tell whether {name} is the default branch: publish = [\"{name}\"] says so"
            )),
        }
    }
}

fn of_variables(env: &Env, provider: &Provider) -> BuildBranch {
    let variables = &provider.branch;
    let get = |variable: &str| env.get(variable).map(without_refs);
    let pull_request = env.get(variables.pull_request).filter(|v| *v != "false");
    BuildBranch {
        name: get(variables.queue_for).or_else(|| get(variables.name)),
        default: get(variables.default),
        pull_request: pull_request.map(|_| {
            let variable = variables.pull_request;
            format!("it is of a pull request ({variable})")
        }),
    }
}

fn of_jenkins(env: &Env, provider: &Provider) -> BuildBranch {
    let found = of_variables(env, provider);
    let is_primary = env.get("BRANCH_IS_PRIMARY") == Some("true");
    BuildBranch {
        default: found.name.clone().filter(|_| is_primary),
        ..found
    }
}

fn of_github(env: &Env) -> BuildBranch {
    let event = env.get("GITHUB_EVENT_NAME").unwrap_or_default();
    if !OWN_EVENTS.contains(&event) {
        return BuildBranch {
            pull_request: Some(format!("it is of the event '{event}'")),
            ..BuildBranch::default()
        };
    }
    let name = env
        .get("GITHUB_REF")
        .and_then(|r| r.strip_prefix("refs/heads/"));
    let of_queue = |name: &str| {
        let (branch, _) = name.strip_prefix(QUEUE)?.rsplit_once("/pr-")?;
        Some(branch.to_owned())
    };
    BuildBranch {
        name: name.map(|name| of_queue(name).unwrap_or_else(|| name.to_owned())),
        default: env.get("GITHUB_EVENT_PATH").and_then(default_of_event),
        pull_request: None,
    }
}

/// Reads the default branch from the file of GitHub's event.
fn default_of_event(path: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Event {
        repository: Repository,
    }
    #[derive(Deserialize)]
    struct Repository {
        default_branch: String,
    }
    let text = files::read(Path::new(path), files::MOST_OF_CONFIGURATION).ok()?;
    let event: Event = serde_json::from_slice(&text).ok()?;
    Some(event.repository.default_branch)
}

fn without_refs(name: &str) -> String {
    name.strip_prefix("refs/heads/").unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::BuildBranch;
    use crate::env::Env;

    fn refuses(pairs: &[(&str, &str)], publish: &[&str]) -> Option<String> {
        let publish: Vec<String> = publish.iter().map(|&glob| glob.to_owned()).collect();
        let env = Env::from_pairs(pairs.iter().copied());
        BuildBranch::of(&env).refuses_to_publish(&publish)
    }

    #[test]
    fn builds_of_the_default_branch_publish_and_pull_requests_never() {
        let with = |branch: &'static str, pull: &'static str| {
            [
                ("BUILDKITE", "true"),
                ("BUILDKITE_BRANCH", branch),
                ("BUILDKITE_PIPELINE_DEFAULT_BRANCH", "main"),
                ("BUILDKITE_PULL_REQUEST", pull),
            ]
        };
        assert_eq!(refuses(&with("main", "false"), &[]), None);
        assert!(refuses(&with("topic", "false"), &[]).is_some());
        assert_eq!(refuses(&with("release/2", "false"), &["release/*"]), None);
        assert!(refuses(&with("main", "false"), &["release/*"]).is_some());
        for publish in [&[][..], &["main"], &["**"]] {
            assert!(refuses(&with("main", "7"), publish).is_some());
        }
        let queue = [("BUILDKITE_MERGE_QUEUE_BASE_BRANCH", "main")];
        let queue = [
            &with("gh-readonly-queue/main/pr-7-5f0c", "false")[..],
            &queue,
        ]
        .concat();
        assert_eq!(refuses(&queue, &[]), None);
    }

    #[test]
    fn a_ci_that_does_not_tell_publishes_where_it_is_told_to() {
        let circle = [("CIRCLECI", "true"), ("CIRCLE_BRANCH", "main")];
        assert!(refuses(&circle, &[]).unwrap().contains("publish = "));
        assert_eq!(refuses(&circle, &["main"]), None);
        let azure = [
            ("TF_BUILD", "True"),
            ("BUILD_SOURCEBRANCH", "refs/heads/a/b"),
        ];
        assert_eq!(refuses(&azure, &["a/*"]), None);
        assert!(refuses(&[], &["**"]).is_some());
    }

    #[test]
    fn github_says_it_by_the_event() {
        let folder = tempfile::tempdir().unwrap();
        let event = folder.path().join("event.json");
        fs_err::write(&event, r#"{"repository": {"default_branch": "main"}}"#).unwrap();
        let on = |name: &str, reference: &str| {
            let pairs = [
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_EVENT_NAME", name),
                ("GITHUB_REF", reference),
                ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
            ];
            refuses(&pairs, &[])
        };
        assert_eq!(on("push", "refs/heads/main"), None);
        assert_eq!(
            on("merge_group", "refs/heads/gh-readonly-queue/main/pr-1-5f"),
            None
        );
        assert!(on("push", "refs/heads/topic").is_some());
        assert!(on("push", "refs/tags/main").is_some());
        for event in [
            "pull_request",
            "pull_request_target",
            "workflow_run",
            "issue_comment",
        ] {
            assert!(on(event, "refs/heads/main").is_some(), "{event}");
        }
    }
}
