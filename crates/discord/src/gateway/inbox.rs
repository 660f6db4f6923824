//! What serenity hands us, put behind a limit and passed on.
//!
//! serenity starts one task for each event, without any order or limit; here at most a fixed number of them work at the
//! same time, and one that waits until its person has long been told "did not respond" is dropped and counted.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kaizen_domain::{ChannelId, GuildId, RoleId, UserId};
use secrecy::SecretString;
use serenity::all::{
    Context, Event, EventHandler, Guild, GuildChannel, GuildMemberUpdateEvent, Interaction, Member, Message,
    PartialGuild, PartialGuildChannel, RawEventHandler, Ready, ResumedEvent, Role, UnavailableGuild, User,
};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::limits;
use crate::rest::InteractionRef;

/// How many events are worked on at the same time.
const AT_ONCE: usize = 256;
/// An interaction that has waited this long cannot be answered in time any more.
const TOO_LATE: Duration = limits::FIRST_ANSWER.saturating_sub(Duration::from_millis(300));

/// Who is told what comes in.
#[async_trait]
pub(crate) trait Events: Send + Sync + 'static {
    /// Somebody typed a command, pressed something, sent a form.
    async fn interaction(&self, interaction: Interaction, received: Instant);
    /// An interaction came that serenity cannot read. All that can be done is to say sorry.
    async fn unreadable(&self, to: InteractionRef);
    /// A session was started.
    async fn ready(&self, session: Session);
    /// We are in this guild: at each session's start, and when we are added.
    async fn guild(&self, guild: GuildId, name: String, owner: UserId);
    /// We were removed from this guild (an outage is something else).
    async fn guild_removed(&self, guild: GuildId);
    /// A channel is no longer what it was.
    async fn channel_changed(&self, guild: GuildId, channel: ChannelId);
    /// A channel or thread is gone.
    async fn channel_gone(&self, guild: GuildId, channel: ChannelId);
    /// The guild's name or owner may have changed.
    async fn guild_changed(&self, guild: GuildId, name: String, owner: UserId);
    /// Somebody came, went, or has other roles (only where the operator enabled it).
    async fn member_changed(&self, guild: GuildId, user: UserId);
    /// A role is gone.
    async fn role_gone(&self, guild: GuildId, role: RoleId);
}

/// A session that was started.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The bot's application.
    pub(crate) application: u64,
    /// The guilds that we are in, of this shard.
    pub(crate) guilds: Vec<GuildId>,
    /// Which shard, of how many.
    pub(crate) shard: (u32, u32),
}

/// That the gateway works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// A session was started.
    Ready,
    /// A session was resumed.
    Resumed,
}

pub(super) struct Inbox {
    pub(super) events: Arc<dyn Events>,
    pub(super) proofs: mpsc::UnboundedSender<Proof>,
    /// Work in hand.
    pub(super) tracker: TaskTracker,
    pub(super) stop: CancellationToken,
    work: Arc<Semaphore>,
}

