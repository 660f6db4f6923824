//! `kaizen doctor`: is everything there that the program stands on, and if not, what helps?
//!
//! Each look is a [`Check`] with a word for scripts, what was seen, and, where it is not well, the remedy. No check changes
//! anything, and none ever prints a secret.

use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use kaizen_chat::check::{Finding, PlatformCheck, of_settings};
use kaizen_chat::view;
use kaizen_discord::Discord;
use kaizen_discord::rest::{Class, Failure};
use kaizen_domain::Instant;
use kaizen_storage::Database;
use kaizen_workflow::ports::{Outbox, Store, StoreError, Workspace};
use serde::Serialize;

use crate::erasures;

/// Clocks may differ by this much: leases are longer, and nobody is told a wrong minute.
const CLOCKS: TimeDelta = TimeDelta::seconds(5);
/// A database on a disk with less room than this is about to stop.
const ROOM: u64 = 256 * 1024 * 1024;
/// What waits longer than this to be sent waits for something that does not come.
const WAITS: Duration = Duration::from_mins(15);
/// A timer that is late by more than this is run by nobody.
const LATE: TimeDelta = TimeDelta::minutes(5);
/// So many sessions should be left of a day's.
const SESSIONS: u32 = 50;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Well.
    Fine,
    /// Could not be looked at, because of something else that is wrong.
    Skipped,
    /// It works, but not as it should.
    Poor,
    /// It does not work.
    Broken,
}

/// One look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at: a word for scripts.
    pub what: &'static str,
    /// How it stands.
    pub health: Health,
    /// What was seen.
    pub says: String,
    /// What helps, where it is not well.
    pub remedy: Option<String>,
}

impl Check {
    /// All is well.
    pub fn fine(what: &'static str, says: impl Into<String>) -> Check {
        Check { what, health: Health::Fine, says: says.into(), remedy: None }
    }

