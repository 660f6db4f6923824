//! A database of one test, and the people in it.

use chrono::TimeDelta;
use kaizen_domain::debrief::DebriefNumber;
use kaizen_domain::suggestion::protocol::Submission;
use kaizen_domain::suggestion::{self, Command, Notice, Suggestion};
use kaizen_domain::{
    ActingMember, Actor, Area, ChannelId, GuildId, Instant, MemberId, MessageId, Number, RoleId, UserId,
    WorkspaceId,
};
use kaizen_storage::{Database, Options};
use kaizen_workflow::debriefs::DebriefJob;
use kaizen_workflow::outbox::{Claimed, Job};
use kaizen_workflow::ports::{
    Ask, CardPlace, Commit, Committed, ItemCommit, ItemRef, Loaded, Outbox, Person, Queries, Reminded,
    RemindedOf, Sent, Store, StoreError, Stored,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use std::time::Duration;

use crate::postgres::cluster;

/// The community of these tests.
pub(crate) const GUILD: GuildId = GuildId(1_000);
/// Where the command was used.
pub(crate) const CHANNEL: ChannelId = ChannelId(u64::MAX - 5);
/// Longer than any of these tests.
pub(crate) const LONG: Duration = Duration::from_secs(600);

/// A database of one test.
pub(crate) struct World {
    pub(crate) url: String,
    pub(crate) db: Database,
    pub(crate) _folder: Option<tempfile::TempDir>,
}

impl World {
    pub(crate) async fn sqlite() -> World {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/kaizen.db", folder.path().display());
        let db = Database::open(&url, options()).await.unwrap();
        db.migrate().await.unwrap();
        World { url, db, _folder: Some(folder) }
    }

    pub(crate) async fn postgres() -> World {
        static TEMPLATE: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
        let template = TEMPLATE
            .get_or_init(|| async {
                let name = cluster().create_database(None);
                let db = Database::open(&cluster().url(&name), options()).await.unwrap();
                db.migrate().await.unwrap();
                db.close().await;
                name
            })
            .await;
        let url = cluster().url(&cluster().create_database(Some(template)));
        let db = Database::open(&url, options()).await.unwrap();
        World { url, db, _folder: None }
    }

    /// A database of the same kind in which nothing was migrated.
    pub(crate) fn empty(&self) -> (String, Option<tempfile::TempDir>) {
        if self.db.kind() == "postgres" {
            return (cluster().url(&cluster().create_database(None)), None);
        }
        let folder = tempfile::tempdir().unwrap();
        (format!("sqlite://{}/kaizen.db", folder.path().display()), Some(folder))
    }

    /// Another process on the same database.
    pub(crate) async fn another(&self) -> Database {
        self.with(options()).await
    }

    /// Another process with other options.
    pub(crate) async fn with(&self, options: Options) -> Database {
        Database::open(&self.url, options).await.unwrap()
    }

    /// A look behind the ports.
    pub(crate) async fn raw(&self) -> Raw {
        Raw(sea_orm::Database::connect(&self.url).await.unwrap())
    }
}

/// Statements of a test.
pub(crate) struct Raw(DatabaseConnection);

impl Raw {
    pub(crate) async fn run(&self, sql: &str) {
        self.0.execute_unprepared(sql).await.unwrap();
    }

    pub(crate) async fn strings(&self, sql: &str) -> Vec<String> {
        self.column(0, sql).await
    }

    pub(crate) async fn column(&self, at: usize, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(self.0.get_database_backend(), sql);
        let rows = self.0.query_all_raw(statement).await.unwrap();
        rows.iter().map(|r| r.try_get_by_index(at).unwrap()).collect()
    }

    /// How the database means to carry out a statement.
    pub(crate) async fn plan(&self, sql: &str) -> Vec<String> {
        let backend = self.0.get_database_backend();
        let rows = self.0.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        let column = if backend == sea_orm::DbBackend::Sqlite { 3 } else { 0 };
        rows.iter().map(|r| r.try_get_by_index(column).unwrap()).collect()
    }

    pub(crate) async fn count(&self, table: &str) -> i64 {
        let statement =
            Statement::from_string(self.0.get_database_backend(), format!("SELECT COUNT(*) FROM {table}"));
        self.0.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }
}

/// Nothing waits for anything, unless a test says so.
pub(crate) fn options() -> Options {
    let mut options = Options::default();
    options.outbox.card_gap = Duration::ZERO;
    options.outbox.bundle_hold = Duration::ZERO;
    options
}

pub(crate) fn person(name: &str, user: u64, roles: &[u64]) -> Person {
    Person {
        user: UserId(user),
        name: name.into(),
        roles: roles.iter().map(|r| RoleId(*r)).collect(),
        admin: false,
    }
}

pub(crate) fn sam() -> Person {
    person("sam", 11, &[])
}

pub(crate) fn mara() -> Person {
    person("mara", 12, &[])
}

pub(crate) fn cleo() -> Person {
    person("cleo", 13, &[])
}

pub(crate) fn ask(person: Person) -> Ask {
    Ask { guild: GUILD, person, request: None, item: None, other: None, named: Vec::new() }
}

/// Monday, 16 November 2026, ten o'clock, and so many minutes.
pub(crate) fn at(minutes: i64) -> Instant {
    "2026-11-16T10:00:00Z".parse::<Instant>().unwrap() + TimeDelta::minutes(minutes)
}

/// What a person may be, for the domain.
pub(crate) fn actor(member: &ActingMember) -> Actor {
    Actor::Member(member.clone())
}

/// A new idea as the engine would commit it.
pub(crate) fn new_item(loaded: &Loaded, idea: &str, now: Instant) -> ItemCommit {
    let typed = Submission {
        idea: idea.into(),
        proposal: None,
        benefit: None,
        area: Some(Area("equipment".into())),
        team: loaded.policy.teams[0].id,
        for_name: None,
        done: false,
        source: None,
    };
    let event = suggestion::submit(&typed, &actor(&loaded.actor), &loaded.policy, now).unwrap();
    let after = suggestion::apply(None, &event).unwrap();
    let events = vec![event];
    let reaction = suggestion::react(None, &after, &events, &loaded.policy);
    ItemCommit {
        number: None,
        expected: 0,
        after,
        events,
        notices: reaction.notices,
        timer: reaction.timer,
        redact: Vec::new(),
        channel: Some(CHANNEL),
        answered_by: None,
    }
}

pub(crate) fn commit(workspace: WorkspaceId, now: Instant, items: Vec<ItemCommit>) -> Commit {
    Commit { workspace, request: None, now, items }
}

/// sam suggests something.
pub(crate) async fn suggest(db: &Database, idea: &str) -> (WorkspaceId, Number) {
    suggest_at(db, idea, at(0)).await
}

pub(crate) async fn suggest_at(db: &Database, idea: &str, now: Instant) -> (WorkspaceId, Number) {
    let loaded = db.load(&ask(sam())).await.unwrap();
    let done = db.commit(&commit(loaded.workspace, now, vec![new_item(&loaded, idea, now)])).await.unwrap();
    (loaded.workspace, done.items[0].number)
}

/// An item with its settings, as a person would find it.
pub(crate) async fn load(db: &Database, who: Person, number: Number) -> (Loaded, Stored) {
    let loaded = db.load(&Ask { item: Some(ItemRef::Number(number)), ..ask(who) }).await.unwrap();
    let item = loaded.item.clone().expect("the item is there");
    (loaded, item)
}

/// What a command makes of an item, not yet committed.
pub(crate) fn change(loaded: &Loaded, item: &Stored, command: &Command, now: Instant) -> ItemCommit {
    let by = match command {
        Command::RunDue | Command::CountAnew => Actor::System,
        _ => actor(&loaded.actor),
    };
    let events = suggestion::decide(&item.suggestion, command, &by, &loaded.policy, now).unwrap();
    let after = events.iter().fold(item.suggestion.clone(), |s, e| suggestion::apply(Some(s), e).unwrap());
    let reaction = suggestion::react(Some(&item.suggestion), &after, &events, &loaded.policy);
    let redact = match command {
        Command::Redact { words } => words.clone(),
        _ => Vec::new(),
    };
    ItemCommit {
        number: Some(item.number),
        expected: item.version,
        after,
        events,
        notices: reaction.notices,
        timer: reaction.timer,
        redact,
        channel: None,
        answered_by: matches!(command, Command::GiveFeedback { .. }).then_some(loaded.actor.id),
    }
}

/// Somebody does something.
pub(crate) async fn act(
    db: &Database,
    who: Person,
    number: Number,
    command: Command,
    now: Instant,
) -> Result<Committed, StoreError> {
    let (loaded, item) = load(db, who, number).await;
    db.commit(&commit(loaded.workspace, now, vec![change(&loaded, &item, &command, now)])).await
}

/// The owner of the community is known from the beginning, so that sam is not his own manager.
pub(crate) async fn found(db: &Database) -> WorkspaceId {
    let founding = kaizen_workflow::ports::Founding { guild: GUILD, name: "Ward".into(), owner: cleo().user };
    db.found(&founding).await.unwrap().id
}

/// A change with nothing but these notices.
pub(crate) async fn tell(
    db: &Database,
    number: Number,
    notices: Vec<Notice>,
) -> Result<Committed, StoreError> {
    let (loaded, item) = load(db, cleo(), number).await;
    let quiet = ItemCommit {
        number: Some(number),
        expected: item.version,
        after: item.suggestion,
        events: Vec::new(),
        notices,
        timer: None,
        redact: Vec::new(),
        channel: None,
        answered_by: None,
    };
    db.commit(&commit(loaded.workspace, at(1), vec![quiet])).await
}

pub(crate) async fn claim(db: &Database) -> Vec<Claimed> {
    db.claim("worker", 100, LONG).await.unwrap()
}

pub(crate) fn jobs(claims: &[Claimed]) -> Vec<&'static str> {
    claims.iter().map(|c| word(&c.job)).collect()
}

