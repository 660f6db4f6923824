//! What the gateway tells us, carried to where it belongs: interactions to the chat, guilds to the store, a new session to
//! the registration of commands.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use kaizen_domain::{ChannelId, GuildId, RoleId, UserId};
use kaizen_workflow::ports::{Founding, Store, StoreError};
use serenity::all::Interaction;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::answer::Answers;
use crate::gateway::{Events, Session};
use crate::outbound::Outbound;
use crate::register::{Register, Registered, register};
use crate::rest::{Class, InteractionRef, Rest};

pub(crate) struct Intake {
    pub(crate) rest: Rest,
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
    /// Writes something down, again and again until the database takes it.
    async fn keep<F: Future<Output = Result<(), StoreError>>>(
        &self,
        what: &'static str,
        write: impl Fn() -> F,
    ) {
        let mut pauses = pauses();
        loop {
            match write().await {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, what, "could not be written down yet"),
            }
            let Some(pause) = pauses.next() else { return };
            tokio::select! {
                () = wait(pause) => {}
                () = self.stop.cancelled() => return,
            }
        }
    }

    /// Registers the commands in the background, again until it works.
    fn register(&self, application: u64, guild: Option<GuildId>) {
        let (rest, stop, registered) = (self.rest.clone(), self.stop.clone(), Arc::clone(&self.registered));
        tokio::spawn(async move {
            let mut pauses = pauses();
            loop {
                match register(&rest, application, guild).await {
                    Ok(Registered::Unchanged) => tracing::debug!("the platform has our commands already"),
                    Ok(Registered::Replaced) => tracing::info!("our commands were registered"),
                    Err(failure) => {
                        tracing::warn!(reason = %failure, "our commands could not be registered");
                        let pause = match failure.class() {
                            Class::Retry(Some(after)) => Some(after),
                            Class::Retry(None) | Class::Ambiguous => pauses.next(),
                            Class::Terminal(_) | Class::Revoked => None,
                        };
                        let Some(pause) = pause else { return registered.store(false, Ordering::Release) };
                        tokio::select! {
                            () = wait(pause) => continue,
                            () = stop.cancelled() => return,
                        }
                    }
                }
                return;
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
        if self.register == Register::Global && !self.registered.swap(true, Ordering::AcqRel) {
            self.register(session.application, None);
        }
        // Guilds that we were removed from while nobody listened.
        let workspaces = match self.store.workspaces().await {
            Ok(workspaces) => workspaces,
            Err(error) => {
                return tracing::warn!(%error, "the workspaces cannot be read; removals while we were away stay unknown");
            }
        };
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
        if self.register == Register::Guild {
            let mut application = self.application.subscribe();
            if let Ok(id) = application.wait_for(|id| *id != 0).await.map(|id| *id) {
                self.register(id, Some(guild));
            }
        }
    }

    async fn guild_removed(&self, guild: GuildId) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(&guild);
        self.keep("removal", || self.store.removed(guild)).await;
    }

    async fn channel_gone(&self, _: GuildId, channel: ChannelId) {
        // What is posted there next finds out, and says so to the coordinator; only our memory of it goes now.
        self.outbound.forget(channel);
    }

    async fn role_gone(&self, _: GuildId, _: RoleId) {
        // `/kaizen check` says so; responsibilities are looked up by the people who hold them.
        metrics::counter!("kaizen_discord_roles_gone_total").increment(1);
    }
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
