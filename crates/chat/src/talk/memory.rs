//! A store in memory: what the ports promise, without a database.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use kaizen_domain::suggestion::{Answered, Event, Suggestion};
use kaizen_domain::{
    ActingMember, Area, Calendar, ChannelId, GuildId, Instant, Load, MemberId, MessageId, Number, Policy,
    Staffing, Team, TeamId, Times, UserId, Who, WorkspaceId,
};
use kaizen_workflow::digest::{DigestContent, DigestLesson};
use kaizen_workflow::forgetting::{Forgetting, Known};
use kaizen_workflow::hand_over::Lessee;
use kaizen_workflow::measures::{self, Counting, KeptLine, LookedBack};
use kaizen_workflow::outbox::{Claimed, DeadLetter, Job, OutboxDepth, Posting, Trouble};
use kaizen_workflow::ports::{
    Alike, Ask, CardPlace, Commit, Committed, CommittedItem, DueDigest, DueItem, Found, Founding, Handled,
    ItemRef, LedgerLine, ListFilter, Listed, Loaded, Mine, Outbox, Page, People, PeoplePlan, Person, Queries,
    Recount, RegisterEntry, RegisterLine, RegisterPage, Sent, Step, Store, StoreError, Stored, Workspace,
};

use super::{GUILD, NAMES, WARD, person};

const WORKSPACE: WorkspaceId = WorkspaceId(1);

/// The thread of an idea.
pub(super) fn thread(number: u32) -> ChannelId {
    ChannelId(5000 + u64::from(number))
}

/// One workspace.
pub(super) struct Memory(Mutex<State>);

pub(super) struct State {
    pub(super) policy: Arc<Policy>,
    members: Vec<UserId>,
    items: BTreeMap<u32, (Stored, Vec<Event>)>,
    handled: HashMap<String, Handled>,
    pub(super) refreshed: Vec<u32>,
    pub(super) dead: Vec<DeadLetter>,
    answered: Vec<(Number, MemberId)>,
    /// The database is gone.
    pub(super) down: bool,
}

impl Memory {
    pub(super) fn hospital() -> Memory {
        let team = |id: i64, name: &str, manager: &str, parent: Option<i64>| Team {
            channel: Some(ChannelId(WARD.0 - 1 + u64::try_from(id).unwrap())),
            managers: Staffing { members: vec![member(manager)], roles: vec![] },
            parent: parent.map(TeamId),
            ..team(id, name)
        };
        let teams = vec![team(1, "Ward 3", "mara", Some(2)), team(2, "Hospital", "noor", None)];
        let coordinators = Staffing { members: vec![member("cleo")], roles: vec![] };
        Memory::with(Policy { teams, coordinators, ..nothing_set_up() })
    }

    pub(super) fn new_community() -> Memory {
        Memory::with(nothing_set_up())
    }

    fn with(policy: Policy) -> Memory {
        Memory(Mutex::new(State {
            policy: Arc::new(policy),
            members: NAMES.iter().map(|n| person(n).user).collect(),
            items: BTreeMap::new(),
            handled: HashMap::new(),
            refreshed: Vec::new(),
            dead: Vec::new(),
            answered: Vec::new(),
            down: false,
        }))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The state, while the database is there.
    fn open(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.state();
        if state.down { Err(StoreError::Unavailable("unplugged".into())) } else { Ok(state) }
    }

    pub(super) fn suggestion(&self, number: u32) -> Suggestion {
        self.state().items[&number].0.suggestion.clone()
    }

    pub(super) fn ideas(&self) -> usize {
        self.state().items.len()
    }

    /// How many steps an idea has taken.
    pub(super) fn steps(&self, number: u32) -> usize {
        self.state().items[&number].1.len()
    }
}

pub(super) fn member(name: &str) -> MemberId {
    MemberId(i64::try_from(NAMES.iter().position(|n| *n == name).unwrap()).unwrap() + 1)
}

fn team(id: i64, name: &str) -> Team {
    Team {
        id: TeamId(id),
        name: name.into(),
        channel: None,
        managers: Staffing::default(),
        members_role: None,
        parent: None,
        calendar: Calendar::office(chrono_tz::Europe::London),
        removed: false,
    }
}

fn nothing_set_up() -> Policy {
    Policy {
        version: 1,
        owner: member("cleo"),
        coordinators: Staffing::default(),
        policy_owners: Staffing::default(),
        times: Times::default(),
        areas: Area::defaults(),
        urgent: vec![],
        teams: vec![team(1, "Everyone")],
        routes: Vec::new(),
        holders: BTreeMap::new(),
        absences: Vec::new(),
        left: std::collections::BTreeSet::new(),
        gone: std::collections::BTreeSet::new(),
        loads: std::collections::BTreeMap::new(),
    }
}

impl State {
    fn known(&mut self, person: &Person) -> MemberId {
        let place = self.members.iter().position(|u| *u == person.user).unwrap_or_else(|| {
            self.members.push(person.user);
            self.members.len() - 1
        });
        MemberId(i64::try_from(place).unwrap() + 1)
    }

