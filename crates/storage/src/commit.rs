//! Trip two: one transaction for rows, events, ledger, timers, outbox rows and request id.
//!
//! A new idea is one trip: one batch of statements that is a transaction by itself. A step is BEGIN, the row with its
//! version, one batch for all the rest, what may merge with rows that wait, and COMMIT.

use kaizen_domain::suggestion::protocol::EVENT_FORMAT;
use kaizen_domain::suggestion::{Fact, Suggestion};
use kaizen_domain::{Instant, ItemKind, MemberId, Number, Requirement, Who, WorkspaceId};
use kaizen_workflow::hand_over::Lessee;
use kaizen_workflow::outbox::{Claimed, Job};
use kaizen_workflow::ports::{Commit, Committed, CommittedItem, Handled, ItemCommit, StoreError};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Value};

use crate::batch::Batch;
use crate::codec::{self, Findable};
use crate::database::Database;
use crate::enqueue::Enqueue;
use crate::outbox::claimed;
use crate::sql::{Cell, OrFault, Row, Sql, fault, is_unique_violation, json, micros};
use crate::{answered, redact, register, search};

pub(crate) const KIND: &str = ItemKind::Suggestion.as_str();

impl Database {
    pub(crate) async fn commit_change(
        &self,
        commit: &Commit,
        lessee: Option<&Lessee>,
    ) -> Result<(Committed, Vec<Claimed>), StoreError> {
        let mut enqueue = Enqueue::new(self, commit.workspace);
        if let [item] = commit.items.as_slice()
            && item.number.is_none()
            && item.redact.is_empty()
        {
            let at = CommittedItem { number: Number(UNNUMBERED), version: 1, first_seq: 1 };
            enqueue.notices(item, &at);
            if !enqueue.merges() {
                return self.commit_new(commit, item, enqueue, lessee).await;
            }
        }
        Ok((self.commit_erasure(commit, None).await?, Vec::new()))
    }

    /// The same for everything but a new idea; `erasure` is the name that a redaction has already.
    pub(crate) async fn commit_erasure(
        &self,
        commit: &Commit,
        erasure: Option<String>,
    ) -> Result<Committed, StoreError> {
        let redacts = commit.items.iter().any(|i| !i.redact.is_empty());
        let (workspace, commit) = (commit.workspace, commit.clone());
        let enqueue = Enqueue::new(self, workspace);
        let written: Vec<Suggestion> = commit
            .items
            .iter()
            .filter(|i| writes_words(i) && i.redact.is_empty())
            .map(|i| i.after.clone())
            .collect();
        let committed = self.transaction(move |txn| Box::pin(write(txn, commit, enqueue, erasure))).await?;
        if redacts {
            self.forget_terms(workspace);
            self.truncate_log().await;
        }
        for suggestion in &written {
            self.learn_terms(workspace, suggestion).await;
        }
        Ok(committed)
    }

