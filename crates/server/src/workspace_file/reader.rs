//! A strict reader of TOML tables: every key is asked for, what nobody asked for is a fault.

use std::str::FromStr;

use crate::nearest::nearest;

/// The most characters of a name.
const NAME: usize = 100;

/// One table of the file, and what is wrong with it.
pub(super) struct Section<'a> {
    table: &'a toml::Table,
    place: String,
    known: Vec<&'static str>,
    faults: &'a mut Vec<String>,
}

impl<'a> Section<'a> {
    pub(super) fn new(table: &'a toml::Table, place: String, faults: &'a mut Vec<String>) -> Self {
        Section { table, place, known: Vec::new(), faults }
    }

    /// Is the key there?
    pub(super) fn has(&mut self, key: &'static str) -> bool {
        self.known.push(key);
        self.table.contains_key(key)
    }

    pub(super) fn fault(&mut self, key: &str, what: &str) {
        self.faults.push(format!("{}{key}: {what}", self.place));
    }

    fn get(&mut self, key: &'static str) -> Option<&'a toml::Value> {
        self.known.push(key);
        self.table.get(key)
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let value = self.get(key)?;
        match value.as_str().map(str::trim) {
            Some(text) if !text.is_empty() => Some(text.to_owned()),
            Some(_) => {
                self.fault(key, "is empty");
                None
            }
            None => {
                self.fault(key, "must be a text in quotes");
                None
            }
        }
    }

    /// A name: must be there, one line, not too long.
    pub(super) fn name(&mut self, key: &'static str) -> Option<String> {
        if !self.has(key) {
            self.fault(key, "is missing");
            return None;
        }
        let name = self.text(key)?;
        if name.chars().count() > NAME || name.chars().any(char::is_control) {
            self.fault(key, &format!("must be one line of at most {NAME} characters"));
            return None;
        }
        Some(name)
    }

    /// An id of the platform.
    pub(super) fn id(&mut self, key: &'static str) -> Option<u64> {
        let value = self.get(key)?;
        let id = as_id(value);
        if id.is_none() {
            self.fault(key, NOT_AN_ID);
        }
        id
    }

    /// Ids of the platform.
    pub(super) fn ids(&mut self, key: &'static str) -> Option<Vec<u64>> {
        let value = self.get(key)?;
        let ids: Option<Vec<u64>> = value.as_array().and_then(|a| a.iter().map(as_id).collect());
        if ids.is_none() {
            self.fault(key, "must be a list of ids as texts, like [\"14\", \"15\"]");
        }
        ids
    }

    /// Texts; days may be written without quotes, as TOML's own.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        let value = self.get(key)?;
        let text = |v: &toml::Value| match v {
            toml::Value::String(s) if !s.trim().is_empty() => Some(s.trim().to_owned()),
            toml::Value::Datetime(d) => Some(d.to_string()),
            _ => None,
        };
        let texts: Option<Vec<String>> = value.as_array().and_then(|a| a.iter().map(text).collect());
        if texts.is_none() {
            self.fault(key, "must be a list of texts");
        }
        texts
    }

    /// A text that can be read as `T`.
    pub(super) fn parsed<T: FromStr>(&mut self, key: &'static str, wanted: &str) -> Option<T> {
        let text = self.text(key)?;
        let value = text.parse().ok();
        if value.is_none() {
            self.fault(key, &format!("`{text}` is not {wanted}"));
        }
        value
    }

    /// `value` as `change` makes it; or as it was, with a fault.
    pub(super) fn kept<T: Clone, E: std::fmt::Display>(
        &mut self,
        value: T,
        key: &'static str,
        change: impl FnOnce(T) -> Result<T, E>,
    ) -> T {
        change(value.clone()).unwrap_or_else(|why| {
            self.fault(key, &why.to_string());
            value
        })
    }

    /// A table inside this one.
    pub(super) fn section<T>(&mut self, key: &'static str, read: impl FnOnce(Section<'_>) -> T) -> Option<T> {
        let value = self.get(key)?;
        let Some(table) = value.as_table() else {
            self.fault(key, "must be a table");
            return None;
        };
        Some(read(Section::new(table, format!("{}{key}.", self.place), self.faults)))
    }

    /// A list of tables inside this one.
    pub(super) fn sections<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(Section<'_>) -> T,
    ) -> Option<Vec<T>> {
        let value = self.get(key)?;
        let tables: Option<Vec<&toml::Table>> =
            value.as_array().and_then(|a| a.iter().map(toml::Value::as_table).collect());
        let Some(tables) = tables else {
            self.fault(key, &format!("must be tables, each under [[{key}]]"));
            return None;
        };
        let mut read_all = Vec::new();
        for (at, table) in tables.into_iter().enumerate() {
            let place = format!("{}{key}[{}].", self.place, at + 1);
            read_all.push(read(Section::new(table, place, self.faults)));
        }
        Some(read_all)
    }

    /// Nothing may be left that nobody asked for.
    pub(super) fn finish(self) {
        for key in self.table.keys().filter(|key| !self.known.contains(&key.as_str())) {
            let near = nearest(key, self.known.iter().copied());
            let near = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            self.faults.push(format!("{}{key}: there is no such key{near}", self.place));
        }
    }
}

const NOT_AN_ID: &str = "must be an id as text, like \"1000\" (as a number it would lose digits)";

fn as_id(value: &toml::Value) -> Option<u64> {
    value.as_str()?.trim().parse().ok().filter(|id| *id > 0)
}
