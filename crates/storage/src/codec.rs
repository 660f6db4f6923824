//! Rows to values of the domain and back. What cannot be read says table, column and row, never the text.

use kaizen_domain::ledger::LadderStep;
use kaizen_domain::suggestion::protocol::{DirectReason, EVENT_FORMAT};
use kaizen_domain::suggestion::{Event, Suggestion};
use kaizen_domain::{
    ChannelId, Instant, MemberId, MessageId, Number, Requirement, RequirementKind, RequirementState, Who,
};
use kaizen_workflow::outbox::Posting;
use kaizen_workflow::ports::{CardPlace, LedgerLine, Listed, Step, StoreError, Stored};
use sea_orm::QueryResult;

use crate::sql::Row;

/// The names that the columns of an item have in a statement.
pub(crate) struct Columns {
    number: &'static str,
    version: &'static str,
    state: &'static str,
    channel: &'static str,
    message: &'static str,
    thread: &'static str,
}

/// The item.
pub(crate) const ITEM: Columns = Columns {
    number: "number",
    version: "version",
    state: "state",
    channel: "channel_id",
    message: "message_id",
    thread: "thread_id",
};

/// The second item.
pub(crate) const OTHER: Columns = Columns {
    number: "other_number",
    version: "other_version",
    state: "other_state",
    channel: "other_channel_id",
    message: "other_message_id",
    thread: "other_thread_id",
};

/// What a statement selects of `suggestions s LEFT JOIN cards c`.
pub(crate) const LISTED: &str = "s.number, s.version, s.state, c.channel_id, c.message_id, c.thread_id";

/// An item with its card, if the row has one.
pub(crate) fn stored(row: &Row<'_>, columns: &Columns) -> Result<Option<Stored>, StoreError> {
    if row.get::<Option<i64>>(columns.number)?.is_none() {
        return Ok(None);
    }
    let number = row.number(columns.number)?;
    let row = row.joined("suggestions", number);
    Ok(Some(Stored {
        number,
        version: row.get(columns.version)?,
        suggestion: row.json(columns.state)?,
        card: card(&row, columns)?,
    }))
}

/// A line of a list.
pub(crate) fn listed(row: &QueryResult) -> Result<Listed, StoreError> {
    let row = Row::of(row, "suggestions", "listed");
    let number = row.number("number")?;
    let row = row.joined("suggestions", number);
    Ok(Listed { number, suggestion: row.json("state")?, card: card(&row, &ITEM)? })
}

/// Where the card is, if the row has one.
pub(crate) fn card(row: &Row<'_>, columns: &Columns) -> Result<Option<CardPlace>, StoreError> {
    if row.get::<Option<i64>>(columns.channel)?.is_none() {
        return Ok(None);
    }
    let thread = row.get::<Option<i64>>(columns.thread)?;
    Ok(Some(CardPlace {
        channel: ChannelId(row.id(columns.channel)?),
        message: MessageId(row.id(columns.message)?),
        thread: thread.map(|t| ChannelId(t.cast_unsigned())),
    }))
}

/// One step of a history.
pub(crate) fn step(row: &Row<'_>) -> Result<Step, StoreError> {
    let (seq, at, by, fact) = event(row, EVENT_FORMAT)?;
    Ok(Step { seq, event: Event { at, by, fact } })
}

/// Place, time, actor and fact of an event of any kind of item, in the format that this program knows.
pub(crate) fn event<F: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    known: i32,
) -> Result<(i64, Instant, Who, F), StoreError> {
    let format: i64 = row.get("format")?;
    if format != i64::from(known) {
        return Err(row.corrupt("format", "an event of a format that this program does not know"));
    }
    let by = match (row.get::<String>("actor")?.as_str(), row.get::<Option<i64>>("member_id")?) {
        ("member", Some(id)) => Who::Member(MemberId(id)),
        ("nameless", None) => Who::Nameless,
        ("system", None) => Who::System,
        _ => return Err(row.corrupt("actor", "neither a member, nor nameless, nor the system")),
    };
    Ok((row.get("seq")?, row.instant("at")?, by, row.json("body")?))
}

