//! What is said of rows and marks; and deliveries to the local Discord, from a real outbox.

use std::sync::Mutex;

use chrono::DateTime;
use discord_sim::{
    ChannelSeed, Fault, FaultRule, GuildSeed, PersonSeed, Recording, Seed, Sim, SimConfig, Strictness,
    permission,
};
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::Submission;
use kaizen_domain::{Number, UserId, WorkspaceId};
use kaizen_storage::{Database, Founding, Options, OutboxTiming};
use kaizen_workflow::clock::{ManualClock, pause};
use kaizen_workflow::courier::Courier;
use kaizen_workflow::digest::Schedule;
use kaizen_workflow::engine::Engine;
use kaizen_workflow::outbox::{Job, OutboxDepth};
use kaizen_workflow::ports::{Ask, ItemRef, Outbox, Person, Store};
use secrecy::SecretString;

use super::parcel::*;
use super::*;

fn claim(id: i64, revision: i64) -> Claimed {
    Claimed {
        id,
        fence: 1,
        revision,
        workspace: WorkspaceId(1),
        job: Job::Rewrite { posting: 1, shared: None },
        attempts: 1,
        begun: None,
        age: Duration::ZERO,
    }
}

fn said(text: &str) -> Message {
    Message { text: text.to_owned(), ..Message::default() }
}

fn sent(content: &str, footer: &str) -> model::Message {
    serde_json::from_value(json!({
        "id": "5", "channel_id": "1", "author": { "id": "9" }, "content": content, "embeds": [{ "footer": { "text": footer } }],
    }))
    .unwrap()
}

#[test]
fn expect_one_nonce_for_each_message_of_a_row_the_same_at_every_try() {
    let parts =
        [Part::Card, Part::Post, Part::Direct, Part::Mention, Part::Digest, Part::Trouble, Part::Reminders];
    let mut all: Vec<String> = parts.iter().map(|p| p.nonce("7QK2MX", &claim(i64::MAX, 7))).collect();
    for number in [1, 2, 1_000_000] {
        all.push(Part::Reminder(Number(number)).nonce("7QK2MX", &claim(100_000_000_000, 7)));
    }
    assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
    assert!(all.iter().all(|n| n.len() <= limits::NONCE), "{all:?}");
    assert_eq!(Part::Post.nonce("A", &claim(3, 1)), Part::Post.nonce("A", &claim(3, 2)));
    // Words that are taken out of it meanwhile make no other message of it.
    assert_eq!(Part::Reminders.nonce("A", &claim(3, 1)), Part::Reminders.nonce("A", &claim(3, 2)));
    assert_ne!(
        Part::Post.nonce("A", &claim(3, 1)),
        Part::Post.nonce("B", &claim(3, 1)),
        "two databases of one bot"
    );
    assert_eq!(Part::Post.nonce("", &claim(36 * 36 + 35, 1)), "p10z");
}

fn parcel<'a>(message: &'a Message, mark: &str) -> Parcel<'a> {
    Parcel { nonce: String::new(), message, mark: mark.to_owned() }
}

#[test]
fn expect_our_own_message_to_be_known_by_its_mark() {
    let post = said("Mara acknowledged it.\n-# K-12 · 7");
    let posted = parcel(&post, "K-12 · 7");
    assert!(posted.is(&sent("Mara acknowledged it.\n-# K-12 · 7", "")));
    assert!(!posted.is(&sent("Mara acknowledged it.\n-# K-12 · 71", "")));
    assert!(!posted.is(&sent("see K-12 · 7 there", "")));
    assert!(
        !posted.is(&sent("<@5> News of your idea\n-# K-12 · 7", "")),
        "that is the mention in place of a direct message"
    );
    let card = said("");
    let posted = parcel(&card, "K-12");
    assert!(posted.is(&sent("", "K-12")));
    assert!(!posted.is(&sent("", "K-1")));
}

