//! The lines of a list by the names that they can have.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::history::History;
use crate::producers::{Claim, Reading, words};

/// The lines by all names that they can have.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By producer: ends of the words of paths, with the lines.
    sources: BTreeMap<usize, FxHashMap<String, Vec<usize>>>,
    /// The words of the paths of sources, by line.
    paths: BTreeMap<usize, Vec<String>>,
    /// The most words that such a line shares with a class, and whether these are all of the
    /// class's, by line.
    longest: BTreeMap<usize, (usize, bool)>,
    pub(super) names: FxHashMap<String, Vec<usize>>,
    /// Ends of the words of paths, with the lines and the words of titles.
    pub(super) locations: FxHashMap<String, Vec<(usize, Option<String>)>>,
}

/// The separator between words, which no word contains.
pub(super) const SEPARATOR: &str = ".";

/// The words from each one on, the longest first.
pub(super) fn ends(words: &[String]) -> impl Iterator<Item = String> + '_ {
    (0..words.len()).map(|at| words[at..].join(SEPARATOR))
}

impl Index {
    pub(super) fn new(lines: &[&str]) -> Self {
        let mut index = Self::default();
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        // A line that comes twice counts once.
        for (number, line) in lines
            .iter()
            .enumerate()
            .filter(|(_, line)| seen.insert(line))
        {
            match Reading::of(line) {
                Reading::Exact => {}
                Reading::Name(words) => {
                    let lines = index.names.entry(words.join(SEPARATOR)).or_default();
                    lines.push(number);
                }
                Reading::Source(producer, words, names) => {
                    for name in names {
                        let lines = index.names.entry(name.join(SEPARATOR)).or_default();
                        lines.push(number);
                    }
                    let sources = index.sources.entry(producer).or_default();
                    for end in ends(&words) {
                        sources.entry(end).or_default().push(number);
                    }
                    index.paths.insert(number, words);
                }
                Reading::Location(words, title) => {
                    let title = title.map(|words| words.join(SEPARATOR));
                    for end in ends(&words) {
                        let locations = index.locations.entry(end).or_default();
                        locations.push((number, title.clone()));
                    }
                }
            }
        }
        index
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sources.is_empty() && self.names.is_empty() && self.locations.is_empty()
    }

    /// Notes how much each line of a source shares with the class that fits it best.
    pub(super) fn note_longest(&mut self, history: &History) {
        // Lists of node ids have none.
        if self.sources.is_empty() {
            return;
        }
        for class in history.class_ids() {
            let Some(found) = self.fitting(history.class_name(class)) else {
                continue;
            };
            for line in found.lines {
                let longest = self.longest.entry(line).or_default();
                *longest = found.words.max(*longest);
            }
        }
    }

    /// The lines of a source that a class is named after, and what of the class name is within.
    /// A line that another class fits better takes none that does so less. A beginning that is
    /// left out on both sides says too little where several lines end so.
    pub(super) fn source<'a>(&self, classname: &'a str) -> Option<(Vec<usize>, &'a str)> {
        let Fitting { lines, words, rest } = self.fitting(classname)?;
        let fits = |line: &&usize| self.longest.get(*line).is_none_or(|best| *best <= words);
        let best: Vec<usize> = lines.iter().filter(fits).copied().collect();
        let (_, is_full) = words;
        match (best.is_empty(), is_full) {
            // Its name says all, and another build may have called the other so.
            (true, true) => Some((lines, rest)),
            (_, false) if best.len() != 1 => None,
            _ => Some((best, rest)),
        }
    }

    /// The lines of sources whose paths share the longest end with the name of a class.
    fn fitting<'a>(&self, classname: &'a str) -> Option<Fitting<'a>> {
        self.sources.iter().find_map(|(&producer, sources)| {
            let claim = Claim::of(producer, classname)?;
            let all = claim.words.len();
            if claim.titled {
                // The title may have any words, so the path is looked for from the front.
                let first = |count: usize| sources.get(&claim.words[..count].join(SEPARATOR));
                let longest = (1..all).rev();
                let (count, lines) = { longest }.find_map(|count| Some((count, first(count)?)))?;
                return Some(Fitting {
                    lines: lines.clone(),
                    words: (all, true),
                    rest: after_words(classname, count),
                });
            }
            let mut ends = ends(&claim.words).enumerate();
            let (left_out, lines) = ends.find_map(|(at, end)| Some((at, sources.get(&end)?)))?;
            let shared = all - left_out;
            let before = |line: &usize| {
                let path = self.paths.get(line)?;
                path.get(path.len().checked_sub(shared + 1)?)
            };
            let fits = |line: &&usize| match (left_out, claim.full) {
                (0, true) => before(line).is_none(),
                (0, false) => true,
                (_, true) => false,
                (_, false) => claim.can_follow(before(line)),
            };
            let lines: Vec<usize> = lines.iter().filter(fits).copied().collect();
            (!lines.is_empty()).then_some(Fitting {
                lines,
                words: (shared, left_out == 0),
                rest: claim.rest,
            })
        })
    }
}

/// Lines of sources that a class may be of.
struct Fitting<'a> {
    lines: Vec<usize>,
    /// The number of words they share with it, and true if these are all of its words.
    words: (usize, bool),
    /// The part of the class name within the unit.
    rest: &'a str,
}

/// Returns the text after its first words.
fn after_words(text: &str, count: usize) -> &str {
    let mut ends = text.match_indices('.').map(|(at, _)| at);
    let end = ends.find(|&at| words(&text[..at]).len() >= count);
    end.map_or("", |end| &text[end..])
}
