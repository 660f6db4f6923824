//! The ports of the workflow, each call handed to the module that does it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kaizen_domain::suggestion::Answered;
use kaizen_domain::{
    ChannelId, GuildId, Instant, Load, MemberId, Number, Policy, TeamId, Times, UserId, WorkspaceId,
};
use kaizen_workflow::digest::{DigestContent, DigestLesson};
use kaizen_workflow::forgetting::{Forgetting, Known};
use kaizen_workflow::hand_over::Lessee;
use kaizen_workflow::measures::{Counting, KeptLine, LookedBack};
use kaizen_workflow::outbox::{Claimed, DeadLetter, Job, OutboxDepth, Posting, Trouble};
use kaizen_workflow::ports::{
    Alike, Ask, Commit, Committed, DueDigest, DueItem, Found, Founding, LedgerLine, ListFilter, Listed,
    Loaded, Mine, Outbox, Page, People, PeoplePlan, Person, Queries, Recount, RegisterLine, RegisterPage,
    Sent, Step, Store, StoreError, Stored, Workspace,
};

use crate::database::Database;
use crate::sql::bits;

#[async_trait]
impl Store for Database {
    async fn load(&self, ask: &Ask) -> Result<Loaded, StoreError> {
        self.load_ask(ask).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError> {
        Ok(self.commit_change(commit, None).await?.0)
    }

    async fn commit_for(
        &self,
        commit: &Commit,
        lessee: &Lessee,
    ) -> Result<(Committed, Vec<Claimed>), StoreError> {
        self.commit_change(commit, Some(lessee)).await
    }

    async fn found(&self, founding: &Founding) -> Result<Workspace, StoreError> {
        self.found_workspace(founding).await
    }

    async fn removed(&self, guild: GuildId) -> Result<(), StoreError> {
        self.set_removed(guild, true).await
    }

    async fn workspaces(&self) -> Result<Vec<Workspace>, StoreError> {
        self.list_workspaces().await
    }

    async fn workspace(&self, guild: GuildId) -> Result<Option<Workspace>, StoreError> {
        self.find_workspace("guild_id", bits(guild.0)).await
    }

    async fn workspace_by_id(&self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        self.find_workspace("id", id.0).await
    }

    async fn save_policy(&self, workspace: WorkspaceId, policy: Policy) -> Result<Arc<Policy>, StoreError> {
        self.replace_policy(workspace, policy).await
    }

    fn usual_times(&self) -> Times {
        self.inner.options.founding.times.clone()
    }

    async fn members(&self, workspace: WorkspaceId, users: &[UserId]) -> Result<Vec<MemberId>, StoreError> {
        self.members_of_users(workspace, users).await
    }

    async fn load_item(
        &self,
        workspace: WorkspaceId,
        number: Number,
    ) -> Result<Option<(Arc<Policy>, Stored)>, StoreError> {
        self.load_one(workspace, number).await
    }

    async fn load_step(
        &self,
        workspace: WorkspaceId,
        number: Number,
        seq: i64,
    ) -> Result<Option<(Arc<Policy>, Stored, Step)>, StoreError> {
        self.load_one_step(workspace, number, seq).await
    }

    async fn refresh_card(&self, workspace: WorkspaceId, number: Number) -> Result<(), StoreError> {
        self.enqueue_card(workspace, number).await
    }

    async fn due(&self, now: Instant, limit: u32) -> Result<Vec<DueItem>, StoreError> {
        self.due_items(now, limit).await
    }

    async fn next_due(&self) -> Result<Option<Instant>, StoreError> {
        self.next_due_at().await
    }

    async fn recounts(&self, limit: u32) -> Result<Vec<Recount>, StoreError> {
        self.marked(limit).await
    }

    async fn recounted(&self, recount: Recount) -> Result<(), StoreError> {
        self.unmark(recount).await
    }

    async fn due_digests(&self, now: Instant) -> Result<Vec<DueDigest>, StoreError> {
        self.digests_due(now).await
    }

    async fn plan_digest(
        &self,
        due: DueDigest,
        next: Instant,
        post: Option<DigestContent>,
    ) -> Result<bool, StoreError> {
        self.plan_next_digest(due, next, post).await
    }

    async fn plan_missing_digests(
        &self,
        workspace: WorkspaceId,
        team: TeamId,
        next: Instant,
    ) -> Result<(), StoreError> {
        self.plan_first_digest(workspace, team, next).await
    }

    async fn people_due(&self, now: Instant) -> Result<Vec<PeoplePlan>, StoreError> {
        self.people_due(now).await
    }

    async fn plan_people(&self, plan: &PeoplePlan, next: Option<Instant>) -> Result<bool, StoreError> {
        self.plan_people(plan, next).await
    }

    async fn move_roll_call(
        &self,
        workspace: WorkspaceId,
        from: Option<Instant>,
        to: Instant,
    ) -> Result<bool, StoreError> {
        self.move_roll_call(workspace, from, to).await
    }

    async fn open_items(
        &self,
        workspace: WorkspaceId,
        after: Number,
        limit: u32,
    ) -> Result<Vec<Stored>, StoreError> {
        self.list_open(workspace, after, limit).await
    }

    async fn loads(
        &self,
        workspace: WorkspaceId,
        members: &[MemberId],
    ) -> Result<BTreeMap<MemberId, Load>, StoreError> {
        self.read_loads(workspace, members).await
    }

    async fn answered(
        &self,
        workspace: WorkspaceId,
        number: Number,
        member: MemberId,
    ) -> Result<Answered, StoreError> {
        self.read_answered(workspace, number, member).await
    }

    async fn see(&self, workspace: WorkspaceId, policy: &Policy, person: &Person) -> Result<(), StoreError> {
        self.see_person(workspace, policy, person).await
    }

    async fn purge(&self, before: Instant) -> Result<u64, StoreError> {
        self.purge_before(before).await
    }

    async fn known(&self, guild: GuildId, user: UserId) -> Result<Option<Known>, StoreError> {
        self.find_known(guild, user).await
    }

    async fn concerned(&self, workspace: WorkspaceId, member: MemberId) -> Result<Vec<Number>, StoreError> {
        self.list_concerned(workspace, member).await
    }

    async fn nameless_member(&self, workspace: WorkspaceId) -> Result<MemberId, StoreError> {
        self.make_nameless(workspace).await
    }

    async fn forget(&self, forgetting: &Forgetting) -> Result<(), StoreError> {
        self.forget_member(forgetting).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.answer().await
    }

    async fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.read_note(name).await
    }