    /// The usual case of a new idea, in one trip. Its number is the counter's, taken in the first statement.
    async fn commit_new(
        &self,
        commit: &Commit,
        item: &ItemCommit,
        mut enqueue: Enqueue,
        lessee: Option<&Lessee>,
    ) -> Result<(Committed, Vec<Claimed>), StoreError> {
        let mut batch = Batch::new(self.inner.backend);
        let at = Place::new(&batch);
        batch.named_step("n", |sql| {
            sql.text("UPDATE workspaces SET next_number = next_number + 1 WHERE id = ")
                .value(commit.workspace.0)
                .text(batch_returning(self.inner.backend))
        });
        batch.step(insert_into(commit, item, &at)?);
        if let Some(request) = &commit.request {
            // A request id that is there already refuses everything.
            batch.step(|sql| sql.text(REQUESTS).row_of(request_row(commit, request, &at, count(item)), ""));
        }
        events(&mut batch, commit, &[(item, at.clone())])?;
        ledger(&mut batch, commit, &[(item, at.clone())])?;
        rest_of_item(&mut batch, commit.workspace, item, &at);
        let handed = match lessee {
            Some(lessee) => enqueue.leased_rows(&mut batch, at.known(), lessee)?,
            None => {
                enqueue.plain_rows(&mut batch, at.known())?;
                false
            }
        };
        let answer = match (batch.is_postgres(), handed) {
            (true, true) => "SELECT n.number AS next, l.* FROM n, leased l ORDER BY l.id",
            (true, false) => "SELECT number AS next FROM n",
            // The leased rows come from the statement itself.
            (false, _) => NEXT_OF_FIRST,
        };
        let rows = match self.at_once(batch, answer).await {
            Ok(rows) => rows,
            Err(error) if is_unique_violation(&error) => {
                let handled = match &commit.request {
                    Some(request) => handled(self.writer(), commit.workspace, request).await?,
                    None => None,
                };
                return Err(handled.map_or(StoreError::Conflict, StoreError::AlreadyHandled));
            }
            Err(error) => return Err(fault(error)),
        };
        let has = |row: &&QueryResult, name: &str| row.column_names().iter().any(|column| column == name);
        let row = rows.iter().find(|row| has(row, "next")).ok_or(StoreError::Conflict)?;
        let number = Row::of(row, "workspaces", commit.workspace.0).number("next")?;
        let claims =
            rows.iter().filter(|row| has(row, "fence")).map(claimed).collect::<Result<Vec<_>, _>>()?;
        self.learn_new_terms(commit.workspace, &item.after).await;
        Ok((Committed { items: vec![CommittedItem { number, version: 1, first_seq: 1 }] }, claims))
    }

    pub(crate) async fn enqueue_card(
        &self,
        workspace: WorkspaceId,
        number: Number,
    ) -> Result<(), StoreError> {
        let mut enqueue = Enqueue::new(self, workspace);
        self.transaction(move |txn| {
            Box::pin(async move {
                let known =
                    Sql::new("SELECT 1 AS one FROM suggestions WHERE workspace_id = $1 AND number = $2")
                        .values([workspace.0.into(), codec::number(number).into()]);
                if known.one(txn).await.or_fault()?.is_some() {
                    enqueue.push(Job::Card { number });
                }
                enqueue.write(txn).await
            })
        })
        .await
    }
}

pub(crate) async fn write(
    txn: &DatabaseTransaction,
    mut commit: Commit,
    mut enqueue: Enqueue,
    erasure: Option<String>,
) -> Result<Committed, StoreError> {
    let workspace = commit.workspace;
    for item in commit.items.iter_mut().filter(|i| !i.redact.is_empty()) {
        item.after = item.after.clone().map_texts(&|t| t.without(&item.redact));
    }
    let mut placed: Vec<Option<CommittedItem>> = vec![None; commit.items.len()];
    // Rows are locked in the order of their numbers, and the counter last, so that two changes of the same two items
    // cannot block each other. Until the commit nobody else gets a number: none is lost.
    let mut order: Vec<usize> = (0..commit.items.len()).collect();
    // A question of policy is named by the decision that raises it: its number is taken first, by these changes only.
    let new_at = if commit.items.iter().any(ItemCommit::names_next) { i64::MIN } else { i64::MAX };
    order.sort_by_key(|i| commit.items[*i].number.map_or(new_at, codec::number));
    for i in order {
        let item = &commit.items[i];
        placed[i] = Some(match item.number {
            Some(number) => update(txn, &commit, item, number).await?,
            None => insert(txn, &commit, item).await?,
        });
        if let (i64::MIN, None, Some(made)) = (new_at, commit.items[i].number, placed[i]) {
            for item in &mut commit.items {
                *item = item.clone().with_next(made.number);
            }
        }
    }
    let placed: Vec<CommittedItem> = placed.into_iter().flatten().collect();
    remember_request(txn, &commit, &placed).await?;
    let items: Vec<(&ItemCommit, Place)> =
        commit.items.iter().zip(&placed).map(|(item, at)| (item, Place::of(at))).collect();
    let mut batch = Batch::new(txn.get_database_backend());
    events(&mut batch, &commit, &items)?;
    ledger(&mut batch, &commit, &items)?;
    for (item, at) in &items {
        rest_of_item(&mut batch, workspace, item, at);
    }
    for (item, at) in commit.items.iter().zip(&placed) {
        enqueue.notices(item, at);
    }
    enqueue.plain_rows(&mut batch, None)?;
    batch.run(txn, "SELECT 1").await.or_fault()?;
    register::write(txn, &commit, &placed).await?;
    for (item, at) in commit.items.iter().zip(&placed).filter(|(item, _)| !item.redact.is_empty()) {
        search::rewrite(txn, workspace, at.number, &item.after).await?;
        let (key, name) = ((workspace, at.number), erasure.clone());
        for job in redact::redact(txn, key, &item.redact, commit.now, name).await? {
            enqueue.push(job);
        }
    }
    enqueue.write(txn).await?;
    Ok(Committed { items: placed })
}

