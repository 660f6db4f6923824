//! Dates as people type them: `2 weeks`, `in 10 days`, `3 working days`, `2026-12-24`, `24.12.2026`, `24/12/2026` (day
//! first, as in the locale en-GB), `24/12`, `24 Dec 2026`, `march 31 2027`, `tomorrow`, `next friday`, `end of month`. What
//! could mean two things is refused, with an example; answers show the date in full, so that nobody takes the day for the
//! month.
//!
//! A date is the end of that day's working hours, in the team's own zone. Holidays are days, several at a time:
//! `25 Dec, 26 Dec` or `24 Dec to 1 Jan`.

use chrono::{Datelike, Days, Month, Months, NaiveDate, Weekday};
use kaizen_domain::rejection::Field;
use kaizen_domain::{Calendar, Instant, Rejection, Wait};

/// Nobody plans further, and no arithmetic of dates overflows below.
const MOST: u32 = 5000;
/// Days from the first to the last of a span of holidays: two months.
const LONGEST_SPAN: i64 = 62;

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
    // `31st of March`, `the end of the month`.
    let words: Vec<&str> = words.iter().copied().filter(|word| !matches!(*word, "of" | "the")).collect();
    match words.as_slice() {
        ["today"] => Some(today),
        ["tomorrow"] => today.succ_opt(),
        ["end", what @ ..] => end(what, today),
        [day] => weekday(day, today).or_else(|| numeric(day, today)).or_else(|| joined(day, today)),
        ["next" | "this" | "coming", day] => weekday(day, today),
        [n, "working", "day" | "days"] => {
            let end = calendar.after(now, Wait::WorkingDays { days: amount(n)? });
            Some(end.with_timezone(&calendar.zone).date_naive())
        }
        [a, b, c] => named(a, b, Some(*c), today).or_else(|| named(b, a, Some(*c), today)),
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

/// `end of month`, `end of next month`, `end of march 2027`, `end of year`: the last day of it.
fn end(what: &[&str], today: NaiveDate) -> Option<NaiveDate> {
    let first = |year, month| NaiveDate::from_ymd_opt(year, month, 1);
    let this = first(today.year(), today.month())?;
    let month = match what {
        ["month"] | ["this", "month"] => this,
        ["next", "month"] => this.checked_add_months(Months::new(1))?,
        ["year"] | ["this", "year"] => first(today.year(), 12)?,
        [month] => {
            let month = month.parse::<Month>().ok()?.number_from_month();
            first(today.year(), month).filter(|m| *m >= this).or_else(|| first(today.year() + 1, month))?
        }
        [month, year] => first(full_year(year)?, month.parse::<Month>().ok()?.number_from_month())?,
        _ => return None,
    };
    month.checked_add_months(Months::new(1))?.pred_opt()
}

/// Four digits.
fn full_year(word: &str) -> Option<i32> {
    word.parse().ok().filter(|_| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()))
}

/// `2026-12-24`, `24.12.2026`, `24/12/2026`, `24-12-2026`; years have four digits. `24/12` and `24.12.`: the next one.
fn numeric(word: &str, today: NaiveDate) -> Option<NaiveDate> {
    let separator = ['-', '.', '/'].into_iter().find(|s| word.contains(*s))?;
    let mut parts: Vec<&str> = word.split(separator).collect();
    if separator == '.' && parts.len() == 3 && parts[2].is_empty() {
        parts.pop();
    }
    if let ([day, month], '.' | '/') = (parts.as_slice(), separator) {
        let short = |p: &&str| (1..=2).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit());
        if ![day, month].into_iter().all(short) {
            return None;
        }
        return coming(day.parse().ok()?, month.parse().ok()?, today);
    }
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
        Some(year) => on(full_year(year)?),
        None => coming(day, month.number_from_month(), today),
    }
}

/// This day of this month, the next time that it comes.
fn coming(day: u32, month: u32, today: NaiveDate) -> Option<NaiveDate> {
    let on = |year| NaiveDate::from_ymd_opt(year, month, day);
    on(today.year()).filter(|d| *d >= today).or_else(|| on(today.year() + 1))
}

