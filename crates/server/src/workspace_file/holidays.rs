//! Holidays in a workspace file: `[[holidays]]`, for every team or for those that are named, as days or from an iCalendar file.
//!
//! ```toml
//! [[holidays]]
//! name = "Christmas"
//! dates = ["2026-12-25", "2026-12-28..2026-12-31"]
//! teams = ["Ward 3"]               # without: every team
//!
//! [[holidays]]
//! file = "england.ics"             # beside the workspace file
//! ```

mod ics;

use std::path::Path;

use chrono::NaiveDate;
use kaizen_domain::calendar::{HOLIDAY_NAME, Holidays};
use kaizen_domain::settings::{HOLIDAYS, today};
use kaizen_domain::{Instant, Team};

use super::WorkspaceFile;
use super::reader::Section;
use ics::AllDay;

/// Days from the first to the last of a span.
const LONGEST_SPAN: i64 = 366;

/// One entry of `[[holidays]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayEntry {
    /// What the days are called, unless their file says so.
    pub name: Option<String>,
    /// Whose they are; none: every team's.
    pub teams: Option<Vec<String>>,
    source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Days(Vec<NaiveDate>),
    Calendar(Vec<AllDay>),
}

impl HolidayEntry {
    fn is_for(&self, team: &str) -> bool {
        self.teams.as_ref().is_none_or(|teams| teams.iter().any(|t| same(t, team)))
    }

    /// Its days with their names; what comes every year as far as people plan.
    fn days(&self, now: Instant) -> Vec<(NaiveDate, String)> {
        let name = self.name.clone().unwrap_or_default();
        match &self.source {
            Source::Days(days) => days.iter().map(|day| (*day, name.clone())).collect(),
            Source::Calendar(events) => {
                let named =
                    |(day, own): (NaiveDate, String)| (day, if own.is_empty() { name.clone() } else { own });
                events.iter().flat_map(|event| event.days(now.date_naive())).map(named).collect()
            }
        }
    }
}

/// Reads one entry; `folder` is where the workspace file is.
pub(super) fn read(mut section: Section<'_>, folder: &Path) -> HolidayEntry {
    let name = section.text("name");
    if name.as_ref().is_some_and(|n| n.chars().count() > HOLIDAY_NAME) {
        section.fault("name", &format!("must have at most {HOLIDAY_NAME} characters"));
    }
    let teams = section.texts("teams");
    let source = match (section.has("dates"), section.has("file")) {
        (true, false) => Source::Days(dates(&mut section, "dates")),
        (false, true) => Source::Calendar(calendar(&mut section, folder)),
        (false, false) | (true, true) => {
            section
                .fault("dates", "give either dates, like [\"2026-12-25\"], or a file, like \"england.ics\"");
            Source::Days(Vec::new())
        }
    };
    section.finish();
    HolidayEntry { name, teams, source }
}

/// `2026-12-25` or `2026-12-28..2026-12-31`.
fn dates(section: &mut Section<'_>, key: &'static str) -> Vec<NaiveDate> {
    let mut days = Vec::new();
    for typed in section.texts(key).unwrap_or_default() {
        match span(&typed) {
            Ok(more) => days.extend(more),
            Err(why) => section.fault(key, &why),
        }
    }
    days
}

fn span(typed: &str) -> Result<Vec<NaiveDate>, String> {
    let (first, last) = typed.split_once("..").unwrap_or((typed, typed));
    let (Ok(first), Ok(last)) = (first.trim().parse::<NaiveDate>(), last.trim().parse::<NaiveDate>()) else {
        return Err(format!(
            "`{typed}` is not a day like 2026-12-25, or several like 2026-12-28..2026-12-31"
        ));
    };
    if !(0..LONGEST_SPAN).contains(&(last - first).num_days()) {
        return Err(format!("`{typed}` must end after it begins, and within a year"));
    }
    Ok(first.iter_days().take_while(|day| *day <= last).collect())
}

/// The same, each with a name behind it where it has one: `2026-12-25 Christmas Day`.
pub(super) fn named_dates(section: &mut Section<'_>, key: &'static str) -> Holidays {
    let mut all = Holidays::default();
    for typed in section.texts(key).unwrap_or_default() {
        let (date, name) = typed.split_once(' ').unwrap_or((&typed, ""));
        match span(date) {
            Ok(days) => days.into_iter().for_each(|day| all.insert(day, name.trim())),
            Err(why) => section.fault(key, &why),
        }
    }
    all
}

fn calendar(section: &mut Section<'_>, folder: &Path) -> Vec<AllDay> {
    let Some(file) = section.text("file") else { return Vec::new() };
    let text = match std::fs::read_to_string(folder.join(&file)) {
        Ok(text) => text,
        Err(why) => {
            section.fault("file", &format!("`{file}` cannot be read: {why}"));
            return Vec::new();
        }
    };
    ics::read(&text).unwrap_or_else(|faults| {
        for fault in faults {
            section.fault("file", &format!("`{file}`, {fault}"));
        }
        Vec::new()
    })
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

impl WorkspaceFile {
    /// What the file says of a team's holidays; none where it says nothing. Days that have passed stay what they were.
    pub(super) fn holidays_of(&self, name: &str, was: Option<&Team>, now: Instant) -> Option<Holidays> {
        let entry = self.teams.iter().flatten().find(|t| same(&t.name, name));
        let own = entry.and_then(|t| t.holidays.clone());
        if self.holidays.is_none() && own.is_none() {
            return None;
        }
        let mut all = own.unwrap_or_default();
        for entry in self.holidays.iter().flatten().filter(|entry| entry.is_for(name)) {
            for (day, name) in entry.days(now) {
                all.insert(day, &name);
            }
        }
        Some(match was {
            Some(team) => all.with_past_of(&team.calendar.holidays, today(team, now)),
            None => all,
        })
    }

    /// What is wrong with the holidays beside these teams.
    pub(super) fn holiday_faults(&self, teams: &[Team]) -> Vec<String> {
        let mut faults = Vec::new();
        let open = || teams.iter().filter(|t| !t.removed);
        for (at, entry) in self.holidays.iter().flatten().enumerate() {
            for name in entry.teams.iter().flatten().filter(|name| !open().any(|t| same(&t.name, name))) {
                faults.push(format!("holidays[{}].teams: there is no team `{name}`", at + 1));
            }
        }
        for team in open().filter(|t| t.calendar.holidays.len() > HOLIDAYS) {
            let has = team.calendar.holidays.len();
            faults.push(format!("team {}: {has} holidays, and {HOLIDAYS} are possible", team.name));
        }
        faults
    }
}
