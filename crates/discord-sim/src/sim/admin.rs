//! What a server's owner, Discord itself, or bad luck can do: permissions, deletions, removals, faults.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::Sim;
use crate::client::Place;
use crate::faults::{FaultRule, GatewayMood};
use crate::gateway::{Out, guild_event};
use crate::ids::{Id, real_now};
use crate::journal::Call;
use crate::page_feed::PageEvent;
use crate::permission::OverwriteFor;
use crate::person::Person;
use crate::rest;
use crate::view;
use crate::world::{self, Channel, ChannelEvent, Member, Message, Tag, World};

impl Sim {
    /// A person by user name, display name or id. Who is not known cannot do anything: every action says so.
    #[must_use]
    pub fn person(&self, who: &str) -> Person {
        let id = self.read(|world| world.find_person(who).map(|user| user.id));
        Person::new(self.clone(), id.unwrap_or_default(), who)
    }

    /// The messages of a channel or thread, oldest first.
    #[must_use]
    pub fn messages(&self, channel: impl Into<Place>) -> Vec<Message> {
        let place = channel.into();
        self.read(|world| {
            place.find(world).map(|id| world.messages(id).into_iter().cloned().collect()).unwrap_or_default()
        })
    }

    /// The threads of a channel, or the posts of a forum, oldest first.
    #[must_use]
    pub fn threads(&self, parent: impl Into<Place>) -> Vec<Channel> {
        let place = parent.into();
        self.read(|world| {
            place.find(world).map(|id| world.threads(id).into_iter().cloned().collect()).unwrap_or_default()
        })
    }

    /// A message with its history, also a deleted one.
    #[must_use]
    pub fn message(&self, id: Id) -> Option<Message> {
        self.read(|world| world.message(id).cloned())
    }

    /// A channel or thread by name or id.
    #[must_use]
    pub fn channel(&self, place: impl Into<Place>) -> Option<Channel> {
        let place = place.into();
        self.read(|world| place.find(world).and_then(|id| world.channel(id)).cloned())
    }

    /// The direct messages between the bot and a person, oldest first.
    #[must_use]
    pub fn dms(&self, person: &str) -> Vec<Message> {
        self.read(|world| {
            let id = world.find_person(person).map(|user| user.id);
            id.map(|id| world.dms(id).into_iter().cloned().collect()).unwrap_or_default()
        })
    }

    /// Every REST call so far (empty when only numbers are recorded).
    #[must_use]
    pub fn journal(&self) -> Vec<Call> {
        self.read(|world| world.journal.calls.clone())
    }

    /// Takes the calls recorded so far out of the journal.
    #[must_use]
    pub fn take_journal(&self) -> Vec<Call> {
        self.shared.with(|world| std::mem::take(&mut world.journal.calls))
    }

    /// Calls by method and route, and by status: `("POST /channels/{channel}/messages", 200)`.
    #[must_use]
    pub fn counters(&self) -> BTreeMap<(String, u16), u64> {
        self.read(|world| {
            world
                .journal
                .counters
                .iter()
                .map(|((method, route, status), count)| ((format!("{method} {route}"), *status), *count))
                .collect()
        })
    }

    /// Calls that counted against the bot's 50 a second.
    #[must_use]
    pub fn global_calls(&self) -> u64 {
        self.read(|world| world.journal.global_calls)
    }

    /// Requests of the last ten minutes that Discord counts as invalid (401, 403, 429); 10,000 ban the address.
    #[must_use]
    pub fn invalid_requests(&self) -> usize {
        self.read(|world| world.limiter.invalid_requests())
    }

    /// How often the bot connected, identified and resumed.
    #[must_use]
    pub fn connections(&self) -> (u64, u64, u64) {
        self.read(|world| {
            (world.sessions.connection_count, world.sessions.identify_count, world.sessions.resume_count)
        })
    }

    /// The whole conversation as text.
    #[must_use]
    pub fn transcript(&self) -> String {
        self.read(World::transcript)
    }

    /// Tells the page that the host's clock has moved.
    pub fn host_changed(&self) {
        self.shared.with(|world| world.tell_page(PageEvent::Host));
    }

    // Faults.

    /// Sets a fault.
    pub fn fault(&self, rule: FaultRule) {
        self.shared.with(|world| world.faults.add(rule));
    }

