//! Looking after who is there: whoever answers for something is looked up in a roll call each working day and whenever it is
//! used, and what is with somebody who left, is away or is no longer in charge moves at once.
//!
//! The settings say who is away and who left. A change of them marks the workspace in the same transaction; the sweep then
//! looks at every open item, and [`kaizen_domain::suggestion::moving`] says what moves. A second look finds nothing to do.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use kaizen_domain::suggestion::{Command, Suggestion, moving};
use kaizen_domain::{
    Calendar, GuildId, Instant, MemberId, Number, Policy, RequirementKind, UserId, WorkspaceId, absence,
};
use tokio::sync::Notify;
use tracing::{info, warn};

use super::{Engine, TRIES};
use crate::debriefs::Why;
use crate::ports::{CannotAsk, Commit, Directory, PeoplePlan, Presence, StoreError, Workspace};

/// How many open items one look fetches.
const PAGE: u32 = 200;
/// Somebody who was looked up is taken to be there for this long.
const FRESH: TimeDelta = TimeDelta::hours(1);
/// A roll call that did not end is begun again after this.
const AGAIN: TimeDelta = TimeDelta::minutes(15);
/// How many people are remembered as looked up.
const MOST: usize = 50_000;
/// A change that is saved while another is looked at is looked at next; no more often than this in one sweep.
const ROUNDS: u32 = 4;

/// Whom to look up.
#[derive(Debug, Default)]
pub(super) struct LookUps {
    state: Mutex<State>,
    pub(super) nudge: Notify,
}

#[derive(Debug, Default)]
struct State {
    seen: HashMap<(WorkspaceId, MemberId), Instant>,
    waiting: Vec<(WorkspaceId, MemberId)>,
    changed: Vec<(GuildId, UserId)>,
}

impl LookUps {
    fn ask(&self, workspace: WorkspaceId, members: impl Iterator<Item = MemberId>, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut any = false;
        for member in members {
            let key = (workspace, member);
            let fresh = state.seen.get(&key).is_some_and(|at| (now - *at).abs() < FRESH);
            if !fresh {
                state.note(key, now);
                state.waiting.push(key);
                any = true;
            }
        }
        if any {
            self.nudge.notify_one();
        }
    }

    fn seen(&self, key: (WorkspaceId, MemberId), now: Instant) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).note(key, now);
    }

    fn take(&self) -> State {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        State {
            seen: HashMap::new(),
            waiting: std::mem::take(&mut state.waiting),
            changed: std::mem::take(&mut state.changed),
        }
    }
}

impl State {
    fn note(&mut self, key: (WorkspaceId, MemberId), now: Instant) {
        if self.seen.len() >= MOST {
            // Everybody in here can be looked up again.
            self.seen.clear();
        }
        self.seen.insert(key, now);
    }
}

impl Engine {
    /// Somebody is needed for something: they are looked up, if they were not a moment ago. Costs nothing here; the roll call's
    /// loop asks.
    pub fn look_up(&self, workspace: WorkspaceId, members: impl IntoIterator<Item = MemberId>) {
        if self.directory.is_some() {
            self.look_ups.ask(workspace, members.into_iter(), self.clock.now());
        }
    }

    /// The platform says that somebody came, went, or has other roles: they are looked up, if they answer for anything.
    pub fn came_or_went(&self, guild: GuildId, user: UserId) {
        let mut state = self.look_ups.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.directory.is_some() && state.changed.len() < MOST {
            state.changed.push((guild, user));
            self.look_ups.nudge.notify_one();
        }
    }

    /// Woken when somebody is to be looked up.
    pub fn look_up_nudge(&self) -> &Notify {
        &self.look_ups.nudge
    }

    pub(super) fn seen(&self, workspace: WorkspaceId, member: MemberId) {
        self.look_ups.seen((workspace, member), self.clock.now());
    }

    /// Moves what is with the wrong person, in every workspace whose settings changed or where an absence ended. Returns how
    /// many items moved.
    pub(super) async fn settle_people(&self) -> Result<u32, StoreError> {
        let mut moved = 0;
        for _ in 0..ROUNDS {
            let now = self.clock.now();
            let due = self.store.people_due(now).await?.into_iter();
            let due: Vec<PeoplePlan> = due.filter(|p| p.next.is_some_and(|at| at <= now)).collect();
            if due.is_empty() {
                break;
            }
            for plan in due {
                let Some(workspace) = self.store.workspace_by_id(plan.workspace).await? else { continue };
                if let Some(rest) = absence::over(&workspace.policy, now) {
                    match self.store.save_policy(workspace.id, rest).await {
                        // What was saved is looked at in the next round.
                        Ok(_) | Err(StoreError::Conflict) => continue,
                        Err(error) => return Err(error),
                    }
                }
                moved += self.settle(&workspace, now).await?;
                self.store.plan_people(&plan, absence::next_end(&workspace.policy)).await?;
            }
        }
        Ok(moved)
    }

