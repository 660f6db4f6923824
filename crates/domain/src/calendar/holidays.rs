//! Days on which a team does not work, each with its name where it has one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The most characters of a holiday's name.
pub const HOLIDAY_NAME: usize = 80;

/// Holidays by their day. Stored as an object of day and name; a plain list of days, as earlier versions wrote it, is read
/// as holidays without names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Holidays(BTreeMap<NaiveDate, String>);

/// The ways in which they were ever stored.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Days(BTreeSet<NaiveDate>),
    Named(BTreeMap<NaiveDate, String>),
}

impl From<Stored> for Holidays {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Days(days) => days.into_iter().map(|day| (day, String::new())).collect(),
            Stored::Named(named) => Holidays(named),
        }
    }
}

impl FromIterator<(NaiveDate, String)> for Holidays {
    fn from_iter<T: IntoIterator<Item = (NaiveDate, String)>>(days: T) -> Self {
        Holidays(days.into_iter().collect())
    }
}

impl Holidays {
    /// Is this day one?
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.0.contains_key(&day)
    }

    /// One more; an empty name keeps the one that the day had.
    pub fn insert(&mut self, day: NaiveDate, name: &str) {
        let stored = self.0.entry(day).or_default();
        if !name.is_empty() {
            name.clone_into(stored);
        }
    }

    /// Takes a day out. False if it was none.
    pub fn remove(&mut self, day: NaiveDate) -> bool {
        self.0.remove(&day).is_some()
    }

    /// All of them in order; the name is empty where none was given.
    pub fn iter(&self) -> impl Iterator<Item = (NaiveDate, &str)> {
        self.0.iter().map(|(day, name)| (*day, name.as_str()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those before `day` from `before`, the others from here.
    #[must_use]
    pub fn with_past_of(&self, before: &Holidays, day: NaiveDate) -> Holidays {
        let past = before.0.range(..day);
        let coming = self.0.range(day..);
        past.chain(coming).map(|(day, name)| (*day, name.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(s: &str) -> NaiveDate {
        s.parse().unwrap()
    }

    #[test]
    fn expect_the_list_of_earlier_versions_to_stay_readable() {
        let read: Holidays = serde_json::from_str(r#"["2026-12-25","2026-12-28"]"#).unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), [(day("2026-12-25"), ""), (day("2026-12-28"), "")]);
        let mut named = read.clone();
        named.insert(day("2026-12-25"), "Christmas Day");
        let stored = serde_json::to_string(&named).unwrap();
        assert_eq!(stored, r#"{"2026-12-25":"Christmas Day","2026-12-28":""}"#);
        assert_eq!(serde_json::from_str::<Holidays>(&stored).unwrap(), named);
        assert_eq!(serde_json::from_str::<Holidays>("[]").unwrap(), Holidays::default());
    }

    #[test]
    fn expect_the_past_to_stay_what_it_was() {
        let before: Holidays =
            ["2026-01-01", "2026-12-25"].map(|d| (day(d), String::new())).into_iter().collect();
        let after: Holidays =
            ["2026-05-01", "2026-12-28"].map(|d| (day(d), String::new())).into_iter().collect();
        let kept = after.with_past_of(&before, day("2026-11-25"));
        assert_eq!(kept.iter().map(|(d, _)| d).collect::<Vec<_>>(), [day("2026-01-01"), day("2026-12-28")]);
    }
}
