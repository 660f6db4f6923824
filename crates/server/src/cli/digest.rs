//! `kaizen digest --team "Ward 3" --dry-run`

use std::path::Path;
use std::sync::Arc;

use kaizen_chat::reply::Message;
use kaizen_domain::{GuildId, Policy, Team};
use kaizen_workflow::clock::{Clock, SystemClock};
use kaizen_workflow::digest::{self, DigestContent};
use kaizen_workflow::ports::{Queries, Store, Workspace};

use super::{Exit, Refusal, configured, open_existing, print_json};

/// Which digest.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The team's name.
    #[arg(long, value_name = "NAME")]
    team: String,
    /// Print it and post nothing. Digests are posted by themselves, on their schedule; this only shows one.
    #[arg(long, required = true)]
    dry_run: bool,
    /// The community's id, where more than one has a team of this name.
    #[arg(long, value_name = "ID")]
    guild: Option<GuildId>,
    /// Answer in JSON, for scripts.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(file: Option<&Path>, args: &Args) -> Result<Exit, Refusal> {
    let config = configured(file)?;
    let database = open_existing(&config).await?;
    let mut workspaces = database.workspaces().await?;
    workspaces.retain(|w| args.guild.is_none_or(|g| g == w.guild));
    let (workspace, team) = find(&workspaces, &args.team)?;
    let now = SystemClock.now();
    let week = (now - chrono::TimeDelta::weeks(1), now);
    let content = digest::gather(&database, workspace, team, week, now).await?;
    if args.json {
        print_json(&content)?;
    } else {
        let people = database.people(workspace.id, &members(&content)).await?;
        print!("{}", plain(&kaizen_chat::view::digest::digest(workspace.guild, &content, &people)));
    }
    database.close().await;
    Ok(Exit::Fine)
}

fn find<'a>(workspaces: &'a [Workspace], name: &str) -> Result<(&'a Workspace, &'a Team), Refusal> {
    let found: Vec<(&Workspace, &Team)> =
        workspaces.iter().filter_map(|w| Some((w, w.policy.team_named(name)?))).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            let policies = workspaces.iter().map(|w| &w.policy);
            let names: Vec<&str> = policies.flat_map(open_teams).map(|t| t.name.as_str()).collect();
            let near = crate::nearest::nearest(name, names)
                .map(|n| format!("; did you mean `{n}`?"))
                .unwrap_or_default();
            Err(Refusal::new(Exit::No, format!("there is no team `{name}`{near}")))
        }
        several => {
            let guilds: Vec<String> = several.iter().map(|(w, _)| w.guild.to_string()).collect();
            let says = format!(
                "several communities have a team `{name}`; say which with --guild: {}",
                guilds.join(", ")
            );
            Err(Refusal::new(Exit::No, says))
        }
    }
}

fn open_teams(policy: &Arc<Policy>) -> impl Iterator<Item = &Team> {
    policy.teams.iter().filter(|t| !t.removed)
}

fn members(content: &DigestContent) -> Vec<kaizen_domain::MemberId> {
    let sections = [&content.thanks, &content.decisions, &content.new, &content.waiting, &content.outcomes];
    sections.into_iter().flatten().map(|line| line.author).collect()
}

/// The message as text.
fn plain(message: &Message) -> String {
    let mut text = format!("{}\n", message.text);
    for card in &message.cards {
        text.push_str(&format!("\n{}\n{}\n", card.title, card.body));
        for field in &card.fields {
            text.push_str(&format!("\n{}\n{}\n", field.name, field.value));
        }
        if !card.footer.is_empty() {
            text.push_str(&format!("\n{}\n", card.footer));
        }
    }
    text
}