/// Days, several at a time: parted by commas, semicolons or lines, with `to` between the first and the last of several.
///
/// # Errors
/// When a part is not readable, or a span of days ends before it begins or is longer than two months.
pub(crate) fn days(
    field: Field,
    typed: &str,
    now: Instant,
    calendar: &Calendar,
) -> Result<Vec<NaiveDate>, Rejection> {
    let today = now.with_timezone(&calendar.zone).date_naive();
    let mut days = Vec::new();
    let parts = typed.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    for part in parts {
        let no = || Rejection::NotADate { field, typed: part.to_owned() };
        let day = |typed: &str| date(typed, today, now, calendar).ok_or_else(no);
        let span = [" to ", " until ", "..", " - ", "–"].iter().find_map(|between| part.split_once(between));
        let (first, last) = match span {
            Some((first, last)) => (day(first)?, day(last)?),
            None => (day(part)?, day(part)?),
        };
        if !(0..LONGEST_SPAN).contains(&(last - first).num_days()) {
            return Err(no());
        }
        days.extend(first.iter_days().take_while(|day| *day <= last));
    }
    days.sort_unstable();
    days.dedup();
    if days.is_empty() { Err(Rejection::Empty(field)) } else { Ok(days) }
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
            ("2027-03-31", "2027-03-31"),
            ("31.3.2027", "2027-03-31"),
            ("31/3/2027", "2027-03-31"),
            ("31-03-2027", "2027-03-31"),
            ("31 March", "2027-03-31"),
            ("march 31 2027", "2027-03-31"),
            ("the 31st of March, 2027", "2027-03-31"),
            ("in 3 working days", "2026-11-26"),
            // Day first: the sixth month.
            ("5/6", "2027-06-05"),
            ("24/12", "2026-12-24"),
            ("24.12.", "2026-12-24"),
            ("24.12", "2026-12-24"),
            ("end of month", "2026-11-30"),
            ("End of the month", "2026-11-30"),
            ("by the end of next month", "2026-12-31"),
            ("end of march", "2027-03-31"),
            ("end of november", "2026-11-30"),
            ("end of February 2028", "2028-02-29"),
            ("end of year", "2026-12-31"),
        ] {
            if day.is_empty() {
                assert!(matches!(read_here(typed), Err(Rejection::NotADate { .. })), "{typed}");
            } else {
                let summer = ("2027-03-28".."2027-10-31").contains(&day);
                let hour = if summer { 16 } else { 17 };
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
            "13/13/2027",
            "13/13",
            "0/6",
            "31/4",
            "1/2/3",
            "5/6/",
            "24..12",
            "end",
            "end of",
            "end of week",
            "end of time",
            "next month",
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
    fn expect_several_days_at_a_time() {
        let read =
            |typed: &str| days(Field::Dates, typed, now(), &Calendar::office(chrono_tz::Europe::London));
        let day = |s: &str| s.parse::<NaiveDate>().unwrap();
        assert_eq!(
            read("25 Dec, 26.12.; 2027-01-01").unwrap(),
            ["2026-12-25", "2026-12-26", "2027-01-01"].map(day)
        );
        assert_eq!(read("31 dec to 2 jan").unwrap(), ["2026-12-31", "2027-01-01", "2027-01-02"].map(day));
        assert_eq!(read("2026-12-24..2026-12-25\n24 Dec").unwrap(), ["2026-12-24", "2026-12-25"].map(day));
        assert_eq!(read("today").unwrap(), ["2026-11-23"].map(day));
        let no = |typed: &str| Err(Rejection::NotADate { field: Field::Dates, typed: typed.into() });
        assert_eq!(read("25 Dec, soon"), no("soon"));
        assert_eq!(read("26 Dec to 24 Dec"), no("26 Dec to 24 Dec"));
        assert_eq!(read("1 Jan 2027 to 31 Dec 2027"), no("1 Jan 2027 to 31 Dec 2027"));
        assert_eq!(read(" , ;"), Err(Rejection::Empty(Field::Dates)));
    }

    proptest::proptest! {
        #[test]
        fn expect_no_text_to_break_it(typed in "[\\PC\\s]{0,60}", pieces in proptest::collection::vec(PIECES, 0..8)) {
            let calendar = Calendar::office(chrono_tz::Europe::London);
            for typed in [typed, pieces.join(" "), pieces.concat()] {
                let _ = read(Field::Due, &typed, now(), &calendar);
                let _ = days(Field::Dates, &typed, now(), &calendar);
            }
        }
    }

    /// What dates are made of, so that the texts of the test above come near to them.
    const PIECES: &str = "in|end|of|next|friday|march|feb|31|29|0|5000|9999|2027|99999999999|/|-|\\.|,|to|\\.\\.|days|working|weeks|months|years|🙂|é|–";

    #[test]
    fn expect_no_date_in_the_past() {
        for typed in ["2026-11-22", "1 Jan 2020", "22/11/2026", "0001-01-01"] {
            assert_eq!(read_here(typed), Err(Rejection::DateInPast(Field::Due)), "{typed}");
        }
    }
}
