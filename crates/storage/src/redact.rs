//! Taking words out of what is stored. Nothing else rewrites an event.

use std::collections::{BTreeSet, HashSet};

use kaizen_domain::debrief::DebriefNumber;
use kaizen_domain::suggestion::Fact;
use kaizen_domain::{Instant, MemberId, Number, TeamId, Text, WorkspaceId};
use kaizen_workflow::digest::{DigestContent, DigestLine, DigestSays};
use kaizen_workflow::erasing::places_in;
use kaizen_workflow::outbox::Job;
use kaizen_workflow::ports::StoreError;
use sea_orm::DatabaseTransaction;

use crate::codec;
use crate::commit::KIND;
use crate::erasures;
use crate::sql::{OrFault, Row, Sql, json};

/// Takes the words out of an item's events, and out of the lines about it in stored digests. Returns what has to be sent
/// again: the digests that were posted with these words. Where the words stood is written down as an erasure, under `name` if
/// it has one already.
pub(crate) async fn redact(
    txn: &DatabaseTransaction,
    (workspace, number): (WorkspaceId, Number),
    words: &[String],
    at: Instant,
    name: Option<String>,
) -> Result<Vec<Job>, StoreError> {
    let mut places = Vec::new();
    let rows = Sql::new("SELECT seq, body FROM events WHERE workspace_id = $1 AND kind = $2 AND number = $3")
        .values([workspace.0.into(), KIND.into(), codec::number(number).into()])
        .all(txn)
        .await
        .or_fault()?;
    for row in &rows {
        let row = Row::of(row, "events", number);
        let seq: i64 = row.get("seq")?;
        let fact: Fact = row.joined("events", format!("{number} · {seq}")).json("body")?;
        let clean = fact.clone().map_texts(&|t| t.without(words));
        if clean == fact {
            continue;
        }
        places.extend(places_in(&fact, seq, words));
        Sql::new(
            "UPDATE events SET body = $1 WHERE workspace_id = $2 AND kind = $3 AND number = $4 AND seq = $5",
        )
        .values([
            json(&clean, "events", "body")?.into(),
            workspace.0.into(),
            KIND.into(),
            codec::number(number).into(),
            seq.into(),
        ])
        .run(txn)
        .await
        .or_fault()?;
    }
    erasures::words(txn, (workspace, number), at, places, name).await?;
    crate::register::redact(txn, workspace, number, words).await?;
    redact_digests(txn, workspace, number, words).await
}

/// The same for a person who is forgotten: the ideas that they suggested, and all else that they wrote in the lines about
/// these items. Digests that name them as an author are made anew as well.
pub(crate) async fn forget_in_digests(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    member: MemberId,
    numbers: &BTreeSet<Number>,
    words: &HashSet<String>,
) -> Result<Vec<Job>, StoreError> {
    let clean = |text: &Text| match text.written() {
        Some(written) if !words.contains(written) => text.clone(),
        Some(_) | None => Text::Erased,
    };
    let of_line = |line: &mut DigestLine| {
        if numbers.contains(&line.number) {
            clean_line(line, &clean);
        }
        line.author == member
    };
    change_digests(txn, workspace, "%", &|content| each_line(content, &of_line)).await
}

async fn redact_digests(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    number: Number,
    words: &[String],
) -> Result<Vec<Job>, StoreError> {
    // The number stands in each line; what else matches is sorted out below.
    let like = format!("%\"number\":{}%", number.0);
    let of_line = |line: &mut DigestLine| {
        if line.number == number {
            clean_line(line, &|text| text.without(words));
        }
        false
    };
    change_digests(txn, workspace, &like, &|content| each_line(content, &of_line)).await
}

/// The same for the lessons of a debrief: `f` gets an item's place and what a digest says of it.
pub(crate) async fn lessons_in_digests(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    debrief: DebriefNumber,
    f: &(dyn Fn(u32, &Text) -> Text + Sync),
) -> Result<Vec<Job>, StoreError> {
    let like = format!("%\"debrief\":{},%", debrief.0);
    change_digests(txn, workspace, &like, &|content| {
        for lesson in content.lessons.iter_mut().filter(|l| l.debrief == debrief) {
            lesson.text = f(lesson.item, &lesson.text);
        }
        false
    })
    .await
}

