//! The names of a unit's tests.

use std::collections::BTreeMap;
use std::{iter, slice, vec};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names of tests by classname, in the order of classnames; written as a map.
///
/// Nearly all units have one class, for which a list takes an eighth of a map's memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(Vec<Class>);

type Class = (String, Vec<String>);
type Entry<'a> = (&'a String, &'a Vec<String>);

impl Names {
    /// Each classname with its tests.
    pub fn iter(&self) -> <&Self as IntoIterator>::IntoIter {
        self.into_iter()
    }

    /// The classnames.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|class| &class.0)
    }

    /// The tests of each class.
    pub fn values(&self) -> impl Iterator<Item = &Vec<String>> {
        self.0.iter().map(|class| &class.1)
    }
}

impl FromIterator<Class> for Names {
    /// Of a classname that comes twice, the last counts, as in any map.
    fn from_iter<I: IntoIterator<Item = Class>>(classes: I) -> Self {
        let mut classes: Vec<Class> = classes.into_iter().collect();
        if !classes.is_sorted_by(|a, b| a.0 < b.0) {
            classes = BTreeMap::from_iter(classes).into_iter().collect();
        }
        classes.shrink_to_fit();
        Self(classes)
    }
}

impl IntoIterator for Names {
    type Item = Class;
    type IntoIter = vec::IntoIter<Class>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Names {
    type Item = Entry<'a>;
    type IntoIter = iter::Map<slice::Iter<'a, Class>, fn(&'a Class) -> Entry<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|class| (&class.0, &class.1))
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(BTreeMap::deserialize(deserializer)?.into_iter().collect())
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