    async fn set_note(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.write_note(name, value).await
    }
}

#[async_trait]
impl Queries for Database {
    async fn find(&self, workspace: WorkspaceId, number: Number) -> Result<Option<Stored>, StoreError> {
        self.find_item(workspace, number).await
    }

    async fn in_thread(
        &self,
        workspace: WorkspaceId,
        thread: ChannelId,
    ) -> Result<Option<Number>, StoreError> {
        self.item_in_thread(workspace, thread).await
    }

    async fn any_in_channel(&self, workspace: WorkspaceId, channel: ChannelId) -> Result<bool, StoreError> {
        self.any_card_in(workspace, channel).await
    }

    async fn history(&self, workspace: WorkspaceId, number: Number) -> Result<Vec<Step>, StoreError> {
        self.read_history(workspace, number).await
    }

    async fn step(
        &self,
        workspace: WorkspaceId,
        number: Number,
        seq: i64,
    ) -> Result<Option<Step>, StoreError> {
        self.read_step(workspace, number, seq).await
    }

    async fn list(
        &self,
        workspace: WorkspaceId,
        filter: &ListFilter,
        page: u32,
        size: u32,
    ) -> Result<Page, StoreError> {
        self.list_items(workspace, filter, page, size).await
    }

    async fn search(
        &self,
        workspace: WorkspaceId,
        text: &str,
        limit: u32,
    ) -> Result<Vec<Listed>, StoreError> {
        self.search_items(workspace, text, limit).await
    }

    async fn similar(
        &self,
        workspace: WorkspaceId,
        text: &str,
        except: Option<Number>,
        limit: u32,
    ) -> Result<Vec<Alike>, StoreError> {
        self.similar_items(workspace, text, except, limit).await
    }

    async fn mine(&self, workspace: WorkspaceId, member: MemberId) -> Result<Mine, StoreError> {
        self.list_mine(workspace, member).await
    }

    async fn people(&self, workspace: WorkspaceId, members: &[MemberId]) -> Result<People, StoreError> {
        self.find_people(workspace, members).await
    }

    async fn names(
        &self,
        workspace: WorkspaceId,
        members: &[MemberId],
    ) -> Result<BTreeMap<MemberId, String>, StoreError> {
        self.find_names(workspace, members).await
    }

    async fn digest_items(
        &self,
        workspace: WorkspaceId,
        team: TeamId,
        since: Instant,
    ) -> Result<Vec<(Listed, Vec<Step>)>, StoreError> {
        self.list_for_digest(workspace, team, since).await
    }

    async fn ledger(
        &self,
        workspace: WorkspaceId,
        team: Option<TeamId>,
    ) -> Result<Vec<LedgerLine>, StoreError> {
        self.list_ledger(workspace, team).await
    }

