//! `kaizen audit verify`

use std::path::Path;

use clap::Subcommand;

use super::{Exit, Refusal, configured, open_existing, print_json};

/// What can be checked.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Replay every item's history and compare it with what is stored; 1 if something differs.
    Verify {
        /// Answer in JSON, for scripts.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(file: Option<&Path>, command: &Command) -> Result<Exit, Refusal> {
    let Command::Verify { json } = command;
    let config = configured(file)?;
    let database = open_existing(&config).await?;
    let mut audit = crate::audit::verify(&database, &database).await?;
    crate::audit::verify_debriefs(&mut audit, &database, &database).await?;
    if *json {
        print_json(&audit)?;
    } else {
        for difference in &audit.differences {
            println!("{difference}");
        }
        let verdict = match audit.differences.len() {
            0 => "nothing differs".to_owned(),
            n => format!("{n} differ"),
        };
        println!(
            "{} workspaces, {} items, {} events: {verdict}",
            audit.workspaces, audit.items, audit.events
        );
    }
    database.close().await;
    Ok(if audit.differences.is_empty() { Exit::Fine } else { Exit::No })
}
