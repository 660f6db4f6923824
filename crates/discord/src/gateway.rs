//! The connection over which the platform tells us what happens.
//!
//! serenity holds the connection; what it lacks stands around it here: every connection passes the brake, a watchdog
//! restarts shards that have gone deaf (serenity's own state says "connected" for ever), a client whose start hangs is
//! replaced, and the address comes from our own REST call (serenity would fall back to the real Discord when a local
//! one does not answer).
//!
//! What cannot be mended from outside: a missed heartbeat ends in a new session instead of a resumed one, so events of
//! that moment are lost; and a close frame without a code keeps one worker thread busy until the next heartbeat.

use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serenity::all::{Client, ClientBuilder, GatewayIntents, HttpBuilder, ShardId, ShardManager};
use serenity::gateway::{ConnectionStage, GatewayError};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::brake::Brake;
pub(crate) use self::inbox::{Events, Session};
use self::inbox::{Inbox, Proof, Unreadable};
use crate::rest::model::GatewayBot;
use crate::rest::{Failure, Rest, http_client};

mod brake;
mod inbox;

/// How often we look whether somebody waits at the gate.
const GATE_LOOK: Duration = Duration::from_millis(100);
/// How often the shards are looked at.
const WATCH: Duration = Duration::from_secs(1);
/// How long a graceful stop may take: finishing what is in hand.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// How long shards may take to say goodbye.
const GOODBYE_WITHIN: Duration = Duration::from_secs(3);
/// How long to wait before asking again for the gateway's address.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// Which shards this process connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shards {
    /// As many as the platform recommends, all here.
    #[default]
    Auto,
    /// From the first to the last (both included), of so many.
    Range {
        /// The first.
        first: u32,
        /// The last.
        last: u32,
        /// Of how many.
        total: u32,
    },
}

/// Neither `auto` nor a range of shards.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither `auto` nor a range of shards like `0-3/16`")]
pub struct NoShards(String);

impl FromStr for Shards {
    type Err = NoShards;

    fn from_str(text: &str) -> Result<Self, NoShards> {
        let range = || {
            let (range, total) = text.trim().split_once('/')?;
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last, total) = (first.parse().ok()?, last.parse().ok()?, total.parse().ok()?);
            (first <= last && last < total).then_some(Shards::Range { first, last, total })
        };
        if text.trim().eq_ignore_ascii_case("auto") {
            return Ok(Shards::Auto);
        }
        range().ok_or_else(|| NoShards(text.to_owned()))
    }
}

/// How to connect.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// Origin of the REST interface; the gateway's address is asked for there.
    pub api_base: String,
    /// The bot's token.
    pub token: SecretString,
    /// Which shards.
    pub shards: Shards,
    /// Ask to be told who comes and goes (a privileged intent).
    pub member_events: bool,
    /// How often the gateway wants a heartbeat: what the watchdog goes by. [`crate::limits::HEARTBEAT`], but for tests.
    pub heartbeat: Duration,
}

/// How the connection stands, for `/readyz` and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatewayState {
    /// Where it is.
    pub phase: Phase,
    /// Shards that are connected.
    pub connected: u32,
    /// Shards that should be.
    pub shards: u32,
    /// Sessions that can still be started today, as the platform said last.
    pub sessions_left: Option<u32>,
}

/// Where a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Asking the platform for the address.
    Starting,
    /// Connecting, or connecting again.
    Connecting,
    /// All shards are connected.
    Connected,
    /// Waiting before the next connection, because the last ones failed or the day's sessions are nearly used up.
    Braked,
    /// Taking nothing new, finishing what is in hand.
    Stopping,
    /// Over.
    Stopped,
}

impl GatewayState {
    /// Before anything happened.
    pub const START: GatewayState =
        GatewayState { phase: Phase::Starting, connected: 0, shards: 0, sessions_left: None };

    /// Can people be heard?
    pub fn is_ready(&self) -> bool {
        self.phase == Phase::Connected
    }
}

