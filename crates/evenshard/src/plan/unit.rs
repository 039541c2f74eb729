//! The units of a plan.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Micros;
use crate::plan::{Level, Names};

/// A file, a class, or tests of a class that was cut: they are placed as one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unit {
    /// Its size.
    pub level: Level,
    /// Estimates of its tests, together, without setup.
    pub predicted_us: Micros,
    /// The names of its tests, by classname.
    pub tests: Names,
    /// `None` where it has the name of the first class: a plan of a million files has its names
    /// once.
    file: Option<Box<str>>,
}

impl Unit {
    pub(crate) fn new(level: Level, file: &str, predicted_us: Micros, tests: Names) -> Self {
        // Most files have one class, which is the file.
        let first = tests.keys().next();
        let is_first = first.is_some_and(|first| first == file);
        Self {
            level,
            predicted_us,
            file: (!is_first).then(|| file.into()),
            tests,
        }
    }

    /// The dotted file that it is, or is in.
    pub fn file(&self) -> &str {
        let first = || self.tests.keys().next().map_or("", String::as_str);
        self.file.as_deref().unwrap_or_else(first)
    }
}

#[derive(Serialize, Deserialize)]
struct Written<F, N> {
    level: Level,
    file: F,
    predicted_us: Micros,
    tests: N,
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            level: self.level,
            file: self.file(),
            predicted_us: self.predicted_us,
            tests: &self.tests,
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read: Written<String, Names> = Written::deserialize(deserializer)?;
        Ok(Self::new(
            read.level,
            &read.file,
            read.predicted_us,
            read.tests,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Unit;
    use crate::Micros;
    use crate::plan::Level;

    #[test]
    fn the_file_is_known_whether_it_is_a_class_or_not() {
        for (file, class) in [("t.a", "t.a"), ("t.a", "t.a.X"), ("t.a", ""), ("", "")] {
            let class = (class.to_owned(), vec!["x".to_owned()]);
            let unit = Unit::new(
                Level::File,
                file,
                Micros::ZERO,
                [class].into_iter().collect(),
            );
            assert_eq!(unit.file(), file);
            let json = serde_json::to_string(&unit).unwrap();
            assert!(json.starts_with(&format!(r#"{{"level":"file","file":"{file}","#)));
            assert_eq!(serde_json::from_str::<Unit>(&json).unwrap(), unit);
        }
        let none = Unit::new(Level::File, "t.a", Micros::ZERO, [].into_iter().collect());
        assert_eq!(none.file(), "t.a");
    }
}
