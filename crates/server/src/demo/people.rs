//! Who and what there is in the demo's local Discord.
//!
//! The ids are those of `config/demo.toml`.

use std::net::SocketAddr;

use discord_sim::{ChannelSeed, GuildSeed, PersonSeed, RoleSeed, Seed, Sim, permission};
use kaizen_domain::UserId;
use serde_json::json;

/// The community's name.
pub(super) const GUILD_NAME: &str = "Riverside Hospital";

/// cleo.
pub(super) const OWNER: UserId = UserId(CLEO);

/// The community's id.
pub(super) const GUILD: u64 = 1000;
const BOT: u64 = 9000;
/// The bot's token in the local Discord. It opens nothing else.
const TOKEN: &str = "demo.token.of-the-local-discord";

const SAM: u64 = 100;
const INES: u64 = 101;
const MARA: u64 = 102;
const NOOR: u64 = 103;
const CLEO: u64 = 104;
const RITA: u64 = 105;
const OTTO: u64 = 106;

/// The role of those who work on Ward 3.
pub(super) const WARD: u64 = 301;
const THEATRE: u64 = 302;

/// The settings that differ from the defaults, as the environment would give them.
pub(super) fn configuration(address: SocketAddr) -> Vec<(String, String)> {
    [
        ("KAIZEN__DISCORD__TOKEN", TOKEN.to_owned()),
        ("KAIZEN__DISCORD__API_BASE", format!("http://{address}")),
        ("KAIZEN__DISCORD__REGISTER", "guild".to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .to_vec()
}

/// Everything that there is before anybody does anything.
pub(super) fn seed() -> Seed {
    let may = permission::VIEW_CHANNEL
        | permission::SEND_MESSAGES
        | permission::SEND_MESSAGES_IN_THREADS
        | permission::CREATE_PUBLIC_THREADS
        | permission::MANAGE_THREADS
        | permission::EMBED_LINKS
        | permission::READ_MESSAGE_HISTORY;
    let guild = GuildSeed::new(GUILD, GUILD_NAME, CLEO)
        .bot_permissions(may)
        .role(RoleSeed::new(WARD, "Ward 3"))
        .role(RoleSeed::new(THEATRE, "Theatre"))
        .member(SAM, &[WARD])
        .member(INES, &[WARD])
        .member(MARA, &[WARD])
        .member(NOOR, &[])
        .member(CLEO, &[])
        .member(RITA, &[])
        .member(OTTO, &[THEATRE])
        .channel(ChannelSeed::text(2001, "ward-3").topic("Ward 3: ideas and answers"))
        .channel(ChannelSeed::text(2002, "hospital").topic("The whole hospital"))
        .channel(ChannelSeed::text(2003, "theatre").topic("The operating theatre"))
        .channel(ChannelSeed::text(2004, "kaizen-help").topic("Questions about Kaizen: try /help"));
    [
        (SAM, "sam", "Sam", "nurse on Ward 3", "#3b82f6"),
        (INES, "ines", "Ines", "nurse on Ward 3", "#8b5cf6"),
        (MARA, "mara", "Mara", "manager of Ward 3", "#ef4444"),
        (NOOR, "noor", "Noor", "manager of the hospital, Mara's next level", "#f59e0b"),
        (CLEO, "cleo", "Cleo", "kaizen coordinator, owns this server", "#10b981"),
        (RITA, "rita", "Rita", "independent; not of any team", "#64748b"),
        (OTTO, "otto", "Otto", "manager of Theatre, another team", "#d946ef"),
    ]
    .into_iter()
    .fold(Seed::new(BOT, "Kaizen", TOKEN), |seed, (id, name, display, about, colour)| {
        seed.person(PersonSeed::new(id, name).display_name(display).about(about).color(colour))
    })
    .guild(guild)
}

/// Two ideas, typed by their authors as anybody would; mara has seen one of them.
pub(super) async fn sample_ideas(sim: &Sim) -> Result<(), String> {
    type_in(sim, "ines", "ward-3", "suggest", json!({
        "idea": "The drawers of the dressing trolley are not labelled, so everyone searches for the right size.",
        "area": "equipment",
        "benefit": "A few minutes for each dressing, and nobody leaves the patient to look.",
    }))
    .await?;
    type_in(sim, "mara", "ward-3", "idea acknowledge", json!({ "number": "1" })).await?;
    type_in(
        sim,
        "otto",
        "theatre",
        "suggest",
        json!({
            "idea": "Put the list of the day's operations beside the store, not only in the office.",
            "area": "information",
        }),
    )
    .await
}

/// The bot registers its commands a moment after it connected; before that, there is nothing to type.
pub(super) async fn wait_for_commands(sim: &Sim) -> Result<(), String> {
    let registered = |world: &discord_sim::World| !world.commands(Some(GUILD)).is_empty();
    sim.wait_until(registered, std::time::Duration::from_secs(20))
        .await
        .map_err(|_| "no commands were registered".to_owned())
}

async fn type_in(
    sim: &Sim,
    who: &str,
    channel: &str,
    command: &str,
    options: serde_json::Value,
) -> Result<(), String> {
    let asked = sim.person(who).slash(channel, command, options).await.map_err(|e| e.to_string())?;
    asked.message().await.map(drop).map_err(|e| e.to_string())
}