/// In place of a number that the database has yet to give: no item has it.
pub(crate) const UNNUMBERED: u32 = 0;

/// The number just taken from the counter, on SQLite; the workspace is the batch's first value.
const NEXT: &str = "(SELECT next_number - 1 FROM workspaces WHERE id = $1)";
const NEXT_OF_FIRST: &str = "SELECT next_number - 1 AS next FROM workspaces WHERE id = $1";

const fn batch_returning(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => " RETURNING next_number - 1 AS number",
        _ => "",
    }
}

/// Where an item stands in the tables: its number, or the SQL that says it, and the place of its first new event.
#[derive(Debug, Clone)]
struct Place {
    number: Cell,
    first_seq: i64,
}

impl Place {
    /// A new item, whose number the batch takes.
    fn new(batch: &Batch) -> Place {
        Place { number: Cell::Sql(batch.either("(SELECT number FROM n)", NEXT)), first_seq: 1 }
    }

    fn of(at: &CommittedItem) -> Place {
        Place { number: Cell::Value(codec::number(at.number).into()), first_seq: at.first_seq }
    }

    /// The SQL that gives the number, where it is not known yet.
    fn known(&self) -> Option<&'static str> {
        match self.number {
            Cell::Sql(sql) => Some(sql),
            Cell::Value(_) | Cell::With(..) | Cell::Replaced { .. } => None,
        }
    }
}

/// The columns of a state, in the order in which both statements below name them.
fn columns(after: &Suggestion, commit: &Commit) -> Result<[Value; 12], StoreError> {
    let found = Findable::of(after);
    Ok([
        after.stage.name().as_str().into(),
        after.is_open().into(),
        after.team.0.into(),
        after.author.0.into(),
        found.area.into(),
        after.responsible.0.into(),
        found.owed_by.into(),
        found.owed_kind.map(str::to_owned).into(),
        found.due_at.into(),
        micros(after.submitted_at).into(),
        micros(commit.now).into(),
        json(after, "suggestions", "state")?.into(),
    ])
}

async fn update(
    txn: &DatabaseTransaction,
    commit: &Commit,
    item: &ItemCommit,
    number: Number,
) -> Result<CommittedItem, StoreError> {
    let events = count(item);
    let row = Sql::new(
        "UPDATE suggestions SET version = version + 1, last_seq = last_seq + $16, stage = $1, is_open = $2, team_id = $3,
            author_id = $4, area = $5, responsible_id = $6, owed_by = $7, owed_kind = $8, due_at = $9, submitted_at = $10,
            updated_at = $11, state = $12
         WHERE workspace_id = $13 AND number = $14 AND version = $15 RETURNING version, last_seq",
    )
    .values(columns(&item.after, commit)?)
    .values([commit.workspace.0.into(), codec::number(number).into(), item.expected.into(), events.into()])
    .one(txn)
    .await
    .or_fault()?;
    let Some(row) = row else {
        // The version may have moved because this very request was handled meanwhile.
        let handled = match &commit.request {
            Some(request) => handled(txn, commit.workspace, request).await?,
            None => None,
        };
        return Err(handled.map_or(StoreError::Conflict, StoreError::AlreadyHandled));
    };
    let row = Row::of(&row, "suggestions", number);
    Ok(CommittedItem {
        number,
        version: row.get("version")?,
        first_seq: row.get::<i64>("last_seq")? - events + 1,
    })
}

