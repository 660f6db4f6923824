//! Due times against an independent oracle: `tests/oracle/oracle.py`, written in another language from the rule. Its answers
//! to 2,000 cases over every zone are kept beside it; `tests/oracle/run` makes 100,000 and compares them here.

use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta};
use kaizen_domain::calendar::{Calendar, Holidays};
use kaizen_domain::{Instant, Wait};

/// The cases that are kept.
const KEPT: usize = 2000;

struct Case<'a> {
    line: usize,
    fields: Vec<&'a str>,
}

impl Case<'_> {
    fn number(&self, field: usize) -> i64 {
        self.fields[field].parse().unwrap_or_else(|_| panic!("line {}: a number in field {field}", self.line))
    }

    fn calendar(&self) -> Calendar {
        let time = |field: usize| NaiveTime::parse_from_str(self.fields[field], "%H:%M").expect("a time");
        let day = |text| NaiveDate::parse_from_str(text, "%Y%m%d").expect("a day");
        let mut holidays = Holidays::default();
        for text in self.fields[7].split_whitespace() {
            holidays.insert(day(text), "");
        }
        let mut days = [false; 7];
        for (day, works) in days.iter_mut().zip(self.fields[4].bytes()) {
            *day = works == b'1';
        }
        Calendar {
            zone: self.fields[0].parse().expect("a zone that both sides know"),
            days,
            from: time(5),
            to: time(6),
            holidays,
        }
    }

    /// What we say: seconds since 1970, or (between two instants) seconds of working time.
    fn ours(&self) -> i64 {
        let calendar = self.calendar();
        let start: Instant = DateTime::from_timestamp(self.number(1), 0).expect("an instant");
        let amount = self.number(3);
        let small = || u32::try_from(amount).expect("a small amount");
        let wait = match self.fields[2] {
            "days" => Wait::WorkingDays { days: small() },
            "hours" => Wait::WorkingHours { hours: small() },
            "calendar" => Wait::Calendar { seconds: u64::from(small()) },
            "between" => {
                return calendar.working_between(start, start + TimeDelta::seconds(amount)).num_seconds();
            }
            other => panic!("line {}: {other}", self.line),
        };
        calendar.after(start, wait).timestamp()
    }
}

#[test]
fn expect_the_oracles_answers() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle/answers.csv");
    let file = std::env::var_os("KAIZEN_ORACLE").map_or(kept, Into::into);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    let ours = format!("# tzdata {},", chrono_tz::IANA_TZDB_VERSION);
    assert!(
        text.starts_with(&ours),
        "the oracle's zone database is another one than ours ({ours}): pin tests/oracle to it, and make the answers anew"
    );
    let cases: Vec<Case<'_>> = (1..)
        .zip(text.lines())
        .skip(2)
        .map(|(line, text)| Case { line, fields: text.split(',').collect() })
        .collect();
    assert!(cases.len() >= KEPT, "{} cases", cases.len());
    let wrong = |case: &&Case<'_>| case.ours() != case.number(8);
    let shown =
        |case: &Case<'_>| format!("line {}: {} here: {}", case.line, case.ours(), case.fields.join(","));
    let differences: Vec<&Case<'_>> = cases.iter().filter(wrong).collect();
    let first: Vec<String> = differences.iter().take(20).map(|case| shown(case)).collect();
    assert!(differences.is_empty(), "{} of {} differ:\n{}", differences.len(), cases.len(), first.join("\n"));
    println!("{} cases, 0 differences", cases.len());
}
