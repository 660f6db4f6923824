//! The whole product on one port of this machine, without Discord: `kaizen demo`.
//!
//! A local Discord, the same bot that operators run (only with another address), and a page on which one is several
//! people. The page's clock can be moved, so that a week of waiting takes a second.

mod page;
mod people;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use discord_sim::{Sim, SimConfig, Strictness};
use kaizen_storage::{Database, OpenError, Options, OutboxTiming};
use kaizen_workflow::clock::{Clock, ShiftedClock, SystemClock};
use kaizen_workflow::ports::{Founding, Store, StoreError};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;

use crate::app::{App, Ended, Parts, StartError};
use crate::config::{Config, ConfigError};
use crate::workspace_file::{Faults, WorkspaceFile, apply};

/// The workspace of the demo.
pub const WORKSPACE: &str = include_str!("../../../config/demo.toml");

/// How long the bot may take to connect to the local Discord.
const CONNECT_WITHIN: Duration = Duration::from_secs(20);

/// Where the demo keeps how far its clock is ahead, in seconds.
const AHEAD: &str = "demo.clock_ahead_seconds";

/// What the demo is started with.
pub struct Start {
    /// Where the page, the local Discord and the health checks are served.
    pub listener: TcpListener,
    /// The folder of the database; none: a temporary one that goes with the demo.
    pub data: Option<PathBuf>,
    /// Throw away what is in the folder.
    pub fresh: bool,
    /// What was counted.
    pub recorder: PrometheusHandle,
}

/// The running demo.
pub struct Demo {
    app: App,
    sim: Sim,
    page: Arc<page::Page>,
    /// Something from an earlier start was found and goes on.
    continued: bool,
}

/// Why the demo cannot start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Its own configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its own workspace file is wrong.
    #[error("the demo's workspace file cannot be applied: {0}")]
    Faults(#[from] Faults),
    /// The same, when it is applied.
    #[error("the demo's workspace cannot be set up: {0}")]
    NotApplied(#[from] apply::NotApplied),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Files or sockets.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The program cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The bot does not connect to the local Discord.
    #[error("the bot did not connect to the local Discord within {CONNECT_WITHIN:?}")]
    NotConnected,
    /// The commands or the sample ideas did not come.
    #[error("the demo could not begin: {0}")]
    Begin(String),
}

impl Demo {
    /// Starts everything and waits until the bot is connected.
    ///
    /// # Errors
    /// See [`DemoError`].
    pub async fn start(start: Start) -> Result<Demo, DemoError> {
        let address = start.listener.local_addr()?;
        let config = Config::layered(None, people::configuration(address))?;
        let database = open(start.data, start.fresh).await?;
        let ahead = database.note(AHEAD).await?.and_then(|s| s.parse().ok()).unwrap_or(0);
        let clock = Arc::new(ShiftedClock::ahead_by(TimeDelta::try_seconds(ahead).unwrap_or_default()));
        let continued = !set_up(&database).await?;

        let parts = Parts {
            database: database.clone(),
            clock: Arc::<ShiftedClock>::clone(&clock),
            journal: None,
            web: None,
            metrics: None,
            recorder: start.recorder,
            files: crate::app::FILES,
        };
        let app = App::start(&config, parts)?;
        let shown = Arc::<ShiftedClock>::clone(&clock);
        let page = Arc::new(page::Page::new(app.engine().clone(), Arc::new(database), clock));
        let sim = Sim::start(SimConfig {
            listener: Some(start.listener),
            clock: Some(Arc::new(move || shown.now())),
            host_page: Some(Arc::<page::Page>::clone(&page)),
            extra_routes: Some(app.health_routes()),
            strictness: Strictness::real(),
            ..SimConfig::new(people::seed())
        })
        .await?;
        let connected = tokio::time::timeout(CONNECT_WITHIN, app.ready()).await;
        if connected != Ok(true) {
            app.stop().await;
            return Err(DemoError::NotConnected);
        }
        page.runs_on(&sim);
        let demo = Demo { app, sim, page, continued };
        let begun = async {
            people::wait_for_commands(&demo.sim).await?;
            if continued { Ok(()) } else { people::sample_ideas(&demo.sim).await }
        };
        match begun.await {
            Ok(()) => Ok(demo),
            Err(why) => {
                demo.stop().await;
                Err(DemoError::Begin(why))
            }
        }
    }

    /// The page's address.
    pub fn url(&self) -> String {
        self.sim.base_url()
    }

    /// The local Discord.
    pub fn sim(&self) -> &Sim {
        &self.sim
    }

    /// The program in it.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Did it find ideas of an earlier start?
    pub fn continued(&self) -> bool {
        self.continued
    }

    /// Waits until the program in it ends by itself.
    pub async fn ended(&self) -> Ended {
        self.app.ended().await
    }

    /// Stops the bot, then the local Discord.
    pub async fn stop(self) {
        self.app.stop().await;
        self.page.ends();
        self.sim.stop();
    }
}

async fn open(data: Option<PathBuf>, fresh: bool) -> Result<Database, DemoError> {
    let url = match data {
        None => "sqlite::memory:".to_owned(),
        Some(folder) => {
            std::fs::create_dir_all(&folder)?;
            let file = folder.join("kaizen-demo.db");
            if fresh {
                remove(&file).await?;
            }
            format!("sqlite://{}", file.display())
        }
    };
    // One page, a handful of people: what is bundled and held back elsewhere is shown at once here.
    let outbox =
        OutboxTiming { card_gap: Duration::from_millis(250), bundle_hold: Duration::from_millis(100) };
    let database = Database::open(&url, Options { outbox, ..Options::default() }).await?;
    database.lock_exclusively()?;
    database.migrate().await?;
    database.take_over_leases().await?;
    Ok(database)
}

/// Removes a database and what SQLite keeps beside it; not while another demo runs on it.
async fn remove(file: &std::path::Path) -> Result<(), DemoError> {
    if !file.exists() {
        return Ok(());
    }
    let held = Database::open(&format!("sqlite://{}", file.display()), Options::default()).await?;
    held.lock_exclusively()?;
    held.close().await;
    for suffix in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(suffix);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Sets the workspace up as the demo's file says, if it is new. False if it was there.
async fn set_up(database: &Database) -> Result<bool, DemoError> {
    let file = WorkspaceFile::parse(std::path::Path::new("demo.toml"), WORKSPACE)?;
    if database.workspace(file.guild).await?.is_some() {
        return Ok(false);
    }
    database
        .found(&Founding { guild: file.guild, name: people::GUILD_NAME.to_owned(), owner: people::OWNER })
        .await?;
    let draft = apply::draft(database, database, &file, SystemClock.now()).await?;
    draft.apply(database, &file).await?;
    Ok(true)
}