    /// Moves what is with the wrong person in one workspace.
    async fn settle(&self, workspace: &Workspace, now: Instant) -> Result<u32, StoreError> {
        let (mut moved, mut after) = (0, Number(0));
        loop {
            let page = self.store.open_items(workspace.id, after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(moved + self.settle_actions(workspace, now).await?);
            };
            after = last.number;
            for item in &page {
                let at = (workspace.id, item.number);
                if !moving::moves(&item.suggestion, &workspace.policy, now).is_empty()
                    && self.move_item(at, &Command::Settle, now).await?
                {
                    moved += 1;
                }
                if let Some(from) = super::places::gone(item, &workspace.policy)
                    && self.move_item(at, &Command::PlaceAnew { from }, now).await?
                {
                    moved += 1;
                }
            }
        }
    }

    /// The actions of whoever left go on at once, as ideas do. Returns in how many debriefs.
    async fn settle_actions(&self, workspace: &Workspace, now: Instant) -> Result<u32, StoreError> {
        let mut moved = 0;
        let Some(debriefs) = self.debriefs.as_deref() else { return Ok(moved) };
        if workspace.policy.left.is_empty() {
            return Ok(moved);
        }
        let mut owed = debriefs.action_owners(workspace.id).await?;
        owed.retain(|(_, owner)| workspace.policy.left.contains(owner));
        owed.dedup_by_key(|(number, _)| *number);
        for (number, _) in owed {
            moved += u32::from(self.fire_debrief((workspace.id, number), Why::SomebodyLeft, now).await?);
        }
        Ok(moved)
    }

    /// Moves one item, which is read anew. False where another process was first.
    pub(super) async fn move_item(
        &self,
        (workspace, number): (WorkspaceId, Number),
        how: &Command,
        now: Instant,
    ) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            let change = self.what_follows((workspace, number), how, now).await?;
            let Some(change) = change else { return Ok(false) };
            match self.store.commit(&Commit { workspace, request: None, now, items: vec![change] }).await {
                Ok(_) => return Ok(true),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// The roll calls that are due, and whoever was needed since the last look. Returns how many people were found to have left
    /// or to be back.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn run_roll_calls(&self) -> Result<u32, StoreError> {
        let Some(directory) = self.directory.clone() else { return Ok(0) };
        let now = self.clock.now();
        let mut changed = 0;
        let mut needed: HashMap<WorkspaceId, Vec<MemberId>> = HashMap::new();
        let look_ups = self.look_ups.take();
        for (workspace, member) in look_ups.waiting {
            needed.entry(workspace).or_default().push(member);
        }
        for (guild, user) in look_ups.changed {
            let Some(workspace) = self.store.workspace(guild).await? else { continue };
            let answering = self.answering(&workspace).await?;
            let people = self.queries.people(workspace.id, &answering).await?;
            let member = answering.into_iter().find(|m| people.user(*m) == Some(user));
            needed.entry(workspace.id).or_default().extend(member);
        }
        for (id, members) in needed {
            // Nothing is asked where we were removed.
            let Some(workspace) = self.store.workspace_by_id(id).await?.filter(|w| !w.removed) else {
                continue;
            };
            match self.call(&*directory, &workspace, &members).await? {
                Ok(found) => changed += found,
                Err(why) => {
                    warn!(workspace = id.0, %why, "somebody could not be looked up; the next roll call will");
                }
            }
        }
        for plan in self.store.people_due(now).await? {
            changed += self.roll_call(&*directory, plan, now).await?;
        }
        if changed > 0 {
            self.timer_nudge.notify_one();
        }
        Ok(changed)
    }

    async fn roll_call(
        &self,
        directory: &dyn Directory,
        plan: PeoplePlan,
        now: Instant,
    ) -> Result<u32, StoreError> {
        if plan.roll_call.is_some_and(|at| at > now) {
            return Ok(0);
        }
        let Some(workspace) = self.store.workspace_by_id(plan.workspace).await? else { return Ok(0) };
        let next = next_roll_call(&workspace.policy, now);
        if plan.roll_call.is_none() {
            self.store.move_roll_call(workspace.id, None, next).await?;
            return Ok(0);
        }
        // Ours until `again`: if this process dies meanwhile, another takes over then.
        let again = now + AGAIN;
        if !self.store.move_roll_call(workspace.id, plan.roll_call, again).await? {
            return Ok(0);
        }
        // Nothing is asked where we were removed; the next roll call after we are back does.
        let members = if workspace.removed { Vec::new() } else { self.answering(&workspace).await? };
        let found = match self.call(directory, &workspace, &members).await? {
            Ok(found) => found,
            Err(why) => {
                warn!(workspace = workspace.id.0, %why, "the roll call could not be finished; it is begun again soon");
                return Ok(0);
            }
        };
        self.store.move_roll_call(workspace.id, Some(again), next).await?;
        // What slipped through beside a change of the settings is put right here.
        if let Some(workspace) = self.store.workspace_by_id(workspace.id).await? {
            self.settle(&workspace, now).await?;
        }
        Ok(found)
    }