/// How `Who` is stored.
pub(crate) fn actor(who: Who) -> (&'static str, Option<i64>) {
    match who {
        Who::Member(id) => ("member", Some(id.0)),
        Who::Nameless => ("nameless", None),
        Who::System => ("system", None),
    }
}

/// What is stored of a state for finding it.
pub(crate) struct Findable {
    pub(crate) owed_by: Option<i64>,
    pub(crate) owed_kind: Option<&'static str>,
    pub(crate) due_at: Option<i64>,
    pub(crate) area: Option<String>,
}

impl Findable {
    pub(crate) fn of(suggestion: &Suggestion) -> Self {
        let owed = suggestion.open_requirement();
        Findable {
            owed_by: owed.map(|r| r.by.0),
            owed_kind: owed.map(|r| r.kind.as_str()),
            due_at: owed.map(|r| crate::sql::micros(r.due)),
            area: suggestion.area.as_ref().map(|a| crate::sql::clean(&a.0)),
        }
    }
}

/// How the state of a ledger entry is stored: its word, and since when.
pub(crate) fn ledger_state(entry: &Requirement) -> (&'static str, Option<Instant>) {
    match entry.state {
        RequirementState::Open => ("open", None),
        RequirementState::Paused { since } => ("paused", Some(since)),
        RequirementState::Fulfilled { at } => ("fulfilled", Some(at)),
        RequirementState::Waived { at } => ("waived", Some(at)),
    }
}

/// The word of a step of the ladder.
pub(crate) const fn ladder_step(step: LadderStep) -> &'static str {
    match step {
        LadderStep::None => "none",
        LadderStep::Halfway => "halfway",
        LadderStep::Late => "late",
        LadderStep::Transferred => "transferred",
    }
}

/// What is owed, from its word.
pub(crate) fn requirement_kind(row: &Row<'_>, column: &'static str) -> Result<RequirementKind, StoreError> {
    let word: String = row.get(column)?;
    RequirementKind::ALL
        .into_iter()
        .find(|k| k.as_str() == word)
        .ok_or_else(|| row.corrupt(column, "not a kind of required response"))
}

/// An entry of the ledger as its table holds it.
pub(crate) fn ledger_line(row: &Row<'_>) -> Result<LedgerLine, StoreError> {
    let number = row.number("number")?;
    let row = row.joined("required_responses", number);
    let entry: i64 = row.get("entry")?;
    let state: String = row.get("state")?;
    // A paused entry has not ended: its time says since when it stands still.
    let ended = matches!(state.as_str(), "fulfilled" | "waived");
    Ok(LedgerLine {
        number,
        entry: u32::try_from(entry).map_err(|_| row.corrupt("entry", "not a place in a ledger"))?,
        kind: requirement_kind(&row, "owed")?,
        by: MemberId(row.get("member_id")?),
        due: row.instant("due_at")?,
        state,
        ended_at: row.instant_or_none("state_at")?.filter(|_| ended),
    })
}

/// The word of a reason.
pub(crate) const fn direct_reason(reason: DirectReason) -> &'static str {
    match reason {
        DirectReason::Author => "author",
        DirectReason::Following => "following",
        DirectReason::Owes => "owes",
        DirectReason::DecidedBefore => "decided_before",
    }
}

/// A posting.
pub(crate) fn posting(row: &QueryResult) -> Result<Posting, StoreError> {
    let row = Row::of(row, "postings", "read");
    let id: i64 = row.get("id")?;
    let row = row.joined("postings", id);
    let direct = match (row.get::<Option<i64>>("direct_to")?, row.get::<Option<String>>("direct_reason")?) {
        (None, None) => None,
        (Some(to), Some(word)) => {
            let reason = DirectReason::ALL
                .into_iter()
                .find(|r| direct_reason(*r) == word)
                .ok_or_else(|| row.corrupt("direct_reason", "not a reason"))?;
            Some((MemberId(to), reason))
        }
        _ => return Err(row.corrupt("direct_reason", "only one of reason and recipient")),
    };
    Ok(Posting {
        id,
        number: row.number("number")?,
        seq: row.get("seq")?,
        direct,
        channel: ChannelId(row.id("channel_id")?),
        message: MessageId(row.id("message_id")?),
    })
}

/// A number as a value.
pub(crate) fn number(number: Number) -> i64 {
    i64::from(number.0)
}
