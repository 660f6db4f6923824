//! The running program: gateway, courier, timers, health, put together and taken apart again.
//!
//! [`App::start`] takes everything from outside (an open database, a clock, listeners), so that tests and the demo start
//! the same program that operators run.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::serve::ListenerExt;
use kaizen_chat::Chat;
use kaizen_discord::gateway::{Fatal, GatewayState, Phase};
use kaizen_discord::rest::{AccessError, DISCORD};
use kaizen_discord::{Discord, Settings};
use kaizen_domain::Instant;
use kaizen_storage::Database;
use kaizen_web::{Gateway, Reading, Readings};
use kaizen_workflow::clock::Clock;
use kaizen_workflow::courier::{Courier, Stopped};
use kaizen_workflow::engine::{Engine, Swept};
use kaizen_workflow::erasing::Journal;
use kaizen_workflow::ids;
use kaizen_workflow::ports::{Outbox, Store, StoreError};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::config::Config;

/// A stop takes no longer than this; what is not finished by then is left to its lease, or to the platform's repetition.
pub const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Files in one message at the most, as the platform has it.
pub const FILES: usize = kaizen_discord::limits::FILES;

/// What the program is made of.
pub struct Parts {
    /// The database, open and migrated.
    pub database: Database,
    /// The domain's clock.
    pub clock: Arc<dyn Clock>,
    /// Where erasures are kept outside of the database.
    pub journal: Option<Arc<dyn Journal>>,
    /// Where health and readiness (and metrics, if they have no other) are served.
    pub web: Option<TcpListener>,
    /// Where metrics alone are served.
    pub metrics: Option<TcpListener>,
    /// What was counted.
    pub recorder: PrometheusHandle,
    /// Files in one message at the most: [`FILES`], but for tests.
    pub files: usize,
}

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No token.
    #[error("no bot token is configured")]
    NoToken,
    /// The token, or the HTTP client, cannot be used.
    #[error(transparent)]
    Access(#[from] AccessError),
}

/// Why the program ended by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The platform refuses the token. Not tried again.
    TokenRefused,
    /// Something else for good; says what.
    Broken(String),
}

/// The running program.
pub struct App {
    engine: Engine,
    courier: Courier,
    gateway_state: watch::Receiver<GatewayState>,
    ended: watch::Receiver<Option<Ended>>,
    /// Ends the gateway.
    listening: watch::Sender<bool>,
    /// Ends timers and purging.
    loops: CancellationToken,
    /// Ends the courier, once nothing new comes in.
    sending: watch::Sender<bool>,
    /// Ends the web, last of all: health can be read while the rest stops.
    serving: CancellationToken,
    gateway: JoinHandle<()>,
    couriering: JoinHandle<()>,
    others: JoinSet<()>,
    health: Health,
    database: Database,
}

impl App {
    /// Starts everything. Returns at once; [`App::ready`] waits for the gateway.
    ///
    /// # Errors
    /// Without a token, or with one that can be none.
    pub fn start(config: &Config, parts: Parts) -> Result<App, StartError> {
        let token = config.discord.token.clone().ok_or(StartError::NoToken)?;
        let store: Arc<dyn Store> = Arc::new(parts.database.clone());
        let outbox: Arc<dyn Outbox> = Arc::new(parts.database.clone());
        let api_base = config.discord.api_base.as_ref().map_or(DISCORD, |origin| origin.0.as_str());
        let discord = Discord::new(Settings {
            shards: config.discord.shards,
            register: config.discord.register.into(),
            member_events: config.discord.member_events,
            files: parts.files,
            installation: parts.database.installation().to_owned(),
            ..Settings::new(api_base, token)
        })?;
        let engine = Engine::new(
            Arc::clone(&store),
            Arc::new(parts.database.clone()),
            parts.clock,
            config.digest.clone(),
        )
        .with_directory(discord.directory())
        .with_debriefs(Arc::new(parts.database.clone()));
        let engine = match parts.journal {
            Some(journal) => engine.with_journal(journal),
            None => engine,
        };
        let chat = Chat::new(engine.clone(), Arc::clone(&outbox)).with_platform_check(discord.check());
        let courier =
            Courier::new(Arc::clone(&outbox), engine.clone(), discord.notifier(), &ids::process_name());

        let (loops, serving) = (CancellationToken::new(), CancellationToken::new());
        let (sending, stop_sending) = watch::channel(false);
        let (listening, stop_listening) = watch::channel(false);
        let (end, ended) = watch::channel(None);
        let gateway_state = discord.state();

        let couriering = tokio::spawn({
            let (courier, end) = (courier.clone(), end.clone());
            async move {
                if courier.run(stop_sending).await == Stopped::Revoked {
                    end.send_replace(Some(Ended::TokenRefused));
                }
            }
        });
        let gateway = tokio::spawn({
            let (discord, chat, posted) = (discord.clone(), Arc::new(chat), courier.posted());
            async move {
                let why = match discord.run(chat, store, posted, stop_listening).await {
                    // Asked to.
                    Ok(()) => return,
                    Err(Fatal::TokenRefused) => Ended::TokenRefused,
                    Err(other @ (Fatal::IntentsRefused | Fatal::Client(_))) => {
                        Ended::Broken(other.to_string())
                    }
                };
                end.send_replace(Some(why));
            }
        });

        let mut others = JoinSet::new();
        others.spawn(crate::loops::timers(engine.clone(), loops.clone()));
        others.spawn(crate::loops::roll_calls(engine.clone(), loops.clone()));
        others.spawn(crate::loops::purge(engine.clone(), loops.clone()));
        others.spawn(crate::loops::index_older(parts.database.clone(), loops.clone()));
        others.spawn(crate::loops::fold(parts.recorder.clone(), loops.clone()));
        let readings: Arc<dyn Readings> =
            Arc::new(Looks { engine: engine.clone(), outbox, state: gateway_state.clone(), discord });
        let health = (readings, parts.recorder);
        serve(&mut others, parts.web, parts.metrics, &health, &serving);

        Ok(App {
            engine,
            courier,
            gateway_state,
            ended,
            listening,
            loops,
            sending,
            serving,
            gateway,
            couriering,
            others,
            health,
            database: parts.database,
        })
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The courier.
    pub fn courier(&self) -> &Courier {
        &self.courier
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Health, readiness and metrics as routes, for a host that serves them on a port of its own.
    pub fn health_routes(&self) -> axum::Router {
        let (readings, recorder) = &self.health;
        kaizen_web::router(Arc::clone(readings), recorder.clone())
    }

    /// Waits until the gateway is connected; false if the program ended before that.
    pub async fn ready(&self) -> bool {
        let (mut state, mut ended) = (self.gateway_state.clone(), self.ended.clone());
        tokio::select! {
            ready = state.wait_for(GatewayState::is_ready) => ready.is_ok(),
            _ = ended.wait_for(Option::is_some) => false,
        }
    }

    /// Waits until the program ends by itself, and says why.
    pub async fn ended(&self) -> Ended {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await.map(|e| e.clone()) {
            Ok(Some(why)) => why,
            Ok(None) | Err(_) => Ended::Broken("the gateway's task is gone".to_owned()),
        }
    }

    /// Fires what is due now, instead of when the loop next looks: after a clock was moved.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn run_due_now(&self) -> Result<Swept, StoreError> {
        self.engine.run_roll_calls().await?;
        self.engine.run_due().await
    }

    /// Waits until everything that may be sent within `patience` is sent.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn drain(&self, patience: Duration) -> Result<(), StoreError> {
        self.courier.drain(patience).await
    }

