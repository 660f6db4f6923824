//! Dates as people type them: `2 weeks`, `in 10 days`, `3 working days`, `2026-12-24`, `24.12.2026`, `24/12/2026` (day
//! first), `24 Dec 2026`, `tomorrow`, `next friday`. What could mean two things is refused, with an example.
//!
//! A date is the end of that day's working hours, in the team's own zone.

use chrono::{Datelike, Days, Month, Months, NaiveDate, Weekday};
use kaizen_domain::rejection::Field;
use kaizen_domain::{Calendar, Instant, Rejection, Wait};

/// Nobody plans further, and no arithmetic of dates overflows below.
const MOST: u32 = 5000;

/// The instant that is meant.
///
/// # Errors
/// When it is not readable, or has passed.
pub(crate) fn read(
    field: Field,
    typed: &str,
    now: Instant,
    calendar: &Calendar,
) -> Result<Instant, Rejection> {
    let today = now.with_timezone(&calendar.zone).date_naive();
    let date = date(typed, today, now, calendar)
        .ok_or_else(|| Rejection::NotADate { field, typed: typed.trim().to_owned() })?;
    let at = calendar.instant(date.and_time(calendar.to));
    if at <= now { Err(Rejection::DateInPast(field)) } else { Ok(at) }
}

fn date(typed: &str, today: NaiveDate, now: Instant, calendar: &Calendar) -> Option<NaiveDate> {
    let lower = typed.to_lowercase().replace(',', " ");
    let words: Vec<&str> = lower.split_whitespace().collect();
    let words = match words.as_slice() {
        ["in" | "on" | "by" | "until" | "after", rest @ ..] => rest,
        all => all,
    };
    match *words {
        ["today"] => Some(today),
        ["tomorrow"] => today.succ_opt(),
        [day] => weekday(day, today).or_else(|| numeric(day)).or_else(|| joined(day, today)),
        ["next" | "this" | "coming", day] => weekday(day, today),
        [n, "working", "day" | "days"] => {
            let end = calendar.after(now, Wait::WorkingDays { days: amount(n)? });
            Some(end.with_timezone(&calendar.zone).date_naive())
        }
        [a, b, c] => named(a, b, Some(c), today).or_else(|| named(b, a, Some(c), today)),
        [a, b] => {
            let from_now = amount(a).and_then(|n| later(n, b, today));
            from_now.or_else(|| named(a, b, None, today)).or_else(|| named(b, a, None, today))
        }
        _ => None,
    }
}

/// `2weeks`, `10d`.
fn joined(word: &str, today: NaiveDate) -> Option<NaiveDate> {
    let (n, unit) = word.split_at(word.find(|c: char| !c.is_ascii_digit())?);
    later(amount(n)?, unit, today)
}

fn amount(word: &str) -> Option<u32> {
    const WORDS: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let n = match word {
        "a" | "an" => Some(1),
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok(),
        word => WORDS.iter().position(|w| *w == word).and_then(|i| u32::try_from(i + 1).ok()),
    };
    n.filter(|n| (1..=MOST).contains(n))
}

fn later(n: u32, unit: &str, today: NaiveDate) -> Option<NaiveDate> {
    match unit {
        "d" | "day" | "days" => today.checked_add_days(Days::new(n.into())),
        "w" | "week" | "weeks" => today.checked_add_days(Days::new(u64::from(n) * 7)),
        "month" | "months" => today.checked_add_months(Months::new(n)),
        "year" | "years" => today.checked_add_months(Months::new(n * 12)),
        _ => None,
    }
}

/// The first such day after today.
fn weekday(word: &str, today: NaiveDate) -> Option<NaiveDate> {
    let day: Weekday = word.parse().ok()?;
    (1..=7).filter_map(|ahead| today.checked_add_days(Days::new(ahead))).find(|d| d.weekday() == day)
}