    async fn register(
        &self,
        workspace: WorkspaceId,
        page: u32,
        size: u32,
    ) -> Result<RegisterPage, StoreError> {
        self.list_register(workspace, page, size).await
    }

    async fn register_lines(&self, workspace: WorkspaceId) -> Result<Vec<RegisterLine>, StoreError> {
        self.read_register(workspace).await
    }

    async fn promise(&self, workspace: WorkspaceId, of: &Counting) -> Result<Vec<KeptLine>, StoreError> {
        self.count_promise(workspace, of).await
    }

    async fn looked_back(&self, workspace: WorkspaceId, of: &Counting) -> Result<LookedBack, StoreError> {
        self.count_debriefs(workspace, of).await
    }

    async fn lessons_kept(
        &self,
        workspace: WorkspaceId,
        team: TeamId,
        period: (kaizen_domain::Instant, kaizen_domain::Instant),
        limit: u32,
    ) -> Result<Vec<DigestLesson>, StoreError> {
        self.list_lessons_kept(workspace, team, period, limit).await
    }

    async fn overdue(
        &self,
        workspace: WorkspaceId,
        team: Option<TeamId>,
        now: Instant,
        limit: u32,
    ) -> Result<Vec<Listed>, StoreError> {
        self.list_overdue(workspace, team, now, limit).await
    }

    async fn numbers(&self, workspace: WorkspaceId) -> Result<Vec<Number>, StoreError> {
        self.list_numbers(workspace).await
    }
}

#[async_trait]
impl Outbox for Database {
    async fn claim(&self, worker: &str, limit: u32, lease: Duration) -> Result<Vec<Claimed>, StoreError> {
        Ok(self.look_for_rows(worker, limit, lease).await?.claimed)
    }

    async fn look(&self, worker: &str, limit: u32, lease: Duration) -> Result<Found, StoreError> {
        self.look_for_rows(worker, limit, lease).await
    }

    async fn renew(&self, worker: &str, lease: Duration) -> Result<(), StoreError> {
        self.renew_leases(worker, lease).await
    }

    async fn begin(&self, claim: &Claimed) -> Result<bool, StoreError> {
        self.begin_sending(claim).await
    }

    async fn let_go(&self, claim: &Claimed) -> Result<(), StoreError> {
        self.put_back(claim).await
    }

    async fn delivered(&self, claim: &Claimed, sent: &Sent) -> Result<bool, StoreError> {
        Ok(self.mark_delivered(&[(claim, sent)]).await?.into_iter().all(|kept| kept))
    }

    async fn delivered_all(&self, sent: &[(Claimed, Sent)]) -> Result<Vec<bool>, StoreError> {
        self.mark_delivered(&sent.iter().map(|(claim, sent)| (claim, sent)).collect::<Vec<_>>()).await
    }

    async fn retry(&self, claim: &Claimed, after: Duration, error: &str) -> Result<bool, StoreError> {
        self.retry_later(claim, after, error).await
    }

    async fn give_up(&self, claim: &Claimed, error: &str, note: Option<Job>) -> Result<bool, StoreError> {
        self.bury(claim, error, note).await
    }

    async fn report(&self, workspace: WorkspaceId, trouble: Trouble) -> Result<(), StoreError> {
        self.report_to_coordinator(workspace, trouble).await
    }

    async fn ended_among(
        &self,
        workspace: WorkspaceId,
        threads: &[ChannelId],
    ) -> Result<Vec<ChannelId>, StoreError> {
        self.list_ended(workspace, threads).await
    }

    async fn next_due_in(&self) -> Result<Option<Duration>, StoreError> {
        self.outbox_due_in().await
    }

    async fn depth(&self) -> Result<OutboxDepth, StoreError> {
        self.outbox_depth().await
    }

    async fn dead_letters(&self, workspace: Option<WorkspaceId>) -> Result<Vec<DeadLetter>, StoreError> {
        self.list_dead(workspace).await
    }

    async fn revive(&self, workspace: Option<WorkspaceId>) -> Result<u64, StoreError> {
        self.revive_dead(workspace).await
    }

    async fn postings(&self, workspace: WorkspaceId, number: Number) -> Result<Vec<Posting>, StoreError> {
        self.list_postings(workspace, number).await
    }

    async fn digest(
        &self,
        workspace: WorkspaceId,
        team: TeamId,
        at: Instant,
    ) -> Result<Option<kaizen_workflow::ports::StoredDigest>, StoreError> {
        self.find_digest(workspace, team, at).await
    }

    async fn posting(&self, workspace: WorkspaceId, id: i64) -> Result<Option<Posting>, StoreError> {
        self.find_posting(workspace, id).await
    }
}
