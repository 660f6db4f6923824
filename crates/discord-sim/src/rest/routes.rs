//! Every route that is served.

use std::time::Duration;

use super::{Call, Outcome, channels, commands, guilds, interactions, messages, threads, webhooks};
use crate::error::ApiError;
use crate::limits::Allowance;
use crate::world::World;

/// Whose right is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Auth {
    /// The bot's token in the header.
    Bot,
    /// The interaction's token in the path.
    Path,
}

/// One route.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) template: &'static str,
    pub(super) auth: Auth,
    /// Counts against the bot's 50 a second.
    pub(super) global: bool,
    pub(super) allowance: Allowance,
    pub(super) run: fn(&mut World, &Call) -> Outcome,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}

impl Route {
    /// Buckets are apart for each channel, guild and webhook.
    pub(super) fn bucket_key(&self, params: &[String]) -> String {
        let at = if self.template.starts_with("/webhooks/") || self.template.starts_with("/interactions/") {
            1
        } else if self.template.starts_with("/channels/") || self.template.starts_with("/guilds/") {
            0
        } else {
            return String::new();
        };
        params.get(at).cloned().unwrap_or_default()
    }
}

const fn allow(name: &'static str, calls: u32, seconds: u64) -> Allowance {
    Allowance { name, calls, per: Duration::from_secs(seconds) }
}

// Discord publishes no numbers: these are what its headers have shown, or stricter.
/// What most routes take.
pub(super) const COMMON: Allowance = allow("common", 50, 1);
const READ: Allowance = allow("read", 50, 1);
const POST_MESSAGE: Allowance = allow("post message", 5, 5);
const EDIT_MESSAGE: Allowance = allow("edit message", 5, 5);
const DELETE_MESSAGE: Allowance = allow("delete message", 5, 1);
const START_THREAD: Allowance = allow("start thread", 10, 5);
const CHANGE_CHANNEL: Allowance = allow("change channel", 5, 15);
const OPEN_DM: Allowance = allow("open dm", 10, 1);
const REGISTER: Allowance = allow("register commands", 4, 20);
const CALLBACK: Allowance = allow("interaction callback", 5, 5);
const WEBHOOK: Allowance = allow("webhook", 5, 2);
const WEBHOOK_EDIT: Allowance = allow("webhook message", 5, 2);

const fn bot(
    method: &'static str,
    template: &'static str,
    allowance: Allowance,
    run: fn(&mut World, &Call) -> Outcome,
) -> Route {
    Route { method, template, auth: Auth::Bot, global: true, allowance, run }
}

const fn token(
    method: &'static str,
    template: &'static str,
    allowance: Allowance,
    run: fn(&mut World, &Call) -> Outcome,
) -> Route {
    Route { method, template, auth: Auth::Path, global: false, allowance, run }
}

static ROUTES: &[Route] = &[
    token("POST", "/interactions/{id}/{token}/callback", CALLBACK, interactions::callback),
    token("POST", "/webhooks/{app}/{token}", WEBHOOK, webhooks::follow_up),
    token("GET", "/webhooks/{app}/{token}/messages/{message}", WEBHOOK_EDIT, webhooks::get),
    token("PATCH", "/webhooks/{app}/{token}/messages/{message}", WEBHOOK_EDIT, webhooks::edit),
    token("DELETE", "/webhooks/{app}/{token}/messages/{message}", WEBHOOK_EDIT, webhooks::delete),
    bot("POST", "/channels/{channel}/messages", POST_MESSAGE, messages::create),
    bot("GET", "/channels/{channel}/messages", READ, messages::list),
    bot("GET", "/channels/{channel}/messages/{message}", READ, messages::get),
    bot("PATCH", "/channels/{channel}/messages/{message}", EDIT_MESSAGE, messages::edit),
    bot("DELETE", "/channels/{channel}/messages/{message}", DELETE_MESSAGE, messages::delete),
    bot("POST", "/channels/{channel}/messages/{message}/threads", START_THREAD, threads::from_message),
    bot("POST", "/channels/{channel}/threads", START_THREAD, threads::start),
    bot("POST", "/channels/{channel}/typing", COMMON, channels::typing),
    bot("PUT", "/channels/{channel}/thread-members/{user}", COMMON, threads::add_member),
    bot("DELETE", "/channels/{channel}/thread-members/{user}", COMMON, threads::remove_member),
    bot("GET", "/channels/{channel}/threads/archived/public", READ, threads::archived),
    bot("GET", "/channels/{channel}", READ, channels::get),
    bot("PATCH", "/channels/{channel}", CHANGE_CHANNEL, channels::change),
    bot("DELETE", "/channels/{channel}", COMMON, channels::delete),
    bot("POST", "/users/@me/channels", OPEN_DM, channels::open_dm),
    bot("GET", "/users/@me", READ, guilds::me),
    bot("GET", "/users/@me/guilds", READ, guilds::my_guilds),
    bot("GET", "/users/@me/guilds/{guild}/member", READ, guilds::no_such_for_bots),
    bot("GET", "/users/{user}", READ, guilds::user),
    bot("GET", "/guilds/{guild}", READ, guilds::get),
    bot("GET", "/guilds/{guild}/channels", READ, guilds::channels),
    bot("GET", "/guilds/{guild}/roles", READ, guilds::roles),
    bot("GET", "/guilds/{guild}/roles/member-counts", READ, guilds::role_member_counts),
    bot("GET", "/guilds/{guild}/members", READ, guilds::members),
    bot("GET", "/guilds/{guild}/members/{user}", READ, guilds::member),
    bot("GET", "/guilds/{guild}/threads/active", READ, guilds::active_threads),
    bot("GET", "/applications/@me", READ, guilds::application),
    bot("GET", "/oauth2/applications/@me", READ, guilds::application),
    bot("GET", "/applications/{app}/commands", READ, commands::list),
    bot("PUT", "/applications/{app}/commands", REGISTER, commands::overwrite),
    bot("GET", "/applications/{app}/guilds/{guild}/commands", READ, commands::list_of_guild),
    bot("PUT", "/applications/{app}/guilds/{guild}/commands", REGISTER, commands::overwrite_of_guild),
    bot("DELETE", "/applications/{app}/commands/{command}", COMMON, commands::delete),
    bot("DELETE", "/applications/{app}/guilds/{guild}/commands/{command}", COMMON, commands::delete_of_guild),
    bot("GET", "/gateway/bot", READ, guilds::gateway_bot),
    token("GET", "/gateway", READ, guilds::gateway),
];

/// The route of a call, with the variables of its path.
pub(super) fn find(method: &str, path: &str) -> Result<(&'static Route, Vec<String>), ApiError> {
    let mut known_path = false;
    for route in ROUTES {
        if let Some(params) = fit(route.template, path) {
            if route.method == method {
                return Ok((route, params));
            }
            known_path = true;
        }
    }
    Err(if known_path { ApiError::method_not_allowed() } else { ApiError::not_found() })
}

fn fit(template: &str, path: &str) -> Option<Vec<String>> {
    let mut params = Vec::new();
    let mut parts = path.trim_end_matches('/').split('/');
    for wanted in template.split('/') {
        let part = parts.next()?;
        if wanted.starts_with('{') {
            params.push(super::unescape(part));
        } else if wanted != part {
            return None;
        }
    }
    parts.next().is_none().then_some(params)
}
