//! Working time: the team's zone, days, hours and holidays, and waits measured in them.
//!
//! The rule (domain, "Time"): *n working days* move the start to the next working instant, then to the same local
//! time on the n-th following working day, within that day's hours. Gaps of daylight saving move forward, folds
//! take the first.

mod holidays;

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
    Weekday,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::Instant;

pub use holidays::{HOLIDAY_NAME, Holidays};

/// When a team works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// The team's time zone.
    pub zone: Tz,
    /// Monday first: is it a working day?
    pub days: [bool; 7],
    /// When work begins, local time.
    pub from: NaiveTime,
    /// When work ends, local time; later than `from`.
    pub to: NaiveTime,
    /// Days on which nobody works.
    #[serde(default)]
    pub holidays: Holidays,
}

/// Why working hours were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// No working day at all.
    #[error("at least one working day is needed")]
    NoDay,
    /// Ends before it begins.
    #[error("working hours must end after they begin")]
    EndsBeforeBeginning,
    /// Not readable as hours.
    #[error("working hours look like 09:00-17:00")]
    Hours,
    /// Not readable as days.
    #[error("working days look like Mon-Fri, or Mon,Wed,Sat")]
    Days,
}

impl Calendar {
    /// Monday to Friday, nine to five, no holidays.
    pub fn office(zone: Tz) -> Self {
        let hour = |h| NaiveTime::from_hms_opt(h, 0, 0).unwrap_or(NaiveTime::MIN);
        Calendar {
            zone,
            days: [true, true, true, true, true, false, false],
            from: hour(9),
            to: hour(17),
            holidays: Holidays::default(),
        }
    }

    /// The same with other hours, typed as `09:00-17:00`.
    ///
    /// # Errors
    /// When it is not readable, or ends before it begins.
    pub fn with_hours(mut self, typed: &str) -> Result<Self, CalendarError> {
        let time = |s: &str| NaiveTime::parse_from_str(s.trim(), "%H:%M").map_err(|_| CalendarError::Hours);
        let (from, to) = typed.split_once(['-', '–']).ok_or(CalendarError::Hours)?;
        (self.from, self.to) = (time(from)?, time(to)?);
        if self.from >= self.to {
            return Err(CalendarError::EndsBeforeBeginning);
        }
        Ok(self)
    }

    /// The same with other days, typed as `Mon-Fri` or `Mon,Wed,Sat` or both mixed.
    ///
    /// # Errors
    /// When it is not readable, or names no day.
    pub fn with_days(mut self, typed: &str) -> Result<Self, CalendarError> {
        let day = |s: &str| s.trim().parse::<Weekday>().map_err(|_| CalendarError::Days);
        let mut days = [false; 7];
        for part in typed.split(',').filter(|p| !p.trim().is_empty()) {
            let (first, last) = match part.split_once(['-', '–']) {
                Some((a, b)) => (day(a)?, day(b)?),
                None => (day(part)?, day(part)?),
            };
            let mut d = first;
            loop {
                days[d.num_days_from_monday() as usize] = true;
                if d == last {
                    break;
                }
                d = d.succ();
            }
        }
        if !days.contains(&true) {
            return Err(CalendarError::NoDay);
        }
        self.days = days;
        Ok(self)
    }

    /// Does the team work on this day?
    pub fn works_on(&self, day: NaiveDate) -> bool {
        self.days[day.weekday().num_days_from_monday() as usize] && !self.holidays.contains(day)
    }

    /// Does the team work at this instant?
    pub fn is_working(&self, at: Instant) -> bool {
        self.next_working(at) == at
    }

    /// This instant, if the team works then, else the beginning of its next working time.
    pub fn next_working(&self, at: Instant) -> Instant {
        self.next_working_until(at).0
    }

    /// The same, with the end of that day's work.
    fn next_working_until(&self, at: Instant) -> (Instant, Instant) {
        // No earlier day reaches until here: its last local time came first before this one.
        let mut day = Some(self.local(at).date());
        for _ in 0..self.horizon(2) {
            let Some(today) = day else { break };
            if self.works_on(today) {
                let (open, close) = self.hours_of(today);
                if at < close && open < close {
                    return (at.max(open), close);
                }
            }
            day = today.succ_opt();
        }
        (at, at)
    }

