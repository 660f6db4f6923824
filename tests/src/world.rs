//! The world of a story: started, moved through time, and looked over at the end.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use discord_sim::{Recording, Sim, SimConfig, Strictness};
use kaizen_domain::{Calendar, Wait};
use kaizen_server::app::{App, Parts};
use kaizen_server::workspace_file::{WorkspaceFile, apply};
use kaizen_server::{Config, audit, erasures};
use kaizen_storage::{Database, Options};
use kaizen_workflow::clock::{Clock, ManualClock, pause};
use kaizen_workflow::erasing::Journal;
use kaizen_workflow::outbox::OutboxDepth;
use kaizen_workflow::ports::{Outbox, Queries, Store, Workspace};
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::base::{Base, Fresh, quick};
use crate::hospital::{GUILD, TOKEN, WORKSPACE, seed, with_neighbours};

/// How long anything that has to happen may take before a story is broken. Real time, far more than is needed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The platform's code for a body that it refuses.
const INVALID_BODY: u32 = 50_035;

/// What is set up before the story begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// Teams, managers and the coordinator of [`WORKSPACE`], applied as `kaizen workspace apply` does.
    Hospital,
    /// Nothing: the bot has just been invited.
    Nothing,
    /// The hospital, and the clinic beside it, where the bot has just been invited.
    Neighbours,
}

/// A hospital with its people, the program, a database and a clock.
pub struct World {
    /// The local Discord.
    pub sim: Sim,
    /// The program's clock; also what people see as the time.
    pub clock: Arc<ManualClock>,
    /// The story's own view of the database.
    pub db: Database,
    /// Which database.
    pub base: Base,
    /// How the program opens it.
    pub options: Options,
    /// Settings of the program that differ from the usual ones of stories, as environment variables.
    pub environment: Vec<(String, String)>,
    /// Does every verb wait until the outbox is empty? Off while something cannot be sent.
    pub settles: bool,
    /// Answers of the platform that this story provokes, besides successes (403 for closed direct messages …).
    pub expected_statuses: Vec<u16>,
    /// Dead letters that this story leaves behind.
    pub expected_dead: u64,
    /// Files in one message at the most, from the program's next start on.
    pub files: usize,
    app: Option<App>,
    fresh: Fresh,
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let transcript = self.sim.read(|world| crate::readable::text(world, &world.transcript()));
            eprintln!("The conversation until then:\n{transcript}\n");
            for call in self.sim.journal().iter().filter(|call| call.status >= 400) {
                eprintln!(
                    "The platform answered {} to {} {}: {}",
                    call.status, call.method, call.path, call.response
                );
            }
        }
    }
}

impl World {
    /// Monday, 16 November 2026, ten o'clock in London.
    pub fn monday() -> DateTime<Utc> {
        DateTime::from_timestamp(1_794_823_200, 0).expect("a date")
    }

