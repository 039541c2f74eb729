//! Rules about tests: which belong together, stay whole, or run everywhere.

use evenshard::address::Pattern;
use evenshard::plan;
use evenshard::suite::Suite;
use toml::Spanned;
use toml::de::DeValue;

use crate::config::find::File;
use crate::config::read::invalid;
use crate::config::value::kind;
use crate::failure::Failure;

const TOGETHER: &str = "together";
const NEVER_SPLIT: &str = "never-split";
const EVERYWHERE: &str = "everywhere";
const WHOLE_MARKS: &str = "whole-marks";
const MAY_SPLIT: &str = "may-split";

/// The keys that hold rules.
pub(super) const KEYS: [&str; 5] = [TOGETHER, NEVER_SPLIT, EVERYWHERE, WHOLE_MARKS, MAY_SPLIT];

/// The rules of a configuration, and where each pattern stands.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: plan::Rules,
    /// `file:line` of every pattern, in the order of the file.
    places: Vec<(String, Pattern)>,
}

impl Rules {
    /// The rules, for a planner.
    pub fn rules(&self) -> &plan::Rules {
        &self.rules
    }

    /// A line for each pattern that fits no test of the suite: nobody else would notice.
    pub fn without_tests(&self, suite: &Suite<'_>) -> Vec<String> {
        let unfit = self.places.iter().filter(|(_, p)| !suite.has_some_of(p));
        unfit
            .map(|(place, pattern)| format!("{place}: '{pattern}' fits no known test"))
            .collect()
    }

    /// The keys that say something.
    pub(super) fn keys(&self) -> Vec<&'static str> {
        let says = [
            !self.rules.together.is_empty(),
            !self.rules.never_split.is_empty(),
            !self.rules.everywhere.is_empty(),
            !self.rules.whole_marks.is_empty(),
            !self.rules.may_split.is_empty(),
        ];
        let said = KEYS.into_iter().zip(says).filter(|(_, says)| *says);
        said.map(|(key, _)| key).collect()
    }

    /// Takes the rules of one of [`KEYS`].
    ///
    /// # Errors
    /// Code 78 for what is no pattern, or no name of a mark.
    pub(super) fn take(
        &mut self,
        file: &File,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), Failure> {
        for item in items(value) {
            if key == TOGETHER {
                let group = self.patterns(file, key, item)?;
                self.rules
                    .together
                    .extend((!group.is_empty()).then_some(group));
                continue;
            }
            if key == WHOLE_MARKS {
                self.rules.whole_marks.push(mark(file, key, item)?);
                continue;
            }
            let pattern = self.pattern(file, key, item)?;
            match key {
                NEVER_SPLIT => self.rules.never_split.push(pattern),
                MAY_SPLIT => self.rules.may_split.push(pattern),
                _ => self.rules.everywhere.push(pattern),
            }
        }
        Ok(())
    }

    fn patterns(
        &mut self,
        file: &File,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<Pattern>, Failure> {
        let items = items(value).iter();
        items.map(|item| self.pattern(file, key, item)).collect()
    }

    fn pattern(
        &mut self,
        file: &File,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Pattern, Failure> {
        let place = file.place(value.span().start);
        let DeValue::String(text) = value.get_ref() else {
            let kind = kind(value.get_ref());
            let takes = match key {
                TOGETHER => "a list of groups, each a pattern or a list of patterns",
                _ => "a list of patterns",
            };
            return Err(
                invalid(format!("{place}: '{key}' takes {takes}, not {kind}"))
                    .hint("a pattern is a text such as \"tests/db\" or \"tests/test_a.py::TestX\""),
            );
        };
        let pattern: Pattern = text
            .parse()
            .map_err(|error| invalid(format!("{place}: '{key}': {error}")))?;
        self.places.push((place, pattern.clone()));
        Ok(pattern)
    }
}

/// The name of a pytest mark.
fn mark(file: &File, key: &str, value: &Spanned<DeValue<'_>>) -> Result<String, Failure> {
    let place = file.place(value.span().start);
    let hint = "a mark is named as in @pytest.mark.NAME, such as \"incremental\"";
    let DeValue::String(name) = value.get_ref() else {
        let kind = kind(value.get_ref());
        let what = format!("{place}: '{key}' takes a list of marks, not {kind}");
        return Err(invalid(what).hint(hint));
    };
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c == '_' || c.is_alphabetic());
    if first && chars.all(|c| c == '_' || c.is_alphanumeric()) {
        return Ok(name.to_string());
    }
    let what = format!("{place}: '{key}': '{name}' is not the name of a mark");
    Err(invalid(what).hint(hint))
}

/// The items of a list, or the one that stands without a list.
fn items<'a, 'i>(value: &'a Spanned<DeValue<'i>>) -> &'a [Spanned<DeValue<'i>>] {
    match value.get_ref() {
        DeValue::Array(list) => list,
        _ => std::slice::from_ref(value),
    }
}
