//! The model check: every sequence of actions and time steps, breadth first over the pure rules, against what always holds.
//!
//! ```text
//! cargo test -p kaizen-domain --test model                                     in the ordinary tests, as deep as a minute allows
//! KAIZEN_MODEL_DEPTH=8 cargo test --release -p kaizen-domain --test model usual_workspace -- --nocapture   eight steps, with the counts
//! KAIZEN_MODEL_THREADS=1                                       and leave the other cores to others
//! ```
//!
//! [`workspaces`]: who is there. [`moves`]: what can happen. [`key`]: which lives count as the same. [`laws`]: what holds. A
//! new action is a line in `moves`, a new field that rules read is a line in `key`, a new promise is a function in `laws`.
//!
//! Millions of lives fit, since none is kept: of those that were seen there is the hash of what makes them the same, and of
//! those that go on the way that leads there, from which they are lived again. (Two of ten million with the same hash of 64
//! bits, of which one would be passed over: a chance of three in a million.) All cores share the work of one depth; what they found is put together in
//! order, so that the counts are the same in every run.

mod key;
mod laws;
mod moves;
mod workspaces;

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use kaizen_domain::suggestion::{Event, StageName};

use key::Key;
use laws::Law;
use moves::{Life, Move, Moves};
use workspaces::{Workspace, unusual, usual};

/// More steps than anybody searches.
const MOST_STEPS: usize = 12;

/// The way to a life: at each step the number of the move that was made.
#[derive(Clone, Copy, Default)]
struct Way {
    steps: u8,
    moves: [u16; MOST_STEPS],
}

impl Way {
    fn and(mut self, number: usize) -> Way {
        self.moves[usize::from(self.steps)] = u16::try_from(number).expect("not so many moves");
        self.steps += 1;
        self
    }
}

/// A life lived again, with all that happened in it.
struct Lived {
    life: Life,
    history: Vec<Event>,
    /// How it came there, for people.
    told: Vec<String>,
}

fn live(w: &Workspace, way: Way, tell: bool) -> Lived {
    let (life, event) = Life::begin(w);
    let mut lived = Lived { life, history: vec![event], told: Vec::new() };
    if tell {
        lived.told.push(shown(None, &lived.history));
    }
    for number in &way.moves[..usize::from(way.steps)] {
        let what = Moves::of(w, &lived.life).get(usize::from(*number));
        let (after, events) = lived.life.after(&what).expect("it was lived before");
        if tell {
            lived.told.push(shown(Some(&what), &events));
        }
        lived.history.extend(events);
        lived.life = after;
    }
    lived
}

/// What one life of a depth leads to.
#[derive(Default)]
struct Found {
    steps: usize,
    stage: Option<StageName>,
    next: Vec<(u64, u16)>,
    broken: Vec<(String, Option<u16>)>,
}

fn hash(life: &Life) -> u64 {
    let mut hasher = DefaultHasher::new();
    Key::of(life).hash(&mut hasher);
    hasher.finish()
}

/// Looks what becomes of a life when it is left alone, and tries everything that can happen to it unless it is one of the last.
fn look(w: &Workspace, way: Way, last: bool) -> Found {
    let Lived { life, history, .. } = live(w, way, false);
    let mut found = Found { stage: Some(life.state.stage.name()), ..Found::default() };
    if let Err(why) = alone(&life, w) {
        found.broken.push((why, None));
    }
    if last {
        return found;
    }
    let waited = laws::wait(&history, &life);
    let moves = Moves::of(w, &life);
    for number in 0..moves.len() {
        let what = moves.get(number);
        let Some((after, events)) = life.after(&what) else { continue };
        if events.is_empty() && after.now == life.now && std::sync::Arc::ptr_eq(&after.policy, &life.policy) {
            continue;
        }
        found.steps += 1;
        let number = u16::try_from(number).expect("not so many moves");
        if let Err(why) = step(w, (&life, &what, &after), (&history, &events), waited) {
            found.broken.push((why, Some(number)));
        }
        found.next.push((hash(&after), number));
    }
    found
}

fn step(
    w: &Workspace,
    (life, what, after): (&Life, &Move, &Life),
    (history, events): (&[Event], &[Event]),
    waited: TimeDelta,
) -> Law {
    laws::at_any_moment(after, w)?;
    laws::of_a_step(life, what, after, events)?;
    laws::of_the_wait((life, after), waited, history, events)?;
    laws::of_played_clocks((life, after), history, events, w)?;
    match what {
        Move::Time(_) => laws::swept_twice(after),
        Move::People(_) => laws::settled_twice(after),
        Move::Try(..) | Move::Absorb(_) | Move::Delivery(_) => Ok(()),
    }
}

fn alone(life: &Life, w: &Workspace) -> Law {
    if !life.state.is_open() {
        return Ok(());
    }
    laws::left_alone(life, w).and_then(|()| laws::can_be_closed(life))
}

