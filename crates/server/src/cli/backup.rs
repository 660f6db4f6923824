//! `kaizen backup FILE`

use std::path::{Path, PathBuf};

use kaizen_workflow::clock::{Clock, SystemClock};

use super::{Exit, Refusal, configured, open_existing, print_json};
use crate::Config;
use crate::backup::{self, Backup, NoBackup};

/// Where it goes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file to write; it must not be there yet.
    file: PathBuf,
    /// Answer in JSON, for scripts.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: Option<&Path>, args: &Args) -> Result<Exit, Refusal> {
    let config = configured(config)?;
    let database = open_existing(&config).await?;
    let written = backup::write(&database, &config.database, &args.file, SystemClock.now()).await;
    database.close().await;
    let written = written.map_err(|why| {
        let exit = match why {
            NoBackup::Exists(_) => Exit::No,
            NoBackup::NoDump
            | NoBackup::File { .. }
            | NoBackup::Copy(_)
            | NoBackup::Store(_)
            | NoBackup::Dump(_) => Exit::Unavailable,
        };
        Refusal::new(exit, why.to_string())
    })?;
    if args.json {
        print_json(&written)?;
    } else {
        print!("{}", says(&config, &written));
    }
    Ok(Exit::Fine)
}

/// What was written, and how it comes back.
fn says(config: &Config, written: &Backup) -> String {
    let file = written.file.display();
    let mut says = format!(
        "Wrote {file}: {}, {} bytes, with everything that was recorded by {}.\n\nTo restore it:\n  1. Stop every `kaizen run`.\n",
        config.database, written.bytes, written.as_of
    );
    let (restore, start) = match config.database.sqlite_file() {
        Some(database) => {
            let database = database.display();
            (
                format!(
                    "Move {database}, {database}-wal and {database}-shm away, and copy {file} to {database}."
                ),
                "Start `kaizen run`.",
            )
        }
        None => (
            format!(
                "Make an empty database, and fill it: psql --single-transaction --set ON_ERROR_STOP=1 --dbname ADDRESS --file {file}"
            ),
            "Let database.url name it, and start `kaizen run`.",
        ),
    };
    says.push_str(&format!("  2. {restore}\n"));
    says.push_str(&match &config.erasure_journal {
        Some(journal) => format!(
            "  3. Leave the erasure journal where it is: {}\n  4. {start} It erases again what was erased since, before it serves.\n\n\
             Keep a copy of the erasure journal on another disk than the database, always the newest.\n",
            journal.display()
        ),
        None => format!(
            "  3. {start}\n\nThere is no erasure journal: what is erased from now on would be known again after this is restored. \
             Set database.erasure_journal.\n"
        ),
    });
    says
}
