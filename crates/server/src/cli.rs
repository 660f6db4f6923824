//! The command line: what operators type, what they see, and how the program ends.
//!
//! ```text
//! kaizen run          kaizen demo          kaizen migrate        kaizen workspace apply FILE | export
//! kaizen digest --team NAME --dry-run      kaizen audit verify   kaizen outbox list | retry   kaizen doctor
//! kaizen backup FILE
//! ```

mod audit;
mod backup;
mod demo;
mod digest;
mod doctor;
mod migrate;
mod outbox;
mod run;
mod workspace;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use kaizen_storage::{Database, Founding, OpenError, Options};

use crate::Config;
use crate::config::ConfigError;
use crate::erasures::NotReady;

/// How the program ends, after the conventions of sysexits(3) where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Fine = 0,
    /// Something was found, or refused.
    No = 1,
    /// What the program stands on does not answer: the database, an address to listen on.
    Unavailable = 69,
    /// A fault of ours.
    Internal = 70,
    /// Somebody else is using it: try again when they are done.
    Busy = 75,
    /// The platform refuses the token.
    Refused = 77,
    /// The configuration is wrong or incomplete.
    Config = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why a command could not do what was asked: the message for the operator, and how the program ends.
#[derive(Debug)]
pub struct Refusal {
    /// How it ends.
    pub exit: Exit,
    /// What to say.
    pub says: String,
}

impl Refusal {
    fn new(exit: Exit, says: impl Into<String>) -> Self {
        Refusal { exit, says: says.into() }
    }
}

impl From<ConfigError> for Refusal {
    fn from(error: ConfigError) -> Self {
        Refusal::new(Exit::Config, error.to_string())
    }
}

impl From<OpenError> for Refusal {
    fn from(error: OpenError) -> Self {
        let exit = match error {
            OpenError::Address | OpenError::Newer(_) | OpenError::NotMigrated(_) => Exit::Config,
            OpenError::InUse(_) => Exit::Busy,
            OpenError::Unreachable(_) | OpenError::File { .. } => Exit::Unavailable,
        };
        Refusal::new(exit, error.to_string())
    }
}

impl From<kaizen_workflow::ports::StoreError> for Refusal {
    fn from(error: kaizen_workflow::ports::StoreError) -> Self {
        Refusal::new(Exit::Unavailable, error.to_string())
    }
}

impl From<NotReady> for Refusal {
    fn from(error: NotReady) -> Self {
        let exit = match error {
            NotReady::NotConfigured
            | NotReady::Missing(_)
            | NotReady::File { .. }
            | NotReady::Line { .. }
            | NotReady::Foreign(_) => Exit::Config,
            NotReady::Store(_) | NotReady::NotKept(_) => Exit::Unavailable,
        };
        Refusal::new(exit, error.to_string())
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Refusal::new(Exit::Unavailable, error.to_string())
    }
}

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "kaizen", version, about = ABOUT, after_help = EXIT_CODES)]
struct Cli {
    /// The configuration file; without it, kaizen.toml in this directory, if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const ABOUT: &str = "Kaizen: ideas from the front line, each with an answer";

const EXIT_CODES: &str = "\
Exit codes: 0 done · 1 something was found or refused · 2 wrong arguments · 69 database or address not available ·
70 a fault of ours · 75 in use by another process · 77 the platform refuses the token · 78 configuration wrong

Every setting can also come from the environment: KAIZEN__DISCORD__TOKEN sets discord.token.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run on Discord until asked to stop.
    Run,
    /// Try everything here, without Discord: a local one, with a page in the browser.
    Demo(demo::Args),
    /// Bring the database's schema up to this version.
    Migrate,
    /// Check everything that the program stands on, with a remedy for each thing that is not well.
    Doctor(doctor::Args),
    /// Write a copy of the database that can be restored; others go on working meanwhile.
    Backup(backup::Args),
    /// Set up a workspace from a file, or write what is set as one.
    #[command(subcommand)]
    Workspace(workspace::Command),
    /// Show the digest that a team would get now.
    Digest(digest::Args),
    /// Check what is stored.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Look after messages that could not be delivered.
    #[command(subcommand)]
    Outbox(outbox::Command),
}