    /// Starts everything, and waits until the bot is connected and its commands are there.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn start(base: Base, setup: Setup) -> World {
        let fresh = Fresh::make(base).await;
        let clock = Arc::new(ManualClock::at(Self::monday()));
        let mut config = SimConfig::new(if setup == Setup::Neighbours { with_neighbours() } else { seed() });
        config.strictness = Strictness { recording: Recording::Full, ..Strictness::unlimited() };
        config.clock = Some({
            let clock = Arc::clone(&clock);
            Arc::new(move || clock.now())
        });
        let sim = Sim::start(config).await.expect("the local Discord starts");
        let db = fresh.open(quick()).await;
        if setup != Setup::Nothing {
            apply_workspace(&db, WORKSPACE).await;
        }
        let mut world = World {
            sim,
            clock,
            db,
            base,
            options: quick(),
            environment: Vec::new(),
            settles: true,
            expected_statuses: Vec::new(),
            expected_dead: 0,
            files: kaizen_server::FILES,
            app: None,
            fresh,
        };
        world.start_program().await;
        world
    }

    /// Starts the program (again).
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_program(&mut self) {
        let app = self.another_program(&self.environment).await;
        self.app = Some(app);
        let commands = |w: &discord_sim::World| !w.commands(Some(GUILD)).is_empty();
        self.sim.wait_until(commands, PATIENCE).await.expect("the commands are registered");
        // The community's name and owner are written down when the platform tells them.
        self.until(async || self.workspace().await.is_some_and(|w| w.name == "Hospital")).await;
    }

    /// One more program on the same database and the same local Discord, with these settings besides the usual ones.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn another_program(&self, environment: &[(String, String)]) -> App {
        let usual = [
            ("KAIZEN__DISCORD__TOKEN", TOKEN.to_owned()),
            ("KAIZEN__DISCORD__API_BASE", self.sim.base_url()),
            ("KAIZEN__DISCORD__REGISTER", "guild".to_owned()),
            ("KAIZEN__DATABASE__URL", self.fresh.url.clone()),
            ("KAIZEN__DATABASE__ERASURE_JOURNAL", self.fresh.journal().display().to_string()),
        ];
        let environment =
            usual.into_iter().map(|(k, v)| (k.to_owned(), v)).chain(environment.iter().cloned());
        let config = Config::layered(None, environment).expect("the configuration is right");
        let database = self.fresh.open(self.options.clone()).await;
        database.migrate().await.expect("the schema is ours");
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let journal = erasures::before_serving(&database, &config, Arc::clone(&clock)).await;
        let journal = journal.expect("the database is ready to serve");
        let parts = Parts {
            database,
            clock,
            journal: journal.map(|journal| journal as Arc<dyn Journal>),
            web: None,
            metrics: None,
            recorder: PrometheusBuilder::new().build_recorder().handle(),
            files: self.files,
        };
        let app = App::start(&config, parts).expect("the program starts");
        let ready = tokio::time::timeout(PATIENCE, app.ready()).await;
        assert_eq!(ready, Ok(true), "the program connects");
        app
    }

    /// The running program.
    ///
    /// # Panics
    /// While it is stopped.
    pub fn app(&self) -> &App {
        self.app.as_ref().expect("the program runs")
    }

    /// Stops the program in good order.
    ///
    /// # Panics
    /// When it does not stop in time.
    pub async fn stop_program(&mut self) {
        if let Some(app) = self.app.take() {
            assert!(app.stop().await, "the program finishes what it has in hand");
        }
    }

    /// Stops the program and starts it again.
    pub async fn restart(&mut self) {
        self.stop_program().await;
        self.start_program().await;
    }

    /// Stops the program, and puts a backup in the place of its database; the erasure journal stays where it is.
    ///
    /// # Panics
    /// When it cannot be restored.
    pub async fn restore(&mut self, backup: &Path) {
        self.stop_program().await;
        self.db.close().await;
        self.fresh.restore(backup);
        self.db = self.fresh.open(quick()).await;
    }

    /// The database, its files and its journal.
    pub fn fresh(&self) -> &Fresh {
        &self.fresh
    }

    /// The address of the database.
    pub fn url(&self) -> &str {
        &self.fresh.url
    }

    /// The SQLite file.
    ///
    /// # Panics
    /// On PostgreSQL.
    pub fn file(&self) -> std::path::PathBuf {
        self.fresh.file().expect("the story runs on SQLite")
    }

    /// The workspace as it is stored.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn workspace(&self) -> Option<Workspace> {
        self.db.workspace(kaizen_domain::GuildId(GUILD)).await.expect("the database answers")
    }

    /// The name of the database on the cluster.
    ///
    /// # Panics
    /// On SQLite.
    pub fn database_name(&self) -> String {
        let name = self.fresh.url.split_once("@localhost/").and_then(|(_, rest)| rest.split('?').next());
        name.expect("the story runs on PostgreSQL").to_owned()
    }

    /// Waits until something is so in the database; what happens in the local Discord is awaited there.
    ///
    /// # Panics
    /// When it does not become so.
    pub async fn until(&self, so: impl AsyncFn() -> bool) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !so().await {
            assert!(tokio::time::Instant::now() < deadline, "it does not become so");
            pause(Duration::from_millis(2)).await;
        }
    }

    /// Waits until everything is sent that can be.
    ///
    /// # Panics
    /// When something stays in the outbox.
    pub async fn settle(&self) {
        let Some(app) = &self.app else { return };
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let drained = app.drain(Duration::from_secs(3)).await;
            if !self.settles {
                return;
            }
            // A database that was away may break connections of the pool that it does not know any more.
            let depth = self.db.depth().await;
            if let (Ok(()), Ok(OutboxDepth { pending: 0, .. })) = (&drained, &depth) {
                return;
            }
            let late = tokio::time::Instant::now() >= deadline;
            assert!(!late, "the outbox does not get empty: {drained:?}, {depth:?}");
            pause(Duration::from_millis(2)).await;
        }
    }

    /// Lets time pass, in the hours of London: `2 working days`, `36h`. Everything happens at its time, as in a program that
    /// runs all the while.
    ///
    /// # Panics
    /// When the time cannot be read, or something stays due.
    pub async fn advance(&mut self, time: &str) {
        let wait: Wait = time.parse().expect("a time to wait");
        let to = Calendar::office(chrono_tz::Europe::London).after(self.clock.now(), wait);
        self.advance_to(to).await;
    }

    /// The same, to a point in time.
    ///
    /// # Panics
    /// When something stays due.
    pub async fn advance_to(&mut self, to: DateTime<Utc>) {
        for _ in 0..1000 {
            let next = self.db.next_due().await.expect("the database answers");
            match next {
                Some(at) if at <= to => self.clock.set(at.max(self.clock.now())),
                Some(_) | None => {
                    self.clock.set(to);
                    self.sweep().await;
                    return;
                }
            }
            self.sweep().await;
        }
        panic!("something stays due");
    }

    /// Lets time pass at once, as for a program that was down all the while.
    pub async fn jump_to(&mut self, to: DateTime<Utc>) {
        self.clock.set(to);
        self.sweep().await;
    }

    /// What is due now happens now, instead of when the program next looks: what moves by itself, whoever is looked up.
    pub async fn look_around(&self) {
        self.sweep().await;
        self.sweep().await;
    }

    async fn sweep(&self) {
        let Some(app) = &self.app else { return };
        app.run_due_now().await.expect("the database answers");
        self.settle().await;
    }

    /// Ends the story: nothing is left to send, the history gives what is stored, and nothing was sent that the platform
    /// refuses or that could ping somebody by what was typed.
    ///
    /// # Panics
    /// When something is left.
    pub async fn finish(mut self) {
        self.settle().await;
        self.stop_program().await;
        let depth = self.db.depth().await.expect("the database answers");
        assert_eq!(depth.pending, 0, "something was left to be sent: {depth:?}");
        if depth.dead != self.expected_dead {
            let dead = self.db.dead_letters(None).await.expect("the database answers");
            assert_eq!(depth.dead, self.expected_dead, "dead letters: {dead:#?}");
        }
        self.expect_a_clean_audit().await;
        self.expect_a_clean_journal();
        self.db.close().await;
        self.sim.stop();
    }

    /// Row, ledger and timers are what the history gives.
    ///
    /// # Panics
    /// When they are not.
    pub async fn expect_a_clean_audit(&self) {
        let mut audit = audit::verify(&self.db, &self.db).await.expect("the database answers");
        let debriefs = audit::verify_debriefs(&mut audit, &self.db, &self.db).await;
        debriefs.expect("the database answers");
        assert!(audit.differences.is_empty(), "{:#?}", audit.differences);
    }

    fn expect_a_clean_journal(&self) {
        for call in self.sim.journal() {
            let at = format!(
                "{} {} {}\n{:#}\n{:#}",
                call.status, call.method, call.path, call.request, call.response
            );
            let fine =
                call.status < 400 || call.fault.is_some() || self.expected_statuses.contains(&call.status);
            assert_ne!(call.response["code"], INVALID_BODY, "a body that the platform refuses: {at}");
            assert!(fine, "the platform refused a request: {at}");
            for body in [&call.request, &call.request["data"], &call.request["message"]] {
                if body.get("content").is_some() || body.get("embeds").is_some() {
                    assert_eq!(
                        body["allowed_mentions"]["parse"],
                        serde_json::json!([]),
                        "a text may ping: {at}"
                    );
                }
            }
        }
        let everybody = self.sim.read(|w| w.all_messages().iter().filter(|m| m.pinged_everyone).count());
        assert_eq!(everybody, 0, "everybody was pinged");
    }

    /// All that the database holds of an idea, to see that nothing changed.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn stored(&self, number: u32) -> kaizen_workflow::ports::Stored {
        let workspace = self.workspace().await.expect("there is a workspace").id;
        let found =
            self.db.find(workspace, kaizen_domain::Number(number)).await.expect("the database answers");
        found.unwrap_or_else(|| panic!("there is no K-{number}"))
    }

    /// The history of an idea, as the words of its facts.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn history(&self, number: u32) -> Vec<&'static str> {
        let workspace = self.workspace().await.expect("there is a workspace").id;
        let steps =
            self.db.history(workspace, kaizen_domain::Number(number)).await.expect("the database answers");
        steps.iter().map(|step| step.event.fact.as_str()).collect()
    }
}

/// Sets a workspace up as `kaizen workspace apply FILE --yes` does.
///
/// # Panics
/// When the file or the database is not fine.
pub async fn apply_workspace(db: &Database, text: &str) {
    let file = WorkspaceFile::parse(Path::new("hospital.toml"), text).expect("the workspace file is right");
    let draft = apply::draft(db, db, &file, World::monday()).await.expect("the database answers");
    draft.apply(db, &file).await.expect("the plan is applied");
}
