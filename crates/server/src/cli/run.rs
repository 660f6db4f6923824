//! `kaizen run`

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use kaizen_discord::rest::AccessError;
use kaizen_workflow::clock::{Clock, SystemClock};
use kaizen_workflow::erasing::Journal;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tracing::info;

use super::{Exit, Refusal, configured, open};
use crate::app::{App, Ended, Parts, StartError};
use crate::config::Listen;
use crate::erasures;

const NO_TOKEN: &str = "\
the bot's token is missing: set KAIZEN__DISCORD__TOKEN, or discord.token_file in kaizen.toml.
To try everything without Discord and without a token: kaizen demo";

pub(super) async fn run(file: Option<&Path>) -> Result<Exit, Refusal> {
    let config = configured(file)?;
    if config.discord.token.is_none() {
        return Err(Refusal::new(Exit::Config, NO_TOKEN));
    }
    let database = open(&config).await?;
    database.lock_exclusively()?;
    database.migrate().await?;
    database.take_over_leases().await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let journal = erasures::before_serving(&database, &config, Arc::clone(&clock)).await?;
    let parts = Parts {
        database,
        clock,
        journal: journal.map(|journal| journal as Arc<dyn Journal>),
        web: listen("web.listen", config.web.listen).await?,
        metrics: listen("metrics.listen", config.metrics_listen).await?,
        recorder: recorder()?,
        files: crate::app::FILES,
    };
    let app = App::start(&config, parts).map_err(|e| match e {
        StartError::NoToken => Refusal::new(Exit::Config, NO_TOKEN),
        StartError::Access(why @ AccessError::Token) => Refusal::new(Exit::Refused, why.to_string()),
        StartError::Access(why @ AccessError::Client(_)) => Refusal::new(Exit::Internal, why.to_string()),
    })?;
    info!(database = %config.database, "started");
    let ended = tokio::select! {
        ended = app.ended() => Some(ended),
        () = asked_to_stop() => None,
    };
    info!("stopping");
    app.stop().await;
    match ended {
        None => Ok(Exit::Fine),
        Some(Ended::TokenRefused) => Err(Refusal::new(Exit::Refused, REFUSED)),
        Some(Ended::Broken(why)) => Err(Refusal::new(Exit::Internal, why)),
    }
}

const REFUSED: &str = "\
Discord does not accept the bot's token: it is wrong, or it was reset. It was tried once and is not tried again.
Make a new one in the Developer Portal (Bot, Reset Token), set it, and start again.";

/// The recorder that everything counts with; one a process.
pub(super) fn recorder() -> Result<PrometheusHandle, Refusal> {
    let broken = |why: String| Refusal::new(Exit::Internal, why);
    let recorder = kaizen_web::measures::recorder().map_err(|e| broken(e.to_string()))?;
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|e| broken(e.to_string()))?;
    Ok(handle)
}

/// A listener, if an address is set.
async fn listen(key: &str, at: Listen) -> Result<Option<TcpListener>, Refusal> {
    let Some(address) = at.0 else { return Ok(None) };
    bind(key, address).await.map(Some)
}

/// A listener on this address.
pub(super) async fn bind(what: &str, address: SocketAddr) -> Result<TcpListener, Refusal> {
    TcpListener::bind(address)
        .await
        .map_err(|e| Refusal::new(Exit::Unavailable, format!("{what}: nobody can listen on {address}: {e}")))
}

/// Ctrl-C, or what the system sends to end a process.
pub(super) async fn asked_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        let terminate = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = interrupt => {}
            () = terminate => {}
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}
