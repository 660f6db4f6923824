//! Starting the local Discord, waiting for what happens in it, and setting its faults.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio::task::AbortHandle;

use crate::gateway::intents;
use crate::interaction::ANSWER_WITHIN;
use crate::journal::Recording;
use crate::net::{Cut, CuttableListener};
use crate::page::{self, HostPage};
use crate::page_feed::PageEvent;
use crate::seed::Seed;
use crate::world::{self, World};

mod admin;

/// Tells what people see as the time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How exactly the limits of the real Discord are kept.
#[derive(Debug, Clone)]
pub struct Strictness {
    /// Requests a second for the bot, interaction answers apart; none for no limit.
    pub global_limit: Option<u32>,
    /// Keep the buckets of routes.
    pub buckets: bool,
    /// Limit edits of messages that are over an hour old (30046).
    pub old_edits: bool,
    /// Refuse a second IDENTIFY within 5 seconds.
    pub identify_brake: bool,
    /// IDENTIFYs of a day.
    pub session_starts: u64,
    /// IDENTIFYs that may happen at once.
    pub max_concurrency: u64,
    /// How many shards `/gateway/bot` recommends.
    pub shards: u64,
    /// What HELLO asks for.
    pub heartbeat_interval: Duration,
    /// How long a lost session can be resumed.
    pub resumable_for: Duration,
    /// The privileged intents that are enabled for the application: bits of [`intents`].
    pub privileged_intents: u64,
    /// Threads of a guild that may be open at once (160006).
    pub active_threads: usize,
    /// How much of the REST calls is recorded.
    pub recording: Recording,
}

impl Default for Strictness {
    /// As the real one, but a bot may be restarted at once.
    fn default() -> Self {
        Strictness {
            global_limit: Some(50),
            buckets: true,
            old_edits: true,
            identify_brake: false,
            session_starts: 1000,
            max_concurrency: 1,
            shards: 1,
            heartbeat_interval: Duration::from_millis(41_250),
            resumable_for: Duration::from_secs(180),
            privileged_intents: 0,
            active_threads: 1000,
            recording: Recording::Full,
        }
    }
}

impl Strictness {
    /// As the real one in everything that is simulated.
    #[must_use]
    pub fn real() -> Self {
        Strictness { identify_brake: true, ..Strictness::default() }
    }

    /// Without limits by time: for tests that are about something else.
    #[must_use]
    pub fn unlimited() -> Self {
        Strictness { global_limit: None, buckets: false, old_edits: false, ..Strictness::default() }
    }

    pub(crate) fn checked(mut self) -> Self {
        self.privileged_intents &= intents::PRIVILEGED;
        self
    }
}

/// How to start the local Discord.
pub struct SimConfig {
    /// What exists at first.
    pub seed: Seed,
    /// Where to listen, when no listener is given; port 0 takes a free one.
    pub addr: SocketAddr,
    /// A listener that is bound already.
    pub listener: Option<TcpListener>,
    /// What people see as the time; the real time when none is given.
    pub clock: Option<Clock>,
    /// What the host adds to the page.
    pub host_page: Option<Arc<dyn HostPage>>,
    /// Routes of the host on the same port.
    pub extra_routes: Option<axum::Router>,
    /// Names by which the page may be called, besides loopback and the address it is bound to.
    pub hosts: Vec<String>,
    /// How exactly limits are kept.
    pub strictness: Strictness,
}

impl SimConfig {
    /// On a free port of this machine, with real limits.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        SimConfig {
            seed,
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            listener: None,
            clock: None,
            host_page: None,
            extra_routes: None,
            hosts: Vec::new(),
            strictness: Strictness::default(),
        }
    }
}

impl std::fmt::Debug for SimConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimConfig")
            .field("addr", &self.addr)
            .field("strictness", &self.strictness)
            .finish_non_exhaustive()
    }
}

/// What all connections share.
pub(crate) struct Shared {
    world: Mutex<World>,
    changed: watch::Sender<u64>,
    pub(crate) strictness: Arc<Strictness>,
    pub(crate) page: broadcast::Sender<PageEvent>,
    pub(crate) host_page: Option<Arc<dyn HostPage>>,
    pub(crate) hosts: Vec<String>,
    pub(crate) address: SocketAddr,
}

impl Shared {
    /// Works on the world, alone. Who waits for a change is woken afterwards.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let out = work(&mut world);
        let dirty = std::mem::take(&mut world.dirty);
        drop(world);
        if dirty {
            self.changed.send_modify(|version| *version = version.wrapping_add(1));
        }
        out
    }

    /// Waits until `look` finds something, looking again after each change.
    pub(crate) async fn wait_for<T>(
        &self,
        timeout: Duration,
        mut look: impl FnMut(&World) -> Option<T>,
    ) -> Result<T, WaitFailed> {
        let mut changes = self.changed.subscribe();
        let deadline = tokio::time::Instant::now() + timeout;
        loop {
            changes.borrow_and_update();
            if let Some(found) = self.with(|world| look(world)) {
                return Ok(found);
            }
            let woken = tokio::time::timeout_at(deadline, changes.changed()).await;
            if !matches!(woken, Ok(Ok(()))) {
                let transcript = self.with(|world| world.transcript());
                return Err(WaitFailed { waited: timeout, transcript });
            }
        }
    }
}