    fn listed(&self) -> impl Iterator<Item = Listed> {
        self.items.values().rev().map(|(stored, _)| Listed {
            number: stored.number,
            suggestion: stored.suggestion.clone(),
            card: stored.card,
        })
    }

    /// Ideas that hold all (or any) of the words.
    fn with_words(&self, text: &str, all: bool) -> Vec<Listed> {
        let words: Vec<String> = text.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let hit = |l: &Listed| {
            let idea = l.suggestion.idea.written().unwrap_or_default().to_lowercase();
            let mut hits = words.iter().map(|w| idea.contains(w));
            if all { hits.all(|h| h) } else { hits.any(|h| h) }
        };
        self.listed().filter(hit).collect()
    }

    fn workspace(&self) -> Workspace {
        Workspace {
            id: WORKSPACE,
            guild: GUILD,
            name: "St Mary".into(),
            policy: Arc::clone(&self.policy),
            removed: false,
        }
    }
}

#[async_trait]
impl Store for Memory {
    async fn load(&self, ask: &Ask) -> Result<Loaded, StoreError> {
        let mut state = self.open()?;
        let id = state.known(&ask.person);
        let named = ask.named.iter().map(|p| state.known(p)).collect();
        let find =
            |item: Option<u32>| item.and_then(|n| state.items.get(&n)).map(|(stored, _)| stored.clone());
        let number = match ask.item {
            Some(ItemRef::Number(n)) => Some(n.0),
            Some(ItemRef::Thread(channel)) => {
                u32::try_from(channel.0).ok().filter(|n| *n > 5000).map(|n| n - 5000)
            }
            None => None,
        };
        Ok(Loaded {
            workspace: WORKSPACE,
            policy: Arc::clone(&state.policy),
            actor: ActingMember { id, roles: ask.person.roles.clone(), admin: ask.person.admin },
            item: find(number),
            other: find(ask.other.map(|n| n.0)),
            named,
            handled: ask.request.as_ref().and_then(|r| state.handled.get(r).copied()),
        })
    }

