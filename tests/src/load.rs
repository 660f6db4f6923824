//! Several people at work at the same time, and a book of what each of them was told.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use discord_sim::{Answer, Exchange, Id, Sim};
use kaizen_workflow::clock::pause;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::hospital::{PEOPLE, person};

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// `/suggest`, each with words of its own.
    Suggest {
        /// The words.
        idea: String,
    },
    /// **Acknowledge**.
    Acknowledge {
        /// Which idea.
        number: u32,
    },
    /// `/idea finding`, each with words of its own.
    Finding {
        /// Which idea.
        number: u32,
        /// The words.
        text: String,
    },
    /// `/idea accept`.
    Accept {
        /// Which idea.
        number: u32,
    },
    /// `/debrief start`, each with a title of its own.
    LookBack {
        /// The title.
        work: String,
    },
    /// `/debrief add`, each with words of its own.
    Say {
        /// In which debrief.
        debrief: u32,
        /// The words.
        text: String,
    },
    /// `/debrief action`, each with words of its own.
    Promise {
        /// In which debrief.
        debrief: u32,
        /// The words.
        text: String,
    },
    /// `/debrief close`: what was escalated in it becomes ideas.
    Close {
        /// Which debrief.
        debrief: u32,
    },
    /// **Me too**.
    MeToo {
        /// Which idea.
        number: u32,
    },
}

/// A deed, and what its doer was told.
#[derive(Debug, Clone)]
pub struct Line {
    /// Whose.
    pub who: Id,
    /// What.
    pub deed: Deed,
    /// The number of the idea for which it was confirmed; none if it was refused, or if no answer came.
    pub confirmed: Option<u32>,
}

/// The book.
#[derive(Debug, Clone, Default)]
pub struct Said(Arc<Mutex<Vec<Line>>>);

impl Said {
    /// Everything so far.
    pub fn all(&self) -> Vec<Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many deeds were confirmed.
    pub fn confirmed(&self) -> usize {
        self.all().iter().filter(|line| line.confirmed.is_some()).count()
    }

    /// Writes a deed down before it is done: whatever comes of it, it was tried.
    fn begin(&self, who: Id, deed: Deed) -> usize {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(Line { who, deed, confirmed: None });
        lines.len() - 1
    }

    fn confirm(&self, at: usize, number: u32) {
        if let Some(line) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(at) {
            line.confirmed = Some(number);
        }
    }

    fn debriefs(&self) -> Vec<u32> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let started = lines.iter().filter(|line| matches!(line.deed, Deed::LookBack { .. }));
        let closed = |n: &u32| {
            let closes = |line: &&Line| line.deed == Deed::Close { debrief: *n } && line.confirmed.is_some();
            lines.iter().find(closes).is_some()
        };
        started.filter_map(|line| line.confirmed).filter(|n| !closed(n)).collect()
    }

    fn numbers(&self) -> Vec<u32> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let suggested = lines.iter().filter(|line| matches!(line.deed, Deed::Suggest { .. }));
        suggested.filter_map(|line| line.confirmed).collect()
    }
}

/// People at work, each doing one thing after the other until told to stop.
#[derive(Debug)]
pub struct Load {
    stop: watch::Sender<bool>,
    at_work: JoinSet<()>,
}

impl Load {
    /// Starts them. `seed` decides who does what; `rest` is how long each rests between two deeds, on average.
    pub fn start(sim: &Sim, said: &Said, seed: u64, rest: Duration) -> Load {
        let (stop, stopped) = watch::channel(false);
        let mut at_work = JoinSet::new();
        for (place, (name, _)) in PEOPLE.into_iter().enumerate() {
            // The manager has most to do.
            let desks = if name == "mara" { 3 } else { 1 };
            for desk in 0..desks {
                let worker = Worker {
                    sim: sim.clone(),
                    said: said.clone(),
                    name,
                    random: StdRng::seed_from_u64(
                        seed.wrapping_mul(1009).wrapping_add((place * 10 + desk) as u64),
                    ),
                    rest,
                    done: 0,
                    desk,
                };
                at_work.spawn(worker.work(stopped.clone()));
            }
        }
        Load { stop, at_work }
    }

    /// Everybody finishes what they are doing, and stops.
    ///
    /// # Panics
    /// When one of them met something that cannot be.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while let Some(done) = self.at_work.join_next().await {
            done.expect("nobody was surprised");
        }
    }
}

struct Worker {
    sim: Sim,
    said: Said,
    name: &'static str,
    random: StdRng,
    rest: Duration,
    done: u32,
    desk: usize,
}

