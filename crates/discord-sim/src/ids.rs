//! Ids as Discord makes them: 64 bits, the upper 42 of them milliseconds since 2015.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};

/// A snowflake: of a user, guild, channel, message, role, command or interaction.
pub type Id = u64;

/// Milliseconds between 1970 and the first second of 2015, from which snowflakes count.
const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;
/// The bits below the time.
const TIME_SHIFT: u32 = 22;

/// Makes strictly increasing snowflakes from the real time.
#[derive(Debug, Default)]
pub(crate) struct Snowflakes {
    last: Id,
}

impl Snowflakes {
    pub(crate) fn make(&mut self) -> Id {
        let fresh = real_millis().saturating_sub(DISCORD_EPOCH_MS) << TIME_SHIFT;
        self.last = if fresh > self.last { fresh } else { self.last + 1 };
        self.last
    }
}

/// The real time: ids are clocks, whatever clock the host shows to people.
pub(crate) fn real_now() -> DateTime<Utc> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a local Discord has real ids and real records; what people see can follow the host's clock"
    )]
    let now = SystemTime::now();
    DateTime::<Utc>::from(now)
}

fn real_millis() -> u64 {
    u64::try_from(real_now().signed_duration_since(DateTime::<Utc>::from(UNIX_EPOCH)).num_milliseconds())
        .unwrap_or(DISCORD_EPOCH_MS)
}

/// Reads a snowflake as Discord takes it: digits only, not zero.
pub(crate) fn parse_id(text: &str) -> Option<Id> {
    if text.is_empty() || text.len() > 20 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|id| *id != 0)
}

/// A timestamp as Discord writes it.
pub(crate) fn iso(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_ids_to_increase_within_one_millisecond() {
        let mut ids = Snowflakes::default();
        let made: Vec<Id> = (0..10_000).map(|_| ids.make()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn expect_only_digits_to_be_an_id() {
        assert_eq!(parse_id("1000"), Some(1000));
        for bad in ["", "0", "-1", "+1", "1a", " 1", "99999999999999999999"] {
            assert_eq!(parse_id(bad), None, "{bad}");
        }
    }
}
