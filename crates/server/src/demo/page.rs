//! What the demo adds to the local Discord's page: its clock, the buttons that move it, and what to try.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use discord_sim::{HostButton, HostPage};
use kaizen_domain::{Calendar, GuildId, Instant, Wait};
use kaizen_workflow::clock::{Clock, ShiftedClock, pause};
use kaizen_workflow::engine::Engine;
use kaizen_workflow::ports::{Outbox, StoreError};
use tokio::sync::Mutex;

const WORKING_DAY: &str = "working-day";
const WEEK: &str = "week";

/// The most stops on the way of one move: more than a week of timers of a demo.
const STOPS: u32 = 2000;

/// How long one stop waits for its messages to be sent.
const SENT_WITHIN: Duration = Duration::from_secs(2);
/// How often it looks whether they are.
const LOOK: Duration = Duration::from_millis(15);

/// The demo's part of the page.
pub(super) struct Page {
    engine: Engine,
    outbox: Arc<dyn Outbox>,
    clock: Arc<ShiftedClock>,
    /// One move at a time.
    moving: Mutex<()>,
}

impl Page {
    pub(super) fn new(engine: Engine, outbox: Arc<dyn Outbox>, clock: Arc<ShiftedClock>) -> Self {
        Page { engine, outbox, clock, moving: Mutex::new(()) }
    }

    /// The calendar by which "+1 working day" counts: Ward 3's, or office hours if it was removed.
    async fn calendar(&self) -> Result<Calendar, StoreError> {
        let workspace = self.engine.store().workspace(GuildId(1000)).await?;
        let policy = workspace.as_ref().map(|w| &w.policy);
        let team =
            policy.and_then(|p| p.team_named("Ward 3").or_else(|| p.teams.iter().find(|t| !t.removed)));
        Ok(team.map_or_else(|| Calendar::office(chrono_tz::Europe::London), |t| t.calendar.clone()))
    }

    /// Moves the clock to `target`, stopping wherever something is due, so that everything happens at its own time.
    async fn move_to(&self, target: Instant) -> Result<(), StoreError> {
        let store = self.engine.store();
        for _ in 0..STOPS {
            match store.next_due().await? {
                Some(next) if next <= target => {
                    self.clock.move_to(next);
                    let swept = self.engine.run_due().await?;
                    if swept.fired + swept.digests == 0 {
                        // It stays due; the loop of the program tries it again.
                        break;
                    }
                    self.sent().await?;
                }
                Some(_) | None => break,
            }
        }
        let ahead = self.clock.move_to(target);
        store.set_note(super::AHEAD, &ahead.num_seconds().to_string()).await?;
        self.engine.run_due().await?;
        self.engine.timer_nudge().notify_one();
        Ok(())
    }
}

impl Page {
    /// Waits until what was due is sent, so that people read of each day what was true on it.
    async fn sent(&self) -> Result<(), StoreError> {
        let until = tokio::time::Instant::now() + SENT_WITHIN;
        while self.outbox.depth().await?.pending > 0 && tokio::time::Instant::now() < until {
            pause(LOOK).await;
        }
        Ok(())
    }
}

#[async_trait]
impl HostPage for Page {
    fn title(&self) -> String {
        "Kaizen demo".to_owned()
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn buttons(&self) -> Vec<HostButton> {
        let button = |id: &str, label: &str| HostButton { id: id.to_owned(), label: label.to_owned() };
        vec![button(WORKING_DAY, "+1 working day"), button(WEEK, "+1 week")]
    }

    fn tips(&self) -> Vec<String> {
        [
            "As **Sam** in #ward-3, type `/suggest` and say what could work better.",
            "As **Mara**, press **Acknowledge** on the card, then **Add finding**, then **Decide**.",
            "As whoever carries it out, press **Implemented**; as Sam, say whether **It works**; as Mara, **Record outcome**.",
            "Five weeks after that the thread asks whether it works, after twelve once more: let Sam, Ines and Mara say that **It does not**.",
            "Let Mara decline one instead (she needs a finding first), and **Appeal** as Sam: then it is Noor's.",
            "Do nothing and move the clock: reminders, the next level, and on Monday at nine the digest in #ward-3.",
            "Read the direct messages of each person. As **Otto**, try what you may not do. Type `/help` and `/my`.",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    async fn press(&self, id: &str) -> Result<String, String> {
        let _alone = self.moving.lock().await;
        let sorry = |error: StoreError| format!("The clock could not be moved: {error}");
        let now = self.clock.now();
        let target = match id {
            WORKING_DAY => self.calendar().await.map_err(sorry)?.after(now, Wait::WorkingDays { days: 1 }),
            WEEK => now + TimeDelta::weeks(1),
            other => return Err(format!("there is no button {other}")),
        };
        self.move_to(target).await.map_err(sorry)?;
        let zone = self.calendar().await.map_err(sorry)?.zone;
        Ok(format!("It is now {}.", self.clock.now().with_timezone(&zone).format("%A %-d %B %Y, %H:%M")))
    }
}
