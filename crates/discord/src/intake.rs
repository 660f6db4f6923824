//! What the gateway tells us, carried to where it belongs: interactions to the chat, guilds to the store, a new session to
//! the registration of commands.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use kaizen_chat::Chat;
use kaizen_domain::{ChannelId, GuildId, RoleId, UserId};
use kaizen_workflow::ports::{Founding, Store, StoreError};
use serenity::all::Interaction;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::answer::Answers;
use crate::gateway::{Events, Session};
use crate::outbound::Outbound;
use crate::register::{Register, Registered, register, withdraw};
use crate::rest::{Class, Failure, InteractionRef, Rest};

pub(crate) struct Intake {
    pub(crate) rest: Rest,
    pub(crate) chat: Arc<Chat>,
    pub(crate) answers: Answers,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) outbound: Outbound,
    pub(crate) register: Register,
    pub(crate) stop: CancellationToken,
    /// The commands are registered everywhere.
    pub(crate) registered: Arc<AtomicBool>,
    /// Guilds that were seen since the process started.
    pub(crate) seen: Mutex<HashSet<GuildId>>,
    /// The bot's application, once known; 0 before.
    pub(crate) application: tokio::sync::watch::Sender<u64>,
}

impl Intake {
    /// Asks the database, again and again until it answers. None: we stop before that.
    async fn keep<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        what: &'static str,
        ask: impl Fn() -> F,
    ) -> Option<T> {
        let mut pauses = pauses();
        loop {
            match ask().await {
                Ok(answer) => return Some(answer),
                Err(error) => tracing::warn!(%error, what, "the database does not answer yet"),
            }
            let pause = pauses.next()?;
            tokio::select! {
                () = wait(pause) => {}
                () = self.stop.cancelled() => return None,
            }
        }
    }

    /// Brings the commands of a guild, or of all together, to what is configured: registered there, or taken away because they
    /// are registered in the other way. In the background, again until it works.
    fn commands(&self, application: u64, guild: Option<GuildId>) {
        let (rest, store, stop) = (self.rest.clone(), Arc::clone(&self.store), self.stop.clone());
        let (mode, registered) = (self.register, Arc::clone(&self.registered));
        tokio::spawn(async move {
            let mut pauses = pauses();
            while let Err(failure) = settle(&rest, &*store, (mode, application, guild)).await {
                tracing::warn!(reason = %failure, "our commands could not be registered");
                let pause = match failure.class() {
                    Class::Retry(Some(after)) => Some(after),
                    Class::Retry(None) | Class::Ambiguous => pauses.next(),
                    Class::Terminal(_) | Class::Revoked => None,
                };
                let Some(pause) = pause else { return registered.store(false, Ordering::Release) };
                tokio::select! {
                    () = wait(pause) => {}
                    () = stop.cancelled() => return,
                }
            }
        });
    }

    fn see(&self, guild: GuildId) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(guild);
    }

    fn was_seen(&self, guild: GuildId) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains(&guild)
    }
}

#[async_trait]
impl Events for Intake {
    async fn interaction(&self, interaction: Interaction, received: Instant) {
        self.answers.interaction(interaction, received).await;
    }

    async fn unreadable(&self, to: InteractionRef) {
        self.answers.unreadable(&to).await;
    }

    async fn ready(&self, session: Session) {
        self.application.send_replace(session.application);
        if !self.registered.swap(true, Ordering::AcqRel) {
            self.commands(session.application, None);
        }
        // Guilds that we were removed from while nobody listened.
        let found = self.keep("workspaces", || self.store.workspaces()).await;
        let Some(workspaces) = found else { return };
        let (shard, shards) = session.shard;
        for workspace in workspaces.into_iter().filter(|w| !w.removed) {
            let guild = workspace.guild;
            // <https://discord.com/developers/docs/events/gateway#sharding-sharding-formula>
            let ours = (guild.0 >> 22) % u64::from(shards.max(1)) == u64::from(shard);
            if ours && !session.guilds.contains(&guild) && !self.was_seen(guild) {
                self.keep("removal", || self.store.removed(guild)).await;
            }
        }
    }

    async fn guild(&self, guild: GuildId, name: String, owner: UserId) {
        self.see(guild);
        let founding = Founding { guild, name, owner };
        self.keep("guild", || async { self.store.found(&founding).await.map(|_| ()) }).await;
        let mut application = self.application.subscribe();
        if let Ok(id) = application.wait_for(|id| *id != 0).await.map(|id| *id) {
            self.commands(id, Some(guild));
        }
    }