pub(crate) fn word(job: &Job) -> &'static str {
    match job {
        Job::Open { .. } => "open",
        Job::Card { .. } => "card",
        Job::Rename { .. } => "rename",
        Job::Post { .. } => "post",
        Job::Direct { .. } => "direct",
        Job::Reminders { .. } => "reminders",
        Job::Rewrite { .. } => "rewrite",
        Job::Digest { .. } => "digest",
        Job::Trouble(_) => "trouble",
        Job::Debrief { .. } => "debrief",
    }
}

/// Where everything of an item goes in these tests.
pub(crate) fn place(number: Number) -> CardPlace {
    let n = u64::from(number.0);
    CardPlace {
        channel: CHANNEL,
        message: MessageId(7_000 + n),
        thread: Some(ChannelId(u64::MAX - 1_000 - n)),
    }
}

/// What a platform would answer.
pub(crate) fn sent(claim: &Claimed) -> Sent {
    match &claim.job {
        Job::Open { number, .. } => Sent::Opened(place(*number)),
        Job::Card { number } => Sent::Card(place(*number)),
        Job::Reminders { to, entries, .. } => {
            let message = MessageId(9_000 + claim.id.unsigned_abs());
            let mut reminded: Vec<Reminded> = Vec::new();
            for entry in entries {
                let of = match entry.action {
                    None => RemindedOf::Idea(entry.number),
                    Some(_) => RemindedOf::Debrief(DebriefNumber(entry.number.0), Some(*to)),
                };
                if reminded.iter().all(|r| r.of != of) {
                    reminded.push(Reminded { of, channel: CHANNEL, message });
                }
            }
            Sent::Reminded(reminded)
        }
        Job::Post { .. } | Job::Direct { .. } | Job::Digest { .. } | Job::Trouble(_) => {
            Sent::Message { channel: CHANNEL, message: MessageId(9_000 + claim.id.unsigned_abs()) }
        }
        Job::Debrief { debrief, about: DebriefJob::Open { .. } | DebriefJob::Panel } => {
            let thread = Some(ChannelId(50_000 + u64::from(debrief.0)));
            Sent::Opened(CardPlace { channel: CHANNEL, message: MessageId(8_000), thread })
        }
        Job::Debrief { about: DebriefJob::Rename, .. } => Sent::Nothing,
        Job::Debrief { .. } => {
            Sent::Message { channel: CHANNEL, message: MessageId(9_000 + claim.id.unsigned_abs()) }
        }
        Job::Rename { .. } | Job::Rewrite { .. } => Sent::Nothing,
    }
}

/// Sends everything there is; what was sent, in order.
pub(crate) async fn deliver_all(db: &Database) -> Vec<Job> {
    let mut delivered = Vec::new();
    loop {
        let claims = claim(db).await;
        if claims.is_empty() {
            return delivered;
        }
        for claim in claims {
            assert!(db.begin(&claim).await.unwrap());
            assert!(db.delivered(&claim, &sent(&claim)).await.unwrap());
            delivered.push(claim.job);
        }
    }
}

/// The row of the state, and the state that the history gives.
pub(crate) async fn replayed(
    db: &Database,
    workspace: WorkspaceId,
    number: Number,
) -> (Suggestion, Suggestion) {
    let row = db.find(workspace, number).await.unwrap().unwrap().suggestion;
    let history = db.history(workspace, number).await.unwrap();
    let events: Vec<_> = history.into_iter().map(|s| s.event).collect();
    (row, suggestion::replay(&events).unwrap())
}

/// A member by the platform's id.
pub(crate) async fn member(db: &Database, workspace: WorkspaceId, who: &Person) -> MemberId {
    db.members(workspace, &[who.user]).await.unwrap()[0]
}