    /// When work begins and ends on a day. Both are the same where daylight saving takes away all of a day's hours.
    fn hours_of(&self, day: NaiveDate) -> (Instant, Instant) {
        (self.instant(day.and_time(self.from)), self.instant(day.and_time(self.to)))
    }

    fn local(&self, at: Instant) -> NaiveDateTime {
        at.with_timezone(&self.zone).naive_local()
    }

    /// So many days hold `working` working days for certain: each week has one, and each holiday takes one away at the most.
    fn horizon(&self, working: u32) -> u64 {
        (u64::from(working) + self.holidays.len() as u64 + 1) * 7
    }

    /// The instant when a wait that begins at `start` is over.
    pub fn after(&self, start: Instant, wait: Wait) -> Instant {
        match wait {
            Wait::Calendar { seconds } => add(start, seconds),
            Wait::WorkingHours { hours } => self.advance(start, TimeDelta::hours(i64::from(hours))),
            Wait::WorkingDays { days } => {
                let local = self.local(self.next_working(start));
                let day = self.working_day_after(local.date(), days);
                let (open, close) = self.hours_of(day);
                // The start was moved into working hours, and every day has the same ones: only daylight saving can lead
                // out of them.
                self.instant(day.and_time(local.time())).clamp(open, close)
            }
        }
    }

    /// Moves `start` forward by an amount of working time.
    pub fn advance(&self, start: Instant, working: TimeDelta) -> Instant {
        let mut left = working.max(TimeDelta::zero());
        let mut at = start;
        while !left.is_zero() {
            let (begin, close) = self.next_working_until(at);
            let today = close - begin;
            // The end of all dates, or nothing but holidays.
            if today.is_zero() {
                return at;
            }
            if left <= today {
                return begin + left;
            }
            left -= today;
            at = close;
        }
        at
    }

    /// How much working time lies between two instants; zero if `to` is not after `from`.
    pub fn working_between(&self, from: Instant, to: Instant) -> TimeDelta {
        let mut sum = TimeDelta::zero();
        let mut at = from;
        while at < to {
            let (begin, close) = self.next_working_until(at);
            if begin >= to || begin >= close {
                break;
            }
            sum += close.min(to) - begin;
            at = close;
        }
        sum
    }

    /// Half of the way from `start` to `due`, in working time where there is any.
    pub fn halfway(&self, start: Instant, due: Instant) -> Instant {
        let working = self.working_between(start, due);
        if working.is_zero() { start + (due - start) / 2 } else { self.advance(start, working / 2) }
    }

    /// A local date and time of the team as an instant: a gap of daylight saving moves forward, a fold takes the first.
    pub fn instant(&self, local: NaiveDateTime) -> Instant {
        match self.zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.with_timezone(&Utc),
            LocalResult::None => self.after_gap(local),
        }
    }

    /// The instant at which the gap that holds `local` ends: clocks are put forward, so what was meant for the
    /// missing time happens as soon as the clock shows a later one.
    fn after_gap(&self, local: NaiveDateTime) -> Instant {
        let naive_utc = |d: NaiveDateTime| DateTime::<Utc>::from_naive_utc_and_offset(d, Utc);
        // No zone is ever further than a day from UTC, so the gap lies between these two.
        let (mut low, mut high) =
            (naive_utc(local) - TimeDelta::days(1), naive_utc(local) + TimeDelta::days(1));
        while high - low > TimeDelta::seconds(1) {
            let middle = low + TimeDelta::seconds((high - low).num_seconds() / 2);
            if middle.with_timezone(&self.zone).naive_local() < local { low = middle } else { high = middle }
        }
        high
    }

    /// The n-th working day after `day` (n = 0: `day` itself).
    fn working_day_after(&self, day: NaiveDate, n: u32) -> NaiveDate {
        let mut left = n;
        let mut found = day;
        for ahead in 1..=self.horizon(n) {
            if left == 0 {
                break;
            }
            let Some(next) = day.checked_add_days(Days::new(ahead)) else { break };
            if self.works_on(next) {
                left -= 1;
                found = next;
            }
        }
        found
    }
}