    async fn guild_removed(&self, guild: GuildId) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(&guild);
        self.keep("removal", || self.store.removed(guild)).await;
    }

    async fn channel_changed(&self, _: GuildId, channel: ChannelId) {
        self.outbound.forget(channel);
    }

    async fn channel_gone(&self, guild: GuildId, channel: ChannelId) {
        self.outbound.forget(channel);
        self.keep("deleted channel", || self.chat.engine().channel_gone(guild, channel)).await;
    }

    async fn guild_changed(&self, guild: GuildId, name: String, owner: UserId) {
        let founding = Founding { guild, name, owner };
        self.keep("guild", || async { self.store.found(&founding).await.map(|_| ()) }).await;
        // A new owner may be the one who answers for what nobody else does.
        self.chat.engine().timer_nudge().notify_one();
    }

    async fn member_changed(&self, guild: GuildId, user: UserId) {
        self.chat.engine().came_or_went(guild, user);
    }

    async fn role_gone(&self, _: GuildId, _: RoleId) {
        // `/kaizen check` says so; responsibilities are looked up by the people who hold them.
        metrics::counter!("kaizen_discord_roles_gone_total").increment(1);
    }
}

/// Registers the commands of one guild, or of all together, if that is where they belong; else takes them away.
async fn settle(
    rest: &Rest,
    store: &dyn Store,
    (mode, application, guild): (Register, u64, Option<GuildId>),
) -> Result<(), Failure> {
    let here = match mode {
        Register::Global => guild.is_none(),
        Register::Guild => guild.is_some(),
    };
    // What was registered where is remembered for each guild, so that a start does not ask for the commands of every one. A
    // note that cannot be read or written costs one more question to the platform.
    let note = guild.map(|guild| format!("commands.{guild}"));
    if here {
        if let Some(note) = &note {
            let _ = store.set_note(note, mode.as_str()).await;
        }
        match register(rest, application, guild).await? {
            Registered::Unchanged => tracing::debug!("the platform has our commands already"),
            Registered::Replaced => tracing::info!("our commands were registered"),
        }
        return Ok(());
    }
    if let Some(note) = &note
        && store.note(note).await.ok().flatten().as_deref() == Some(mode.as_str())
    {
        return Ok(());
    }
    if withdraw(rest, application, guild).await? {
        tracing::info!("commands of an earlier registration were taken away");
    }
    if let Some(note) = &note {
        let _ = store.set_note(note, mode.as_str()).await;
    }
    Ok(())
}

fn pauses() -> backon::ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_secs(1))
        .with_max_delay(Duration::from_mins(5))
        .without_max_times()
        .with_jitter()
        .build()
}

#[expect(clippy::disallowed_methods, reason = "the pause before something is tried again")]
async fn wait(pause: Duration) {
    tokio::time::sleep(pause).await;
}

#[cfg(test)]
mod tests {
    use discord_sim::{GuildSeed, Seed, Sim, SimConfig};
    use kaizen_storage::{Database, Options};
    use secrecy::SecretString;

    use super::*;
    use crate::rest::Access;

    const GUILD: u64 = 1000;
    const APPLICATION: u64 = 9000;

    fn counted(sim: &Sim, method: &str) -> u64 {
        let of = |route: &str| route.starts_with(method) && route.ends_with("/commands");
        sim.counters().iter().filter(|((route, _), _)| of(route)).map(|(_, count)| count).sum()
    }

    /// How many commands there are for everybody, and how many can be used in the guild.
    async fn shown(sim: &Sim) -> (usize, usize) {
        let count = Mutex::new((0, 0));
        let look = |world: &discord_sim::World| {
            *count.lock().unwrap() = (world.commands(None).len(), world.commands(Some(GUILD)).len());
            true
        };
        sim.wait_until(look, Duration::from_secs(5)).await.unwrap();
        count.into_inner().unwrap()
    }

    async fn expect_only(first: Register, then: Register) {
        let seed = Seed::new(APPLICATION, "kaizen", "t0ken").guild(GuildSeed::new(GUILD, "Hospital", 15));
        let sim = Sim::start(SimConfig::new(seed)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("kaizen.db").display());
        let store = Database::open(&url, Options::default()).await.unwrap();
        store.migrate().await.unwrap();
        let token = SecretString::from("t0ken");
        let rest = Rest::new(&Access { api_base: sim.base_url(), token, share: 50 }).unwrap();
        let bring_to = async |mode: Register| {
            for guild in [None, Some(GuildId(GUILD))] {
                settle(&rest, &store, (mode, APPLICATION, guild)).await.unwrap();
            }
        };
        bring_to(first).await;
        bring_to(then).await;
        let (global, usable) = shown(&sim).await;
        assert!(usable > 0);
        assert_eq!(global, if then == Register::Global { usable } else { 0 }, "{first:?}, then {then:?}");
        let (asked, put) = (counted(&sim, "GET"), counted(&sim, "PUT"));
        assert_eq!(put, 3, "registered, taken away, registered in the other way");
        bring_to(then).await;
        // Where nothing is registered in guilds, they are not asked again.
        let questions = if then == Register::Global { 1 } else { 2 };
        assert_eq!((counted(&sim, "GET"), counted(&sim, "PUT")), (asked + questions, put));
    }

    #[tokio::test]
    async fn expect_commands_in_one_way_of_registration_only() {
        expect_only(Register::Guild, Register::Global).await;
        expect_only(Register::Global, Register::Guild).await;
    }
}
