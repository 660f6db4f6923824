//! `kaizen outbox list` and `kaizen outbox retry`: what could not be delivered is kept, and can be sent again.

use std::path::Path;

use clap::Subcommand;
use kaizen_domain::{GuildId, WorkspaceId};
use kaizen_storage::Database;
use kaizen_workflow::outbox::Job;
use kaizen_workflow::ports::{Outbox, Store};
use serde::Serialize;

use super::{Exit, Refusal, configured, open_existing, print_json};

/// What can be done with undelivered messages.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List what was given up, and why.
    List {
        /// Only of this community, by its id.
        #[arg(long, value_name = "ID")]
        guild: Option<GuildId>,
        /// Answer in JSON, for scripts.
        #[arg(long)]
        json: bool,
    },
    /// Put what was given up back into the queue.
    Retry {
        /// Only of this community, by its id.
        #[arg(long, value_name = "ID")]
        guild: Option<GuildId>,
    },
}

/// A given-up message, without anybody's words.
#[derive(Debug, Serialize)]
struct Line {
    id: i64,
    workspace: i64,
    job: Job,
    attempts: u32,
    error: String,
}

pub(super) async fn run(file: Option<&Path>, command: &Command) -> Result<Exit, Refusal> {
    let config = configured(file)?;
    let database = open_existing(&config).await?;
    match command {
        Command::List { guild, json } => {
            let workspace = workspace(&database, *guild).await?;
            let letters = database.dead_letters(workspace).await?;
            let lines: Vec<Line> = letters
                .into_iter()
                .map(|l| Line {
                    id: l.id,
                    workspace: l.workspace.0,
                    job: l.job,
                    attempts: l.attempts,
                    error: l.error,
                })
                .collect();
            if *json {
                print_json(&lines)?;
            } else {
                for line in &lines {
                    println!(
                        "{} workspace {}, {} tries: {:?}: {}",
                        line.id, line.workspace, line.attempts, line.job, line.error
                    );
                }
                println!("{} given up", lines.len());
            }
        }
        Command::Retry { guild } => {
            let workspace = workspace(&database, *guild).await?;
            println!("{} put back into the queue", database.revive(workspace).await?);
        }
    }
    database.close().await;
    Ok(Exit::Fine)
}

async fn workspace(database: &Database, guild: Option<GuildId>) -> Result<Option<WorkspaceId>, Refusal> {
    let Some(guild) = guild else { return Ok(None) };
    match database.workspace(guild).await? {
        Some(workspace) => Ok(Some(workspace.id)),
        None => Err(Refusal::new(Exit::No, format!("no community {guild} is known here"))),
    }
}
