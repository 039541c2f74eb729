//! The tests of `timings.json`, read straight into a history: as maps of maps they would take
//! five times the memory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{WrittenClass, WrittenSample, first_of, outcome};
use crate::Micros;
use crate::address::{canonical, is_under};
use crate::history::{FileHint, History, Observation, Sample, count};

/// The tests and samples of a scope. Reading them directly needs classes and tests in the order in
/// which they are written: of a name that comes twice the last counts, and only a sorted map finds
/// that.
#[derive(Default)]
pub(super) struct Classes {
    /// Without its reports.
    pub(super) history: History,
    /// The report and test of each measured payment.
    pub(super) paid: Vec<(u32, u32, Micros)>,
}

impl Classes {
    /// Converts a map of any order.
    pub(super) fn sorted(classes: &BTreeMap<String, WrittenClass<'_>>) -> Result<Self, String> {
        let mut read = Self::default();
        for (classname, class) in classes {
            let mut touched = Vec::new();
            for (name, samples) in &class.tests {
                let test = read.test(classname, name, &mut touched);
                for sample in samples {
                    read.sample(test, sample)?;
                }
            }
            read.hint(classname, class.file.as_deref(), class.whole, &touched);
        }
        Ok(read)
    }

    /// Returns the number of a test, and adds that of its class to `touched`.
    fn test(&mut self, classname: &str, name: &str, touched: &mut Vec<u32>) -> u32 {
        let (classname, name, _) = canonical(classname, name);
        let test = self.history.test_id(&classname, &name);
        let class = self.history.tests[test as usize].class;
        if touched.last() != Some(&class) {
            touched.push(class);
        }
        test
    }

    fn sample(&mut self, test: u32, sample: &WrittenSample<'_>) -> Result<(), String> {
        let WrittenSample(report, duration, letters, first, paid) = sample;
        let (outcome, flaky) = outcome(letters)?;
        self.history.observations.push(Observation {
            test,
            report: *report,
            sample: Sample {
                duration: duration.filter(|_| outcome.ran()),
                skip_time: duration.filter(|_| !outcome.ran()),
                outcome,
                flaky,
                first: first_of(*first),
            },
        });
        self.paid.extend(paid.map(|paid| (*report, test, paid)));
        Ok(())
    }

    /// Notes the file of a class, for all that its tests were of.
    fn hint(&mut self, classname: &str, file: Option<&str>, whole: bool, touched: &[u32]) {
        let reported = file.filter(|file| is_under(classname, file));
        let hint = reported.map(|file| FileHint {
            length: count(file.len()),
            whole,
        });
        for &class in touched {
            self.history.hint(class, hint);
        }
    }
}

impl<'de> Deserialize<'de> for Classes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read = Self::default();
        deserializer.deserialize_map(OfScope(&mut read))?;
        Ok(read)
    }
}

/// A name, in place where nothing in it is escaped.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads the next key of a map, which has to come after `last`.
fn next_key<'de, A: MapAccess<'de>>(
    map: &mut A,
    last: &mut Option<Cow<'de, str>>,
) -> Result<bool, A::Error> {
    let Some(Text(key)) = map.next_key()? else {
        return Ok(false);
    };
    if last.as_ref().is_some_and(|last| *last >= key) {
        return Err(A::Error::custom("not in order"));
    }
    *last = Some(key);
    Ok(true)
}

struct OfScope<'r>(&'r mut Classes);

impl<'de> Visitor<'de> for OfScope<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("classes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut last = None;
        while next_key(&mut map, &mut last)? {
            let classname = last.as_deref().unwrap_or_default();
            map.next_value_seed(OfClass(self.0, classname))?;
        }
        Ok(())
    }
}

/// One class, by its name.
struct OfClass<'r>(&'r mut Classes, &'r str);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Field {
    File,
    Whole,
    Tests,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for OfClass<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OfClass<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a class")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self(read, classname) = self;
        let (mut file, mut whole, mut touched) = (None, None, None);
        while let Some(field) = map.next_key()? {
            match field {
                Field::File if file.is_none() => file = Some(map.next_value::<Option<Text<'_>>>()?),
                Field::Tests if touched.is_none() => {
                    touched = Some(map.next_value_seed(OfTests(read, classname))?);
                }
                Field::Whole if whole.is_none() => whole = Some(map.next_value()?),
                Field::File | Field::Whole | Field::Tests => {
                    return Err(A::Error::custom("a field twice"));
                }
                Field::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let touched = touched.ok_or_else(|| A::Error::missing_field("tests"))?;
        let file = file.flatten();
        let file = file.as_ref().map(|file| &*file.0);
        read.hint(classname, file, whole.unwrap_or(false), &touched);
        Ok(())
    }
}

/// The tests of the class of this name; returns the numbers of their classes.
struct OfTests<'r>(&'r mut Classes, &'r str);

impl<'de> DeserializeSeed<'de> for OfTests<'_> {
    type Value = Vec<u32>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u32>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OfTests<'_> {
    type Value = Vec<u32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tests")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<u32>, A::Error> {
        let (mut last, mut touched) = (None, Vec::new());
        while next_key(&mut map, &mut last)? {
            let name = last.as_deref().unwrap_or_default();
            let test = self.0.test(self.1, name, &mut touched);
            map.next_value_seed(OfTest(self.0, test))?;
        }
        Ok(touched)
    }
}

/// The samples of the test of this number.
struct OfTest<'r>(&'r mut Classes, u32);

impl<'de> DeserializeSeed<'de> for OfTest<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for OfTest<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("samples")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut samples: A) -> Result<(), A::Error> {
        while let Some(sample) = samples.next_element()? {
            self.0.sample(self.1, &sample).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}