fn add(start: Instant, seconds: u64) -> Instant {
    i64::try_from(seconds)
        .ok()
        .and_then(TimeDelta::try_seconds)
        .and_then(|d| start.checked_add_signed(d))
        .unwrap_or(start)
}

/// How long something may take: `2 working days`, `4 working hours`, or calendar time down to seconds: `36h`, `5s`, `30 days`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Wait {
    /// Working days of the team.
    WorkingDays {
        /// How many.
        days: u32,
    },
    /// Working hours of the team.
    WorkingHours {
        /// How many.
        hours: u32,
    },
    /// Plain time.
    Calendar {
        /// How many seconds.
        seconds: u64,
    },
}

/// The text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration; write it like `2 working days`, `36h`, `30 days` or `2 weeks`")]
pub struct NotAWait(pub String);

/// Ten years: nothing that people wait for takes longer.
const LONGEST_SECONDS: u64 = 10 * 366 * 86_400;

impl Wait {
    /// Plain time of less than a day: whoever promises an answer within hours, night and day, wants to hear at once.
    pub const fn is_round_the_clock(self) -> bool {
        matches!(self, Wait::Calendar { seconds } if seconds < 86_400)
    }
}

impl FromStr for Wait {
    type Err = NotAWait;

    fn from_str(typed: &str) -> Result<Self, NotAWait> {
        let no = || NotAWait(typed.chars().take(60).collect());
        let lower = typed.trim().to_lowercase();
        let split = lower.find(|c: char| !c.is_ascii_digit()).ok_or_else(no)?;
        let amount: u32 = lower[..split].parse().map_err(|_| no())?;
        let unit: Vec<&str> = lower[split..].split_whitespace().collect();
        let seconds = |each: u64| {
            let seconds = u64::from(amount) * each;
            if seconds == 0 || seconds > LONGEST_SECONDS { Err(no()) } else { Ok(Wait::Calendar { seconds }) }
        };
        match unit.as_slice() {
            ["working", "day" | "days"] if (1..=2000).contains(&amount) => {
                Ok(Wait::WorkingDays { days: amount })
            }
            ["working", "hour" | "hours"] if (1..=4000).contains(&amount) => {
                Ok(Wait::WorkingHours { hours: amount })
            }
            ["s" | "sec" | "second" | "seconds"] => seconds(1),
            ["m" | "min" | "minute" | "minutes"] => seconds(60),
            ["h" | "hour" | "hours"] => seconds(3600),
            ["d" | "day" | "days"] => seconds(86_400),
            ["w" | "week" | "weeks"] => seconds(7 * 86_400),
            _ => Err(no()),
        }
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: u64| if n == 1 { "" } else { "s" };
        match *self {
            Wait::WorkingDays { days } => write!(f, "{days} working day{}", plural(days.into())),
            Wait::WorkingHours { hours } => write!(f, "{hours} working hour{}", plural(hours.into())),
            Wait::Calendar { seconds } => {
                let (n, unit) = match seconds {
                    s if s % 86_400 == 0 => (s / 86_400, "day"),
                    s if s % 3600 == 0 => (s / 3600, "hour"),
                    s if s % 60 == 0 => (s / 60, "minute"),
                    s => (s, "second"),
                };
                write!(f, "{n} {unit}{}", plural(n))
            }
        }
    }
}

impl TryFrom<String> for Wait {
    type Error = NotAWait;
    fn try_from(s: String) -> Result<Self, NotAWait> {
        s.parse()
    }
}