    /// Seeds the random that decides which requests faults hit and how often events come.
    pub fn seed_faults(&self, seed: u64) {
        self.shared.with(|world| world.faults.seed(seed));
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.shared.with(|world| world.faults.clear());
    }

    /// The next interactions are delivered twice.
    pub fn duplicate_next_interactions(&self, count: u32) {
        self.shared.with(|world| world.faults.duplicate_next_interactions(count));
    }

    /// Every event is delivered between once and this many times.
    pub fn deliver_events_up_to(&self, times: u32) {
        self.shared.with(|world| world.faults.events_at_most = times);
    }

    /// How new connections to the gateway are treated.
    pub fn gateway_mood(&self, mood: GatewayMood) {
        self.shared.with(|world| world.faults.gateway = mood);
    }

    /// Drops the bot's connections without a word. Its sessions can be resumed.
    pub fn drop_gateway(&self) {
        self.shared.with(|world| world.sessions.order(&Out::Drop));
    }

    /// Closes the bot's connections with a code; 0 is a close frame without one.
    pub fn close_gateway(&self, code: u16) {
        self.shared.with(|world| world.sessions.order(&Out::Close(code, "")));
    }

    /// The bot's connections stay open and say nothing more, not even to heartbeats.
    pub fn deafen_gateway(&self) {
        self.shared.with(|world| world.sessions.order(&Out::Deaf));
    }

    /// Asks the bot to reconnect (opcode 7).
    pub fn ask_to_reconnect(&self) {
        self.shared.with(|world| world.sessions.order_text(&json!({ "op": 7, "d": null })));
    }

    /// Calls the bot's session invalid (opcode 9).
    pub fn invalidate_session(&self, resumable: bool) {
        self.shared.with(|world| {
            world.sessions.order_text(&json!({ "op": 9, "d": resumable }));
            if !resumable {
                world.sessions.forget_all();
            }
        });
    }

    /// Forgets all sessions, so that the next RESUME is refused.
    pub fn forget_sessions(&self) {
        self.shared.with(|world| world.sessions.forget_all());
    }

    /// The token is worth nothing from now on; connections are closed with 4004.
    pub fn revoke_token(&self) {
        self.shared.with(|world| {
            world.application.token = None;
            world.sessions.order(&Out::Close(4004, "Authentication failed."));
            world.sessions.forget_all();
        });
    }

    /// Gives the bot a token again.
    pub fn set_token(&self, token: &str) {
        self.shared.with(|world| world.application.token = Some(token.to_owned()));
    }

    // Administration.

    /// Allows and denies permissions in a channel to a role, a member, or everybody (the guild's id as a role).
    pub fn set_permission(&self, channel: impl Into<Place>, target: OverwriteFor, allow: u64, deny: u64) {
        self.change_channel(channel, |channel| {
            if let Some(overwrite) = world::overwrite_of(channel, target) {
                overwrite.allow = allow;
                overwrite.deny = deny;
            }
        });
    }

    /// Denies permissions in a channel to the bot.
    pub fn deny_bot(&self, channel: impl Into<Place>, deny: u64) {
        let bot = self.read(World::bot_id);
        self.set_permission(channel, OverwriteFor::Member(bot), 0, deny);
    }

    /// What the bot's own role grants in a guild from now on.
    pub fn set_bot_permissions(&self, guild: Id, permissions: u64) {
        self.shared.with(|world| {
            let Some(guild) = world.guilds.get_mut(&guild) else { return };
            let Some(role) = guild.roles.iter_mut().find(|role| role.managed) else { return };
            role.permissions = permissions;
            let (id, role) = (guild.id, role.id);
            announce_role(world, id, role);
        });
    }

    /// Which privileged intents the developer portal allows the bot from now on.
    pub fn allow_intents(&self, privileged: u64) {
        self.shared
            .with(|world| std::sync::Arc::make_mut(&mut world.strictness).privileged_intents = privileged);
    }

    /// So many threads of a guild may be open at once from now on (160006 beyond).
    pub fn allow_open_threads(&self, most: usize) {
        self.shared.with(|world| std::sync::Arc::make_mut(&mut world.strictness).active_threads = most);
    }

    /// The owner hands the guild on to another member.
    pub fn hand_guild_on(&self, guild: Id, person: &str) {
        self.shared.with(|world| {
            let Some(user) = world.find_person(person).map(|user| user.id) else { return };
            let Some(entry) = world.guilds.get_mut(&guild).filter(|g| g.members.contains_key(&user)) else {
                return;
            };
            entry.owner_id = user;
            let data = view::guild(entry);
            guild_event(world, "GUILD_UPDATE", guild, data);
        });
    }

