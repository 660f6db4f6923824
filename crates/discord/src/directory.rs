//! Who is in a community, asked one by one over REST: no privileged intent is needed for that.

use async_trait::async_trait;
use kaizen_domain::{GuildId, UserId};
use kaizen_workflow::ports::{CannotAsk, Directory, Person, Presence};

use crate::rest::{Rest, Terminal};

/// Asks the platform.
#[derive(Debug, Clone)]
pub struct Members {
    rest: Rest,
}

impl Members {
    pub(crate) fn new(rest: Rest) -> Self {
        Members { rest }
    }
}

#[async_trait]
impl Directory for Members {
    async fn find(&self, guild: GuildId, user: UserId) -> Result<Presence, CannotAsk> {
        match self.rest.look_up(guild, user).await {
            Ok(member) => {
                let name = member.nick.or(member.user.global_name).unwrap_or(member.user.username);
                Ok(Presence::Here(Person { user, name, roles: member.roles, admin: false }))
            }
            // 10007 and 10013: they left, or the account is gone. All else says nothing about them.
            Err(failure) if failure.terminal() == Some(Terminal::UnknownMember) => Ok(Presence::Gone),
            Err(failure) => Err(CannotAsk(failure.to_string())),
        }
    }
}
