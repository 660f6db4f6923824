//! Whole days of an iCalendar file (RFC 5545), read strictly: what is no whole day is named with its line, and nothing of the
//! file is taken.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};
use icalendar::parser::{Component, read_calendar, unfold};
use kaizen_domain::calendar::HOLIDAY_NAME;
use rrule::RRuleSet;

/// Longer texts are no lists of holidays.
const LONGEST: usize = 2_000_000;
/// An event within an event within an event is no list of holidays either, and would lead the parser astray.
const DEEPEST: usize = 8;
/// What comes every year is entered for this many years from now.
const YEARS: i32 = 5;
/// Days of one event.
const LONGEST_EVENT: u64 = 62;
/// Faults that are told at once.
const FAULTS: usize = 10;

/// An event that takes whole days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AllDay {
    first: NaiveDate,
    days: u64,
    name: String,
    /// When it comes again, checked.
    rule: Option<String>,
    except: BTreeSet<NaiveDate>,
}

impl AllDay {
    /// Every day of it with its name; of what comes again, from this year on for a few years.
    pub(super) fn days(&self, today: NaiveDate) -> Vec<(NaiveDate, String)> {
        let begins: Vec<NaiveDate> = match &self.rule {
            None => vec![self.first],
            Some(rule) => occurrences(self.first, rule, today).unwrap_or_default(),
        };
        let one = |first: NaiveDate| (0..self.days).filter_map(move |n| first.checked_add_days(Days::new(n)));
        let days = begins.into_iter().filter(|day| !self.except.contains(day)).flat_map(one);
        days.map(|day| (day, self.name.clone())).collect()
    }
}

/// The whole days of a file.
///
/// # Errors
/// What is wrong, each with its line.
pub(super) fn read(text: &str) -> Result<Vec<AllDay>, Vec<String>> {
    if text.len() > LONGEST {
        return Err(vec![format!("is longer than {LONGEST} bytes")]);
    }
    let text = text.trim_start_matches('\u{FEFF}');
    too_deep(text)?;
    let unfolded = unfold(text);
    let calendar = read_calendar(&unfolded).map_err(|why| vec![unreadable(&unfolded, &why)])?;
    // Without a calendar around it, it is something else.
    if !text.trim_start().to_uppercase().starts_with("BEGIN:VCALENDAR") {
        return Err(vec!["line 1: an iCalendar file begins with BEGIN:VCALENDAR".to_owned()]);
    }
    let lines: Vec<usize> = (1..)
        .zip(text.lines())
        .filter(|(_, line)| line.trim().eq_ignore_ascii_case("BEGIN:VEVENT"))
        .map(|(number, _)| number)
        .collect();
    let events = calendar.components.iter().filter(|c| c.name.as_str().eq_ignore_ascii_case("VEVENT"));
    let (mut days, mut faults) = (Vec::new(), Vec::new());
    for (at, event) in events.enumerate() {
        match all_day(event) {
            Ok(Some(day)) => days.push(day),
            Ok(None) => {}
            Err(why) => {
                let line = lines.get(at).map(|line| format!("line {line}: ")).unwrap_or_default();
                faults.push(format!("{line}{why}"));
            }
        }
    }
    if faults.len() > FAULTS {
        let more = faults.len() - FAULTS;
        faults.truncate(FAULTS);
        faults.push(format!("and {more} more events"));
    }
    if faults.is_empty() && days.is_empty() {
        faults.push("has no events".to_owned());
    }
    if faults.is_empty() { Ok(days) } else { Err(faults) }
}

fn too_deep(text: &str) -> Result<(), Vec<String>> {
    let mut depth = 0_usize;
    for (number, line) in (1..).zip(text.lines()) {
        let word = line.trim_start().get(..6).unwrap_or_default().to_uppercase();
        if word == "BEGIN:" {
            depth += 1;
        } else if word.starts_with("END:") {
            depth = depth.saturating_sub(1);
        }
        if depth > DEEPEST {
            return Err(vec![format!("line {number}: too many things inside each other")]);
        }
    }
    Ok(())
}

/// The parser's words are for programmers; what helps is the line.
fn unreadable(unfolded: &str, why: &str) -> String {
    let digits =
        why.split("at line ").nth(1).and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    let number: usize = digits.and_then(|d| d.parse().ok()).unwrap_or(1);
    let line: String = unfolded.lines().nth(number - 1).unwrap_or_default().chars().take(60).collect();
    format!(
        "line {number}: `{line}` is not understood; a list of holidays has events (BEGIN:VEVENT … END:VEVENT) in a calendar (BEGIN:VCALENDAR … END:VCALENDAR)"
    )
}