impl Inbox {
    pub(super) fn new(
        events: Arc<dyn Events>,
        proofs: mpsc::UnboundedSender<Proof>,
        stop: CancellationToken,
    ) -> Self {
        Inbox { events, proofs, tracker: TaskTracker::new(), stop, work: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    async fn work(&self, what: impl Future<Output = ()>) {
        if let Ok(_place) = self.work.acquire().await {
            self.tracker.track_future(what).await;
        }
    }
}

#[async_trait]
impl EventHandler for Inbox {
    async fn interaction_create(&self, _: Context, interaction: Interaction) {
        let received = Instant::now();
        if self.stop.is_cancelled() {
            metrics::counter!("kaizen_discord_interactions_dropped_total", "why" => "stopping").increment(1);
            return;
        }
        let _in_hand = self.tracker.token();
        match tokio::time::timeout(TOO_LATE, self.work.acquire()).await {
            Ok(Ok(_place)) => self.events.interaction(interaction, received).await,
            Ok(Err(_)) | Err(_) => {
                metrics::counter!("kaizen_discord_interactions_dropped_total", "why" => "overload")
                    .increment(1);
                tracing::warn!("an interaction waited too long for its turn and was dropped");
            }
        }
    }

    async fn ready(&self, _: Context, ready: Ready) {
        let _ = self.proofs.send(Proof::Ready);
        let session = Session {
            application: ready.application.id.get(),
            guilds: ready.guilds.iter().map(|g| GuildId(g.id.get())).collect(),
            shard: ready.shard.map_or((0, 1), |s| (s.id.0, s.total)),
        };
        self.work(self.events.ready(session)).await;
    }

    async fn resume(&self, _: Context, _: ResumedEvent) {
        let _ = self.proofs.send(Proof::Resumed);
    }

    async fn guild_create(&self, _: Context, guild: Guild, _: Option<bool>) {
        self.work(self.events.guild(GuildId(guild.id.get()), guild.name, UserId(guild.owner_id.get()))).await;
    }

    async fn guild_delete(&self, _: Context, incomplete: UnavailableGuild, _: Option<Guild>) {
        if !incomplete.unavailable {
            self.work(self.events.guild_removed(GuildId(incomplete.id.get()))).await;
        }
    }

    async fn guild_update(&self, _: Context, _: Option<Guild>, guild: PartialGuild) {
        let (id, owner) = (GuildId(guild.id.get()), UserId(guild.owner_id.get()));
        self.work(self.events.guild_changed(id, guild.name, owner)).await;
    }

    async fn guild_member_addition(&self, _: Context, member: Member) {
        let (guild, user) = (GuildId(member.guild_id.get()), UserId(member.user.id.get()));
        self.work(self.events.member_changed(guild, user)).await;
    }

    async fn guild_member_removal(
        &self,
        _: Context,
        guild: serenity::all::GuildId,
        user: User,
        _: Option<Member>,
    ) {
        self.work(self.events.member_changed(GuildId(guild.get()), UserId(user.id.get()))).await;
    }

    async fn guild_member_update(
        &self,
        _: Context,
        _: Option<Member>,
        _: Option<Member>,
        event: GuildMemberUpdateEvent,
    ) {
        let (guild, user) = (GuildId(event.guild_id.get()), UserId(event.user.id.get()));
        self.work(self.events.member_changed(guild, user)).await;
    }

    async fn channel_delete(&self, _: Context, channel: GuildChannel, _: Option<Vec<Message>>) {
        self.work(self.events.channel_gone(GuildId(channel.guild_id.get()), ChannelId(channel.id.get())))
            .await;
    }

    async fn channel_update(&self, _: Context, _: Option<GuildChannel>, channel: GuildChannel) {
        self.work(self.events.channel_changed(GuildId(channel.guild_id.get()), ChannelId(channel.id.get())))
            .await;
    }

    async fn thread_delete(&self, _: Context, thread: PartialGuildChannel, _: Option<GuildChannel>) {
        self.work(self.events.channel_gone(GuildId(thread.guild_id.get()), ChannelId(thread.id.get()))).await;
    }

    async fn guild_role_delete(
        &self,
        _: Context,
        guild: serenity::all::GuildId,
        role: serenity::all::RoleId,
        _: Option<Role>,
    ) {
        self.work(self.events.role_gone(GuildId(guild.get()), RoleId(role.get()))).await;
    }
}

/// Counts what serenity cannot read: it would vanish otherwise.
pub(super) struct Unreadable(pub(super) Arc<Inbox>);

#[async_trait]
impl RawEventHandler for Unreadable {
    async fn raw_event(&self, _: Context, event: Event) {
        let Event::Unknown(unknown) = event else { return };
        if unknown.kind != "INTERACTION_CREATE" {
            return;
        }
        metrics::counter!("kaizen_discord_interactions_dropped_total", "why" => "unreadable").increment(1);
        tracing::warn!("an interaction came that cannot be read");
        let text = |name: &str| unknown.value.get(name).and_then(|v| v.as_str());
        let number = |name: &str| text(name).and_then(|v| v.parse().ok());
        if let (Some(id), Some(application), Some(token)) =
            (number("id"), number("application_id"), text("token"))
        {
            let to = InteractionRef {
                id,
                application,
                token: SecretString::from(token),
                received: Instant::now(),
            };
            self.0.work(self.0.events.unreadable(to)).await;
        }
    }
}
