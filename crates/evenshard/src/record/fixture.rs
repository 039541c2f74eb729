//! The measured cost of fixtures that tests of several files share.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Micros;

/// A fixture of session or package scope: what setting it up took, and who uses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedFixture {
    /// Its name, behind the folder whose `conftest.py` or the file that defines it, where one
    /// does (`tests/web::browser`), with the parameter in brackets where it has several.
    pub fixture: String,
    /// The time for which pytest keeps it.
    pub scope: FixtureScope,
    /// The time of its setup, without the fixtures that it uses itself.
    pub us: Micros,
    /// The selected tests that use it.
    pub users: Users,
}

/// The time for which pytest keeps a fixture that tests of several files share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FixtureScope {
    /// Until the session ends.
    Session,
    /// Until the last test of its package.
    Package,
}

/// Tests that use a fixture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Users {
    /// Every selected test.
    All,
    /// These node ids, sorted.
    #[serde(untagged)]
    Tests(BTreeSet<String>),
}

impl SharedFixture {
    /// Joins the measurements of several sessions, each with the node ids that it selected.
    ///
    /// ```
    /// use evenshard::Micros;
    /// use evenshard::record::{FixtureScope, SharedFixture, Users};
    ///
    /// let measured = |us| SharedFixture {
    ///     fixture: "database".to_owned(),
    ///     scope: FixtureScope::Session,
    ///     us: Micros::new(us),
    ///     users: Users::All,
    /// };
    /// let (first, second) = (["a.py::test_1".to_owned()], ["a.py::test_2".to_owned()]);
    /// let joined = SharedFixture::joined(&[(&[measured(9)], &first), (&[], &second)]);
    /// // The tests of the second session do not use it.
    /// assert_eq!(joined[0].users, Users::Tests(first.clone().into()));
    /// let joined = SharedFixture::joined(&[(&[measured(9)], &first), (&[measured(7)], &second)]);
    /// assert_eq!(joined[0], measured(7));
    /// ```
    #[must_use]
    pub fn joined(sessions: &[(&[Self], &[String])]) -> Vec<Self> {
        let all = sessions.iter().flat_map(|(_, selected)| *selected);
        let all: BTreeSet<&String> = all.collect();
        let mut joined: BTreeMap<&String, (FixtureScope, Micros, BTreeSet<&String>)> =
            BTreeMap::new();
        for (fixtures, selected) in sessions {
            for found in *fixtures {
                let new = || (found.scope, found.us, BTreeSet::new());
                let (_, us, users) = joined.entry(&found.fixture).or_insert_with(new);
                // Noise only adds.
                *us = found.us.min(*us);
                match &found.users {
                    Users::All => users.extend(*selected),
                    Users::Tests(tests) => users.extend(tests),
                }
            }
        }
        let fixture = |(fixture, (scope, us, users)): (&String, (_, _, BTreeSet<&String>))| Self {
            fixture: fixture.clone(),
            scope,
            us,
            // Users are selected tests, so their number tells whether it is all of them.
            users: if users.len() < all.len() {
                Users::Tests(users.into_iter().cloned().collect())
            } else {
                Users::All
            },
        };
        joined.into_iter().map(fixture).collect()
    }
}