    /// Everybody who answers for something, or is named by the settings.
    async fn answering(&self, workspace: &Workspace) -> Result<Vec<MemberId>, StoreError> {
        let mut members = workspace.policy.everybody_named();
        let mut after = Number(0);
        loop {
            let page = self.store.open_items(workspace.id, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.number;
            members.extend(page.iter().flat_map(|item| owing(&item.suggestion)));
        }
        if let Some(debriefs) = self.debriefs.as_deref() {
            let owed = debriefs.action_owners(workspace.id).await?;
            members.extend(owed.into_iter().map(|(_, owner)| owner));
        }
        members.sort_unstable();
        members.dedup();
        Ok(members)
    }

    /// Asks for each of them, one after the other, and writes down who left and who is back.
    async fn call(
        &self,
        directory: &dyn Directory,
        workspace: &Workspace,
        members: &[MemberId],
    ) -> Result<Result<u32, CannotAsk>, StoreError> {
        let people = self.queries.people(workspace.id, members).await?;
        let (mut gone, mut here) = (Vec::new(), Vec::new());
        let mut failed = None;
        for member in members {
            let Some(user) = people.user(*member) else { continue };
            match directory.find(workspace.guild, user).await {
                Ok(Presence::Here(person)) => {
                    self.seen(workspace.id, *member);
                    self.store.see(workspace.id, &workspace.policy, &person).await?;
                    here.push(*member);
                }
                Ok(Presence::Gone) => gone.push(*member),
                Err(why) => {
                    failed = Some(why);
                    break;
                }
            }
        }
        let changed = self.write_down(workspace.id, &gone, &here).await?;
        Ok(match failed {
            Some(why) => Err(why),
            None => Ok(changed),
        })
    }

    /// Some left, some are here (again). What they had moves in the next sweep; who is back gets nothing back by itself.
    /// Returns for how many that is news.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn write_down(
        &self,
        workspace: WorkspaceId,
        gone: &[MemberId],
        here: &[MemberId],
    ) -> Result<u32, StoreError> {
        for _ in 0..TRIES {
            let Some(known) = self.store.workspace_by_id(workspace).await? else { return Ok(0) };
            let mut policy: Policy = (*known.policy).clone();
            // The platform lets no owner leave: the one we know has handed it on, and we hear of that by itself.
            let leaves = |m: &&MemberId| **m != policy.owner && !policy.left.contains(m);
            let left: Vec<MemberId> = gone.iter().filter(leaves).copied().collect();
            let back: Vec<MemberId> = here.iter().filter(|m| policy.left.contains(m)).copied().collect();
            if left.is_empty() && back.is_empty() {
                return Ok(0);
            }
            policy.left.retain(|m| !back.contains(m));
            policy.left.extend(&left);
            policy.absences.retain(|a| !left.contains(&a.member));
            match self.store.save_policy(workspace, policy).await {
                Ok(_) => {
                    info!(
                        workspace = workspace.0,
                        left = left.len(),
                        back = back.len(),
                        "people left, or are back"
                    );
                    self.timer_nudge.notify_one();
                    return Ok(u32::try_from(left.len() + back.len()).unwrap_or(u32::MAX));
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(0)
    }
}

/// Whoever owes something for an item, or answers for it; an author who left is missed by nobody but their answer's time.
pub(super) fn owing(s: &Suggestion) -> impl Iterator<Item = MemberId> + use<> {
    let open = s.open_requirement().filter(|r| r.kind != RequirementKind::Answer).map(|r| r.by);
    [Some(s.responsible), open, s.carries_out_for].into_iter().flatten()
}

/// The beginning of the next working day, where the workspace's first team works.
fn next_roll_call(policy: &Policy, now: Instant) -> Instant {
    let team = policy.teams.iter().find(|t| !t.removed).map(|t| t.calendar.clone());
    let calendar = team.unwrap_or_else(|| Calendar::office(chrono_tz::UTC));
    let tomorrow = now.with_timezone(&calendar.zone).date_naive().succ_opt();
    tomorrow.map_or_else(
        || now + TimeDelta::days(1),
        |day| calendar.next_working(calendar.instant(day.and_time(calendar.from))),
    )
}