/// An event as whole days; none if it was called off.
fn all_day(event: &Component<'_>) -> Result<Option<AllDay>, String> {
    let value = |name: &str| {
        let property = event.properties.iter().find(|p| p.name.as_str().eq_ignore_ascii_case(name));
        property.map(|p| p.val.as_str().trim().to_owned())
    };
    if value("STATUS").is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED")) {
        return Ok(None);
    }
    let summary = value("SUMMARY").unwrap_or_default();
    let name: String = summary.split_whitespace().collect::<Vec<_>>().join(" ");
    let name: String = name.chars().filter(|c| !c.is_control()).take(HOLIDAY_NAME).collect();
    let called = if name.is_empty() { "an event".to_owned() } else { format!("`{name}`") };
    let start = value("DTSTART").ok_or_else(|| format!("{called} has no DTSTART"))?;
    let first = day(&start).ok_or_else(|| {
        format!("{called} begins at `{start}`, which is no whole day like DTSTART;VALUE=DATE:20261225")
    })?;
    let days = match (value("DTEND"), value("DURATION")) {
        (None, None) => 1,
        (Some(end), _) => {
            let end = day(&end).ok_or_else(|| format!("{called} ends at `{end}`, which is no whole day"))?;
            // Some programs write the same day for one day.
            u64::try_from((end - first).num_days())
                .map_err(|_| format!("{called} ends before it begins"))?
                .max(1)
        }
        (None, Some(length)) => whole_days(&length)
            .ok_or_else(|| format!("{called} lasts `{length}`, which is not so many days like P2D"))?,
    };
    if days > LONGEST_EVENT {
        return Err(format!("{called} lasts {days} days, and {LONGEST_EVENT} are possible"));
    }
    let rule = value("RRULE");
    if let Some(rule) = &rule {
        occurrences(first, rule, first)
            .map_err(|why| format!("{called} comes again by `{rule}`, which is not understood: {why}"))?;
    }
    let excepted = event.properties.iter().filter(|p| p.name.as_str().eq_ignore_ascii_case("EXDATE"));
    let except = excepted.flat_map(|p| p.val.as_str().split(',').map(str::to_owned).collect::<Vec<_>>());
    let except = except.filter_map(|typed| day(typed.get(..8).unwrap_or_default())).collect();
    Ok(Some(AllDay { first, days, name, rule, except }))
}

/// `20261225`.
fn day(typed: &str) -> Option<NaiveDate> {
    let digits = typed.len() == 8 && typed.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| NaiveDate::parse_from_str(typed, "%Y%m%d").ok()).flatten()
}

/// `P2D`, `P1W`.
fn whole_days(typed: &str) -> Option<u64> {
    let (number, each) = match typed.strip_prefix('P')? {
        days if days.ends_with('D') => (days.trim_end_matches('D'), 1),
        weeks if weeks.ends_with('W') => (weeks.trim_end_matches('W'), 7),
        _ => return None,
    };
    number.parse::<u64>().ok().filter(|n| (1..=366).contains(n)).map(|n| n * each)
}

