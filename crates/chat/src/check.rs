//! What `/kaizen check` finds: what the settings alone tell, and what only the platform knows.

use async_trait::async_trait;
use kaizen_domain::{ChannelId, GuildId, Policy, RoleId, Staffing, TeamId};

/// Something that is wrong or missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Nobody is named as coordinator; the owner of the community is.
    NoCoordinator,
    /// The team has no home channel: its cards go where the command was used, and it gets no digest.
    NoChannel {
        /// Which team.
        team: TeamId,
    },
    /// Nobody is named as manager of the team: the level above answers, at last the coordinator.
    NoManagers {
        /// Which team.
        team: TeamId,
    },
    /// Everybody who is named as manager of the team has left: the level above answers, at last the coordinator.
    ManagersLeft {
        /// Which team.
        team: TeamId,
    },
    /// Two teams have the same home channel: whoever is there suggests for the first of them.
    SharedChannel {
        /// The first team.
        team: TeamId,
        /// The other one.
        other: TeamId,
        /// Which channel.
        channel: ChannelId,
    },
    /// Nobody was seen with this role yet: until one of its holders does something here, the coordinator answers.
    NobodyKnown {
        /// The team that it manages; none for the coordinators' role.
        team: Option<TeamId>,
        /// Which role.
        role: RoleId,
    },
    /// Nobody holds this role.
    EmptyRole {
        /// The team that it manages; none for the coordinators' role.
        team: Option<TeamId>,
        /// Which role.
        role: RoleId,
    },
    /// This role is gone.
    RoleGone {
        /// The team that it managed; none for the coordinators' role.
        team: Option<TeamId>,
        /// Which role.
        role: RoleId,
    },
    /// The team's channel is gone, or we cannot see it.
    ChannelGone {
        /// Which team.
        team: TeamId,
        /// Which channel.
        channel: ChannelId,
    },
    /// The channel is of a kind that takes no cards.
    WrongChannel {
        /// Which team.
        team: TeamId,
        /// Which channel.
        channel: ChannelId,
    },
    /// We lack a permission in the team's channel.
    MissingPermission {
        /// Which team.
        team: TeamId,
        /// Which channel.
        channel: ChannelId,
        /// The permission as the platform calls it.
        permission: String,
    },
    /// Posts of a forum show their state by no tag.
    NoTags {
        /// Which team.
        team: TeamId,
        /// Which forum.
        channel: ChannelId,
        /// The tags that are missing.
        tags: Vec<&'static str>,
        /// So many tags have to go first; with none, the permission *Manage Channels* is missing.
        too_many: usize,
    },
    /// So many threads are open that there is hardly room for another.
    ThreadsFull {
        /// How many.
        open: usize,
    },
    /// The platform did not answer; what it knows could not be checked.
    NotChecked,
}

/// What only the platform knows: channels, permissions, roles.
#[async_trait]
pub trait PlatformCheck: Send + Sync + 'static {
    /// What is wrong or missing on the platform for these settings. A platform that does not answer is
    /// [`Finding::NotChecked`].
    async fn check(&self, guild: GuildId, policy: &Policy) -> Vec<Finding>;
}

/// What the settings alone tell.
pub fn of_settings(policy: &Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    if policy.coordinators.is_empty() {
        findings.push(Finding::NoCoordinator);
    }
    unknown(&mut findings, policy, None, &policy.coordinators);
    for team in policy.teams.iter().filter(|t| !t.removed) {
        if team.channel.is_none() {
            findings.push(Finding::NoChannel { team: team.id });
        }
        if team.managers.is_empty() {
            findings.push(Finding::NoManagers { team: team.id });
        }
        unknown(&mut findings, policy, Some(team.id), &team.managers);
        let named = &team.managers.members;
        if team.managers.roles.is_empty()
            && !named.is_empty()
            && named.iter().all(|m| policy.left.contains(m))
        {
            findings.push(Finding::ManagersLeft { team: team.id });
        }
        let before = policy.teams.iter().take_while(|t| t.id != team.id).filter(|t| !t.removed);
        if let Some(channel) = team.channel
            && let Some(first) = before.into_iter().find(|t| t.channel == Some(channel))
        {
            findings.push(Finding::SharedChannel { team: first.id, other: team.id, channel });
        }
    }
    findings
}

/// Roles of which nobody is known, where no named person stands in.
fn unknown(findings: &mut Vec<Finding>, policy: &Policy, team: Option<TeamId>, staffing: &Staffing) {
    if staffing.members.is_empty() {
        let nobody = |role: &&RoleId| policy.holders.get(role).is_none_or(Vec::is_empty);
        findings.extend(
            staffing.roles.iter().filter(nobody).map(|role| Finding::NobodyKnown { team, role: *role }),
        );
    }
}
