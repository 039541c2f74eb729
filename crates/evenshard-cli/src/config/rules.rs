//! Rules about tests: which stay together or whole, and which run everywhere.

use evenshard::address::Pattern;
use evenshard::plan;
use evenshard::suite::Suite;
use serde::de::{Deserialize, Deserializer};
use toml::Spanned;

use super::Config;
use super::find::File;
use super::value::{Item, Kind, Many, OneOrMore, spread};

/// The rules of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: plan::Rules,
    /// `file:line` of every pattern, in the order of the file.
    places: Vec<(String, Pattern)>,
}

impl Rules {
    /// The rules for a planner.
    pub fn rules(&self) -> &plan::Rules {
        &self.rules
    }

    /// Names each pattern that fits no test of the suite: nobody else would notice.
    pub fn without_tests(&self, suite: &Suite<'_>) -> Vec<String> {
        let unfit = self.places.iter().filter(|(_, p)| !suite.has_some_of(p));
        unfit
            .map(|(place, pattern)| format!("{place}: '{pattern}' fits no known test"))
            .collect()
    }

    /// The keys that are not empty.
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

    /// Takes the rules out of a configuration.
    pub(super) fn take(config: &mut Config, file: &File) -> Self {
        let groups = std::mem::take(&mut config.together).0;
        let [never_split, everywhere, may_split] = [
            &mut config.never_split,
            &mut config.everywhere,
            &mut config.may_split,
        ]
        .map(|patterns| std::mem::take(patterns).0);
        let all = { groups.iter().flatten() }.chain(&never_split);
        let mut all: Vec<_> = all.chain(&everywhere).chain(&may_split).collect();
        all.sort_by_key(|pattern| pattern.span().start);
        let place = |p: &Spanned<Pattern>| (file.place(p.span().start), p.get_ref().clone());
        let places = all.into_iter().map(place).collect();
        let values = |patterns| Many(patterns).into_values().collect();
        let marks = std::mem::take(&mut config.whole_marks);
        Self {
            places,
            rules: plan::Rules {
                together: groups.into_iter().map(values).collect(),
                never_split: values(never_split),
                everywhere: values(everywhere),
                whole_marks: marks.into_values().map(|Mark(name)| name).collect(),
                may_split: values(may_split),
            },
        }
    }
}

/// Groups of patterns, none of them empty.
#[derive(Debug, Default)]
pub(super) struct Groups(Vec<Vec<Spanned<Pattern>>>);

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        type Group = OneOrMore<Item<Pattern>>;
        let groups = Spanned::<OneOrMore<Group>>::deserialize(deserializer)?;
        let pattern = |(place, Item(pattern))| Spanned::new(place, pattern);
        let groups = spread(groups).map(|(place, group)| {
            let patterns = spread(Spanned::new(place, group));
            patterns.map(pattern).collect::<Vec<_>>()
        });
        Ok(Self(groups.filter(|group| !group.is_empty()).collect()))
    }
}

/// The name of a pytest mark.
#[derive(Debug)]
pub(super) struct Mark(String);

impl Kind for Mark {
    const ONE: &'static str = "a list of marks";
    const MANY: &'static str = "";

    fn read(text: &str) -> Result<Self, String> {
        let mut chars = text.chars();
        let first = chars.next().is_some_and(|c| c == '_' || c.is_alphabetic());
        if first && chars.all(|c| c == '_' || c.is_alphanumeric()) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(": '{text}' is not the name of a mark"))
    }
}