impl From<Wait> for String {
    fn from(w: Wait) -> String {
        w.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn london() -> Calendar {
        Calendar::office(chrono_tz::Europe::London)
    }

    fn at(s: &str) -> Instant {
        s.parse().unwrap()
    }

    fn days(n: u32) -> Wait {
        Wait::WorkingDays { days: n }
    }

    #[test]
    fn expect_working_days_over_a_weekend() {
        // Friday 13 November 2026, 15:30 local: two working days later is Tuesday, same time.
        assert_eq!(london().after(at("2026-11-13T15:30:00Z"), days(2)), at("2026-11-17T15:30:00Z"));
        // Saturday: the clock starts on Monday at nine.
        assert_eq!(london().after(at("2026-11-14T12:00:00Z"), days(1)), at("2026-11-17T09:00:00Z"));
        // Exactly at the end of the day: the next working instant is tomorrow.
        assert_eq!(london().after(at("2026-11-16T17:00:00Z"), days(1)), at("2026-11-18T09:00:00Z"));
    }

    #[test]
    fn expect_holidays_skipped() {
        let mut c = london();
        c.holidays.insert(NaiveDate::from_ymd_opt(2026, 11, 16).unwrap(), "");
        assert_eq!(c.after(at("2026-11-13T15:30:00Z"), days(1)), at("2026-11-17T15:30:00Z"));
    }

    #[test]
    fn expect_the_same_local_time_over_daylight_saving() {
        // Clocks go back on 25 October 2026: 10:00 BST is 09:00Z, 10:00 GMT is 10:00Z.
        assert_eq!(london().after(at("2026-10-23T09:00:00Z"), days(1)), at("2026-10-26T10:00:00Z"));
    }

    #[test]
    fn expect_gaps_forward_and_folds_first() {
        let night = Calendar {
            from: NaiveTime::MIN,
            to: NaiveTime::from_hms_opt(23, 59, 0).unwrap(),
            days: [true; 7],
            ..london()
        };
        let local = |s: &str| s.parse::<NaiveDateTime>().unwrap();
        // 29 March 2026, 01:30 does not exist in London: it becomes 02:00 BST.
        assert_eq!(night.instant(local("2026-03-29T01:30:00")), at("2026-03-29T01:00:00Z"));
        // 25 October 2026, 01:30 happens twice: the first is BST.
        assert_eq!(night.instant(local("2026-10-25T01:30:00")), at("2026-10-25T00:30:00Z"));
    }

    #[test]
    fn expect_working_time_between_and_forward_agree() {
        let c = london();
        let start = at("2026-11-13T15:30:00Z");
        assert_eq!(c.working_between(start, at("2026-11-16T10:00:00Z")), TimeDelta::minutes(150));
        assert_eq!(c.advance(start, TimeDelta::minutes(150)), at("2026-11-16T10:00:00Z"));
        assert_eq!(
            c.working_between(at("2026-11-14T00:00:00Z"), at("2026-11-15T23:00:00Z")),
            TimeDelta::zero()
        );
    }

    #[test]
    fn expect_durations_as_people_write_them() {
        for (typed, shown) in [
            ("2 working days", "2 working days"),
            ("1 Working Day", "1 working day"),
            ("36h", "36 hours"),
            ("5s", "5 seconds"),
            ("30 days", "30 days"),
            ("2 weeks", "14 days"),
            ("90 min", "90 minutes"),
        ] {
            let wait: Wait = typed.parse().unwrap();
            assert_eq!(wait.to_string(), shown);
            assert_eq!(shown.parse::<Wait>().unwrap(), wait);
        }
        for typed in [
            "",
            "soon",
            "0 days",
            "2",
            "-3 days",
            "2 working",
            "99999999999 days",
            "4000000000 weeks",
            "🙂 days",
        ] {
            assert!(typed.parse::<Wait>().is_err(), "{typed}");
        }
    }

    #[test]
    fn expect_hours_and_days_as_people_write_them() {
        let c = london().with_hours("08:30 - 16:30").unwrap().with_days("Mon-Wed, Sat").unwrap();
        assert_eq!(c.days, [true, true, true, false, false, true, false]);
        assert_eq!(london().with_hours("17:00-09:00"), Err(CalendarError::EndsBeforeBeginning));
        assert_eq!(london().with_hours("nine to five"), Err(CalendarError::Hours));
        assert_eq!(london().with_days(""), Err(CalendarError::NoDay));
        assert_eq!(london().with_days("Foo"), Err(CalendarError::Days));
    }
}
