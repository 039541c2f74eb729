//! What a pipeline file says of a step, in Buildkite's words.

use std::path::Path;

use serde_json::Value;

/// A command step.
#[derive(Debug, Clone)]
pub(crate) struct Step(Value);

/// How a job ended, as Buildkite sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ending {
    /// -1 where the agent was lost.
    pub(crate) code: i32,
    pub(crate) signal_reason: Option<&'static str>,
}

/// The pipelines that were uploaded so far, in order: who did, environment, steps.
pub(crate) fn uploads(build: &Path) -> Vec<(Option<String>, Value, Vec<Step>)> {
    let text = fs_err::read_to_string(build.join("uploads.jsonl")).unwrap_or_default();
    let parsed = text.lines().map(serde_json::from_str::<Value>);
    parsed
        .map(|upload| {
            let upload = upload.unwrap();
            let steps = upload["steps"].as_array().unwrap();
            let by = upload["by"].as_str().map(str::to_owned);
            let steps = steps.iter().cloned().map(Step).collect();
            (by, upload["env"].clone(), steps)
        })
        .collect()
}

impl Step {
    pub(crate) fn key(&self) -> &str {
        self.0["key"].as_str().expect("every step has a key")
    }

    pub(crate) fn parallelism(&self) -> Option<usize> {
        let n = self.0["parallelism"].as_u64();
        n.map(|n| usize::try_from(n).unwrap())
    }

    pub(crate) fn depends_on(&self) -> Vec<&str> {
        strings(&self.0["depends_on"])
    }

    pub(crate) fn allows_dependency_failure(&self) -> bool {
        self.0["allow_dependency_failure"] == true
    }

    /// The script that the agent makes of the commands.
    pub(crate) fn script(&self) -> String {
        strings(&self.0["command"]).join("\n")
    }

    pub(crate) fn artifact_paths(&self) -> String {
        strings(&self.0["artifact_paths"]).join(";")
    }

    pub(crate) fn env(&self) -> Vec<(String, String)> {
        pairs(&self.0["env"])
    }

    /// The plugins and their settings, in order.
    pub(crate) fn plugins(&self) -> Vec<(&str, &Value)> {
        let plugins = self.0["plugins"].as_array().into_iter().flatten();
        let maps = plugins.filter_map(Value::as_object);
        let each = maps.flat_map(|map| map.iter());
        each.map(|(name, settings)| (name.split('#').next().unwrap_or(name), settings))
            .collect()
    }

    pub(crate) fn is_soft(&self, ending: Ending) -> bool {
        let rules = self.0["soft_fail"].as_array();
        rules.is_some_and(|rules| rules.iter().any(|r| status_matches(r, ending.code)))
    }

    /// The first rule for an automatic retry that fits, with its limit.
    pub(crate) fn retry(&self, ending: Ending) -> Option<(usize, usize)> {
        let rules = self.0["retry"]["automatic"].as_array()?;
        let fits = |rule: &&Value| {
            status_matches(rule, ending.code)
                && match rule["signal_reason"].as_str() {
                    None | Some("*") => true,
                    Some("none") => ending.signal_reason.is_none(),
                    reason => reason == ending.signal_reason,
                }
        };
        let (at, rule) = rules.iter().enumerate().find(|(_, r)| fits(r))?;
        let limit = rule["limit"].as_u64().unwrap_or(2);
        Some((at, usize::try_from(limit).unwrap()))
    }
}

/// `*`, which is the default, means 1 to 255.
fn status_matches(rule: &Value, code: i32) -> bool {
    match &rule["exit_status"] {
        Value::Null => (1..=255).contains(&code),
        Value::String(any) if any == "*" => (1..=255).contains(&code),
        Value::Array(several) => several.iter().any(|s| s.as_i64() == Some(code.into())),
        one => one.as_i64() == Some(code.into()),
    }
}

/// Variables in the order of their names.
pub(crate) fn pairs(map: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let map = map.as_object().into_iter().flatten();
    map.map(|(k, v)| (k.clone(), text(v))).collect()
}

/// One string, or a list of them.
pub(crate) fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(list) => list.iter().map(|v| v.as_str().unwrap()).collect(),
        one => vec![one.as_str().unwrap()],
    }
}
