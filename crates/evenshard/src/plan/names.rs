//! The names of a unit's tests.

use std::collections::BTreeMap;
use std::{fmt, iter, slice, vec};

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names of tests by classname, in the order of classnames; written as a map.
#[derive(Clone, Debug, Default)]
pub struct Names(Classes);

type Class = (String, Vec<String>);
type Entry<'a> = (&'a String, &'a Vec<String>);

/// Nearly all units have one class.
#[derive(Clone, Debug)]
enum Classes {
    One([Class; 1]),
    Any(Vec<Class>),
}

impl Default for Classes {
    fn default() -> Self {
        Self::Any(Vec::new())
    }
}

impl From<Vec<Class>> for Classes {
    fn from(classes: Vec<Class>) -> Self {
        <[Class; 1]>::try_from(classes).map_or_else(Self::Any, Self::One)
    }
}

impl Classes {
    fn as_slice(&self) -> &[Class] {
        match self {
            Self::One(class) => class,
            Self::Any(classes) => classes,
        }
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice() == other.0.as_slice()
    }
}

impl Eq for Names {}

impl Names {
    /// Iterates over the classnames with their tests.
    pub fn iter(&self) -> <&Self as IntoIterator>::IntoIter {
        self.into_iter()
    }

    /// The classnames.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.as_slice().iter().map(|class| &class.0)
    }

    /// The tests of each class.
    pub fn values(&self) -> impl Iterator<Item = &Vec<String>> {
        self.0.as_slice().iter().map(|class| &class.1)
    }
}

impl FromIterator<Class> for Names {
    /// Collects classes; the last of several with one name counts, as in any map.
    fn from_iter<I: IntoIterator<Item = Class>>(classes: I) -> Self {
        let mut classes: Vec<Class> = classes.into_iter().collect();
        if !classes.is_sorted_by(|a, b| a.0 < b.0) {
            classes = BTreeMap::from_iter(classes).into_iter().collect();
        }
        classes.shrink_to_fit();
        Self(classes.into())
    }
}

impl IntoIterator for Names {
    type Item = Class;
    type IntoIter = vec::IntoIter<Class>;

    fn into_iter(self) -> Self::IntoIter {
        match self.0 {
            Classes::One(class) => Vec::from(class).into_iter(),
            Classes::Any(classes) => classes.into_iter(),
        }
    }
}

impl<'a> IntoIterator for &'a Names {
    type Item = Entry<'a>;
    type IntoIter = iter::Map<slice::Iter<'a, Class>, fn(&'a Class) -> Entry<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.as_slice().iter().map(|class| (&class.0, &class.1))
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Read)
    }
}

struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
        let mut classes = Vec::with_capacity(1);
        while let Some(class) = map.next_entry()? {
            classes.push(class);
        }
        Ok(classes.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_are_those_of_a_map() {
        let of = |classes: &[(&str, &str)]| -> Names {
            let one = |&(class, name): &(&str, &str)| (class.to_owned(), vec![name.to_owned()]);
            classes.iter().map(one).collect()
        };
        let names = of(&[("b", "2"), ("a", "1"), ("b", "3")]);
        assert_eq!(names, of(&[("a", "1"), ("b", "3")]));
        let json = serde_json::to_string(&names).unwrap();
        assert_eq!(json, r#"{"a":["1"],"b":["3"]}"#);
        assert_eq!(serde_json::from_str::<Names>(&json).unwrap(), names);
    }
}
