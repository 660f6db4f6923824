//! Ten thousand ideas fall due in the same minute. Processes of their own fire the timers and deliver what follows to a platform
//! that takes everything at once; one of them is killed in the middle and started anew, and on PostgreSQL two share the work.
//! Each reminder and each escalation must come once.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kaizen_domain::suggestion::protocol::Submission;
use kaizen_domain::suggestion::{Notice, next_timer};
use kaizen_domain::{ChannelId, GuildId, MessageId, Number, UserId};
use kaizen_storage::{Database, Options};
use kaizen_tests::Base;
use kaizen_tests::base::Fresh;
use kaizen_tests::hospital::{GUILD, WARD_3, WORKSPACE, person};
use kaizen_tests::world::{World, apply_workspace};
use kaizen_workflow::clock::{Clock, ManualClock, pause};
use kaizen_workflow::courier::Courier;
use kaizen_workflow::digest::Schedule;
use kaizen_workflow::engine::Engine;
use kaizen_workflow::outbox::{Claimed, Material};
use kaizen_workflow::ports::{
    Ask, CardPlace, Commit, DeliveryError, ItemCommit, Loaded, Notifier, Outbox, Person, Queries, Reminded,
    RemindedOf, Sent, Store,
};

/// The word by which the bench starts a process of its own that sweeps and delivers.
pub(crate) const WORKER: &str = "--fire-and-deliver";
/// How long anything may take before it is given up.
const PATIENCE: Duration = Duration::from_mins(10);
/// Ideas in one transaction while they are put in.
const TOGETHER: u32 = 500;

/// A platform without limits: takes everything, and says what it was given, one line for each reminder and post.
struct Everything {
    next: AtomicU64,
    said: Arc<Mutex<Box<dyn Write + Send>>>,
}

impl Everything {
    fn new(said: Box<dyn Write + Send>) -> Self {
        Everything { next: AtomicU64::new(1), said: Arc::new(Mutex::new(said)) }
    }

    fn message(&self) -> MessageId {
        MessageId(self.next.fetch_add(1, Ordering::Relaxed))
    }

    fn say(&self, lines: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.write_all(lines.as_bytes()).and_then(|()| said.flush()).expect("somebody listens");
    }
}

#[async_trait]
impl Notifier for Everything {
    async fn deliver(&self, claim: &Claimed, material: &Material) -> Result<Sent, DeliveryError> {
        Ok(match material {
            Material::Open { shown, .. } => {
                let message = self.message();
                // A thread has its message's id, and belongs to one idea.
                let thread = Some(ChannelId(1_000_000_000 + u64::from(shown.item.number.0)));
                Sent::Opened(CardPlace { channel: ChannelId(WARD_3), message, thread })
            }
            Material::Card { shown } => match shown.item.card {
                Some(place) => Sent::Card(place),
                None => Sent::Nothing,
            },
            Material::Post { shown, seq, .. } => {
                self.say(&format!("post {} {} {seq}\n", claim.id, shown.item.number.0));
                Sent::Message { channel: ChannelId(1), message: self.message() }
            }
            Material::Reminders { member, lines, .. } => {
                let (channel, message) = (ChannelId(2), self.message());
                let mut said = String::new();
                let mut reminded = Vec::with_capacity(lines.len());
                for (entry, _) in lines {
                    let step = entry.step as u8;
                    said.push_str(&format!("remind {} {} {} {step}\n", claim.id, entry.number.0, member.0));
                    reminded.push(Reminded { of: RemindedOf::Idea(entry.number), channel, message });
                }
                self.say(&said);
                Sent::Reminded(reminded)
            }
            Material::Direct { .. } | Material::Digest { .. } | Material::Trouble { .. } => {
                Sent::Message { channel: ChannelId(3), message: self.message() }
            }
            Material::Rename { .. }
            | Material::Rewrite { .. }
            | Material::Clear { .. }
            | Material::Debrief(_)
            | Material::Nothing => Sent::Nothing,
        })
    }
}