/// Changes every line; true if one of them has the digest made anew.
fn each_line(content: &mut DigestContent, change: &(dyn Fn(&mut DigestLine) -> bool + Sync)) -> bool {
    let sections = [
        &mut content.thanks,
        &mut content.decisions,
        &mut content.new,
        &mut content.waiting,
        &mut content.outcomes,
    ];
    let mut anew = false;
    for line in sections.into_iter().flatten() {
        anew |= change(line);
    }
    anew
}

/// Changes stored digests; true from `change` has the digest made anew even if nothing in it changed.
async fn change_digests(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    like: &str,
    change: &(dyn Fn(&mut DigestContent) -> bool + Sync),
) -> Result<Vec<Job>, StoreError> {
    let mut again = Vec::new();
    let rows = Sql::new(
        "SELECT team_id, at, content, message_id FROM digests WHERE workspace_id = $1 AND content LIKE $2",
    )
    .values([workspace.0.into(), like.into()])
    .all(txn)
    .await
    .or_fault()?;
    for row in &rows {
        let row = Row::of(row, "digests", workspace.0);
        let (team, at): (i64, i64) = (row.get("team_id")?, row.get("at")?);
        let content: DigestContent = row.joined("digests", format!("team {team}, {at}")).json("content")?;
        let mut clean = content.clone();
        let anew = change(&mut clean);
        if clean == content && !anew {
            continue;
        }
        Sql::new("UPDATE digests SET content = $1 WHERE workspace_id = $2 AND team_id = $3 AND at = $4")
            .values([json(&clean, "digests", "content")?.into(), workspace.0.into(), team.into(), at.into()])
            .run(txn)
            .await
            .or_fault()?;
        let job = Job::Digest { team: TeamId(team), at: row.instant("at")? };
        // One that is being sent right now is sent again after it (see `delivered`).
        Sql::new(
            "UPDATE outbox SET revision = revision + 1 WHERE workspace_id = $1 AND order_key = $2 AND status = 'pending'",
        )
        .values([workspace.0.into(), job.order_key().into()])
        .run(txn)
        .await
        .or_fault()?;
        if row.get::<Option<i64>>("message_id")?.is_some() {
            again.push(job);
        }
    }
    Ok(again)
}

fn clean_line(line: &mut DigestLine, f: &dyn Fn(&Text) -> Text) {
    line.idea = f(&line.idea);
    clean_says(&mut line.says, f);
}

fn clean_says(says: &mut DigestSays, f: &dyn Fn(&Text) -> Text) {
    let clean = |text: &mut Text| *text = f(text);
    match says {
        DigestSays::SecondLook { first, came_to } => {
            first.as_mut().map(clean);
            if let Some(came_to) = came_to {
                clean_says(came_to, f);
            }
        }
        DigestSays::Implemented { what_changed } => clean(what_changed),
        DigestSays::Accepted { rationale, trial: _ }
        | DigestSays::Declined { rationale }
        | DigestSays::Deferred { rationale, until: _ } => clean(rationale),
        DigestSays::Verified { note, benefits, effect: _ } => {
            clean(note);
            for benefit in benefits {
                for text in [&mut benefit.before, &mut benefit.after, &mut benefit.unit].into_iter().flatten()
                {
                    clean(text);
                }
            }
        }
        DigestSays::New | DigestSays::Waiting { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_both_reasons_of_a_second_look_cleaned() {
        let text = |text: &str| Text::Written(text.into());
        let came_to = Some(Box::new(DigestSays::Accepted { trial: false, rationale: text("Leo is right") }));
        let mut says = DigestSays::SecondLook { first: Some(text("Not for Leo")), came_to };
        clean_says(&mut says, &|_| Text::Erased);
        assert!(!serde_json::to_string(&says).unwrap().contains("Leo"), "{says:?}");
    }
}
