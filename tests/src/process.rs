//! The program as a process of its own, as operators run it: started, watched, killed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use discord_sim::Sim;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::hospital::TOKEN;

/// A running `kaizen run`. It is killed when this is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    log: PathBuf,
}

/// How to start the program.
#[derive(Debug)]
pub struct Launch {
    /// The program's file.
    pub program: PathBuf,
    /// Its environment, and nothing else.
    pub environment: Vec<(String, String)>,
    /// Where it is started, and where its log goes.
    folder: TempDir,
}

impl Launch {
    /// The usual settings against a local Discord, on this database; health and metrics nowhere.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    pub fn new(program: &Path, sim: &Sim, database: &str) -> Launch {
        let settings = [
            ("KAIZEN__DISCORD__TOKEN", TOKEN),
            ("KAIZEN__DISCORD__API_BASE", &sim.base_url()),
            ("KAIZEN__DISCORD__REGISTER", "guild"),
            ("KAIZEN__DATABASE__URL", database),
            ("KAIZEN__WEB__LISTEN", ""),
        ];
        Launch {
            program: program.to_owned(),
            environment: settings.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            folder: tempfile::Builder::new().prefix("kaizen-run-").tempdir().expect("a temporary folder"),
        }
    }

    /// The same with one setting changed or added.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Launch {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it. All that are started from one launch write to one log.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(&self) -> Program {
        let log = self.folder.path().join("log");
        let out = File::options().create(true).append(true).open(&log).expect("the log can be written");
        let child = Command::new(&self.program)
            .arg("run")
            .env_clear()
            .envs(self.environment.iter().map(|(k, v)| (k, v)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(out)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|why| panic!("{} cannot be started: {why}", self.program.display()));
        Program { child, log }
    }

    /// All that was logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Program {
    /// Its process id.
    ///
    /// # Panics
    /// When it has ended.
    pub fn id(&self) -> u32 {
        self.child.id().expect("the program runs")
    }

    /// `kill -9`, and waits until it is gone.
    ///
    /// # Panics
    /// When it had ended by itself.
    pub async fn kill(mut self) {
        if let Ok(Some(status)) = self.child.try_wait() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            panic!("the program ended by itself: {status}\n{log}");
        }
        self.child.kill().await.expect("the program can be killed");
    }

    /// Waits until it ends by itself.
    ///
    /// # Panics
    /// When it does not in time.
    pub async fn ended(&mut self, patience: Duration) -> ExitStatus {
        match tokio::time::timeout(patience, self.child.wait()).await {
            Ok(status) => status.expect("the system tells how it ended"),
            Err(_) => panic!("the program does not end"),
        }
    }

    /// Asks it to stop, as the system does, and waits until it is gone.
    ///
    /// # Panics
    /// When it cannot be asked, or does not stop in time.
    pub async fn stop(mut self, patience: Duration) -> ExitStatus {
        let asked = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().await;
        assert!(asked.is_ok_and(|s| s.success()), "the program can be asked to stop");
        self.ended(patience).await
    }
}