impl Worker {
    async fn work(mut self, stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            self.done += 1;
            let idea = self.some_idea();
            let choice = self.random.random_range(0..10);
            match (self.name, idea, choice) {
                ("mara", Some(number), 0..=3) => self.acknowledge(number).await,
                ("mara", Some(number), 4..=6) => self.finding(number).await,
                ("mara", Some(number), 7..=8) => self.accept(number).await,
                ("mara", _, _) => {}
                (_, Some(number), 0..=3) => self.me_too(number).await,
                (_, _, 4..=5) => self.look_back().await,
                _ => self.suggest().await,
            }
            let rest = self.rest.mul_f64(self.random.random_range(0.2..1.8));
            pause(rest).await;
        }
    }

    /// One of those that were confirmed, a new one more often.
    fn some_idea(&mut self) -> Option<u32> {
        let known = self.said.numbers();
        let newest = known.len().saturating_sub(12);
        let from = if self.random.random_bool(0.7) { newest } else { 0 };
        (from < known.len()).then(|| known[self.random.random_range(from..known.len())])
    }

    fn words(&self, what: &str) -> String {
        format!("{what} {} of {} at desk {}", self.done, self.name, self.desk)
    }

    async fn suggest(&mut self) {
        let idea = self.words("Idea");
        let line = self.said.begin(person(self.name), Deed::Suggest { idea: idea.clone() });
        let sent = self.sim.person(self.name).slash("ward-3", "suggest", json!({ "idea": idea })).await;
        if let Some(text) = answered(sent).await
            && let Some(number) = recorded_as(&text)
        {
            self.said.confirm(line, number);
        }
    }

    /// Starts a debrief now and then, and adds to those that are there.
    async fn look_back(&mut self) {
        let known = self.said.debriefs();
        if known.len() < 3 || self.random.random_bool(0.05) {
            let work = self.words("Work");
            let line = self.said.begin(person(self.name), Deed::LookBack { work: work.clone() });
            let options = json!({ "work": work, "kind": "rounds" });
            let sent = self.sim.person(self.name).slash("ward-3", "debrief start", options).await;
            if let Some(number) = answered(sent).await.as_deref().and_then(started_as) {
                self.said.confirm(line, number);
            }
            return;
        }
        let debrief = known[self.random.random_range(0..known.len())];
        let (text, number) = (self.words("Thing"), format!("D-{debrief}"));
        let say = Deed::Say { debrief, text: text.clone() };
        let (deed, command, options, recorded) = match self.random.random_range(0..12) {
            0 => (Deed::Close { debrief }, "close", json!({ "number": number }), " is closed; "),
            1..=2 => {
                let options = json!({ "text": text, "owner": "mara", "due": "in 2 weeks", "number": number });
                (Deed::Promise { debrief, text }, "action", options, "Recorded in **D-")
            }
            3..=4 => (say, "lesson", json!({ "text": text, "number": number }), "Added to **D-"),
            choice => {
                let what = if choice <= 6 { "escalate" } else { "well" };
                (say, "add", json!({ "what": what, "text": text, "number": number }), "Added to **D-")
            }
        };
        let line = self.said.begin(person(self.name), deed);
        let command = format!("debrief {command}");
        let sent = self.sim.person(self.name).slash("ward-3", &command, options).await;
        if answered(sent).await.is_some_and(|text| text.contains(recorded)) {
            self.said.confirm(line, debrief);
        }
    }

    async fn acknowledge(&mut self, number: u32) {
        let deed = Deed::Acknowledge { number };
        if self.random.random_bool(0.5) {
            self.on_card(number, deed, "Acknowledge").await;
        } else {
            self.by_command(number, deed, "idea acknowledge", json!({ "number": format!("K-{number}") }))
                .await;
        }
    }

    async fn finding(&mut self, number: u32) {
        let text = self.words("Finding");
        let options = json!({ "text": text, "number": format!("K-{number}") });
        self.by_command(number, Deed::Finding { number, text }, "idea finding", options).await;
    }

    async fn accept(&mut self, number: u32) {
        let options = json!({ "reason": "It is worth it", "number": format!("K-{number}") });
        self.by_command(number, Deed::Accept { number }, "idea accept", options).await;
    }

    async fn me_too(&mut self, number: u32) {
        let deed = Deed::MeToo { number };
        if self.random.random_bool(0.6) {
            self.on_card(number, deed, "Me too").await;
        } else {
            self.by_command(number, deed, "idea support", json!({ "number": format!("K-{number}") })).await;
        }
    }

    async fn by_command(&self, number: u32, deed: Deed, command: &str, options: serde_json::Value) {
        let line = self.said.begin(person(self.name), deed);
        let sent = self.sim.person(self.name).slash("ward-3", command, options).await;
        self.confirm(line, number, sent).await;
    }

    async fn on_card(&self, number: u32, deed: Deed, button: &str) {
        let Some(card) = card_of(&self.sim, number) else { return };
        let line = self.said.begin(person(self.name), deed);
        let sent = self.sim.person(self.name).press(card, button).await;
        self.confirm(line, number, sent).await;
    }

    async fn confirm<E: std::fmt::Display>(&self, line: usize, number: u32, sent: Result<Exchange, E>) {
        if let Some(text) = answered(sent).await
            && ["Recorded: ", "You support ", "You no longer support "].iter().any(|said| text.contains(said))
        {
            self.said.confirm(line, number);
        }
    }
}

/// What somebody read in answer; none if the platform had to say that no answer came, or the client has no such button (any
/// more).
async fn answered<E: std::fmt::Display>(sent: Result<Exchange, E>) -> Option<String> {
    match sent.ok()?.settled().await {
        Ok(Answer::Message(message) | Answer::Updated(message)) => Some(message.all_text()),
        Ok(_) | Err(_) => None,
    }
}

/// The number in "recorded as **K-1**".
pub fn recorded_as(text: &str) -> Option<u32> {
    let (_, rest) =
        text.split_once("recorded as **K-").or_else(|| text.split_once("recorded already, as **K-"))?;
    rest.split_once("**")?.0.parse().ok()
}

/// The number in "**D-1** is started".
fn started_as(text: &str) -> Option<u32> {
    text.split_once("** is started")?.0.rsplit_once("**D-")?.1.parse().ok()
}

/// The card of an idea, if it is posted.
pub fn card_of(sim: &Sim, number: u32) -> Option<Id> {
    let mark = format!("K-{number}");
    sim.read(|world| {
        let in_ward = world.messages(crate::hospital::WARD_3);
        in_ward.iter().find(|m| m.embeds.iter().any(|e| e["footer"]["text"] == mark.as_str())).map(|m| m.id)
    })
}