async fn insert(
    txn: &DatabaseTransaction,
    commit: &Commit,
    item: &ItemCommit,
) -> Result<CommittedItem, StoreError> {
    let row = Sql::new("UPDATE workspaces SET next_number = next_number + 1 WHERE id = ")
        .value(commit.workspace.0)
        .text(" RETURNING next_number - 1 AS number")
        .one(txn)
        .await
        .or_fault()?
        .ok_or(StoreError::Conflict)?;
    let number = Row::of(&row, "workspaces", commit.workspace.0).number("number")?;
    let at = CommittedItem { number, version: 1, first_seq: 1 };
    insert_into(commit, item, &Place::of(&at))?(Sql::default()).run(txn).await.or_fault()?;
    Ok(at)
}

/// A new row of `suggestions`.
fn insert_into(
    commit: &Commit,
    item: &ItemCommit,
    at: &Place,
) -> Result<impl FnOnce(Sql) -> Sql + use<>, StoreError> {
    let mut cells: Vec<Cell> = columns(&item.after, commit)?.map(Cell::from).to_vec();
    cells.extend([commit.workspace.0.into(), at.number.clone(), count(item).into()]);
    Ok(|sql: Sql| {
        sql.text(
            "INSERT INTO suggestions (stage, is_open, team_id, author_id, area, responsible_id, owed_by, owed_kind, due_at,
                submitted_at, updated_at, state, workspace_id, number, last_seq, version) VALUES ",
        )
        .row_of(cells, ", 1")
    })
}

fn count(item: &ItemCommit) -> i64 {
    i64::try_from(item.events.len()).unwrap_or(i64::MAX)
}

pub(crate) const REQUESTS: &str =
    "INSERT INTO requests (workspace_id, request_id, number, first_seq, events, at) VALUES ";

fn request_row(commit: &Commit, request: &str, at: &Place, events: i64) -> [Cell; 6] {
    [
        commit.workspace.0.into(),
        request.into(),
        at.number.clone(),
        at.first_seq.into(),
        events.into(),
        micros(commit.now).into(),
    ]
}

/// The request id is written with what it did. If it is there already, everything is rolled back.
async fn remember_request(
    txn: &DatabaseTransaction,
    commit: &Commit,
    placed: &[CommittedItem],
) -> Result<(), StoreError> {
    let (Some(request), Some(item), Some(at)) = (&commit.request, commit.items.first(), placed.first())
    else {
        return Ok(());
    };
    let written = Sql::new(REQUESTS)
        .row_of(request_row(commit, request, &Place::of(at), count(item)), "")
        .text(" ON CONFLICT (workspace_id, request_id) DO NOTHING")
        .run(txn)
        .await
        .or_fault()?;
    if written > 0 {
        return Ok(());
    }
    let handled = handled(txn, commit.workspace, request).await?;
    Err(handled.map_or(StoreError::Conflict, StoreError::AlreadyHandled))
}

pub(crate) async fn handled(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
    request: &str,
) -> Result<Option<Handled>, StoreError> {
    let row = Sql::new(
        "SELECT number, first_seq, events FROM requests WHERE workspace_id = $1 AND request_id = $2",
    )
    .values([workspace.0.into(), request.into()])
    .one(db)
    .await
    .or_fault()?;
    let Some(row) = row else { return Ok(None) };
    let row = Row::of(&row, "requests", request.to_owned());
    Ok(Some(Handled {
        number: row.number("number")?,
        first_seq: row.get("first_seq")?,
        events: row.get("events")?,
    }))
}