const GUILD: u64 = 1000;
const SAM: u64 = 11;
const MARA: u64 = 13;
const CLEO: u64 = 15;
const WARD: u64 = 2003;
const IDEAS: u64 = 2005;
/// Waits for what is tried again after a second or two, not for what waits longer.
const PATIENCE: Duration = Duration::from_secs(6);

/// A hospital without a gateway: an engine, an outbox, and the local Discord.
struct Ward {
    sim: Sim,
    engine: Engine,
    outbox: Arc<dyn Outbox>,
    courier: Courier,
    clock: Arc<ManualClock>,
    requests: Mutex<u32>,
    _folder: tempfile::TempDir,
}

/// Delivers everything twice: the second time as if the first had been forgotten long ago.
struct Twice(Outbound);

#[async_trait]
impl Notifier for Twice {
    async fn deliver(&self, claim: &Claimed, material: &Material) -> Delivered {
        let first = self.0.deliver(claim, material).await?;
        // Another row's nonce stands for one that the platform has forgotten.
        let again =
            Claimed { id: claim.id + 1_000_000, begun: Some(Duration::from_mins(30)), ..claim.clone() };
        let second = self.0.deliver(&again, material).await?;
        assert_eq!(first, second, "{:?}", claim.job);
        Ok(second)
    }
}

/// Sends posts and direct messages, and loses the platform's answer to the first try, as a process that ends in between.
struct Loses(Outbound);

#[async_trait]
impl Notifier for Loses {
    async fn deliver(&self, claim: &Claimed, material: &Material) -> Delivered {
        let sent = self.0.deliver(claim, material).await;
        if claim.attempts == 1 && matches!(claim.job, Job::Post { .. } | Job::Direct { .. }) {
            let after = Some(Duration::from_secs(1));
            return Err(DeliveryError::Later { after, why: "the answer is lost".into() });
        }
        sent
    }
}

fn person(id: u64) -> Person {
    Person { user: UserId(id), name: format!("person {id}"), roles: Vec::new(), admin: id == CLEO }
}

impl Ward {
    async fn with_channel(channel: u64) -> Ward {
        Ward::start(channel, |outbound| Arc::new(outbound)).await
    }

    async fn start(channel: u64, notifier: impl FnOnce(Outbound) -> Arc<dyn Notifier>) -> Ward {
        let rights = permission::VIEW_CHANNEL
            | permission::SEND_MESSAGES
            | permission::EMBED_LINKS
            | permission::READ_MESSAGE_HISTORY
            | permission::CREATE_PUBLIC_THREADS
            | permission::SEND_MESSAGES_IN_THREADS
            | permission::MANAGE_THREADS
            | permission::MANAGE_CHANNELS;
        let guild = GuildSeed::new(GUILD, "Hospital", CLEO)
            .bot_permissions(rights)
            .channel(ChannelSeed::text(WARD, "ward-3"))
            .channel(ChannelSeed::forum(IDEAS, "ideas"));
        let mut seed = Seed::new(9000, "kaizen", "t0ken");
        let mut members = guild;
        for (id, name) in [(SAM, "sam"), (MARA, "mara"), (CLEO, "cleo")] {
            seed = seed.person(PersonSeed::new(id, name));
            members = members.member(id, &[]);
        }
        let strictness = Strictness { recording: Recording::Full, ..Strictness::default() };
        let sim = Sim::start(SimConfig { strictness, ..SimConfig::new(seed.guild(members)) }).await.unwrap();

        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            founding: Founding::default(),
            outbox: OutboxTiming {
                card_gap: Duration::from_millis(5),
                bundle_hold: Duration::from_millis(50),
            },
            connections: 2,
        };
        let url = format!("sqlite://{}", folder.path().join("kaizen.db").display());
        let database = Database::open(&url, options).await.unwrap();
        database.migrate().await.unwrap();
        let clock = Arc::new(ManualClock::at(DateTime::from_timestamp(1_794_823_200, 0).unwrap()));
        let database = Arc::new(database);
        let schedule = Schedule::parse(Schedule::DEFAULT).unwrap();
        let store: Arc<dyn Store> = database.clone();
        let engine = Engine::new(Arc::clone(&store), database.clone(), clock.clone(), schedule);
        let founding = kaizen_workflow::ports::Founding {
            guild: GuildId(GUILD),
            name: "Hospital".into(),
            owner: UserId(CLEO),
        };
        let workspace = store.found(&founding).await.unwrap();
        let mut policy = (*workspace.policy).clone();
        policy.teams[0].channel = Some(ChannelId(channel));
        policy.teams[0].managers.members = store.members(workspace.id, &[UserId(MARA)]).await.unwrap();
        store.save_policy(workspace.id, policy).await.unwrap();