    async fn commit_for(&self, commit: &Commit, _: &Lessee) -> Result<(Committed, Vec<Claimed>), StoreError> {
        Ok((self.commit(commit).await?, Vec::new()))
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError> {
        let mut state = self.open()?;
        let mut items = Vec::new();
        let next = state.items.keys().last().map_or(1, |n| n + 1);
        let named = commit.items.iter().map(|i| i.clone().with_next(Number(next)));
        for item in &named.collect::<Vec<_>>() {
            let number = item.number.map_or(next, |n| n.0);
            let card = Some(CardPlace {
                channel: item.channel.unwrap_or(WARD),
                message: MessageId(thread(number).0),
                thread: Some(thread(number)),
            });
            let new = || {
                let suggestion = item.after.clone();
                (Stored { number: Number(number), version: 0, suggestion, card }, Vec::new())
            };
            let (stored, events) = state.items.entry(number).or_insert_with(new);
            if stored.version != item.expected {
                return Err(StoreError::Conflict);
            }
            let first_seq = i64::try_from(events.len()).unwrap() + 1;
            events.extend(item.events.iter().cloned());
            stored.version += 1;
            stored.suggestion = item.after.clone();
            let number = stored.number;
            items.push(CommittedItem { number, version: stored.version, first_seq });
            if item.events.iter().any(|e| e.fact.ends_question()) {
                state.answered.retain(|(n, _)| *n != number);
            }
            state.answered.extend(item.answered_by.map(|who| (number, who)));
        }
        if let (Some(request), Some(first)) = (&commit.request, items.first()) {
            let events = i64::try_from(commit.items[0].events.len()).unwrap();
            let handled = Handled { number: first.number, first_seq: first.first_seq, events };
            state.handled.insert(request.clone(), handled);
        }
        Ok(Committed { items })
    }

    async fn found(&self, _: &Founding) -> Result<Workspace, StoreError> {
        Ok(self.open()?.workspace())
    }

    async fn removed(&self, _: GuildId) -> Result<(), StoreError> {
        Ok(())
    }

    async fn workspaces(&self) -> Result<Vec<Workspace>, StoreError> {
        Ok(vec![self.open()?.workspace()])
    }

    async fn workspace(&self, guild: GuildId) -> Result<Option<Workspace>, StoreError> {
        Ok(Some(self.open()?.workspace()).filter(|w| w.guild == guild))
    }

    async fn workspace_by_id(&self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        Ok(Some(self.open()?.workspace()).filter(|w| w.id == id))
    }

    async fn save_policy(&self, _: WorkspaceId, policy: Policy) -> Result<Arc<Policy>, StoreError> {
        let mut state = self.open()?;
        if policy.version != state.policy.version {
            return Err(StoreError::Conflict);
        }
        state.policy = Arc::new(Policy { version: policy.version + 1, ..policy });
        Ok(Arc::clone(&state.policy))
    }

    fn usual_times(&self) -> Times {
        Times::default()
    }

    async fn members(&self, _: WorkspaceId, _: &[UserId]) -> Result<Vec<MemberId>, StoreError> {
        Ok(Vec::new())
    }

    async fn load_item(
        &self,
        _: WorkspaceId,
        number: Number,
    ) -> Result<Option<(Arc<Policy>, Stored)>, StoreError> {
        let state = self.open()?;
        Ok(state.items.get(&number.0).map(|(stored, _)| (Arc::clone(&state.policy), stored.clone())))
    }

    async fn load_step(
        &self,
        _: WorkspaceId,
        number: Number,
        seq: i64,
    ) -> Result<Option<(Arc<Policy>, Stored, Step)>, StoreError> {
        let state = self.open()?;
        let Some((stored, events)) = state.items.get(&number.0) else { return Ok(None) };
        let event = events.iter().zip(1..).find(|(_, at)| *at == seq).map(|(event, _)| event.clone());
        Ok(event.map(|event| (Arc::clone(&state.policy), stored.clone(), Step { seq, event })))
    }

    async fn refresh_card(&self, _: WorkspaceId, number: Number) -> Result<(), StoreError> {
        self.open()?.refreshed.push(number.0);
        Ok(())
    }

    async fn due(&self, _: Instant, _: u32) -> Result<Vec<DueItem>, StoreError> {
        Ok(Vec::new())
    }

    async fn next_due(&self) -> Result<Option<Instant>, StoreError> {
        Ok(None)
    }

    async fn recounts(&self, _: u32) -> Result<Vec<Recount>, StoreError> {
        Ok(Vec::new())
    }

    async fn recounted(&self, _: Recount) -> Result<(), StoreError> {
        Ok(())
    }

    async fn due_digests(&self, _: Instant) -> Result<Vec<DueDigest>, StoreError> {
        Ok(Vec::new())
    }

    async fn plan_digest(
        &self,
        _: DueDigest,
        _: Instant,
        _: Option<DigestContent>,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn plan_missing_digests(&self, _: WorkspaceId, _: TeamId, _: Instant) -> Result<(), StoreError> {
        Ok(())
    }

    async fn people_due(&self, _: Instant) -> Result<Vec<PeoplePlan>, StoreError> {
        Ok(Vec::new())
    }

    async fn plan_people(&self, _: &PeoplePlan, _: Option<Instant>) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn move_roll_call(
        &self,
        _: WorkspaceId,
        _: Option<Instant>,
        _: Instant,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn open_items(&self, _: WorkspaceId, after: Number, _: u32) -> Result<Vec<Stored>, StoreError> {
        let state = self.open()?;
        let open = state.items.range(after.0 + 1..).map(|(_, (stored, _))| stored.clone());
        Ok(open.filter(|s| s.suggestion.is_open()).collect())
    }

    async fn loads(&self, _: WorkspaceId, _: &[MemberId]) -> Result<BTreeMap<MemberId, Load>, StoreError> {
        Ok(BTreeMap::new())
    }

    async fn answered(
        &self,
        _: WorkspaceId,
        number: Number,
        member: MemberId,
    ) -> Result<Answered, StoreError> {
        let state = self.open()?;
        let answered = state.answered.iter().filter(|(n, _)| *n == number).map(|(_, who)| *who);
        Ok(Answered {
            own: answered.clone().any(|m| m == member),
            others: answered.clone().any(|m| m != member),
        })
    }

    async fn see(&self, _: WorkspaceId, _: &Policy, _: &Person) -> Result<(), StoreError> {
        Ok(())
    }

    async fn purge(&self, _: Instant) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn known(&self, guild: GuildId, user: UserId) -> Result<Option<Known>, StoreError> {
        let state = self.open()?;
        let at = state.members.iter().position(|known| *known == user).filter(|_| guild == GUILD);
        Ok(at.map(|at| Known {
            workspace: WORKSPACE,
            member: MemberId(i64::try_from(at).unwrap() + 1),
            policy: Arc::clone(&state.policy),
        }))
    }

    async fn concerned(&self, _: WorkspaceId, _: MemberId) -> Result<Vec<Number>, StoreError> {
        Ok(self.open()?.items.keys().map(|n| Number(*n)).collect())
    }

    async fn nameless_member(&self, _: WorkspaceId) -> Result<MemberId, StoreError> {
        let mut state = self.open()?;
        state.members.push(UserId(0));
        Ok(MemberId(i64::try_from(state.members.len()).unwrap()))
    }

    async fn forget(&self, forgetting: &Forgetting) -> Result<(), StoreError> {
        let Forgetting { workspace, member, heir, policy, now, name: _, items } = forgetting.clone();
        self.commit(&Commit { workspace, request: None, now, items }).await?;
        let mut state = self.open()?;
        let place = |m: MemberId| usize::try_from(m.0).unwrap() - 1;
        let user = std::mem::replace(&mut state.members[place(member)], UserId(0));
        if let Some(heir) = heir {
            state.members[place(heir)] = user;
        }
        state.policy = Arc::new(Policy { version: policy.version + 1, ..policy });
        Ok(())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.open().map(|_| ())
    }

    async fn note(&self, _: &str) -> Result<Option<String>, StoreError> {
        Ok(None)
    }

    async fn set_note(&self, _: &str, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}

#[async_trait]
impl Queries for Memory {
    async fn find(&self, _: WorkspaceId, number: Number) -> Result<Option<Stored>, StoreError> {
        Ok(self.open()?.items.get(&number.0).map(|(stored, _)| stored.clone()))
    }

    async fn in_thread(&self, _: WorkspaceId, _: ChannelId) -> Result<Option<Number>, StoreError> {
        Ok(None)
    }

    async fn any_in_channel(&self, _: WorkspaceId, _: ChannelId) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn history(&self, _: WorkspaceId, number: Number) -> Result<Vec<Step>, StoreError> {
        let state = self.open()?;
        let events = state.items.get(&number.0).map(|(_, events)| events.clone()).unwrap_or_default();
        Ok((1..).zip(events).map(|(seq, event)| Step { seq, event }).collect())
    }

    async fn step(
        &self,
        workspace: WorkspaceId,
        number: Number,
        seq: i64,
    ) -> Result<Option<Step>, StoreError> {
        Ok(self.history(workspace, number).await?.into_iter().find(|s| s.seq == seq))
    }

    async fn list(
        &self,
        _: WorkspaceId,
        filter: &ListFilter,
        page: u32,
        size: u32,
    ) -> Result<Page, StoreError> {
        let state = self.open()?;
        let matches = |l: &Listed| {
            let s = &l.suggestion;
            (filter.stages.is_empty() || filter.stages.contains(&s.stage.name()))
                && filter.team.is_none_or(|t| t == s.team)
                && (filter.area.is_none() || filter.area == s.area)
                && filter.author.is_none_or(|a| a == s.author)
                && filter.responsible.is_none_or(|r| r == s.responsible)
        };
        let found: Vec<Listed> = state.listed().filter(matches).collect();
        let total = found.len() as u64;
        let lines = found.into_iter().skip((page * size) as usize).take(size as usize).collect();
        Ok(Page { lines, total })
    }

    async fn search(&self, _: WorkspaceId, text: &str, limit: u32) -> Result<Vec<Listed>, StoreError> {
        Ok(self.open()?.with_words(text, true).into_iter().take(limit as usize).collect())
    }

    async fn similar(
        &self,
        _: WorkspaceId,
        text: &str,
        except: Option<Number>,
        limit: u32,
    ) -> Result<Vec<Alike>, StoreError> {
        let found = self.open()?.with_words(text, false).into_iter();
        let alike = |l: Listed| Alike {
            number: l.number,
            is_open: l.suggestion.is_open(),
            idea: l.suggestion.idea,
            card: l.card,
        };
        Ok(found.filter(|l| Some(l.number) != except).take(limit as usize).map(alike).collect())
    }

    async fn mine(&self, _: WorkspaceId, member: MemberId) -> Result<Mine, StoreError> {
        let state = self.open()?;
        let owe = state.listed().filter(|l| l.suggestion.open_requirement().is_some_and(|r| r.by == member));
        let wait = state.listed().filter(|l| l.suggestion.author == member && l.suggestion.is_open());
        let follow = state.listed().filter(|l| l.suggestion.followers.contains(&member));
        Ok(Mine { owe: owe.collect(), wait: wait.collect(), follow: follow.collect() })
    }

    async fn names(
        &self,
        _: WorkspaceId,
        members: &[MemberId],
    ) -> Result<BTreeMap<MemberId, String>, StoreError> {
        Ok(members.iter().map(|m| (*m, format!("member {}", m.0))).collect())
    }

    async fn people(&self, _: WorkspaceId, members: &[MemberId]) -> Result<People, StoreError> {
        let state = self.open()?;
        let user = |m: &MemberId| state.members.get(usize::try_from(m.0 - 1).ok()?).copied();
        Ok(People(members.iter().filter_map(|m| Some((*m, user(m)?))).collect()))
    }

    async fn digest_items(
        &self,
        _: WorkspaceId,
        team: TeamId,
        _: Instant,
    ) -> Result<Vec<(Listed, Vec<Step>)>, StoreError> {
        let state = self.open()?;
        let steps = |l: &Listed| {
            let events = state.items[&l.number.0].1.clone();
            (1..).zip(events).map(|(seq, event)| Step { seq, event }).collect()
        };
        Ok(state.listed().filter(|l| l.suggestion.team == team).map(|l| (l.clone(), steps(&l))).collect())
    }

    async fn ledger(&self, _: WorkspaceId, _: Option<TeamId>) -> Result<Vec<LedgerLine>, StoreError> {
        Ok(Vec::new())
    }

    async fn register(
        &self,
        workspace: WorkspaceId,
        page: u32,
        size: u32,
    ) -> Result<RegisterPage, StoreError> {
        let lines = self.register_lines(workspace).await?;
        let total = lines.len() as u64;
        let state = self.open()?;
        let led_by = |line: &RegisterLine| {
            let s = &state.items[&line.number.0].0.suggestion;
            s.questions.iter().chain(&s.absorbed).map(|n| (*n, None)).collect()
        };
        let entries = lines.into_iter().rev().skip((page * size) as usize).take(size as usize);
        let entries = entries.map(|line| RegisterEntry { led_by: led_by(&line), card: None, line }).collect();
        Ok(RegisterPage { entries, total })
    }

    async fn register_lines(&self, _: WorkspaceId) -> Result<Vec<RegisterLine>, StoreError> {
        let state = self.open()?;
        let mut lines = Vec::new();
        for (number, (_, events)) in &state.items {
            for (seq, event) in (1..).zip(events) {
                if let (Some((before, after)), Who::Member(by)) = (event.fact.norm(), event.by) {
                    let (norm_before, norm_after) = (before.clone(), after.clone());
                    lines.push(RegisterLine {
                        number: Number(*number),
                        seq,
                        at: event.at,
                        by,
                        norm_before,
                        norm_after,
                    });
                }
            }
        }
        Ok(lines)
    }

    async fn promise(&self, _: WorkspaceId, of: &Counting) -> Result<Vec<KeptLine>, StoreError> {
        let state = self.open()?;
        Ok(measures::count(state.items.values().map(|(stored, _)| &stored.suggestion), of))
    }

    async fn looked_back(&self, _: WorkspaceId, _: &Counting) -> Result<LookedBack, StoreError> {
        Ok(LookedBack::default())
    }

    async fn lessons_kept(
        &self,
        _: WorkspaceId,
        _: TeamId,
        _: (Instant, Instant),
        _: u32,
    ) -> Result<Vec<DigestLesson>, StoreError> {
        Ok(Vec::new())
    }

    async fn overdue(
        &self,
        _: WorkspaceId,
        team: Option<TeamId>,
        now: Instant,
        limit: u32,
    ) -> Result<Vec<Listed>, StoreError> {
        let state = self.open()?;
        let due = |l: &Listed| {
            l.suggestion.open_requirement().filter(|r| r.kind.is_promised() && r.due < now).map(|r| r.due)
        };
        let of = |l: &Listed| team.is_none_or(|t| t == l.suggestion.team) && due(l).is_some();
        let mut found: Vec<Listed> = state.listed().filter(of).collect();
        found.sort_by_key(due);
        found.truncate(limit as usize);
        Ok(found)
    }

    async fn numbers(&self, _: WorkspaceId) -> Result<Vec<Number>, StoreError> {
        Ok(self.open()?.items.keys().copied().map(Number).collect())
    }
}

#[async_trait]
impl Outbox for Memory {
    async fn claim(&self, _: &str, _: u32, _: Duration) -> Result<Vec<Claimed>, StoreError> {
        Ok(Vec::new())
    }

    async fn look(&self, _: &str, _: u32, _: Duration) -> Result<Found, StoreError> {
        Ok(Found::default())
    }

    async fn renew(&self, _: &str, _: Duration) -> Result<(), StoreError> {
        Ok(())
    }

    async fn begin(&self, _: &Claimed) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn delivered_all(&self, sent: &[(Claimed, Sent)]) -> Result<Vec<bool>, StoreError> {
        Ok(vec![false; sent.len()])
    }

    async fn let_go(&self, _: &Claimed) -> Result<(), StoreError> {
        Ok(())
    }

    async fn delivered(&self, _: &Claimed, _: &Sent) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn retry(&self, _: &Claimed, _: Duration, _: &str) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn give_up(&self, _: &Claimed, _: &str, _: Option<Job>) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn report(&self, _: WorkspaceId, _: Trouble) -> Result<(), StoreError> {
        Ok(())
    }

    async fn ended_among(&self, _: WorkspaceId, _: &[ChannelId]) -> Result<Vec<ChannelId>, StoreError> {
        Ok(Vec::new())
    }

    async fn next_due_in(&self) -> Result<Option<Duration>, StoreError> {
        Ok(None)
    }

    async fn depth(&self) -> Result<OutboxDepth, StoreError> {
        Ok(OutboxDepth::default())
    }

    async fn dead_letters(&self, _: Option<WorkspaceId>) -> Result<Vec<DeadLetter>, StoreError> {
        Ok(self.open()?.dead.clone())
    }

    async fn revive(&self, _: Option<WorkspaceId>) -> Result<u64, StoreError> {
        let dead = std::mem::take(&mut self.open()?.dead);
        Ok(dead.len() as u64)
    }

    async fn postings(&self, _: WorkspaceId, _: Number) -> Result<Vec<Posting>, StoreError> {
        Ok(Vec::new())
    }

    async fn digest(
        &self,
        _: WorkspaceId,
        _: TeamId,
        _: Instant,
    ) -> Result<Option<kaizen_workflow::ports::StoredDigest>, StoreError> {
        Ok(None)
    }

    async fn posting(&self, _: WorkspaceId, _: i64) -> Result<Option<Posting>, StoreError> {
        Ok(None)
    }
}
