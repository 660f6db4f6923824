//! `kaizen workspace apply FILE` and `kaizen workspace export`

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use kaizen_domain::GuildId;
use kaizen_workflow::clock::{Clock, SystemClock};
use kaizen_workflow::ports::{Store, Workspace};
use serde::Serialize;

use super::{Exit, Refusal, configured, open_existing, print_json};
use crate::workspace_file::{Change, WorkspaceFile, apply};

/// What can be done with a workspace.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Set up a workspace as a file says: shows what would change, and asks.
    Apply {
        /// The workspace file.
        file: PathBuf,
        /// Apply without asking.
        #[arg(long)]
        yes: bool,
        /// Answer in JSON, for scripts; without --yes nothing is applied.
        #[arg(long)]
        json: bool,
    },
    /// Write what is set as a file that `apply` reads: people and roles by their ids.
    Export {
        /// Which community, by its id; may be left out while there is only one.
        #[arg(long, value_name = "ID")]
        guild: Option<GuildId>,
        /// Answer in JSON, for scripts: the community's id and the file's text.
        #[arg(long)]
        json: bool,
    },
}

/// The exported file for scripts.
#[derive(Debug, Serialize)]
struct Exported {
    guild: String,
    file: String,
}

/// The answer for scripts.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    guild: String,
    changes: &'a [Change],
    applied: bool,
}

pub(super) async fn run(config: Option<&Path>, command: &Command) -> Result<Exit, Refusal> {
    match command {
        Command::Apply { file, yes, json } => apply(config, file, *yes, *json).await,
        Command::Export { guild, json } => export(config, *guild, *json).await,
    }
}

async fn export(config: Option<&Path>, guild: Option<GuildId>, json: bool) -> Result<Exit, Refusal> {
    let config = configured(config)?;
    let database = open_existing(&config).await?;
    let known = database.workspaces().await?;
    let workspace = match guild {
        Some(guild) => known.iter().find(|w| w.guild == guild).ok_or_else(|| {
            Refusal::new(Exit::No, format!("no community {guild} is known here; {}", list_of(&known)))
        })?,
        None => match known.as_slice() {
            [only] => only,
            [] => return Err(Refusal::new(Exit::No, "no community is known here yet")),
            several => {
                let says = format!("say which community with --guild; {}", list_of(several));
                return Err(Refusal::new(Exit::No, says));
            }
        },
    };
    let file = apply::export(&database, workspace).await?.to_text();
    if json {
        print_json(&Exported { guild: workspace.guild.to_string(), file })?;
    } else {
        print!("{file}");
    }
    database.close().await;
    Ok(Exit::Fine)
}

fn list_of(known: &[Workspace]) -> String {
    let each = known.iter().map(|w| match w.name.as_str() {
        "" => w.guild.to_string(),
        name => format!("{} ({name})", w.guild),
    });
    let each: Vec<String> = each.collect();
    if each.is_empty() { "there is none yet".to_owned() } else { format!("there are: {}", each.join(", ")) }
}

async fn apply(config: Option<&Path>, file: &Path, yes: bool, json: bool) -> Result<Exit, Refusal> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| Refusal::new(Exit::Config, format!("{} cannot be read: {e}", file.display())))?;
    let wanted = WorkspaceFile::parse(file, &text).map_err(|faults| {
        Refusal::new(Exit::Config, format!("{} cannot be applied:\n{faults}", file.display()))
    })?;
    let config = configured(config)?;
    let database = open_existing(&config).await?;
    let draft = apply::draft(&database, &database, &wanted, SystemClock.now()).await?;
    let changes = &draft.plan.changes;
    let answer = |applied| Answer { guild: wanted.guild.to_string(), changes, applied };
    if !json {
        let known = if draft.is_new() { " (not seen yet: it will be there when the bot joins)" } else { "" };
        println!("Workspace {}{known}", wanted.guild);
        for change in changes {
            println!("  {change}");
        }
    }
    let apply = !changes.is_empty() && (yes || (!json && agreed(changes.len())?));
    if apply {
        draft.apply(&database, &wanted).await.map_err(|why| Refusal::new(Exit::No, why.to_string()))?;
    }
    if json {
        print_json(&answer(apply))?;
    } else {
        println!(
            "{}",
            if changes.is_empty() {
                "Nothing to change."
            } else if apply {
                "Applied."
            } else {
                "Nothing was changed."
            }
        );
    }
    database.close().await;
    Ok(if apply || changes.is_empty() || json { Exit::Fine } else { Exit::No })
}

/// Asks the person at the terminal. Without one there is nobody to ask.
fn agreed(changes: usize) -> Result<bool, Refusal> {
    if !std::io::stdin().is_terminal() {
        println!("Nobody to ask here: give --yes to apply.");
        return Ok(false);
    }
    let them = if changes == 1 { "this change".to_owned() } else { format!("these {changes} changes") };
    print!("Apply {them}? [y/N] ");
    std::io::stdout().flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}