    /// Stops: takes nothing new, finishes what is in hand, closes the database. True if all was finished in time.
    pub async fn stop(mut self) -> bool {
        self.listening.send_replace(true);
        self.loops.cancel();
        let orderly = async {
            // First what people have asked for, then what is being sent because of it.
            let intake = (&mut self.gateway).await;
            self.sending.send_replace(true);
            let courier = (&mut self.couriering).await;
            self.serving.cancel();
            while self.others.join_next().await.is_some() {}
            intake.is_ok() && courier.is_ok()
        };
        let finished = tokio::time::timeout(STOP_WITHIN, orderly).await.unwrap_or(false);
        if !finished {
            warn!("not everything was finished in time; it is in the database and goes on at the next start");
        }
        self.gateway.abort();
        self.couriering.abort();
        self.others.abort_all();
        self.database.close().await;
        finished
    }
}

/// What `/readyz` and `/metrics` read from.
type Health = (Arc<dyn Readings>, PrometheusHandle);

/// Supplies what `/readyz` and `/metrics` tell.
struct Looks {
    engine: Engine,
    outbox: Arc<dyn Outbox>,
    state: watch::Receiver<GatewayState>,
    discord: Discord,
}

#[async_trait]
impl Readings for Looks {
    async fn read(&self) -> Reading {
        let gateway = match self.state.borrow().phase {
            Phase::Connected => Gateway::Ready,
            Phase::Starting | Phase::Connecting | Phase::Braked => Gateway::Connecting,
            Phase::Stopping | Phase::Stopped => Gateway::Stopped,
        };
        let next = self.engine.store().next_due().await.ok();
        let now = self.engine.clock().now();
        #[expect(clippy::cast_precision_loss, reason = "seconds of lag, for a gauge")]
        let lag = |due: Instant| ((now - due).num_milliseconds().max(0)) as f64 / 1000.0;
        Reading {
            gateway,
            outbox: self.outbox.depth().await.map_err(|e| e.to_string()),
            timer_lag: next.map(|due| due.map_or(0.0, lag)),
            invalid_requests: u64::from(self.discord.rest().budget().refused()),
        }
    }
}

fn serve(
    tasks: &mut JoinSet<()>,
    web: Option<TcpListener>,
    metrics: Option<TcpListener>,
    (readings, recorder): &Health,
    stop: &CancellationToken,
) {
    let (readings, recorder) = (Arc::clone(readings), recorder.clone());
    let mut start = |listener: TcpListener, router: axum::Router| {
        let stop = stop.clone();
        tasks.spawn(async move {
            // Without it every answer waits for the other side's acknowledgement.
            let listener = listener.tap_io(|io| drop(io.set_nodelay(true)));
            let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
            if let Err(error) = served {
                warn!(%error, "health and metrics are no longer served");
            }
        });
    };
    match (web, metrics) {
        (Some(web), Some(metrics)) => {
            start(web, kaizen_web::health(Arc::clone(&readings), recorder.clone()));
            start(metrics, kaizen_web::metrics(readings, recorder.clone()));
        }
        (Some(web), None) => start(web, kaizen_web::router(readings, recorder.clone())),
        (None, Some(metrics)) => start(metrics, kaizen_web::metrics(readings, recorder.clone())),
        (None, None) => {}
    }
}