/// On which days an event begins that comes again, from the year of `today` on. Only what comes by years or months: holidays
/// do, and whoever has every Friday off says so in the working days.
fn occurrences(first: NaiveDate, rule: &str, today: NaiveDate) -> Result<Vec<NaiveDate>, String> {
    let upper = rule.to_uppercase();
    if !["FREQ=YEARLY", "FREQ=MONTHLY"].iter().any(|freq| upper.split(';').any(|part| part == *freq)) {
        return Err("only FREQ=YEARLY and FREQ=MONTHLY are days that are free".to_owned());
    }
    // A whole day as the end of the rule, where the library wants an instant.
    let parts = upper.split(';').map(|part| match part.strip_prefix("UNTIL=") {
        Some(until) if until.len() == 8 => format!("{part}T000000Z"),
        Some(_) | None => part.to_owned(),
    });
    let rule = parts.collect::<Vec<_>>().join(";");
    let set: RRuleSet = format!("DTSTART:{}T000000Z\nRRULE:{rule}", first.format("%Y%m%d"))
        .parse()
        .map_err(|why: rrule::RRuleError| why.to_string())?;
    let from = today.year().max(first.year());
    let days = set.into_iter().map(|at| at.date_naive());
    // Far more than one can be; a rule that gives nothing for centuries is given up.
    let days =
        days.take(4000).skip_while(|day| day.year() < from).take_while(|day| day.year() < from + YEARS);
    Ok(days.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(events: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
    }

    fn event(lines: &str) -> String {
        file(&format!("BEGIN:VEVENT\r\nUID:1\r\n{lines}\r\nEND:VEVENT\r\n"))
    }

    fn days_of(text: &str) -> Vec<String> {
        let events = read(text).unwrap();
        let today = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
        events.iter().flat_map(|e| e.days(today)).map(|(day, name)| format!("{day} {name}")).collect()
    }

    #[test]
    fn expect_whole_days_several_days_and_what_comes_again() {
        let one = event(
            "DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261226\r\nSUMMARY:Christmas\\, the\r\n  day",
        );
        assert_eq!(days_of(&one), ["2026-12-25 Christmas, the day"]);
        let several = event("DTSTART;VALUE=DATE:20261228\r\nDTEND;VALUE=DATE:20261231\r\nSUMMARY:Between");
        assert_eq!(days_of(&several), ["2026-12-28 Between", "2026-12-29 Between", "2026-12-30 Between"]);
        assert_eq!(days_of(&event("DTSTART:20261228\r\nDURATION:P2D")), ["2026-12-28 ", "2026-12-29 "]);
        let yearly = event(
            "DTSTART;VALUE=DATE:19990501\r\nSUMMARY:Labour Day\r\nRRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20270501",
        );
        let years = [2026, 2028, 2029, 2030].map(|year| format!("{year}-05-01 Labour Day"));
        assert_eq!(days_of(&yearly), years);
        let thanksgiving =
            event("DTSTART;VALUE=DATE:20201126\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20280101");
        assert_eq!(days_of(&thanksgiving), ["2026-11-26 ", "2027-11-25 "]);
        let off = event("DTSTART;VALUE=DATE:20261225\r\nSTATUS:CANCELLED");
        assert_eq!(read(&off), Err(vec!["has no events".to_owned()]));
    }

    #[test]
    fn expect_nonsense_refused_with_its_line() {
        let fault = |text: &str| read(text).unwrap_err().join(" | ");
        assert_eq!(fault("").split(';').next().unwrap(), "line 1: `` is not understood");
        assert_eq!(fault("hello\nworld").split(';').next().unwrap(), "line 1: `hello` is not understood");
        let open = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\nEND:VCALENDAR\n";
        assert_eq!(fault(open).split(';').next().unwrap(), "line 4: `END:VCALENDAR` is not understood");
        let bare = "BEGIN:VEVENT\nDTSTART:20261225\nEND:VEVENT\n";
        assert_eq!(fault(bare), "line 1: an iCalendar file begins with BEGIN:VCALENDAR");
        assert_eq!(
            fault(&event("DTSTART:20261225T090000Z\r\nSUMMARY:Dentist")),
            "line 3: `Dentist` begins at `20261225T090000Z`, which is no whole day like DTSTART;VALUE=DATE:20261225"
        );
        assert_eq!(fault(&event("SUMMARY:Some day")), "line 3: `Some day` has no DTSTART");
        assert!(fault(&event("DTSTART:20261332")).contains("`20261332`, which is no whole day"));
        assert!(fault(&event("DTSTART:20261225\r\nDTEND:20261224")).contains("ends before it begins"));
        assert!(fault(&event("DTSTART:20260101\r\nDTEND:20261224")).contains("62 are possible"));
        assert!(fault(&event("DTSTART:20260101\r\nDURATION:PT3H")).contains("not so many days"));
        for rule in ["FREQ=NEVER", "FREQ=WEEKLY", "FREQ=SECONDLY", "FREQ=YEARLY;BYMONTH=13", "🙂"] {
            let said = fault(&event(&format!("DTSTART:20260101\r\nRRULE:{rule}")));
            assert!(said.contains("comes again by"), "{said}");
        }
        assert!(
            fault(&"BEGIN:VEVENT\n".repeat(100_000)).contains("line 9: too many things inside each other")
        );
        assert!(fault(&"x".repeat(LONGEST + 1)).contains("longer"));
        let many = file(&"BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n".repeat(50));
        assert!(fault(&many).ends_with("and 40 more events"));
    }
}
