//! A hospital in which the program runs as a process of its own, people work, things break, and the checker looks at what
//! came of it.

use std::path::Path;
use std::time::{Duration, Instant};

use discord_sim::{Recording, Sim, SimConfig, Strictness};
use kaizen_storage::Database;
use kaizen_workflow::clock::pause;
use kaizen_workflow::ports::Outbox;

use crate::base::{Base, Fresh, quick};
use crate::checker::{Allowed, Checker};
use crate::hospital::{GUILD, WORKSPACE, seed};
use crate::load::{Load, Said};
use crate::process::{Launch, Program};
use crate::world::{PATIENCE, apply_workspace};

/// Everything must be sent within this time after the last fault, beyond what the platform's limits require.
pub const DRAINED_WITHIN: Duration = Duration::from_secs(60);

/// The scene.
pub struct Scene {
    /// The local Discord.
    pub sim: Sim,
    /// Our own view of the database.
    pub db: Database,
    /// How the program is started.
    pub launch: Launch,
    /// What people were told.
    pub said: Said,
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// The database.
    pub fresh: Fresh,
}

/// Without limits by time: a program that is restarted every second, or many ideas at once, would be told to wait.
pub fn unlimited() -> Strictness {
    Strictness { recording: Recording::Full, ..Strictness::unlimited() }
}

impl Scene {
    /// Sets the scene; the program does not run yet. `KAIZEN_SEED` repeats the chances of another run.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn set(base: Base, program: &str, strictness: Strictness) -> Scene {
        let fresh = Fresh::make(base).await;
        let db = fresh.open(quick()).await;
        apply_workspace(&db, WORKSPACE).await;
        let mut config = SimConfig::new(seed());
        config.strictness = strictness;
        let sim = Sim::start(config).await.expect("the local Discord starts");
        let launch = Launch::new(Path::new(program), &sim, &fresh.url);
        let seed = crate::from_environment("KAIZEN_SEED").unwrap_or_else(|| u64::from(std::process::id()));
        println!("KAIZEN_SEED={seed} on {base:?}");
        sim.seed_faults(seed);
        Scene { sim, db, launch, said: Said::default(), seed, fresh }
    }

    /// Starts the program, and waits until it is connected and its commands are there.
    ///
    /// # Panics
    /// When it is not in time.
    pub async fn start(&self) -> Program {
        let before = self.sim.connections().1;
        let program = self.launch.start();
        self.until(|sim| sim.connections().1 > before).await;
        self.until(|sim| sim.read(|w| w.bot_online() && !w.commands(Some(GUILD)).is_empty())).await;
        program
    }

    /// People go to work. `rest` is how long each rests between two deeds.
    pub fn work(&self, rest: Duration) -> Load {
        Load::start(&self.sim, &self.said, self.seed, rest)
    }

    /// Waits until something is so in the local Discord.
    ///
    /// # Panics
    /// When it does not become so.
    pub async fn until(&self, so: impl Fn(&Sim) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !so(&self.sim) {
            assert!(Instant::now() < until, "it does not become so\n{}", self.launch.log());
            pause(Duration::from_millis(5)).await;
        }
    }

    /// Waits until everything is sent.
    ///
    /// # Panics
    /// When it is not within this time.
    pub async fn drain(&self, within: Duration) {
        let started = Instant::now();
        loop {
            let depth = self.db.depth().await.expect("the database answers");
            if depth.pending == 0 {
                println!("drained in {:?}", started.elapsed());
                return;
            }
            assert!(
                started.elapsed() < within,
                "the outbox does not get empty: {depth:?}\n{}",
                self.launch.log()
            );
            pause(Duration::from_millis(20)).await;
        }
    }

    /// Looks at everything; `at_least` deeds must have been confirmed.
    ///
    /// # Panics
    /// When something is wrong.
    pub async fn check(self, allowed: Allowed, at_least: usize) {
        let checker = Checker { sim: &self.sim, db: &self.db, guild: GUILD, said: &self.said, allowed };
        let report = Box::pin(checker.look()).await;
        let (tried, confirmed) = (self.said.all().len(), self.said.confirmed());
        println!("{tried} deeds, {confirmed} confirmed; {report}");
        let seed = self.seed;
        assert!(report.problems.is_empty(), "KAIZEN_SEED={seed}: {report}\n{}", self.launch.log());
        assert!(confirmed >= at_least, "only {confirmed} deeds were confirmed\n{}", self.launch.log());
        self.db.close().await;
        self.sim.stop();
    }
}
