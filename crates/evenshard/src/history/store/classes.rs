//! The tests of `timings.json`, read straight into a history: as maps of maps they would take
//! five times the memory.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{FIRSTS, WrittenSample, outcome};
use crate::Micros;
use crate::address::{canonical, is_under};
use crate::history::{FileHint, History, Observation, Sample, count};

/// The tests and samples of a scope. Reading them directly needs classes and tests in the order in
/// which they are written: of a name that comes twice the last counts, and that shows only where
/// names are sorted.
#[derive(Default)]
pub(super) struct Classes {
    /// Without its reports.
    pub(super) history: History,
    /// The report, the test, and the setup within the test's time, where it was measured.
    pub(super) paid: Vec<(u32, u32, Micros)>,
    /// The classes of the tests that were read last: canonical names can be of another class than the
    /// file names.
    touched: Vec<u32>,
}

impl Classes {
    /// Reads a class: a file that comes after its tests is noted for them as well.
    fn read_class<'de, A: MapAccess<'de>>(
        &mut self,
        classname: &str,
        mut map: A,
    ) -> Result<(), A::Error> {
        // Fields come in any order, and the file of a class is noted once its tests are known.
        let (mut file, mut whole, mut tests) = (None, None, None);
        self.touched.clear();
        while let Some(field) = map.next_key()? {
            match field {
                Field::File if file.is_none() => file = Some(map.next_value::<Option<Text<'_>>>()?),
                Field::Tests if tests.is_none() => {
                    let level = Level::Tests(classname);
                    tests = Some(map.next_value_seed(Part { read: self, level })?);
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
        // A class without tests is no class.
        tests.ok_or_else(|| A::Error::missing_field("tests"))?;
        let file = file.flatten();
        let file = file.as_ref().map(|file| &*file.0);
        let hint = { file.filter(|file| is_under(classname, file)) }.map(|file| FileHint {
            length: count(file.len()),
            whole: whole.unwrap_or(false),
        });
        for &class in &self.touched {
            self.history.hint(class, hint);
        }
        Ok(())
    }

    /// Returns the number of a test, and notes that of its class.
    fn test(&mut self, classname: &str, name: &str) -> u32 {
        let (classname, name, _) = canonical(classname, name);
        let test = self.history.test_id(&classname, &name);
        let class = self.history.tests[test as usize].class;
        // Canonical names can be of another class; neighbours mostly are of one.
        if self.touched.last() != Some(&class) {
            self.touched.push(class);
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
                first: { FIRSTS.get(usize::from(*first)).copied() }.unwrap_or_default(),
            },
        });
        self.paid.extend(paid.map(|paid| (*report, test, paid)));
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Classes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read = Self::default();
        let classes = Part {
            read: &mut read,
            level: Level::Classes,
        };
        classes.deserialize(deserializer)?;
        Ok(read)
    }
}

/// A part of the file that is read into a history.
struct Part<'r> {
    read: &'r mut Classes,
    level: Level<'r>,
}

/// The levels of parts.
#[derive(Clone, Copy)]
enum Level<'r> {
    /// All classes.
    Classes,
    /// The class of this name.
    Class(&'r str),
    /// The tests of the class of this name.
    Tests(&'r str),
    /// The samples of the test of this number.
    Test(u32),
}

/// A name, in place where nothing in it is escaped.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Field {
    File,
    Whole,
    Tests,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.level {
            Level::Test(_) => deserializer.deserialize_seq(self),
            _ => deserializer.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.level {
            Level::Classes => "classes",
            Level::Class(_) => "a class",
            Level::Tests(_) => "tests",
            Level::Test(_) => "samples",
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if let Level::Class(classname) = self.level {
            return self.read.read_class(classname, map);
        }
        let mut last: Option<Cow<'de, str>> = None;
        while let Some(Text(name)) = map.next_key()? {
            if last.is_some_and(|last| last >= name) {
                return Err(A::Error::custom("not in order"));
            }
            let level = match self.level {
                Level::Tests(classname) => Level::Test(self.read.test(classname, &name)),
                _ => Level::Class(&name),
            };
            let read = &mut *self.read;
            map.next_value_seed(Part { read, level })?;
            last = Some(name);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut samples: A) -> Result<(), A::Error> {
        if let Level::Test(test) = self.level {
            while let Some(sample) = samples.next_element()? {
                self.read.sample(test, &sample).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }
}
