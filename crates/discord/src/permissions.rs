//! Which permissions the bot lacks in a channel, and which channels and roles are gone: for `/kaizen check`, and for the
//! word to the coordinator when a post was refused.

use async_trait::async_trait;
use kaizen_chat::check::{Finding, PlatformCheck};
use kaizen_domain::{ChannelId, GuildId, Policy, RoleId, Staffing, Team, TeamId, UserId};

use crate::limits;
use crate::outbound::places::{TAGS, missing_states};
use crate::rest::model::{Channel, ChannelKind, Guild, Overwrite};
use crate::rest::{Failure, Rest, Terminal};

/// A permission that we need. <https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    bit: u64,
    /// As the platform's settings call it.
    pub name: &'static str,
}

const ADMINISTRATOR: u64 = 1 << 3;
const VIEW: Permission = Permission { bit: 1 << 10, name: "View Channel" };
const SEND: Permission = Permission { bit: 1 << 11, name: "Send Messages" };
const EMBED: Permission = Permission { bit: 1 << 14, name: "Embed Links" };
const HISTORY: Permission = Permission { bit: 1 << 16, name: "Read Message History" };
const THREADS: Permission = Permission { bit: 1 << 35, name: "Create Public Threads" };
const SEND_IN_THREADS: Permission = Permission { bit: 1 << 38, name: "Send Messages in Threads" };
const CREATE_POSTS: Permission = Permission { bit: 1 << 11, name: "Create Posts" };
const MANAGE_THREADS: Permission = Permission { bit: 1 << 34, name: "Manage Threads" };
const MANAGE_CHANNELS: Permission = Permission { bit: 1 << 4, name: "Manage Channels" };
const MENTION_ROLES: Permission = Permission { bit: 1 << 17, name: "Mention @everyone, @here and All Roles" };

const TEXT: [Permission; 6] = [VIEW, SEND, EMBED, HISTORY, THREADS, SEND_IN_THREADS];
const FORUM: [Permission; 5] = [VIEW, CREATE_POSTS, EMBED, HISTORY, SEND_IN_THREADS];
/// Without them something is missing, but everything is said.
const WISHED: [Permission; 2] = [MANAGE_THREADS, MENTION_ROLES];

/// How a channel stands for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is gone, or we cannot see that it exists.
    Gone,
    /// It is of a kind that we cannot post in (voice, a category).
    WrongKind,
    /// These are missing; none: all is well.
    Missing {
        /// Without these we cannot do our work there.
        needed: Vec<&'static str>,
        /// Without these something is less than it could be: reopening locked threads, pinging roles that nobody may ping.
        wished: Vec<&'static str>,
    },
}

/// Looks at a channel with the rights that we have in it now.
///
/// # Errors
/// See [`Failure`].
pub async fn standing(rest: &Rest, guild: GuildId, channel: ChannelId) -> Result<Standing, Failure> {
    Us::in_guild(rest, guild).await?.standing(rest, channel).await
}

/// What we are in a guild.
struct Us {
    guild: Guild,
    bot: UserId,
    roles: Vec<RoleId>,
}

impl Us {
    async fn in_guild(rest: &Rest, guild: GuildId) -> Result<Us, Failure> {
        let bot = rest.bot().await?.id;
        Ok(Us { guild: rest.guild(guild).await?, bot, roles: rest.member(guild, bot).await?.roles })
    }

    async fn standing(&self, rest: &Rest, channel: ChannelId) -> Result<Standing, Failure> {
        Ok(match self.about(rest, channel).await? {
            Ok(about) => judge(&self.guild, self.bot, &self.roles, &about),
            Err(standing) => standing,
        })
    }

    /// The channel, or why there is nothing to see of it.
    async fn about(&self, rest: &Rest, channel: ChannelId) -> Result<Result<Channel, Standing>, Failure> {
        match rest.channel(channel).await {
            Ok(about) => Ok(Ok(about)),
            Err(failure) => match failure.terminal() {
                Some(Terminal::UnknownChannel) => Ok(Err(Standing::Gone)),
                Some(Terminal::NoAccess | Terminal::NoPermission) => {
                    Ok(Err(Standing::Missing { needed: vec![VIEW.name], wished: Vec::new() }))
                }
                _ => Err(failure),
            },
        }
    }
}

