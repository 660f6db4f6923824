//! The same for debriefs: row, ledger and timer against the history.

use chrono::SubsecRound;
use kaizen_domain::debrief;
use kaizen_workflow::debriefs::{DebriefRef, Debriefs};
use kaizen_workflow::leaps::Leaps;
use kaizen_workflow::ports::{Store, StoreError, Workspace};

use super::{Audit, LOOKS, gaps, ledger_differs, readable, show};

/// Looks at every debrief of every workspace, and adds what it finds.
///
/// # Errors
/// When the database does not answer. What cannot be read is a difference, not an error.
pub async fn verify_debriefs(
    audit: &mut Audit,
    store: &dyn Store,
    debriefs: &dyn Debriefs,
) -> Result<(), StoreError> {
    for workspace in store.workspaces().await? {
        let numbers = debriefs.debrief_numbers(workspace.id).await?;
        let leaps = Leaps::read(store, workspace.id).await?;
        if let Some(what) = gaps(numbers.iter().map(|n| i64::from(n.0)), "debrief", &leaps.debriefs) {
            audit.differ(workspace.guild, None::<debrief::DebriefNumber>, what);
        }
        for number in numbers {
            audit.items += 1;
            let mut found = (0, Vec::new());
            for _ in 0..LOOKS {
                found = look(debriefs, &workspace, number).await?;
                if found.1.is_empty() {
                    break;
                }
            }
            audit.events += found.0;
            for what in found.1 {
                audit.differ(workspace.guild, Some(number), what);
            }
        }
    }
    Ok(())
}

async fn look(
    debriefs: &dyn Debriefs,
    workspace: &Workspace,
    number: debrief::DebriefNumber,
) -> Result<(u64, Vec<String>), StoreError> {
    let steps = match readable(debriefs.debrief_history(workspace.id, number).await)? {
        Ok(steps) => steps,
        Err(why) => return Ok((0, vec![why])),
    };
    let events = steps.len() as u64;
    let row = match readable(debriefs.load_debrief(workspace.id, DebriefRef::Number(number)).await)? {
        Ok(Some(stored)) => stored.debrief,
        Ok(None) => return Ok((events, vec!["it has a number but no row".to_owned()])),
        Err(why) => return Ok((events, vec![why])),
    };
    let tables = match readable(debriefs.debrief_ledger(workspace.id, number).await)? {
        Ok(tables) => tables,
        Err(why) => return Ok((events, vec![why])),
    };
    let mut found: Vec<String> = gaps(steps.iter().map(|s| s.seq), "step", &[]).into_iter().collect();
    match debrief::replay(steps.iter().map(|s| &s.event)) {
        None => found.push("its history does not make a debrief".to_owned()),
        Some(replayed) if replayed == row => {}
        Some(_) => found.push("its history replayed gives another row".to_owned()),
    }
    found.extend(ledger_differs(&row.ledger, &tables.lines));
    // Stored to the microsecond. What is late may wait for the team's working day.
    let due = debrief::next_timer(&row, &workspace.policy).map(|at| at.trunc_subsecs(6));
    let waits = due.zip(tables.timer).is_some_and(|(due, planned)| {
        planned >= due && workspace.policy.calendar(row.team).next_working(planned) == planned
    });
    if due != tables.timer && !waits && !workspace.removed {
        found.push(format!("its next timer is {}, not {}", show(tables.timer), show(due)));
    }
    Ok((events, found))
}
