//! What the demo adds to the local Discord's page: its clock, the buttons that move it, and what to try.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use discord_sim::{HostButton, HostPage, Sim};
use kaizen_domain::{Calendar, GuildId, Instant, Wait};
use kaizen_workflow::clock::{Clock, ShiftedClock, pause};
use kaizen_workflow::engine::Engine;
use kaizen_workflow::ports::{Outbox, StoreError};
use tokio::sync::Mutex;

use super::people;

const WORKING_DAY: &str = "working-day";
const WEEK: &str = "week";
const LEAVES: &str = "mara-leaves";
const COMES_BACK: &str = "mara-comes-back";

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
    /// The local Discord while it runs. It holds this page in its turn: let go of at the end.
    sim: std::sync::Mutex<Option<Sim>>,
    mara_left: AtomicBool,
    /// One move at a time.
    moving: Mutex<()>,
}

impl Page {
    pub(super) fn new(engine: Engine, outbox: Arc<dyn Outbox>, clock: Arc<ShiftedClock>) -> Self {
        Page {
            engine,
            outbox,
            clock,
            sim: std::sync::Mutex::default(),
            mara_left: AtomicBool::new(false),
            moving: Mutex::new(()),
        }
    }

    /// The local Discord runs: from now on people can leave it.
    pub(super) fn runs_on(&self, sim: &Sim) {
        *self.sim.lock().unwrap_or_else(PoisonError::into_inner) = Some(sim.clone());
    }

    /// It ends.
    pub(super) fn ends(&self) {
        self.sim.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The clock's buttons.
    async fn advance(&self, button: &str) -> Result<String, StoreError> {
        let (now, calendar) = (self.clock.now(), self.calendar().await?);
        let target = match button {
            WORKING_DAY => calendar.after(now, Wait::WorkingDays { days: 1 }),
            _ => now + TimeDelta::weeks(1),
        };
        self.move_to(target).await?;
        let zone = self.calendar().await?.zone;
        Ok(format!("It is now {}.", self.clock.now().with_timezone(&zone).format("%A %-d %B %Y, %H:%M")))
    }

    /// The calendar by which "+1 working day" counts: Ward 3's, or office hours if it was removed.
    async fn calendar(&self) -> Result<Calendar, StoreError> {
        let workspace = self.engine.store().workspace(GuildId(people::GUILD)).await?;
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
        let mara = if self.mara_left.load(Ordering::Relaxed) {
            button(COMES_BACK, "Mara comes back")
        } else {
            button(LEAVES, "Mara leaves")
        };
        vec![button(WORKING_DAY, "+1 working day"), button(WEEK, "+1 week"), mara]
    }

    fn tips(&self) -> Vec<String> {
        [
            "As **Sam** in #ward-3, type `/suggest` and say what could work better.",
            "As **Mara**, press **Acknowledge** on the card, then **Add finding**, then **Decide**.",
            "As whoever carries it out, press **Implemented**; as Sam, say whether **It works**; as Mara, **Record outcome**.",
            "Five weeks after that the thread asks whether it works, after twelve once more: let Sam, Ines and Mara say that **It does not**.",
            "Let Mara decline one instead (she needs a finding first), and **Appeal** as Sam: then it is Noor's.",
            "Do nothing and move the clock: reminders, the next level, and on Monday at nine the digest in #ward-3.",
            "Take somebody out: as Mara `/away` until Friday, or press **Mara leaves** and move the clock. Then `/idea history`.",
            "As Sam `/debrief start` after a piece of work; let Ines add to it; close it. Then `/brief`.",
            "Read the direct messages of each person. As **Otto**, try what you may not do. Type `/help` and `/my`.",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    async fn press(&self, id: &str) -> Result<String, String> {
        let _alone = self.moving.lock().await;
        let sim = self.sim.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match (id, sim) {
            (LEAVES, Some(sim)) => {
                sim.remove_member(people::GUILD, "mara");
                self.mara_left.store(true, Ordering::Relaxed);
                Ok("Mara has left. Kaizen notices on the next working day, or when she is needed.".to_owned())
            }
            (COMES_BACK, Some(sim)) => {
                sim.add_member(people::GUILD, "mara", &[people::WARD]);
                self.mara_left.store(false, Ordering::Relaxed);
                Ok("Mara is back. Kaizen notices when she does something.".to_owned())
            }
            (WORKING_DAY | WEEK, _) => self
                .advance(id)
                .await
                .map_err(|error: StoreError| format!("The clock could not be moved: {error}")),
            (other, _) => Err(format!("there is no button {other}")),
        }
    }
}