/// The platform's side of `/kaizen check`.
#[derive(Debug, Clone)]
pub struct Check {
    rest: Rest,
}

impl Check {
    /// Looks by this executor.
    pub fn new(rest: Rest) -> Self {
        Check { rest }
    }

    async fn look(&self, guild: GuildId, policy: &Policy) -> Result<Vec<Finding>, Failure> {
        let us = Us::in_guild(&self.rest, guild).await?;
        // Not every guild gives the counts; without them an empty role is not told apart.
        let counts = self.rest.role_counts(guild).await.ok();
        let mut findings = Vec::new();
        let roles = |team: Option<TeamId>, staffing: &Staffing, findings: &mut Vec<Finding>| {
            for role in &staffing.roles {
                if !us.guild.roles.iter().any(|r| r.id == *role) {
                    findings.push(Finding::RoleGone { team, role: *role });
                } else if counts.as_ref().is_some_and(|c| c.get(&role.to_string()) == Some(&0)) {
                    findings.push(Finding::EmptyRole { team, role: *role });
                }
            }
        };
        roles(None, &policy.coordinators, &mut findings);
        for team in policy.teams.iter().filter(|t| !t.removed) {
            roles(Some(team.id), &team.managers, &mut findings);
            self.channel(&us, team, &mut findings).await?;
        }
        let open = self.rest.open_threads(guild).await?.threads.len();
        if open >= limits::OPEN_THREADS_WARNED || self.rest.threads_were_full(guild) {
            findings.push(Finding::ThreadsFull { open });
        }
        Ok(findings)
    }