/// Why the connection ended for good.
#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    /// The token is wrong, or was revoked. Not tried again.
    #[error("Discord does not accept the bot's token")]
    TokenRefused,
    /// The platform refuses what the bot wants to hear. Only `discord.member_events` needs permission.
    #[error(
        "Discord refuses the gateway intents of this bot; with discord.member_events, enable the Server Members Intent in the developer portal"
    )]
    IntentsRefused,
    /// Our HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[source] reqwest::Error),
}

/// Stays connected until `stop`, then finishes what is in hand within ten seconds.
///
/// # Errors
/// [`Fatal`] where trying again would make it worse.
pub(crate) async fn run(
    rest: &Rest,
    config: &GatewayConfig,
    events: Arc<dyn Events>,
    state: &watch::Sender<GatewayState>,
    stop: &CancellationToken,
) -> Result<(), Fatal> {
    let (proofs, mut proof) = mpsc::unbounded_channel();
    let inbox = Arc::new(Inbox::new(events, proofs, stop.clone()));
    let mut brake: Option<Arc<Mutex<Brake>>> = None;
    let mut last_client = None;
    let result = loop {
        let told = tokio::select! {
            told = ask(rest) => told,
            () = stop.cancelled() => break Ok(()),
        };
        let Some(told) = told else { break Err(Fatal::TokenRefused) };
        let (first, last, total) = match config.shards {
            Shards::Auto => (0, told.shards.max(1) - 1, told.shards.max(1)),
            Shards::Range { first, last, total } => (first, last, total),
        };
        let shards = last - first + 1;
        let brake =
            Arc::clone(brake.get_or_insert_with(|| Arc::new(Mutex::new(Brake::new(shards, Instant::now())))));
        lock(&brake).told(told.session_start_limit, Instant::now());
        state.send_modify(|s| {
            s.shards = shards;
            s.sessions_left = Some(told.session_start_limit.remaining);
            s.phase = Phase::Connecting;
        });

        let mut client = match client(config, &inbox).await {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the gateway's client cannot be made");
                pause(ASK_AGAIN).await;
                continue;
            }
            Err(fatal) => break Err(fatal),
        };
        *client.ws_url.lock().await = told.url;
        let gate =
            Gate { url: Arc::clone(&client.ws_url), brake: Arc::clone(&brake), opened: Mutex::new(None) };
        let shard_manager = Arc::clone(&client.shard_manager);
        let closed = gate.close().await;
        let end = tokio::select! {
            ended = client.start_shard_range(first..last, total) => End::from_serenity(&ended),
            never = gate.keep(closed, rest, state) => match never {},
            () = watch(&shard_manager, config.heartbeat, &gate, &mut proof, state) => End::Hung,
            () = stop.cancelled() => End::Stop,
            () = async { rest.revoked().cancelled_owned().await } => End::Fatal(Fatal::TokenRefused),
        };
        // The gate stays shut for this client: whatever of it still hangs somewhere can never connect.
        last_client = Some(Arc::clone(&shard_manager));
        match end {
            End::Stop => break Ok(()),
            End::Fatal(fatal) => break Err(fatal),
            End::Hung => tracing::warn!("the gateway's client hangs and is replaced"),
            End::Over => tracing::warn!("the gateway's client ended and is replaced"),
        }
        metrics::counter!("kaizen_discord_gateway_replaced_total").increment(1);
        goodbye(&shard_manager).await;
        let wait = lock(&brake).wait(Instant::now()).max(Duration::from_secs(1));
        tokio::select! {
            () = pause(wait) => {}
            () = stop.cancelled() => break Ok(()),
        }
    };
    state.send_modify(|s| s.phase = Phase::Stopping);
    stop.cancel();
    inbox.tracker.close();
    let said = async {
        if let Some(shards) = &last_client {
            goodbye(shards).await;
        }
    };
    let (finished, ()) = tokio::join!(tokio::time::timeout(STOP_WITHIN, inbox.tracker.wait()), said);
    if finished.is_err() {
        tracing::warn!(left = inbox.tracker.len(), "not everything in hand could be finished in time");
    }
    state.send_modify(|s| *s = GatewayState { phase: Phase::Stopped, connected: 0, ..*s });
    result
}