fn engine(db: &Database, at: DateTime<Utc>) -> Engine {
    let store: Arc<dyn Store> = Arc::new(db.clone());
    let queries: Arc<dyn Queries> = Arc::new(db.clone());
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(at));
    let schedule = Schedule::parse(Schedule::DEFAULT).expect("the default can be read");
    Engine::new(store, queries, clock, schedule)
}

/// A process of its own: fires what is due and delivers what follows, until there is nothing left.
pub(crate) async fn work(url: &str, at: &str, name: &str) {
    let at: DateTime<Utc> = at.parse().expect("a time");
    let db = Database::open(url, Options::default()).await.expect("the database opens");
    db.take_over_leases().await.expect("the database answers");
    let engine = engine(&db, at);
    let platform = Arc::new(Everything::new(Box::new(std::io::stdout())));
    let courier = Courier::new(Arc::new(db.clone()), engine.clone(), platform, name);
    let fire = async {
        while !db.due(at, 1).await.expect("the database answers").is_empty() {
            engine.run_due().await.expect("the database answers");
        }
    };
    let deliver = async {
        loop {
            courier.drain(Duration::from_secs(20)).await.expect("the database answers");
            let left = db.depth().await.expect("the database answers").pending;
            if left == 0 && db.due(at, 1).await.expect("the database answers").is_empty() {
                return;
            }
            pause(Duration::from_millis(20)).await;
        }
    };
    tokio::join!(fire, deliver);
    db.close().await;
}

/// What was measured, as lines of a table.
pub(crate) async fn measure(base: Base, many: u32) -> Vec<(&'static str, String)> {
    let fresh = Fresh::make(base).await;
    let db = fresh.open(Options::default()).await;
    apply_workspace(&db, WORKSPACE).await;
    let monday = World::monday();
    fill(&db, many, monday).await;
    let mut told: Told = BTreeMap::new();
    let mut rows = Vec::new();
    let (half, due) = (monday + TimeDelta::days(1), monday + TimeDelta::days(2));
    for (name, at) in [
        ("half of the time: fired and delivered (≤ 60 s)", half),
        ("due, and the next level told: fired and delivered (≤ 60 s)", due),
    ] {
        let began = Instant::now();
        let fired = fall_due(&db, &fresh, base, (many, at), &mut told).await;
        let all = began.elapsed().as_secs_f64();
        let each = all * 1000.0 / f64::from(many);
        let row = (name, format!("{all:.1} s ({each:.2} ms each), fired after {:.1} s", fired.as_secs_f64()));
        eprintln!("{}: {}", row.0, row.1);
        rows.push(row);
    }
    rows.push(("each reminder and escalation", once(&db, many, &told).await));
    db.close().await;
    rows
}

/// By which row of the outbox somebody was told of what: each must be one.
type Told = BTreeMap<String, std::collections::BTreeSet<String>>;

async fn fill(db: &Database, many: u32, at: DateTime<Utc>) {
    let engine = engine(db, at);
    let ask = Ask {
        guild: GuildId(GUILD),
        person: Person { user: UserId(person("sam")), name: "sam".to_owned(), roles: vec![], admin: false },
        request: Some("the first".to_owned()),
        item: None,
        other: None,
        named: vec![],
    };
    let make = |loaded: &Loaded| {
        Ok(Submission {
            idea: "The supply room has no labels".to_owned(),
            proposal: None,
            benefit: None,
            area: None,
            team: loaded.policy.team_named("Ward 3").expect("a team").id,
            for_name: None,
            done: false,
            source: None,
        })
    };
    let first = engine.submit(&ask, ChannelId(WARD_3), make).await.expect("it is recorded");
    let item = ItemCommit {
        number: None,
        expected: 0,
        timer: next_timer(&first.shown.item.suggestion, &first.shown.policy),
        after: first.shown.item.suggestion,
        events: first.events,
        notices: vec![Notice::Card],
        answered_by: None,
        redact: Vec::new(),
        channel: Some(ChannelId(WARD_3)),
    };
    let mut left = many - 1;
    while left > 0 {
        for _ in 0..TOGETHER.min(left) {
            let items = vec![item.clone()];
            let commit = Commit { workspace: first.shown.workspace, request: None, now: at, items };
            db.commit(&commit).await.expect("the database takes it");
        }
        left -= TOGETHER.min(left);
    }
    let platform = Arc::new(Everything::new(Box::new(std::io::sink())));
    let courier = Courier::new(Arc::new(db.clone()), engine, platform, "filling");
    courier.drain(Duration::ZERO).await.expect("the database answers");
}