        let access =
            crate::rest::Access { api_base: sim.base_url(), token: SecretString::from("t0ken"), share: 50 };
        let outbound = Outbound::new(Rest::new(&access).unwrap(), "TEST");
        let outbox: Arc<dyn Outbox> = database;
        let courier = Courier::new(Arc::clone(&outbox), engine.clone(), notifier(outbound), "test");
        Ward { sim, engine, outbox, courier, clock, requests: Mutex::new(0), _folder: folder }
    }

    fn ask(&self, who: u64) -> Ask {
        let mut requests = self.requests.lock().unwrap();
        *requests += 1;
        let request = Some(requests.to_string());
        Ask {
            guild: GuildId(GUILD),
            person: person(who),
            request,
            item: None,
            other: None,
            named: Vec::new(),
        }
    }

    async fn suggest(&self) {
        let submission = |loaded: &kaizen_workflow::ports::Loaded| {
            Ok(Submission {
                idea: "Label the shelves".into(),
                proposal: None,
                benefit: None,
                area: None,
                team: loaded.policy.teams[0].id,
                for_name: None,
                done: false,
                source: None,
            })
        };
        self.engine
            .submit(&self.ask(SAM), ChannelId(WARD), submission)
            .await
            .map(drop)
            .unwrap_or_else(|_| panic!("refused"));
    }

    async fn acknowledge(&self) {
        self.step(MARA, Command::Acknowledge).await;
    }

    async fn step(&self, who: u64, command: Command) {
        let ask = Ask { item: Some(ItemRef::Number(Number(1))), ..self.ask(who) };
        self.engine
            .execute(&ask, |_, _| Ok(command.clone()))
            .await
            .map(drop)
            .unwrap_or_else(|_| panic!("refused"));
    }

    async fn deliver(&self) {
        self.courier.drain(PATIENCE).await.unwrap();
    }

    async fn workspace(&self) -> WorkspaceId {
        self.engine.store().workspace(GuildId(GUILD)).await.unwrap().unwrap().id
    }

    /// Everything that anybody can read: the channel, its threads, direct messages.
    fn texts(&self) -> Vec<String> {
        let mut all = self.says(WARD);
        all.extend(self.threads(WARD).iter().flat_map(|t| self.says(t.id)));
        for who in ["sam", "mara", "cleo"] {
            all.extend(self.sim.dms(who).iter().map(discord_sim::Message::all_text));
        }
        all
    }

    async fn depth(&self) -> OutboxDepth {
        self.outbox.depth().await.unwrap()
    }

    /// Messages of a channel that begin a thread or say something, as text.
    fn says(&self, channel: u64) -> Vec<String> {
        self.sim
            .messages(channel)
            .iter()
            .filter(|m| m.kind == 0)
            .map(discord_sim::Message::all_text)
            .collect()
    }

    fn threads(&self, parent: u64) -> Vec<discord_sim::Channel> {
        self.sim.threads(parent).into_iter().filter(|t| !t.deleted).collect()
    }

    /// Everything was sent, once: one card, one thread, a post for each step.
    async fn is_told_once(&self, steps: usize) {
        let depth = self.depth().await;
        assert_eq!((depth.pending, depth.dead), (0, 0), "{}", self.sim.transcript());
        assert_eq!(self.says(WARD).len(), 1, "{}", self.sim.transcript());
        let threads = self.threads(WARD);
        assert_eq!(threads.len(), 1);
        assert_eq!(self.says(threads[0].id).len(), steps, "{}", self.sim.transcript());
    }
}