enum End {
    Stop,
    Hung,
    Over,
    Fatal(Fatal),
}

impl End {
    fn from_serenity(ended: &Result<(), serenity::Error>) -> Self {
        match ended {
            Err(serenity::Error::Gateway(GatewayError::InvalidAuthentication)) => {
                End::Fatal(Fatal::TokenRefused)
            }
            Err(serenity::Error::Gateway(
                GatewayError::InvalidGatewayIntents | GatewayError::DisallowedGatewayIntents,
            )) => End::Fatal(Fatal::IntentsRefused),
            Ok(()) | Err(_) => End::Over,
        }
    }
}

/// Where to connect, and how often we still may; asked until there is an answer. None: the token is refused.
async fn ask(rest: &Rest) -> Option<GatewayBot> {
    loop {
        match rest.gateway().await {
            Ok(told) => return Some(told),
            Err(Failure::Revoked) => return None,
            Err(failure) => {
                tracing::warn!(reason = %failure, "the platform does not say where its gateway is");
                let wait = match failure.class() {
                    crate::rest::Class::Retry(Some(after)) => after.max(ASK_AGAIN),
                    _ => ASK_AGAIN,
                };
                pause(wait).await;
            }
        }
    }
}

async fn client(
    config: &GatewayConfig,
    inbox: &Arc<Inbox>,
) -> Result<Result<Client, serenity::Error>, Fatal> {
    // serenity ignores another address while its own limiter is on; we use none of its calls but this first one.
    let http = HttpBuilder::new(config.token.expose_secret())
        .client(http_client(&config.api_base).map_err(Fatal::Client)?)
        .proxy(config.api_base.trim_end_matches('/'))
        .ratelimiter_disabled(true)
        .build();
    let members = if config.member_events { GatewayIntents::GUILD_MEMBERS } else { GatewayIntents::empty() };
    let builder = ClientBuilder::new_with_http(http, GatewayIntents::GUILDS | members)
        .event_handler_arc(Arc::clone(inbox))
        .raw_event_handler(Unreadable(Arc::clone(inbox)));
    Ok(builder.await)
}

/// serenity reads the address under a lock before each connection, new or resumed. Whoever holds the lock decides when
/// connections are made.
struct Gate {
    url: Arc<tokio::sync::Mutex<String>>,
    brake: Arc<Mutex<Brake>>,
    /// Since when the gate is open, or when somebody last went through; none while the brake is on.
    opened: Mutex<Option<Instant>>,
}

/// Dropping it does not open the gate: only [`Gate::keep`] does.
type Closed = ManuallyDrop<tokio::sync::OwnedMutexGuard<String>>;

impl Gate {
    async fn close(&self) -> Closed {
        ManuallyDrop::new(Arc::clone(&self.url).lock_owned().await)
    }

    /// Lets one connection through at a time, when the brake allows it.
    async fn keep(
        &self,
        mut closed: Closed,
        rest: &Rest,
        state: &watch::Sender<GatewayState>,
    ) -> std::convert::Infallible {
        let mut wait = lock(&self.brake).wait(Instant::now());
        loop {
            if !wait.is_zero() {
                *lock(&self.opened) = None;
                tracing::info!(?wait, "the next connection to the gateway waits");
                state.send_modify(|s| {
                    if s.phase == Phase::Connecting {
                        s.phase = Phase::Braked;
                    }
                });
                pause(wait).await;
                state.send_modify(|s| {
                    if s.phase == Phase::Braked {
                        s.phase = Phase::Connecting;
                    }
                });
            }
            *lock(&self.opened) = Some(Instant::now());
            loop {
                drop(ManuallyDrop::into_inner(closed));
                // The lock is handed over in order: if anybody waited, it is theirs now.
                match Arc::clone(&self.url).try_lock_owned() {
                    Ok(nobody) => closed = ManuallyDrop::new(nobody),
                    Err(_) => {
                        closed = self.close().await;
                        break;
                    }
                }
                pause(GATE_LOOK).await;
            }
            metrics::counter!("kaizen_discord_gateway_connections_total").increment(1);
            wait = lock(&self.brake).passed(Instant::now());
            *lock(&self.opened) = Some(Instant::now());
            if let Ok(told) = rest.gateway().await {
                state.send_modify(|s| s.sessions_left = Some(told.session_start_limit.remaining));
                let mut brake = lock(&self.brake);
                brake.told(told.session_start_limit, Instant::now());
                wait = wait.max(brake.wait(Instant::now()));
            }
        }
    }