/// A process that is at work, and what it says.
struct Worker {
    child: Child,
    said: std::thread::JoinHandle<String>,
}

impl Worker {
    fn start(url: &str, at: DateTime<Utc>, name: &str) -> Worker {
        let program = std::env::current_exe().expect("the bench knows where it is");
        let mut child = Command::new(program)
            .args([WORKER, url, &at.to_rfc3339(), name])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process starts");
        let mut from = child.stdout.take().expect("it was asked for");
        let said = std::thread::spawn(move || {
            let mut said = Vec::new();
            // What a killed process says ends anywhere.
            let _ = std::io::Read::read_to_end(&mut from, &mut said);
            String::from_utf8_lossy(&said).into_owned()
        });
        Worker { child, said }
    }

    fn ended(mut self, killed: bool, told: &mut Told) {
        if killed {
            self.child.kill().expect("it runs");
        }
        let status = self.child.wait().expect("it runs");
        assert!(killed || status.success(), "a process fails: {status}");
        let said = self.said.join().expect("it is read");
        for line in said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            let mut words = line.splitn(3, ' ');
            if let (Some(what), Some(row), Some(about)) = (words.next(), words.next(), words.next()) {
                told.entry(format!("{what} {about}")).or_default().insert(row.to_owned());
            }
        }
    }
}

/// Everything falls due at once. Returns how long the timers took of it.
async fn fall_due(
    db: &Database,
    fresh: &Fresh,
    base: Base,
    (many, at): (u32, DateTime<Utc>),
    told: &mut Told,
) -> Duration {
    let began = Instant::now();
    let left = async || db.due(at, many).await.expect("the database answers").len();
    let first = Worker::start(&fresh.url, at, "one");
    let second = (base == Base::Postgres).then(|| Worker::start(&fresh.url, at, "two"));
    while left().await > many as usize / 2 {
        assert!(began.elapsed() < PATIENCE, "nothing fires");
        pause(Duration::from_millis(10)).await;
    }
    first.ended(true, told);
    let first = Worker::start(&fresh.url, at, "one anew");
    while left().await > 0 {
        assert!(began.elapsed() < PATIENCE, "not everything fires");
        pause(Duration::from_millis(10)).await;
    }
    let fired = began.elapsed();
    first.ended(false, told);
    if let Some(second) = second {
        second.ended(false, told);
    }
    fired
}

/// Once in the history, and told by one row.
async fn once(db: &Database, many: u32, told: &Told) -> String {
    let found = db.workspace(GuildId(GUILD)).await.expect("the database answers").expect("a workspace");
    let mut wrong = 0;
    for n in 1..=many {
        let steps = db.history(found.id, Number(n)).await.expect("the database answers");
        let facts: Vec<&str> = steps.iter().map(|s| s.event.fact.as_str()).collect();
        wrong += u32::from(facts != ["submitted", "reminded", "reminded", "next_level_told"]);
    }
    let twice = told.values().filter(|rows| rows.len() > 1).count();
    let count = |what: &str| told.keys().filter(|key| key.starts_with(what)).count();
    let (reminders, posts) = (count("remind"), count("post"));
    if wrong == 0 && twice == 0 {
        format!("once ({reminders} reminders, {posts} posts)")
    } else {
        format!("WRONG: {wrong} histories, {twice} told twice ({reminders} reminders, {posts} posts)")
    }
}