    /// Deletes a channel with its threads, or a thread.
    pub fn delete_channel(&self, channel: impl Into<Place>) {
        let place = channel.into();
        self.shared.with(|world| {
            if let Some(id) = place.find(world) {
                rest::remove_channel(world, id);
            }
        });
    }

    /// Deletes a message, as a moderator does.
    pub fn delete_message(&self, id: Id) {
        self.shared.with(|world| rest::remove_message(world, id));
    }

    /// Archives or opens a thread, and locks or unlocks it.
    pub fn archive_thread(&self, thread: impl Into<Place>, archived: bool, locked: bool) {
        self.change_channel(thread, |thread| {
            thread.archived = archived;
            thread.locked = locked;
            thread.archive_changed = real_now();
        });
    }

    /// Archives the threads in which nothing was said for as long as each of them allows, by the clock that people see:
    /// what the real Discord does while time passes.
    pub fn archive_quiet_threads(&self) {
        self.shared.with(|world| {
            let now = world.shown_now();
            let quiet: Vec<Id> = world
                .known_threads
                .iter()
                .filter_map(|id| world.channel(*id))
                .filter(|thread| {
                    let last =
                        world.messages(thread.id).last().map_or(thread.created, |message| message.shown_at);
                    let allowed = chrono::Duration::minutes(i64::from(thread.auto_archive_minutes));
                    !thread.archived && now.signed_duration_since(last) >= allowed
                })
                .map(|thread| thread.id)
                .collect();
            for id in quiet {
                if let Some(thread) = world.channels.get_mut(&id) {
                    thread.archived = true;
                    thread.archive_changed = now;
                }
                world.announce_channel(id, ChannelEvent::Update);
            }
        });
    }

    /// Gives a forum exactly these tags, as a person with the right does in its settings: those of the same name stay, posts lose
    /// those that go.
    pub fn set_tags(&self, forum: impl Into<Place>, names: &[&str]) {
        let place = forum.into();
        self.shared.with(|world| {
            let Some(id) = place.find(world) else { return };
            let had = world.channels.get(&id).map(|forum| forum.tags.clone()).unwrap_or_default();
            let mut tags = Vec::new();
            for name in names {
                let kept = had.iter().find(|tag| tag.name == *name).cloned();
                tags.push(kept.unwrap_or_else(|| Tag {
                    id: world.ids.make(),
                    name: (*name).to_owned(),
                    moderated: false,
                }));
            }
            for post in world.channels.values_mut().filter(|channel| channel.parent_id == Some(id)) {
                post.applied_tags.retain(|applied| tags.iter().any(|tag| tag.id == *applied));
            }
            if let Some(forum) = world.channels.get_mut(&id) {
                forum.tags = tags;
                world.announce_channel(id, ChannelEvent::Update);
            }
        });
    }

    /// Renames a channel.
    pub fn rename_channel(&self, channel: impl Into<Place>, name: &str) {
        self.change_channel(channel, |channel| name.clone_into(&mut channel.name));
    }

    /// The channel is a voice channel from now on: the platform itself does not do that to one that exists.
    pub fn make_voice(&self, channel: impl Into<Place>) {
        self.change_channel(channel, |channel| channel.kind = crate::world::ChannelKind::Voice);
    }

    fn change_channel(&self, place: impl Into<Place>, change: impl FnOnce(&mut Channel)) {
        let place = place.into();
        self.shared.with(|world| {
            let Some(id) = place.find(world) else { return };
            if let Some(channel) = world.channels.get_mut(&id) {
                change(channel);
                world.announce_channel(id, ChannelEvent::Update);
            }
        });
    }

    /// Makes the messages that exist older than they are: for the limit on edits of old messages.
    pub fn age_messages(&self, by: Duration) {
        self.shared.with(|world| {
            for message in world.messages.values_mut() {
                message.aged += by;
            }
        });
    }

    /// Takes a person out of a guild.
    pub fn remove_member(&self, guild: Id, person: &str) {
        self.shared.with(|world| {
            let Some(user) = world.find_person(person).map(|user| user.id) else { return };
            if let Some(guild) = world.guilds.get_mut(&guild) {
                guild.members.remove(&user);
            }
            let data =
                json!({ "guild_id": guild.to_string(), "user": world.users.get(&user).map(view::user) });
            member_event(world, "GUILD_MEMBER_REMOVE", guild, data);
            world.dirty = true;
        });
    }