/// What was waited for did not happen.
#[derive(Clone, thiserror::Error)]
#[error("it did not happen within {waited:?}; the conversation until then:\n{transcript}")]
pub struct WaitFailed {
    /// How long was waited.
    pub waited: Duration,
    /// The whole conversation.
    pub transcript: String,
}

impl std::fmt::Debug for WaitFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Tests show errors this way: a conversation reads better than an escaped string.
        write!(f, "{self}")
    }
}

/// Stops the server when the last handle goes.
struct Running {
    tasks: Vec<AbortHandle>,
    connections: Cut,
}

impl Running {
    fn stop(&self) {
        self.connections.now();
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A running local Discord. Clones are the same one; it stops with the last of them.
#[derive(Clone)]
pub struct Sim {
    pub(crate) shared: Arc<Shared>,
    running: Arc<Running>,
}

impl std::fmt::Debug for Sim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sim").field("address", &self.shared.address).finish_non_exhaustive()
    }
}

impl Sim {
    /// Starts listening and answering.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(config: SimConfig) -> io::Result<Sim> {
        let listener = match config.listener {
            Some(listener) => listener,
            None => TcpListener::bind(config.addr).await?,
        };
        let address = listener.local_addr()?;
        let strictness = Arc::new(config.strictness.checked());
        let (page, _) = broadcast::channel(4096);
        let world = world::build(
            &config.seed,
            world::Parts { strictness: Arc::clone(&strictness), clock: config.clock, page: page.clone() },
        );
        let shared = Arc::new(Shared {
            world: Mutex::new(world),
            changed: watch::Sender::new(0),
            strictness,
            page,
            host_page: config.host_page,
            hosts: config.hosts,
            address,
        });
        let mut router = page::router(Arc::clone(&shared));
        if let Some(extra) = config.extra_routes {
            router = router.merge(extra);
        }
        let service = router.into_make_service_with_connect_info::<Cut>();
        let connections = Cut::default();
        let listener = CuttableListener { inner: listener, all: connections.clone() };
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, service).await {
                tracing::error!(%error, "the local Discord stopped");
            }
        });
        let reaper = tokio::spawn(fail_unanswered(Arc::clone(&shared)));
        let running =
            Arc::new(Running { tasks: vec![server.abort_handle(), reaper.abort_handle()], connections });
        Ok(Sim { shared, running })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// The origin that a bot is given in place of `https://discord.com`; the page is there too.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// Stops listening. Open connections are dropped.
    pub fn stop(&self) {
        self.shared.with(|world| world.sessions.order(&crate::gateway::Out::Drop));
        self.running.stop();
    }

    /// Reads the world as it is now. It stands still meanwhile: `look` must not call the [`Sim`] itself.
    pub fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        self.shared.with(|world| look(world))
    }

    /// Waits until something is so. The condition is looked at after each change, never on a timer, while the world
    /// stands still: it must not call the [`Sim`] itself.
    ///
    /// # Errors
    /// When it is not so in time; the error shows the whole conversation.
    pub async fn wait_until(
        &self,
        mut so: impl FnMut(&World) -> bool,
        timeout: Duration,
    ) -> Result<(), WaitFailed> {
        self.shared.wait_for(timeout, |world| so(world).then_some(())).await
    }

    /// Waits until something can be found, and gives it.
    ///
    /// # Errors
    /// When it is not found in time; the error shows the whole conversation.
    pub async fn wait_for<T>(
        &self,
        look: impl FnMut(&World) -> Option<T>,
        timeout: Duration,
    ) -> Result<T, WaitFailed> {
        self.shared.wait_for(timeout, look).await
    }

    /// Waits until the bot is connected.
    ///
    /// # Errors
    /// When it does not connect in time.
    pub async fn wait_online(&self, timeout: Duration) -> Result<(), WaitFailed> {
        self.wait_until(World::bot_online, timeout).await
    }
}

/// Marks interactions that got no answer within three seconds as failed, when their time is over.
async fn fail_unanswered(shared: Arc<Shared>) {
    loop {
        let next = shared.with(|world| {
            crate::rest::forget_expired(world);
            let resumable_for = world.strictness.resumable_for;
            world.sessions.forget_lost(resumable_for);
            fail_due(world)
        });
        // An interaction that is sent later is due later than this.
        let wake = next.unwrap_or_else(|| Instant::now() + ANSWER_WITHIN);
        tokio::time::sleep_until(tokio::time::Instant::from_std(wake)).await;
    }
}

fn fail_due(world: &mut World) -> Option<Instant> {
    while let Some((due, id)) = world.unanswered.front().copied() {
        if Instant::now() < due {
            return Some(due);
        }
        world.unanswered.pop_front();
        if let Some(interaction) = world.interactions.get_mut(&id)
            && interaction.answered.is_none()
        {
            interaction.failed = true;
            let user = interaction.user;
            let text = "The application did not respond".to_owned();
            world.tell_page(PageEvent::InteractionFailed { user, id, text });
        }
    }
    None
}