    async fn channel(&self, us: &Us, team: &Team, findings: &mut Vec<Finding>) -> Result<(), Failure> {
        let Some(channel) = team.channel else { return Ok(()) };
        let team = team.id;
        let about = us.about(&self.rest, channel).await?;
        if let Ok(about) = &about
            && let Some((tags, too_many)) = untagged(&us.guild, us.bot, &us.roles, about)
        {
            findings.push(Finding::NoTags { team, channel, tags, too_many });
        }
        match about.map_or_else(|standing| standing, |about| judge(&us.guild, us.bot, &us.roles, &about)) {
            Standing::Gone => findings.push(Finding::ChannelGone { team, channel }),
            Standing::WrongKind => findings.push(Finding::WrongChannel { team, channel }),
            Standing::Missing { needed, wished: _ } => {
                let missing = |name: &&str| Finding::MissingPermission {
                    team,
                    channel,
                    permission: (*name).to_owned(),
                };
                findings.extend(needed.iter().map(missing));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl PlatformCheck for Check {
    async fn check(&self, guild: GuildId, policy: &Policy) -> Vec<Finding> {
        match self.look(guild, policy).await {
            Ok(findings) => findings,
            Err(failure) => {
                tracing::warn!(reason = %failure, "the platform's side could not be checked");
                vec![Finding::NotChecked]
            }
        }
    }
}

fn judge(guild: &Guild, bot: UserId, roles: &[RoleId], channel: &Channel) -> Standing {
    let needed: &[Permission] = match channel.kind {
        ChannelKind::Text | ChannelKind::Announcement | ChannelKind::Thread => &TEXT,
        ChannelKind::Forum => &FORUM,
        ChannelKind::Direct | ChannelKind::Other => return Standing::WrongKind,
    };
    let held = held(guild, bot, roles, &channel.permission_overwrites);
    let missing =
        |wanted: &[Permission]| wanted.iter().filter(|p| held & p.bit == 0).map(|p| p.name).collect();
    Standing::Missing { needed: missing(needed), wished: missing(&WISHED) }
}

/// Of a forum: the tags for states that are missing and will not be made, and how many others have to go first.
fn untagged(
    guild: &Guild,
    bot: UserId,
    roles: &[RoleId],
    channel: &Channel,
) -> Option<(Vec<&'static str>, usize)> {
    if channel.kind != ChannelKind::Forum {
        return None;
    }
    let tags: Vec<&str> = channel.available_tags.iter().map(|t| t.name.as_str()).collect();
    let missing = missing_states(&tags);
    let too_many = (tags.len() + missing.len()).saturating_sub(TAGS);
    let may = held(guild, bot, roles, &channel.permission_overwrites) & MANAGE_CHANNELS.bit != 0;
    // With room and the permission they come with the next card.
    (!missing.is_empty() && (too_many > 0 || !may)).then_some((missing, too_many))
}

/// What somebody may do in a channel. <https://discord.com/developers/docs/topics/permissions#permission-overwrites>
fn held(guild: &Guild, who: UserId, roles: &[RoleId], overwrites: &[Overwrite]) -> u64 {
    if guild.owner_id == who {
        return u64::MAX;
    }
    let everyone = guild.id.0;
    let is_held = |id: u64| id == everyone || roles.iter().any(|r| r.0 == id);
    let mut held =
        guild.roles.iter().filter(|r| is_held(r.id.0)).fold(0, |all, role| all | role.permissions.0);
    if held & ADMINISTRATOR != 0 {
        return u64::MAX;
    }
    let of = |keep: &dyn Fn(&Overwrite) -> bool| {
        overwrites
            .iter()
            .filter(|o| keep(o))
            .fold((0, 0), |(allow, deny), o| (allow | o.allow.0, deny | o.deny.0))
    };
    for (allow, deny) in [
        of(&|o| o.kind == 0 && o.id == everyone),
        of(&|o| o.kind == 0 && o.id != everyone && is_held(o.id)),
        of(&|o| o.kind == 1 && o.id == who.0),
    ] {
        held = (held & !deny) | allow;
    }
    held
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BOT: UserId = UserId(9);

    fn guild(everyone: u64, role: u64) -> Guild {
        serde_json::from_value(json!({ "id": "1", "name": "Hospital", "owner_id": "2", "roles": [
            { "id": "1", "name": "@everyone", "permissions": everyone.to_string() },
            { "id": "5", "name": "Kaizen", "permissions": role.to_string() },
        ] }))
        .unwrap()
    }

    fn channel(kind: u8, overwrites: &serde_json::Value) -> Channel {
        serde_json::from_value(json!({ "id": "3", "type": kind, "permission_overwrites": overwrites }))
            .unwrap()
    }

    fn needed(standing: Standing) -> Vec<&'static str> {
        match standing {
            Standing::Missing { needed, .. } => needed,
            Standing::Gone | Standing::WrongKind => panic!("{standing:?}"),
        }
    }

    const ALL: u64 = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 16 | 1 << 35 | 1 << 38;

    #[test]
    fn expect_missing_permissions_by_the_names_of_the_settings() {
        let none = json!([]);
        assert_eq!(needed(judge(&guild(0, ALL), BOT, &[RoleId(5)], &channel(0, &none))), Vec::<&str>::new());
        assert_eq!(
            needed(judge(&guild(1 << 10, 1 << 11), BOT, &[RoleId(5)], &channel(0, &none))),
            ["Embed Links", "Read Message History", "Create Public Threads", "Send Messages in Threads"]
        );
        assert_eq!(
            needed(judge(&guild(0, 1 << 3), BOT, &[RoleId(5)], &channel(15, &none))),
            Vec::<&str>::new()
        );
        assert_eq!(judge(&guild(0, ALL), BOT, &[RoleId(5)], &channel(2, &none)), Standing::WrongKind);
    }

    #[test]
    fn expect_a_channels_own_rules_to_win_in_the_platforms_order() {
        let text = 0;
        let deny_everyone = json!([{ "id": "1", "type": 0, "allow": "0", "deny": (1u64 << 11).to_string() }]);
        assert_eq!(
            needed(judge(&guild(ALL, 0), BOT, &[RoleId(5)], &channel(text, &deny_everyone))),
            ["Send Messages"]
        );
        let allow_role = json!([
            { "id": "1", "type": 0, "allow": "0", "deny": (1u64 << 11).to_string() },
            { "id": "5", "type": 0, "allow": (1u64 << 11).to_string(), "deny": "0" },
        ]);
        assert_eq!(
            needed(judge(&guild(ALL, 0), BOT, &[RoleId(5)], &channel(text, &allow_role))),
            Vec::<&str>::new()
        );
        let deny_bot = json!([
            { "id": "5", "type": 0, "allow": (1u64 << 11).to_string(), "deny": "0" },
            { "id": "9", "type": 1, "allow": "0", "deny": (1u64 << 10).to_string() },
        ]);
        assert_eq!(
            needed(judge(&guild(ALL, 0), BOT, &[RoleId(5)], &channel(text, &deny_bot))),
            ["View Channel"]
        );
    }
}
