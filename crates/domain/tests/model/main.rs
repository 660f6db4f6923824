//! The model check: every sequence of actions and time steps, breadth first over the pure rules, against what always holds.
//!
//! ```text
//! cargo test -p kaizen-domain --test model                                     in the ordinary tests, as deep as a minute allows
//! KAIZEN_MODEL_DEPTH=8 cargo test --release -p kaizen-domain --test model usual_workspace -- --nocapture   eight steps, with the counts
//! ```
//!
//! [`workspaces`]: who is there. [`moves`]: what can happen. [`key`]: which lives count as the same. [`laws`]: what holds. A
//! new action is a line in `moves`, a new field that rules read is a line in `key`, a new promise is a function in `laws`.

mod key;
mod laws;
mod moves;
mod workspaces;

use std::collections::{BTreeMap, HashSet};

use kaizen_domain::suggestion::protocol::Submission;
use kaizen_domain::suggestion::{Event, StageName, apply, submit};
use kaizen_domain::{Area, TeamId};

use key::Key;
use laws::Law;
use moves::{Life, Move, Passing};
use workspaces::{Workspace, acting, unusual, usual};

/// A life that was reached, and how.
struct Reached {
    life: Option<Life>,
    from: Option<(usize, Move)>,
    events: Vec<Event>,
}

struct Search<'a> {
    w: &'a Workspace,
    reached: Vec<Reached>,
    seen: HashSet<Key>,
    steps: usize,
    stages: BTreeMap<StageName, usize>,
    broken: BTreeMap<String, String>,
}

impl<'a> Search<'a> {
    fn of(w: &'a Workspace) -> Search<'a> {
        let idea = Submission {
            idea: "Put the spare batteries next to the hoists".into(),
            proposal: None,
            benefit: None,
            area: Some(Area("equipment".into())),
            team: TeamId(1),
            for_name: None,
            done: w.done,
            source: None,
        };
        let event = submit(&idea, &acting(w.author), &w.policy, w.begins).expect("the idea is taken");
        let life = Life { state: apply(None, &event).expect("a suggestion"), now: w.begins };
        let mut search = Search {
            w,
            reached: Vec::new(),
            seen: HashSet::new(),
            steps: 0,
            stages: BTreeMap::new(),
            broken: BTreeMap::new(),
        };
        search.keep(life, None, vec![event], false);
        search
    }

    /// Keeps a life that was not there before, and looks what becomes of it when it is left alone. From the last ones
    /// nothing goes on.
    fn keep(&mut self, life: Life, from: Option<(usize, Move)>, events: Vec<Event>, last: bool) {
        if self.seen.insert(Key::of(&life, &self.w.policy)) {
            let law = alone(&life, self.w);
            let stage = life.state.stage.name();
            *self.stages.entry(stage).or_default() += 1;
            self.reached.push(Reached { life: (!last).then_some(life), from, events });
            self.look(self.reached.len() - 1, None, &[], law);
        }
    }

    /// Everything that can happen from the lives of one depth. Returns how many new ones there are.
    fn deeper(&mut self, from: std::ops::Range<usize>, last: bool) -> usize {
        let known = self.reached.len();
        for at in from {
            let Some(life) = self.reached[at].life.take() else { continue };
            let history = self.history(at);
            let waited = laws::wait(&history, life.now, self.w);
            for what in self.moves(&life) {
                let Some((after, events)) = life.after(&what, &self.w.policy) else { continue };
                if events.is_empty() && after.now == life.now {
                    continue;
                }
                self.steps += 1;
                let law = laws::at_any_moment(&after, self.w)
                    .and_then(|()| laws::of_a_step(&life, &what, &after, &events, self.w))
                    .and_then(|()| laws::of_the_wait((&life, &after), waited, &history, &events, self.w))
                    .and_then(|()| laws::of_played_clocks((&life, &after), &history, &events, self.w))
                    .and_then(|()| match what {
                        Move::Time(_) => laws::swept_twice(&after, self.w),
                        Move::Try(..) | Move::Absorb(_) => Ok(()),
                    });
                self.look(at, Some(&what), &events, law);
                self.keep(after, Some((at, what)), events, last);
            }
        }
        self.reached.len() - known
    }

    fn moves(&self, life: &Life) -> Vec<Move> {
        let commands = moves::commands(self.w, life.now);
        let tries = self.w.people.iter().flat_map(|who| commands.iter().map(|c| Move::Try(*who, c.clone())));
        let absorb = Move::Absorb(moves::absorb(self.w));
        tries.chain([absorb]).chain(Passing::ALL.map(Move::Time)).collect()
    }

    fn history(&self, at: usize) -> Vec<Event> {
        let mut parts = Vec::new();
        let mut next = Some(at);
        while let Some(at) = next {
            parts.push(&self.reached[at].events);
            next = self.reached[at].from.as_ref().map(|(from, _)| *from);
        }
        parts.into_iter().rev().flatten().cloned().collect()
    }

    /// Keeps how it first came to what must not be.
    fn look(&mut self, at: usize, last: Option<&Move>, events: &[Event], law: Law) {
        let Err(why) = law else { return };
        let mut path = Vec::new();
        let mut next = Some(at);
        while let Some(at) = next {
            let reached = &self.reached[at];
            path.push(shown(reached.from.as_ref().map(|(_, what)| what), &reached.events));
            next = reached.from.as_ref().map(|(from, _)| *from);
        }
        path.reverse();
        path.extend(last.map(|what| shown(Some(what), events)));
        let kind: String = why.chars().filter(|c| c.is_alphabetic() || *c == ' ').take(30).collect();
        self.broken.entry(kind).or_insert_with(|| format!("{}: {why}\n{}", self.w.name, path.join("\n")));
    }
}

fn alone(life: &Life, w: &Workspace) -> Law {
    if !life.state.is_open() {
        return Ok(());
    }
    laws::left_alone(life, w).and_then(|()| laws::can_be_closed(life, w))
}

fn shown(what: Option<&Move>, events: &[Event]) -> String {
    let what = what.map_or_else(|| "it begins".to_owned(), ToString::to_string);
    let events: Vec<String> = events.iter().map(|e| format!("      {} {:?}", e.at, e.fact)).collect();
    format!("  {what}\n{}", events.join("\n"))
}

/// Searches one workspace, and says what was found.
fn search(w: &Workspace) {
    let depth = std::env::var("KAIZEN_MODEL_DEPTH").ok().and_then(|d| d.parse().ok()).unwrap_or(w.depth);
    let mut search = Search::of(w);
    let mut level = 0..search.reached.len();
    let mut counts = Vec::new();
    for step in 1..=depth {
        let new = search.deeper(level.clone(), step == depth);
        level = level.end..level.end + new;
        counts.push(new);
    }
    println!(
        "{}: {} states, {} steps, new at each depth: {counts:?}\n    {:?}",
        w.name,
        search.reached.len(),
        search.steps,
        search.stages
    );
    let broken: Vec<String> = search.broken.into_values().collect();
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}

#[test]
fn expect_the_promise_in_every_life_of_the_usual_workspace() {
    search(&usual());
}

#[test]
fn expect_the_promise_in_every_life_where_something_is_unusual() {
    for w in unusual() {
        search(&w);
    }
}
