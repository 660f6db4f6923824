//! `kaizen doctor`

use std::path::Path;

use kaizen_chat::check::PlatformCheck;
use kaizen_discord::rest::DISCORD;
use kaizen_discord::{Discord, Settings};
use kaizen_storage::Database;
use kaizen_workflow::clock::{Clock, SystemClock};
use kaizen_workflow::ports::Store;
use serde::Serialize;

use super::{Exit, Refusal, configured, open_existing, print_json};
use crate::Config;
use crate::doctor::{self, Check, Health};

/// How it is asked.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Answer in JSON, for scripts.
    #[arg(long)]
    json: bool,
}

/// The answer for scripts.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    health: Health,
    checks: &'a [Check],
}

/// Everything that was seen, and how the program ends: with the first cause of the worst.
#[derive(Default)]
struct Visit {
    checks: Vec<Check>,
    cause: Option<Exit>,
}

impl Visit {
    fn saw(&mut self, checks: impl IntoIterator<Item = Check>, cause: Exit) {
        for check in checks {
            if check.health == Health::Broken {
                self.cause.get_or_insert(cause);
            }
            self.checks.push(check);
        }
    }

    fn health(&self) -> Health {
        self.checks.iter().map(|c| c.health).max().unwrap_or(Health::Fine)
    }

    fn exit(&self) -> Exit {
        self.cause.unwrap_or(if self.health() == Health::Poor { Exit::No } else { Exit::Fine })
    }
}

pub(super) async fn run(file: Option<&Path>, args: &Args) -> Result<Exit, Refusal> {
    let mut visit = Visit::default();
    match configured(file) {
        Ok(config) => {
            visit.saw([Check::fine("config", "it can be read, and every key is known")], Exit::Config);
            examine(&config, &mut visit).await;
        }
        Err(refusal) => visit.saw(
            [Check::ill(
                "config",
                Health::Broken,
                refusal.says,
                "config/default.toml lists every key with its default; the environment's KAIZEN__… come last",
            )],
            refusal.exit,
        ),
    }
    if args.json {
        print_json(&Answer { health: visit.health(), checks: &visit.checks })?;
    } else {
        for check in &visit.checks {
            let word = match check.health {
                Health::Fine => "fine   ",
                Health::Skipped => "skipped",
                Health::Poor => "POOR   ",
                Health::Broken => "BROKEN ",
            };
            println!("{word} {}: {}", check.what, check.says);
            if let Some(remedy) = &check.remedy {
                println!("        -> {remedy}");
            }
        }
    }
    Ok(visit.exit())
}

async fn examine(config: &Config, visit: &mut Visit) {
    let now = || SystemClock.now();
    let database = match open_existing(config).await {
        Ok(database) => Some(database),
        Err(refusal) => {
            let remedy = match refusal.exit {
                Exit::Config => {
                    "`kaizen migrate` brings an older schema up to this version; a newer one needs the newer program"
                }
                Exit::Fine | Exit::No | Exit::Unavailable | Exit::Internal | Exit::Busy | Exit::Refused => {
                    "does it run, is database.url right, and may this user use it?"
                }
            };
            visit.saw([Check::ill("database", Health::Broken, refusal.says, remedy)], refusal.exit);
            None
        }
    };
    if let Some(database) = &database {
        let says = format!("{}, with the schema of this version", config.database);
        visit.saw([Check::fine("database", says)], Exit::Unavailable);
        let file = config.database.sqlite_file();
        visit.saw(doctor::of_database(database, file.as_deref(), now).await, Exit::Unavailable);
        visit.saw([doctor::of_erasures(database, config.erasure_journal.as_deref()).await], Exit::Config);
        visit.saw(
            doctor::of_work(database, now())
                .await
                .unwrap_or_else(|why| vec![broken("outbox", &why.to_string())]),
            Exit::Unavailable,
        );
    }
    let discord = platform(config, visit);
    let reached = match &discord {
        Some(discord) => {
            let checks = doctor::of_platform(discord).await;
            let reached = checks.iter().all(|c| c.health != Health::Broken);
            let refused = checks.iter().any(|c| c.what == "token" && c.health == Health::Broken);
            visit.saw(checks, if refused { Exit::Refused } else { Exit::Unavailable });
            reached
        }
        None => false,
    };
    if let Some(database) = database {
        workspaces(&database, discord.filter(|_| reached), visit).await;
        database.close().await;
    }
}

/// Discord, where a token is set.
fn platform(config: &Config, visit: &mut Visit) -> Option<Discord> {
    let Some(token) = config.discord.token.clone() else {
        let remedy = "set KAIZEN__DISCORD__TOKEN, or discord.token_file; `kaizen demo` needs none";
        visit.saw([Check::ill("token", Health::Broken, "no token is set", remedy)], Exit::Config);
        return None;
    };
    let api_base = config.discord.api_base.as_ref().map_or(DISCORD, |origin| origin.0.as_str());
    match Discord::new(Settings::new(api_base, token)) {
        Ok(discord) => Some(discord),
        Err(why) => {
            let remedy = "copy it once more from the Developer Portal, without quotes or spaces";
            visit.saw([Check::ill("token", Health::Broken, why.to_string(), remedy)], Exit::Refused);
            None
        }
    }
}

async fn workspaces(database: &Database, discord: Option<Discord>, visit: &mut Visit) {
    let known = match database.workspaces().await {
        Ok(known) => known,
        Err(why) => return visit.saw([broken("workspace", &why.to_string())], Exit::Unavailable),
    };
    if known.is_empty() {
        visit.saw([Check::skipped("workspace", "no community is known yet; invite the bot")], Exit::No);
    }
    let check = discord.map(|discord| discord.check());
    for workspace in &known {
        let platform = check.as_deref().map(|check| check as &dyn PlatformCheck);
        visit.saw(doctor::of_workspace(workspace, platform).await, Exit::No);
    }
}

fn broken(what: &'static str, why: &str) -> Check {
    Check::ill(what, Health::Broken, why, "`kaizen audit verify` says whether what is stored is whole")
}