    /// How long the gate has been open without anybody coming.
    fn idle(&self) -> Duration {
        lock(&self.opened).map_or(Duration::ZERO, |at| at.elapsed())
    }
}

/// Looks after the shards; returns when the client as a whole hangs.
async fn watch(
    shards: &Arc<ShardManager>,
    heartbeat: Duration,
    gate: &Gate,
    proof: &mut mpsc::UnboundedReceiver<Proof>,
    state: &watch::Sender<GatewayState>,
) {
    // A shard in order gets an acknowledgement, and with it a new latency, each heartbeat.
    let deaf_after = heartbeat.mul_f64(2.5);
    let mut seen: HashMap<ShardId, Watched> = HashMap::new();
    let mut complete_at = Instant::now();
    loop {
        tokio::select! {
            came = proof.recv() => match came {
                Some(Proof::Ready) => lock(&gate.brake).ready(),
                Some(Proof::Resumed) => lock(&gate.brake).resumed(),
                None => return,
            },
            () = pause(WATCH) => {}
        }
        let now = Instant::now();
        let mut connected = 0;
        let mut deaf = Vec::new();
        {
            let runners = shards.runners.lock().await;
            seen.retain(|id, _| runners.contains_key(id));
            for (id, runner) in runners.iter() {
                let signs = (runner.stage, runner.latency);
                let watched = seen.entry(*id).or_insert(Watched { signs, since: now });
                if watched.signs != signs {
                    *watched = Watched { signs, since: now };
                }
                if now.duration_since(watched.since) > deaf_after {
                    watched.since = now;
                    deaf.push(*id);
                } else if runner.stage == ConnectionStage::Connected {
                    connected += 1;
                }
            }
        }
        for id in deaf {
            tracing::warn!(shard = id.0, "a shard has gone deaf and is restarted");
            metrics::counter!("kaizen_discord_gateway_deaf_total").increment(1);
            let shards = Arc::clone(shards);
            tokio::spawn(async move { shards.restart(id).await });
        }
        report(state, connected);
        if state.borrow().phase == Phase::Connected {
            complete_at = now;
        }
        // Shards are missing, they could connect, and nobody tries to: serenity hangs in a connection that never opens.
        if now.duration_since(complete_at) > deaf_after && gate.idle() > deaf_after {
            return;
        }
    }
}

struct Watched {
    signs: (ConnectionStage, Option<Duration>),
    since: Instant,
}

fn report(state: &watch::Sender<GatewayState>, connected: u32) {
    metrics::gauge!("kaizen_discord_shards_connected").set(connected);
    state.send_if_modified(|s| {
        let phase = match s.phase {
            Phase::Stopping | Phase::Stopped => s.phase,
            _ if connected >= s.shards => Phase::Connected,
            Phase::Braked => Phase::Braked,
            Phase::Starting | Phase::Connecting | Phase::Connected => Phase::Connecting,
        };
        let changed = s.phase != phase || s.connected != connected;
        s.phase = phase;
        s.connected = connected;
        changed
    });
}

/// Closes the connections, as far as they still listen.
async fn goodbye(shards: &Arc<ShardManager>) {
    if tokio::time::timeout(GOODBYE_WITHIN, shards.shutdown_all()).await.is_err() {
        tracing::warn!("a shard did not close its connection in time");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "the pauses of the gateway's loops")]
async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}

#[cfg(test)]
mod tests;