fn events(batch: &mut Batch, commit: &Commit, items: &[(&ItemCommit, Place)]) -> Result<(), StoreError> {
    let mut rows: Vec<[Cell; 10]> = Vec::new();
    for (item, at) in items {
        for (event, seq) in item.events.iter().zip(at.first_seq..) {
            let key = [commit.workspace.0.into(), KIND.into(), at.number.clone()];
            let (word, body) = (event.fact.as_str(), json(&event.fact, "events", "body")?);
            rows.push(event_row(key, (seq, event.at, event.by), (word, EVENT_FORMAT, body)));
        }
    }
    rows_of(batch, EVENTS, rows, "");
    Ok(())
}

/// Steps of the history of items of any kind.
pub(crate) const EVENTS: &str =
    "INSERT INTO events (workspace_id, kind, number, seq, at, actor, member_id, fact, format, body) VALUES ";

/// One step of the history of an item of any kind.
pub(crate) fn event_row(
    [workspace, kind, number]: [Cell; 3],
    (seq, at, by): (i64, Instant, Who),
    (word, format, body): (&str, i32, String),
) -> [Cell; 10] {
    let (actor, member) = codec::actor(by);
    [
        workspace,
        kind,
        number,
        seq.into(),
        micros(at).into(),
        actor.into(),
        member.into(),
        word.into(),
        i64::from(format).into(),
        body.into(),
    ]
}

/// Many rows as one statement; none as none.
pub(crate) fn rows_of<const N: usize>(
    batch: &mut Batch,
    insert: &str,
    rows: Vec<[Cell; N]>,
    on_conflict: &str,
) {
    if !rows.is_empty() {
        batch.step(|sql| {
            rows.into_iter().fold(sql.text(insert), |sql, row| sql.row_of(row, "")).text(on_conflict)
        });
    }
}

/// The ledger as a table is that of the state: entries are added or changed, never deleted.
fn ledger(batch: &mut Batch, commit: &Commit, items: &[(&ItemCommit, Place)]) -> Result<(), StoreError> {
    let mut rows: Vec<[Cell; 12]> = Vec::new();
    for (item, at) in items {
        if item.number.is_some() && !item.events.iter().any(|e| changes_ledger(&e.fact)) {
            continue;
        }
        for entry in &item.after.ledger {
            let key = [commit.workspace.0.into(), KIND.into(), at.number.clone()];
            rows.push(ledger_row(key, entry));
        }
    }
    rows_of(batch, LEDGER, rows, LEDGER_KEPT);
    Ok(())
}

/// Entries of the ledger of items of any kind.
pub(crate) const LEDGER: &str = "INSERT INTO required_responses
    (workspace_id, kind, number, entry, owed, member_id, opened_at, due_at, state, state_at, step, step_at) VALUES ";

/// Those that are there already.
pub(crate) const LEDGER_KEPT: &str =
    " ON CONFLICT (workspace_id, kind, number, entry) DO UPDATE SET owed = excluded.owed,
    member_id = excluded.member_id, opened_at = excluded.opened_at, due_at = excluded.due_at,
    state = excluded.state, state_at = excluded.state_at, step = excluded.step, step_at = excluded.step_at";

/// One entry of the ledger of an item of any kind.
pub(crate) fn ledger_row([workspace, kind, number]: [Cell; 3], entry: &Requirement) -> [Cell; 12] {
    let (state, since) = codec::ledger_state(entry);
    [
        workspace,
        kind,
        number,
        i64::from(entry.entry).into(),
        entry.kind.as_str().into(),
        entry.by.0.into(),
        micros(entry.opened_at).into(),
        micros(entry.due).into(),
        state.into(),
        since.map(micros).into(),
        codec::ladder_step(entry.ladder.step).into(),
        micros(entry.ladder.at).into(),
    ]
}

/// Timer, interests and words of one item.
fn rest_of_item(batch: &mut Batch, workspace: WorkspaceId, item: &ItemCommit, at: &Place) {
    timer(batch, workspace, item, at);
    interests(batch, workspace, item, at);
    answered::write(batch, workspace, item, &at.number);
    // Where words are erased, see `search::rewrite`.
    if writes_words(item) && item.redact.is_empty() {
        search::write(batch, workspace, &at.number, &item.after);
    }
}