fn is(method: &'static str, route: &'static str) -> impl Fn(&discord_sim::Target<'_>) -> bool + Send + Sync {
    move |call| call.method == method && call.route.ends_with(route)
}

#[tokio::test]
async fn expect_a_new_idea_to_cost_three_calls() {
    let ward = Ward::with_channel(WARD).await;
    ward.suggest().await;
    ward.deliver().await;
    ward.is_told_once(1).await;
    let first = ward.sim.global_calls();
    ward.suggest().await;
    ward.deliver().await;
    // What kind of channel it is was asked once.
    assert_eq!(ward.sim.global_calls() - first, 3, "{:?}", ward.sim.counters());
}

#[tokio::test]
async fn expect_nothing_twice_whatever_is_cut() {
    for fault in [Fault::CutBefore, Fault::CutAfter, Fault::Status(502), Fault::StatusAfter(500)] {
        let ward = Ward::with_channel(WARD).await;
        for route in ["/channels/{channel}/messages", "/threads"] {
            ward.sim.fault(FaultRule::next(fault, 2).when(is("POST", route)));
        }
        ward.suggest().await;
        ward.deliver().await;
        ward.acknowledge().await;
        ward.deliver().await;
        ward.is_told_once(2).await;
        assert_eq!(ward.sim.dms("sam").len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn expect_words_taken_out_meanwhile_to_be_gone_from_what_a_lost_try_sent() {
    let ward = Ward::start(WARD, |outbound| Arc::new(Loses(outbound))).await;
    ward.suggest().await;
    let redact = async {
        let posted = |texts: Vec<String>| texts.iter().any(|t| t.contains("suggests:"));
        while !posted(ward.texts()) {
            pause(Duration::from_millis(5)).await;
        }
        ward.step(SAM, Command::Redact { words: vec!["shelves".into()] }).await;
    };
    tokio::join!(ward.deliver(), redact);
    ward.deliver().await;
    let texts = ward.texts();
    assert!(!texts.iter().any(|t| t.contains("shelves")), "{texts:#?}");
    ward.is_told_once(2).await;
}

#[tokio::test]
async fn expect_what_was_sent_long_ago_to_be_found_again() {
    for channel in [WARD, IDEAS] {
        let ward = Ward::start(channel, |outbound| Arc::new(Twice(outbound))).await;
        ward.suggest().await;
        ward.deliver().await;
        ward.acknowledge().await;
        ward.deliver().await;
        let threads = ward.threads(channel);
        assert_eq!(threads.len(), 1);
        // A forum's post has the card in it.
        let steps = if channel == IDEAS { 3 } else { 2 };
        assert_eq!(ward.says(threads[0].id).len(), steps, "{}", ward.sim.transcript());
        assert_eq!(ward.sim.dms("sam").len(), 1, "{}", ward.sim.transcript());
    }
}

#[tokio::test]
async fn expect_a_forums_post_once_with_the_tag_of_its_state() {
    let ward = Ward::with_channel(IDEAS).await;
    ward.sim.fault(FaultRule::next(Fault::CutAfter, 1).when(is("POST", "/threads")));
    ward.suggest().await;
    ward.deliver().await;
    let tags = |ward: &Ward| -> Vec<String> {
        let forum = ward.sim.channel(IDEAS).unwrap();
        let post = &ward.threads(IDEAS)[0];
        forum.tags.iter().filter(|t| post.applied_tags.contains(&t.id)).map(|t| t.name.clone()).collect()
    };
    assert_eq!(ward.threads(IDEAS).len(), 1, "{}", ward.sim.transcript());
    assert_eq!(tags(&ward), ["new"]);
    ward.acknowledge().await;
    ward.deliver().await;
    assert_eq!(tags(&ward), ["in progress"]);
    assert_eq!(ward.depth().await.pending, 0);
}

#[tokio::test]
async fn expect_an_archived_thread_to_take_a_post_and_a_deleted_card_to_come_back() {
    let ward = Ward::with_channel(WARD).await;
    ward.suggest().await;
    ward.deliver().await;
    let thread = ward.threads(WARD)[0].id;
    ward.sim.archive_thread(thread, true, false);
    ward.sim.delete_message(ward.sim.messages(WARD)[0].id);
    ward.acknowledge().await;
    ward.deliver().await;
    assert_eq!(ward.says(thread).len(), 2, "{}", ward.sim.transcript());
    assert!(ward.says(WARD).iter().any(|card| card.contains("Acknowledged")), "{}", ward.sim.transcript());
    assert_eq!(ward.depth().await.pending, 0);
}

#[tokio::test]
async fn expect_a_deleted_thread_to_come_back_with_the_post() {
    let ward = Ward::with_channel(WARD).await;
    ward.suggest().await;
    ward.deliver().await;
    ward.sim.delete_channel(ward.threads(WARD)[0].id);
    ward.acknowledge().await;
    ward.deliver().await;
    let said: Vec<String> = ward.threads(WARD).iter().flat_map(|t| ward.says(t.id)).collect();
    assert!(said.iter().any(|post| post.contains("K-1 · 2")), "{}", ward.sim.transcript());
    assert_eq!(ward.depth().await.pending, 0);
}

#[tokio::test]
async fn expect_a_mention_in_the_thread_where_direct_messages_are_closed() {
    let ward = Ward::with_channel(WARD).await;
    ward.sim.close_dms("sam", true);
    ward.suggest().await;
    ward.acknowledge().await;
    ward.deliver().await;
    let thread = ward.threads(WARD)[0].id;
    let mentions: Vec<_> =
        ward.sim.messages(thread).into_iter().filter(|m| m.pinged.contains(&SAM)).collect();
    assert_eq!(mentions.len(), 1, "{}", ward.sim.transcript());
    assert_eq!((ward.depth().await.pending, ward.depth().await.dead), (0, 0));
}

#[tokio::test]
async fn expect_the_coordinator_to_be_told_which_permission_is_missing_where() {
    let ward = Ward::with_channel(WARD).await;
    ward.sim.deny_bot(WARD, permission::EMBED_LINKS | permission::SEND_MESSAGES);
    ward.suggest().await;
    ward.deliver().await;
    let told = ward.sim.dms("cleo");
    assert_eq!(told.len(), 1, "{}", ward.sim.transcript());
    assert!(told[0].content.contains("**Send Messages**"), "{}", told[0].content);
    assert!(ward.depth().await.dead > 0, "it is kept, for when it was mended");
}

#[tokio::test]
async fn expect_the_coordinator_to_be_told_of_a_channel_that_is_gone() {
    let ward = Ward::with_channel(WARD).await;
    ward.sim.delete_channel(WARD);
    ward.suggest().await;
    ward.deliver().await;
    assert_eq!(ward.sim.dms("cleo").len(), 1, "{}", ward.sim.transcript());
}

#[tokio::test]
async fn expect_what_was_made_anew_to_stay_where_it_is() {
    let ward = Ward::with_channel(WARD).await;
    ward.suggest().await;
    ward.deliver().await;
    let gone = ward.threads(WARD)[0].id;
    ward.sim.delete_channel(gone);
    ward.acknowledge().await;
    ward.deliver().await;
    ward.step(MARA, Command::AddFinding { text: "The labels fell off".into() }).await;
    ward.deliver().await;
    // The platform gives a message one thread, ever: one new card with its thread, and everything since is in that.
    assert_eq!(ward.says(WARD).len(), 2, "{}", ward.sim.transcript());
    let threads = ward.threads(WARD);
    assert_eq!(threads.len(), 1);
    let said = ward.says(threads[0].id).join("\n");
    assert!(said.contains("K-1 · 2") && said.contains("K-1 · 3"), "{said}");
    assert!(ward.says(WARD)[1].contains("Investigating"), "{}", ward.sim.transcript());
    let workspace = ward.workspace().await;
    let kept = ward.outbox.postings(workspace, Number(1)).await.unwrap();
    let there = kept.iter().filter(|p| p.direct.is_none() && p.channel == ChannelId(threads[0].id));
    assert_eq!(there.map(|p| p.seq).collect::<Vec<_>>(), [2, 3], "both can be made anew");
}

#[tokio::test]
async fn expect_nothing_given_up_while_we_are_out_of_the_community() {
    let ward = Ward::with_channel(WARD).await;
    ward.suggest().await;
    ward.deliver().await;
    // Nobody has heard of it yet: the gateway's word comes later.
    ward.sim.remove_bot(GUILD);
    ward.acknowledge().await;
    ward.deliver().await;
    let depth = ward.depth().await;
    assert!(depth.pending > 0 && depth.dead == 0, "{depth:?}\n{}", ward.sim.transcript());
}

#[tokio::test]
async fn expect_words_taken_out_to_leave_reminders_and_digests() {
    for closed in [false, true] {
        let ward = Ward::with_channel(WARD).await;
        ward.sim.close_dms("mara", closed);
        ward.suggest().await;
        ward.engine.run_due().await.unwrap();
        ward.deliver().await;
        // Past the first reminder, and past the next Monday at nine.
        ward.clock.advance(chrono::TimeDelta::days(8));
        ward.engine.run_due().await.unwrap();
        ward.deliver().await;
        let holds = |what: &str| ward.texts().into_iter().filter(|t| t.contains(what)).count();
        assert!(holds("the week in ideas") == 1 && holds("ref. ") >= 1, "{}", ward.sim.transcript());
        assert!(holds("shelves") >= 4, "card, post, reminder, digest: {}", ward.sim.transcript());
        ward.step(SAM, Command::Redact { words: vec!["shelves".into()] }).await;
        ward.deliver().await;
        assert_eq!(holds("shelves"), 0, "{}", ward.sim.transcript());
        assert_eq!(holds("the week in ideas"), 1, "edited, not posted again");
        assert_eq!((ward.depth().await.pending, ward.depth().await.dead), (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expect_tags_that_went_unseen_to_be_made_again() {
    let ward = Ward::with_channel(IDEAS).await;
    let tags = |of: u64| {
        let post = ward.sim.channel(of).unwrap();
        let forum = ward.sim.channel(IDEAS).unwrap();
        let name = |id: &u64| forum.tags.iter().find(|t| t.id == *id).map(|t| t.name.clone());
        post.applied_tags.iter().filter_map(name).collect::<Vec<_>>()
    };
    ward.suggest().await;
    ward.deliver().await;
    let first = ward.threads(IDEAS)[0].id;
    assert_eq!(tags(first), ["new"]);
    // No gateway tells us here.
    ward.sim.set_tags(IDEAS, &["Ours"]);
    ward.acknowledge().await;
    ward.deliver().await;
    assert_eq!(tags(first), ["in progress"]);
    ward.sim.set_tags(IDEAS, &["Ours"]);
    ward.suggest().await;
    ward.deliver().await;
    let second = ward.threads(IDEAS).iter().map(|t| t.id).find(|id| *id != first).unwrap();
    assert_eq!(tags(second), ["new"]);
}