/// As many as there are cores, or as many as somebody who shares the machine wants.
fn threads() -> usize {
    let asked = std::env::var("KAIZEN_MODEL_THREADS").ok().and_then(|n| n.parse().ok());
    asked.or_else(|| std::thread::available_parallelism().ok()).map_or(1, std::num::NonZero::get)
}

/// So many lives are looked at by one core before their finds are put to the others'.
const TOGETHER: usize = 256;

/// Looks at all lives of one depth; what was found, in their order.
fn look_at_all(w: &Workspace, level: &[Way], last: bool, mut each: impl FnMut(Way, Found)) {
    let cores = threads();
    for part in level.chunks(TOGETHER * cores * 8) {
        let pieces: Vec<&[Way]> = part.chunks(TOGETHER).collect();
        let taken = AtomicUsize::new(0);
        let mut found: Vec<(usize, Vec<Found>)> = std::thread::scope(|scope| {
            let work = || {
                let mut mine = Vec::new();
                loop {
                    let at = taken.fetch_add(1, Ordering::Relaxed);
                    let Some(piece) = pieces.get(at) else { return mine };
                    mine.push((at, piece.iter().map(|way| look(w, *way, last)).collect::<Vec<_>>()));
                }
            };
            let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
            threads.into_iter().flat_map(|t| t.join().expect("no rule panics")).collect()
        });
        found.sort_by_key(|(at, _)| *at);
        for (way, found) in part.iter().zip(found.into_iter().flat_map(|(_, found)| found)) {
            each(*way, found);
        }
    }
}

fn shown(what: Option<&Move>, events: &[Event]) -> String {
    let what = what.map_or_else(|| "it begins".to_owned(), ToString::to_string);
    let events: Vec<String> = events.iter().map(|e| format!("      {} {:?}", e.at, e.fact)).collect();
    format!("  {what}\n{}", events.join("\n"))
}

/// How it came to what must not be, for people.
fn story(w: &Workspace, way: Way, last: Option<u16>) -> String {
    let lived = live(w, way, true);
    let mut told = lived.told;
    if let Some(number) = last {
        let what = Moves::of(w, &lived.life).get(usize::from(number));
        let events = lived.life.after(&what).map(|(_, events)| events).unwrap_or_default();
        told.push(shown(Some(&what), &events));
    }
    told.join("\n")
}

/// Searches one workspace, and says what was found.
fn search(w: &Workspace) {
    let depth = std::env::var("KAIZEN_MODEL_DEPTH").ok().and_then(|d| d.parse().ok()).unwrap_or(w.depth);
    let mut seen: HashSet<u64> = HashSet::from([hash(&Life::begin(w).0)]);
    let mut level = vec![Way::default()];
    let (mut counts, mut steps) = (Vec::new(), 0);
    let mut stages: BTreeMap<StageName, usize> = BTreeMap::new();
    let mut broken: BTreeMap<String, String> = BTreeMap::new();
    for at in 0..=depth {
        let mut next = Vec::new();
        look_at_all(w, &level, at == depth, |way, found| {
            steps += found.steps;
            *stages.entry(found.stage.expect("every life has one")).or_default() += 1;
            for (why, last) in found.broken {
                let kind: String = why.chars().filter(|c| c.is_alphabetic() || *c == ' ').take(30).collect();
                broken.entry(kind).or_insert_with(|| format!("{}: {why}\n{}", w.name, story(w, way, last)));
            }
            for (hash, number) in found.next {
                if seen.insert(hash) {
                    next.push(way.and(usize::from(number)));
                }
            }
        });
        if at < depth {
            counts.push(next.len());
            println!("{}: {} new after {} steps", w.name, next.len(), at + 1);
        }
        level = next;
    }
    println!(
        "{}: {} states, {steps} steps, new at each depth: {counts:?}\n    {stages:?}",
        w.name,
        seen.len()
    );
    let broken: Vec<String> = broken.into_values().collect();
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}

#[test]
fn expect_the_promise_in_every_life_of_the_usual_workspace() {
    search(&usual());
}

#[test]
fn expect_the_promise_in_every_life_in_which_people_leave() {
    search(&workspaces::leaving());
}

#[test]
fn expect_the_promise_in_every_life_in_which_people_are_away() {
    search(&workspaces::being_away());
}

#[test]
fn expect_the_promise_in_every_life_in_which_the_calendar_changes() {
    search(&workspaces::with_another_calendar());
}

#[test]
fn expect_the_promise_in_every_life_in_which_people_come_and_go() {
    search(&workspaces::coming_and_going());
}

#[test]
fn expect_the_promise_in_every_life_where_something_is_unusual() {
    for w in unusual() {
        search(&w);
    }
}