/// `2026-12-24`, `24.12.2026`, `24/12/2026`, `24-12-2026`; years have four digits.
fn numeric(word: &str) -> Option<NaiveDate> {
    let separator = ['-', '.', '/'].into_iter().find(|s| word.contains(*s))?;
    let parts: Vec<&str> = word.split(separator).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    if ![a, b, c].iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let (year, month, day) = if a.len() == 4 && separator != '.' { (a, b, c) } else { (c, b, a) };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// `24 dec 2026`, `24th december`; without a year, the next one.
fn named(day: &str, month: &str, year: Option<&str>, today: NaiveDate) -> Option<NaiveDate> {
    let day: u32 = ["st", "nd", "rd", "th", "."]
        .iter()
        .find_map(|end| day.strip_suffix(end))
        .unwrap_or(day)
        .parse()
        .ok()
        .filter(|d| (1..=31).contains(d))?;
    let month: Month = month.trim_end_matches('.').parse().ok()?;
    let on = |year| NaiveDate::from_ymd_opt(year, month.number_from_month(), day);
    match year {
        Some(y) if y.len() == 4 && y.bytes().all(|b| b.is_ascii_digit()) => on(y.parse().ok()?),
        Some(_) => None,
        None => on(today.year()).filter(|d| *d >= today).or_else(|| on(today.year() + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 23 November 2026, 10:00 in London.
    fn now() -> Instant {
        "2026-11-23T10:00:00Z".parse().unwrap()
    }

    fn read_in(zone: chrono_tz::Tz, typed: &str) -> Result<String, Rejection> {
        read(Field::Due, typed, now(), &Calendar::office(zone))
            .map(|at| at.format("%Y-%m-%dT%H:%MZ").to_string())
    }

    fn read_here(typed: &str) -> Result<String, Rejection> {
        read_in(chrono_tz::Europe::London, typed)
    }

    #[test]
    fn expect_dates_as_people_type_them() {
        for (typed, day) in [
            ("2 weeks", "2026-12-07"),
            ("in 2 weeks", "2026-12-07"),
            ("Two Weeks", "2026-12-07"),
            ("a week", "2026-11-30"),
            ("10 days", "2026-12-03"),
            ("10d", "2026-12-03"),
            ("3 working days", "2026-11-26"),
            // Five in the afternoon, in summer.
            ("6 months", "2027-05-23"),
            ("2026-12-24", "2026-12-24"),
            ("2026/12/24", "2026-12-24"),
            ("24.12.2026", "2026-12-24"),
            ("24/12/2026", "2026-12-24"),
            ("7/1/2027", "2027-01-07"),
            ("24 Dec 2026", "2026-12-24"),
            ("24th December, 2026", "2026-12-24"),
            ("December 24, 2026", "2026-12-24"),
            ("24. Dez", ""),
            ("24 dec", "2026-12-24"),
            ("1 March", "2027-03-01"),
            ("today", "2026-11-23"),
            (" Tomorrow ", "2026-11-24"),
            ("next friday", "2026-11-27"),
            ("Friday", "2026-11-27"),
            ("monday", "2026-11-30"),
            ("29 February 2028", "2028-02-29"),
        ] {
            if day.is_empty() {
                assert!(matches!(read_here(typed), Err(Rejection::NotADate { .. })), "{typed}");
            } else {
                let hour = if day == "2027-05-23" { 16 } else { 17 };
                assert_eq!(read_here(typed), Ok(format!("{day}T{hour}:00Z")), "{typed}");
            }
        }
    }

    #[test]
    fn expect_the_end_of_the_day_where_the_team_is() {
        assert_eq!(read_in(chrono_tz::America::New_York, "2026-12-24"), Ok("2026-12-24T22:00Z".into()));
        assert_eq!(read_in(chrono_tz::Asia::Tokyo, "tomorrow"), Ok("2026-11-24T08:00Z".into()));
        // At ten in London it is past five in Auckland (23:00): today is over there, tomorrow is the 24th.
        assert_eq!(read_in(chrono_tz::Pacific::Auckland, "today"), Err(Rejection::DateInPast(Field::Due)));
        assert_eq!(read_in(chrono_tz::Pacific::Auckland, "tomorrow"), Ok("2026-11-24T04:00Z".into()));
    }

    #[test]
    fn expect_anything_unclear_refused() {
        for typed in [
            "",
            "soon",
            "next week",
            "12/24/2026",
            "24/12/26",
            "31.2.2026",
            "2026-13-01",
            "0 days",
            "-3 days",
            "99999999999 weeks",
            "5001 days",
            "24-12",
            "29 February 2027",
            "🙂",
            "2 fortnights",
            "32 Dec 2026",
            "24 Dec 26",
            "in",
            "2026",
            "..",
            "//",
            "1e3 days",
            "١٢ days",
        ] {
            let refused = Rejection::NotADate { field: Field::Due, typed: typed.into() };
            assert_eq!(read_here(typed), Err(refused), "{typed}");
        }
    }

    #[test]
    fn expect_no_date_in_the_past() {
        for typed in ["2026-11-22", "1 Jan 2020", "22/11/2026", "0001-01-01"] {
            assert_eq!(read_here(typed), Err(Rejection::DateInPast(Field::Due)), "{typed}");
        }
    }
}