    /// It is not.
    pub fn ill(
        what: &'static str,
        health: Health,
        says: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Check {
        Check { what, health, says: says.into(), remedy: Some(remedy.into()) }
    }

    /// It could not be looked at.
    pub fn skipped(what: &'static str, because: &str) -> Check {
        Check { what, health: Health::Skipped, says: format!("not looked at: {because}"), remedy: None }
    }
}

/// What can be seen of a database that is open and has our schema.
pub async fn of_database(database: &Database, file: Option<&Path>, now: impl Fn() -> Instant) -> Vec<Check> {
    let mut checks = vec![match database.try_to_write().await {
        Ok(()) => Check::fine("database.writable", "it can be written"),
        Err(why) => Check::ill(
            "database.writable",
            Health::Broken,
            format!("nothing can be written: {why}"),
            "is the disk full or read-only, or does another program hold the database?",
        ),
    }];
    if let Ok(Some(mode)) = database.journal_mode().await {
        checks.push(if mode == "wal" {
            Check::fine("database.journal_mode", "wal")
        } else {
            Check::ill(
                "database.journal_mode",
                Health::Poor,
                format!("{mode}, where it should be wal: readers wait for writers"),
                "the file's folder must be a local disk that allows shared memory (no network share)",
            )
        });
    }
    checks.push(room(file));
    let before = now();
    if file.is_none()
        && let Ok(theirs) = database.clock_micros().await
    {
        checks.push(clocks(before, now(), theirs));
    }
    // In a file everything was written by this machine's clock.
    if file.is_some()
        && let Ok(newest) = database.newest_micros().await
    {
        checks.push(put_back(now(), newest.unwrap_or(0)));
    }
    checks
}

/// The erasure journal.
pub async fn of_erasures(database: &Database, journal: Option<&Path>) -> Check {
    const WHAT: &str = "erasures";
    let Some(journal) = journal else {
        return Check::ill(
            WHAT,
            Health::Poor,
            "there is no erasure journal: a restored backup knows again what was erased after it was made",
            "set database.erasure_journal to a file that all processes share, apart from the database's disk",
        );
    };
    match erasures::lacking(database, journal).await {
        Ok(0) => Check::fine(WHAT, format!("{} has all that was erased", journal.display())),
        Ok(lacking) => Check::ill(
            WHAT,
            Health::Poor,
            format!("{} lacks {lacking} of what was erased", journal.display()),
            "`kaizen run` adds it at its start and every hour: does it run, and can it write the file?",
        ),
        Err(why) => Check::ill(
            WHAT,
            Health::Broken,
            why.to_string(),
            "put the journal back from where it was kept; `kaizen run` does not start without it",
        ),
    }
}

fn clocks(before: Instant, after: Instant, theirs: i64) -> Check {
    // Asked between the two: only what lies outside of them is a difference.
    let differs = (before.timestamp_micros() - theirs).max(theirs - after.timestamp_micros()).max(0);
    let differs = TimeDelta::microseconds(differs);
    let says = format!("this machine's and the database's differ by {} ms", differs.num_milliseconds());
    if differs <= CLOCKS {
        Check::fine("database.clock", says)
    } else {
        Check::ill(
            "database.clock",
            Health::Poor,
            says,
            "let both machines keep the time (chrony, systemd-timesyncd)",
        )
    }
}

/// Was the clock put back since the newest thing was written?
fn put_back(now: Instant, newest: i64) -> Check {
    let behind = TimeDelta::microseconds((newest - now.timestamp_micros()).max(0));
    if behind <= CLOCKS {
        return Check::fine("database.clock", "this machine's is not behind what was written last");
    }
    Check::ill(
        "database.clock",
        Health::Poor,
        format!(
            "this machine's is {} s behind what was written last: it was put back, or was wrong then",
            behind.num_seconds()
        ),
        "let the machine keep the time (chrony, systemd-timesyncd). Nothing is lost: what is due comes when the clock is there again",
    )
}

fn room(file: Option<&Path>) -> Check {
    let Some(file) = file else {
        return Check::skipped("database.room", "the disk of a PostgreSQL server is not seen from here");
    };
    match free(file) {
        Some(free) if free < ROOM => Check::ill(
            "database.room",
            Health::Poor,
            format!("{} MB are free on its disk", free / (1024 * 1024)),
            "make room, or move the database to a larger disk while the program is stopped",
        ),
        Some(free) => {
            Check::fine("database.room", format!("{} MB are free on its disk", free / (1024 * 1024)))
        }
        None => Check::skipped("database.room", "the system does not say"),
    }
}

#[cfg(unix)]
fn free(file: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(file).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}

/// What waits, what was given up, and whether timers are run.
pub async fn of_work(database: &Database, now: Instant) -> Result<Vec<Check>, StoreError> {
    let depth = database.depth().await?;
    let waits = format!("{} to be sent, the oldest for {} s", depth.pending, depth.oldest.as_secs());
    let outbox = if depth.pending > 0 && depth.oldest > WAITS {
        Check::ill(
            "outbox",
            Health::Poor,
            waits,
            "does `kaizen run` run, and does its log name a cause? Nothing is lost: it is sent once it can be",
        )
    } else {
        Check::fine("outbox", waits)
    };
    let letters = if depth.dead == 0 {
        Check::fine("dead_letters", "none")
    } else {
        Check::ill(
            "dead_letters",
            Health::Poor,
            format!("{} given up, and kept", depth.dead),
            "`kaizen outbox list` says why; mend that, then `kaizen outbox retry`",
        )
    };
    let lag = database.next_due().await?.map_or(TimeDelta::zero(), |due| (now - due).max(TimeDelta::zero()));
    let late = format!("the earliest is {} s late", lag.num_seconds());
    let timers = if lag > LATE {
        Check::ill(
            "timers",
            Health::Poor,
            late,
            "timers are run by `kaizen run`: start it, or look into its log. What was missed is made up for",
        )
    } else {
        Check::fine("timers", late)
    };
    Ok(vec![outbox, letters, timers])
}

/// The token, and whether a gateway can be asked for.
pub async fn of_platform(discord: &Discord) -> Vec<Check> {
    match discord.rest().bot().await {
        Ok(bot) => {
            vec![
                Check::fine("token", format!("accepted, as the bot {}", bot.username)),
                gateway(discord).await,
            ]
        }
        Err(failure) if failure.class() == Class::Revoked => vec![
            Check::ill(
                "token",
                Health::Broken,
                "Discord does not accept it",
                "make a new one in the Developer Portal (Bot, Reset Token), set it, and start again",
            ),
            Check::skipped("gateway", "the token is refused"),
        ],
        Err(failure) => {
            vec![Check::skipped("token", "the platform does not answer"), unreachable("gateway", &failure)]
        }
    }
}

async fn gateway(discord: &Discord) -> Check {
    match discord.rest().gateway().await {
        Ok(gateway) => {
            let left = gateway.session_start_limit;
            let says = format!("{} of {} sessions are left today", left.remaining, left.total);
            if left.remaining < SESSIONS.min(left.total) {
                Check::ill(
                    "gateway",
                    Health::Poor,
                    says,
                    "something reconnects again and again: stop it until tomorrow, and look into its log. At none the platform resets the token",
                )
            } else {
                Check::fine("gateway", says)
            }
        }
        Err(failure) => unreachable("gateway", &failure),
    }
}

fn unreachable(what: &'static str, failure: &Failure) -> Check {
    Check::ill(
        what,
        Health::Broken,
        format!("the platform does not answer: {failure}"),
        "is discord.api_base right (it is usually empty), and does this machine reach the internet by HTTPS?",
    )
}

/// Teams, channels, permissions and roles of a workspace, as `/kaizen check` sees them.
pub async fn of_workspace(workspace: &Workspace, platform: Option<&dyn PlatformCheck>) -> Vec<Check> {
    let name = if workspace.name.is_empty() { workspace.guild.to_string() } else { workspace.name.clone() };
    if workspace.removed {
        return vec![Check::skipped("workspace", &format!("{name}: the bot is not in this community now"))];
    }
    let mut findings: Vec<Finding> = of_settings(&workspace.policy);
    if let Some(platform) = platform {
        findings.extend(platform.check(workspace.guild, &workspace.policy).await);
    }
    if findings.is_empty() {
        return vec![Check::fine(
            "workspace",
            format!("{name}: teams, channels, permissions and roles are fine"),
        )];
    }
    let check = |finding: &Finding| {
        // The texts of `/kaizen check` say what and how in one.
        let text = view::setup::finding(&workspace.policy, finding);
        Check::ill(
            "workspace",
            of_finding(finding),
            format!("{name}: {text}"),
            "in chat, or by `kaizen workspace apply`",
        )
    };
    findings.iter().map(check).collect()
}

fn of_finding(finding: &Finding) -> Health {
    match finding {
        Finding::ChannelGone { .. } | Finding::WrongChannel { .. } | Finding::MissingPermission { .. } => {
            Health::Broken
        }
        Finding::NotChecked => Health::Skipped,
        Finding::NoCoordinator
        | Finding::NoChannel { .. }
        | Finding::NoManagers { .. }
        | Finding::ManagersLeft { .. }
        | Finding::SharedChannel { .. }
        | Finding::NobodyKnown { .. }
        | Finding::EmptyRole { .. }
        | Finding::RoleGone { .. }
        | Finding::NoTags { .. }
        | Finding::ThreadsFull { .. } => Health::Poor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Instant {
        Instant::from_timestamp_micros(micros).unwrap()
    }

    #[test]
    fn expect_only_a_difference_of_clocks_that_waiting_does_not_explain() {
        let second = 1_000_000;
        assert_eq!(clocks(at(0), at(20 * second), 9 * second).health, Health::Fine);
        assert_eq!(clocks(at(0), at(second), 6 * second).health, Health::Fine);
        assert_eq!(clocks(at(0), at(second), 7 * second).health, Health::Poor);
        assert_eq!(clocks(at(20 * second), at(21 * second), 14 * second).health, Health::Poor);
    }

    #[test]
    fn expect_a_clock_that_was_put_back_to_be_seen() {
        let second = 1_000_000;
        assert_eq!(put_back(at(20 * second), 9 * second).health, Health::Fine);
        assert_eq!(put_back(at(4 * second), 9 * second).health, Health::Fine);
        let behind = put_back(at(0), 3600 * second);
        assert!(behind.health == Health::Poor && behind.says.contains("3600 s behind"), "{behind:?}");
    }

    #[test]
    fn expect_room_to_be_seen_where_there_is_a_file() {
        let folder = tempfile::tempdir().unwrap();
        assert_ne!(room(Some(folder.path())).health, Health::Skipped);
        assert_eq!(room(Some(Path::new("/nowhere/at/all"))).health, Health::Skipped);
        // A file system that has no room at all is on every Linux.
        if cfg!(target_os = "linux") {
            let full = room(Some(Path::new("/proc/version")));
            assert_eq!((full.health, full.says.as_str()), (Health::Poor, "0 MB are free on its disk"));
            assert!(full.remedy.is_some_and(|remedy| remedy.starts_with("make room")));
        }
        assert_eq!(room(None).health, Health::Skipped);
    }
}