/// The whole program: everything that `main` does. One thread is enough for hundreds of suggestions a second, and each
/// hand-over between threads costs more processor time than what is handed over.
pub fn start() -> ExitCode {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(main()),
        Err(error) => {
            eprintln!("kaizen: the system gives no threads: {error}");
            Exit::Internal.into()
        }
    }
}

/// Reads the arguments and does what they say. Arguments that make no sense end the process with 2, `--help` with 0.
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Run => Box::pin(run::run(cli.config.as_deref())).await,
        Command::Demo(args) => Box::pin(demo::run(&args)).await,
        Command::Migrate => Box::pin(migrate::run(cli.config.as_deref())).await,
        Command::Doctor(args) => Box::pin(doctor::run(cli.config.as_deref(), &args)).await,
        Command::Backup(args) => Box::pin(backup::run(cli.config.as_deref(), &args)).await,
        Command::Workspace(command) => Box::pin(workspace::run(cli.config.as_deref(), &command)).await,
        Command::Digest(args) => Box::pin(digest::run(cli.config.as_deref(), &args)).await,
        Command::Audit(command) => Box::pin(audit::run(cli.config.as_deref(), &command)).await,
        Command::Outbox(command) => Box::pin(outbox::run(cli.config.as_deref(), &command)).await,
    };
    match done {
        Ok(exit) => exit.into(),
        Err(refusal) => {
            eprintln!("kaizen: {}", refusal.says);
            refusal.exit.into()
        }
    }
}

/// The configuration, with the log begun.
fn configured(file: Option<&std::path::Path>) -> Result<Config, Refusal> {
    let environment =
        std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
    let config = Config::load(file, environment)?;
    crate::logging::begin(config.log);
    Ok(config)
}

/// The database as the configuration says.
async fn open(config: &Config) -> Result<Database, Refusal> {
    let founding = Founding { times: config.times.clone(), ..Founding::default() };
    let options = Options { founding, ..Options::default() };
    if let Some(file) = config.database.sqlite_file() {
        begin_private(&file)?;
    }
    Ok(Database::open(config.database.expose(), options).await?)
}

/// Begins an SQLite file, if it is not there yet, that only its owner reads: it holds what people wrote. SQLite gives the files
/// beside it the same rights. A file that is there keeps those that it has.
fn begin_private(file: &Path) -> Result<(), OpenError> {
    let at = |source| OpenError::File { path: file.to_owned(), source };
    if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(at)?;
    }
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(why) if why.kind() != std::io::ErrorKind::AlreadyExists => Err(at(why)),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The database for a command that only looks or changes settings: it must exist, and its schema must be ours.
async fn open_existing(config: &Config) -> Result<Database, Refusal> {
    if let Some(file) = config.database.sqlite_file()
        && !file.exists()
    {
        let says =
            format!("there is no database {} yet; `kaizen run` or `kaizen migrate` makes it", file.display());
        return Err(Refusal::new(Exit::Unavailable, says));
    }
    let database = open(config).await?;
    database.check_schema().await?;
    Ok(database)
}

/// Prints a value for scripts.
fn print_json<T: serde::Serialize>(value: &T) -> Result<(), Refusal> {
    let text =
        serde_json::to_string_pretty(value).map_err(|e| Refusal::new(Exit::Internal, e.to_string()))?;
    println!("{text}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn expect_a_well_formed_command_line() {
        Cli::command().debug_assert();
    }

    #[test]
    fn expect_help_for_every_command() {
        fn every(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{} has no help", command.get_name());
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{} {} has no help",
                    command.get_name(),
                    argument.get_id()
                );
            }
            command.get_subcommands().for_each(every);
        }
        every(&Cli::command());
    }
}
