//! Rules about tests: which stay together or whole, and which run everywhere.

use evenshard::address::Pattern;
use evenshard::plan;
use evenshard::suite::Suite;
use toml::Spanned;

use super::Config;
use super::find::File;
use super::value::{Kind, One, values};

/// The rules of a configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    rules: plan::Rules,
    /// `file:line` of every pattern, in the order of the file.
    locations: Vec<(String, Pattern)>,
}

impl Rules {
    /// Returns the rules for a planner.
    pub(crate) fn rules(&self) -> &plan::Rules {
        &self.rules
    }

    /// Names each pattern that fits no test of the suite: nobody else would notice.
    pub(crate) fn without_tests(&self, suite: &Suite<'_>) -> Vec<String> {
        let unfit = self.locations.iter().filter(|(_, p)| !suite.has_some_of(p));
        unfit
            .map(|(location, pattern)| format!("{location}: '{pattern}' fits no known test"))
            .collect()
    }

    /// Lists the keys that are not empty.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> {
        let rules = &self.rules;
        let keys = [
            ("together", rules.together.is_empty()),
            ("never-split", rules.never_split.is_empty()),
            ("everywhere", rules.everywhere.is_empty()),
            ("whole-marks", rules.whole_marks.is_empty()),
            ("may-split", rules.may_split.is_empty()),
        ];
        let used = keys.into_iter().filter(|(_, is_empty)| !is_empty);
        used.map(|(key, _)| key)
    }

    /// Makes rules of a configuration.
    pub(super) fn of(config: &Config, file: &File) -> Self {
        let lists = [&config.never_split, &config.everywhere, &config.may_split];
        let all = config.together.iter().chain(lists).flatten();
        let mut all: Vec<&Spanned<One<Pattern>>> = all.collect();
        // Warnings come in the order of the file.
        all.sort_by_key(|pattern| pattern.span().start);
        let located =
            |p: &Spanned<One<Pattern>>| (file.line_of(p.span().start), p.get_ref().0.clone());
        let [never_split, everywhere, may_split] = lists.map(|list| values(list.clone()).collect());
        // An empty list keeps nothing together.
        let groups = { config.together.iter() }.filter(|group| !group.is_empty());
        let marks = values(config.whole_marks.clone());
        Self {
            locations: all.into_iter().map(located).collect(),
            rules: plan::Rules {
                together: groups
                    .map(|group| values(group.clone()).collect())
                    .collect(),
                never_split,
                everywhere,
                whole_marks: marks.map(|Mark(name)| name).collect(),
                may_split,
            },
        }
    }
}

/// The name of a pytest mark.
#[derive(Clone, Debug)]
pub(super) struct Mark(String);

impl Kind for Mark {
    const NAME: &'static str = "a list of marks";

    fn read(text: &str) -> Result<Self, String> {
        let mut chars = text.chars();
        let first = chars.next().is_some_and(|c| c == '_' || c.is_alphabetic());
        if first && chars.all(|c| c == '_' || c.is_alphanumeric()) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(": '{text}' is not the name of a mark"))
    }
}