/// Does it change what the item is found by?
fn writes_words(item: &ItemCommit) -> bool {
    item.number.is_none() || item.events.iter().any(|e| changes_texts(&e.fact))
}

fn timer(batch: &mut Batch, workspace: WorkspaceId, item: &ItemCommit, at: &Place) {
    let key = [Cell::from(workspace.0), KIND.into(), at.number.clone()];
    plan(batch, key, item.timer.map(|t| (t.at, t.rule.as_str())), item.number.is_none());
}

/// The next timer of an item of any kind replaces what was planned.
pub(crate) fn plan(batch: &mut Batch, key: [Cell; 3], timer: Option<(Instant, &'static str)>, new: bool) {
    match timer {
        Some((at, rule)) => batch.step(|sql| {
            let cells = key.into_iter().chain([micros(at).into(), rule.into()]);
            sql.text("INSERT INTO timers (workspace_id, kind, number, at, rule) VALUES ").row_of(cells, "").text(
                " ON CONFLICT (workspace_id, kind, number) DO UPDATE SET at = excluded.at, rule = excluded.rule",
            )
        }),
        None if new => {}
        None => batch.step(|sql| {
            sql.text("DELETE FROM timers WHERE (workspace_id, kind, number) = (").cells(key).text(")")
        }),
    }
}

/// Who supports or follows: only those whom the events concern are touched.
fn interests(batch: &mut Batch, workspace: WorkspaceId, item: &ItemCommit, at: &Place) {
    let interested = |m: &MemberId| item.after.supporters.contains(m) || item.after.followers.contains(m);
    let everybody = || item.after.supporters.iter().chain(&item.after.followers).copied();
    let mut concerned: Vec<MemberId> = Vec::new();
    if item.number.is_none() {
        concerned.extend(everybody());
    }
    for event in &item.events {
        if matches!(event.fact, Fact::Supported | Fact::SupportTakenBack | Fact::Followed | Fact::Unfollowed)
        {
            concerned.extend(codec::actor(event.by).1.map(MemberId));
        } else if let Fact::Absorbed { supporters, followers, .. }
        | Fact::Separated { supporters, followers, .. } = &event.fact
        {
            concerned.extend(supporters.iter().chain(followers));
        }
    }
    concerned.sort_unstable();
    concerned.dedup();
    let (added, gone): (Vec<MemberId>, Vec<MemberId>) = concerned.into_iter().partition(interested);
    let rows = added.into_iter().map(|m| [workspace.0.into(), m.0.into(), at.number.clone()]).collect();
    rows_of(
        batch,
        "INSERT INTO interests (workspace_id, member_id, number) VALUES ",
        rows,
        " ON CONFLICT (workspace_id, member_id, number) DO NOTHING",
    );
    if !gone.is_empty() {
        batch.step(|sql| {
            sql.text("DELETE FROM interests WHERE (workspace_id, number) = (")
                .cells([workspace.0.into(), at.number.clone()])
                .text(") AND member_id IN ")
                .list(gone.into_iter().map(|m| m.0.into()))
        });
    }
}

/// Facts that leave the ledger as it is: the many small presses are cheap.
fn changes_ledger(fact: &Fact) -> bool {
    !matches!(
        fact,
        Fact::Supported
            | Fact::SupportTakenBack
            | Fact::Followed
            | Fact::Unfollowed
            | Fact::FeedbackGiven { .. }
            | Fact::Edited { .. }
            | Fact::Redacted
    )
}

/// Facts that change what is found by its words.
fn changes_texts(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Submitted { .. }
            | Fact::Edited { .. }
            | Fact::Accepted { .. }
            | Fact::Declined { .. }
            | Fact::Deferred { .. }
            | Fact::Implemented { .. }
            | Fact::OutcomeVerified { .. }
            | Fact::OutcomeOpen { .. }
            | Fact::OutcomeFailed { .. }
            | Fact::Redacted
    )
}