    /// Lets a person join a guild, with roles.
    pub fn add_member(&self, guild: Id, person: &str, roles: &[Id]) {
        let roles = roles.to_vec();
        self.shared.with(|world| {
            let Some(user) = world.find_person(person).map(|user| user.id) else { return };
            let Some(entry) = world.guilds.get_mut(&guild) else { return };
            entry.members.insert(user, Member { roles, joined_at: real_now() });
            let data = guild_member(world, guild, user);
            member_event(world, "GUILD_MEMBER_ADD", guild, data);
            world.dirty = true;
        });
    }

    /// Gives a person a role, or takes it.
    pub fn set_role(&self, guild: Id, person: &str, role: Id, held: bool) {
        self.shared.with(|world| {
            let Some(user) = world.find_person(person).map(|user| user.id) else { return };
            let Some(member) = world.guilds.get_mut(&guild).and_then(|guild| guild.members.get_mut(&user))
            else {
                return;
            };
            member.roles.retain(|one| *one != role);
            if held {
                member.roles.push(role);
            }
            let data = guild_member(world, guild, user);
            member_event(world, "GUILD_MEMBER_UPDATE", guild, data);
            world.dirty = true;
        });
    }

    /// Deletes a role.
    pub fn delete_role(&self, guild: Id, role: Id) {
        self.shared.with(|world| {
            let Some(entry) = world.guilds.get_mut(&guild) else { return };
            entry.roles.retain(|one| one.id != role);
            for member in entry.members.values_mut() {
                member.roles.retain(|one| *one != role);
            }
            let data = json!({ "guild_id": guild.to_string(), "role_id": role.to_string() });
            guild_event(world, "GUILD_ROLE_DELETE", guild, data);
        });
    }

    /// Closes or opens a person's direct messages.
    pub fn close_dms(&self, person: &str, closed: bool) {
        self.shared.with(|world| {
            let user = world.find_person(person).map(|user| user.id);
            if let Some(user) = user.and_then(|id| world.users.get_mut(&id)) {
                user.dms_closed = closed;
            }
        });
    }

    /// Removes the bot from a guild.
    pub fn remove_bot(&self, guild: Id) {
        self.shared.with(|world| {
            guild_event(world, "GUILD_DELETE", guild, json!({ "id": guild.to_string() }));
            let bot = world.application.bot_id;
            if let Some(guild) = world.guilds.get_mut(&guild) {
                guild.members.remove(&bot);
                guild.roles.retain(|role| !role.managed);
            }
            // Commands of the guild go with the bot.
            world.commands.by_guild.remove(&guild);
            world.tell_page(PageEvent::Commands);
        });
    }

    /// Adds the bot to a guild again, with what its own role grants.
    pub fn add_bot(&self, guild: Id, permissions: u64) {
        self.shared.with(|world| {
            let Some(mut entry) = world.guilds.remove(&guild) else { return };
            if !entry.members.contains_key(&world.application.bot_id) {
                world::add_bot(world, &mut entry, permissions);
            }
            world.guilds.insert(guild, entry);
            let data = world.guilds.get(&guild).map_or(Value::Null, |guild| view::guild_create(world, guild));
            guild_event(world, "GUILD_CREATE", guild, data);
            world.tell_page(PageEvent::Commands);
        });
    }
}

fn guild_member(world: &World, guild: Id, user: Id) -> Value {
    let member = world.guilds.get(&guild).and_then(|guild| guild.members.get(&user));
    let mut data = member.map_or(Value::Null, |member| view::member(world, user, member));
    if data.is_object() {
        data["guild_id"] = json!(guild.to_string());
    }
    data
}

fn member_event(world: &mut World, name: &str, guild: Id, data: Value) {
    let intent = crate::gateway::intents::GUILD_MEMBERS;
    world.emit(&crate::gateway::Event { name, data, guild: Some(guild), intent });
}

fn announce_role(world: &mut World, guild: Id, role: Id) {
    let Some(found) = world.guilds.get(&guild) else { return };
    let Some(shown) = found.role(role).map(|role| view::role(found, role)) else { return };
    guild_event(world, "GUILD_ROLE_UPDATE", guild, json!({ "guild_id": guild.to_string(), "role": shown }));
}
