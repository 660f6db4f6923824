//! Every limit of the platform that we rely on, by name. Lengths are in characters (Unicode scalar values; the platform
//! counts UTF-16 units in places, so [`crate::body`] cuts by those).

use std::time::Duration;

/// Text of a message. <https://discord.com/developers/docs/resources/message#create-message>
pub const CONTENT: usize = 2000;
/// Files of a message. <https://discord.com/developers/docs/resources/message#create-message>
pub const FILES: usize = 10;
/// Bytes of files in one message. The platform has a limit for each file only; each try has its time.
pub const FILES_BYTES: usize = 25 * 1024 * 1024;
/// Embeds of one message. Same source.
pub const EMBEDS: usize = 10;

/// Title, body, field names and values, footer and author name of all embeds of a message together.
/// <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>
pub const EMBED_TOTAL: usize = 6000;
/// Title of an embed. Same source.
pub const EMBED_TITLE: usize = 256;
/// Description of an embed. Same source.
pub const EMBED_DESCRIPTION: usize = 4096;
/// Fields of an embed. Same source.
pub const EMBED_FIELDS: usize = 25;
/// Name of a field. Same source.
pub const EMBED_FIELD_NAME: usize = 256;
/// Value of a field. Same source.
pub const EMBED_FIELD_VALUE: usize = 1024;
/// Footer of an embed. Same source.
pub const EMBED_FOOTER: usize = 2048;

/// Id of a component or form. <https://discord.com/developers/docs/components/reference>
pub const CUSTOM_ID: usize = 100;
/// Rows of components of a message. Same source.
pub const ROWS: usize = 5;
/// Buttons of a row. Same source.
pub const BUTTONS: usize = 5;
/// Text on a button. Same source.
pub const BUTTON_LABEL: usize = 80;
/// Address of a link button. Same source.
pub const BUTTON_URL: usize = 512;
/// Options of a list. Same source.
pub const SELECT_OPTIONS: usize = 25;
/// Label and value of an option. Same source.
pub const SELECT_OPTION: usize = 100;
/// Hint of an empty list. Same source.
pub const SELECT_PLACEHOLDER: usize = 150;

/// Title of a form. <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-modal>
pub const FORM_TITLE: usize = 45;
/// Fields of a form. Same source.
pub const FORM_FIELDS: usize = 5;
/// Label of a form's field. <https://discord.com/developers/docs/components/reference#text-input>
pub const FORM_LABEL: usize = 45;
/// What can be typed into a field, or stand in it at first. Same source.
pub const FORM_VALUE: usize = 4000;
/// Hint of an empty field. Same source.
pub const FORM_HINT: usize = 100;

/// Choices of an option, and of a completion.
/// <https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-option-structure>
pub const CHOICES: usize = 25;
/// Name of a choice. Same source.
pub const CHOICE_NAME: usize = 100;
/// Value of a choice that is text. Same source.
pub const CHOICE_VALUE: usize = 100;
/// Name of a command, group or option. Same source.
pub const COMMAND_NAME: usize = 32;
/// Description of a command, group or option. Same source.
pub const COMMAND_DESCRIPTION: usize = 100;
/// Options of a command, subcommands of a group, groups of a command. Same source.
pub const COMMAND_OPTIONS: usize = 25;
/// Names, descriptions and values of one command with all that is in it. Same source.
pub const COMMAND_TOTAL: usize = 8000;
/// Text that an option takes at most. Same source.
pub const OPTION_LENGTH: u16 = 6000;

/// Name of a thread or forum post. <https://discord.com/developers/docs/resources/channel#channel-object>
pub const THREAD_NAME: usize = 100;
/// Tags on a forum post. Same source.
pub const POST_TAGS: usize = 5;
/// Messages of one page. <https://discord.com/developers/docs/resources/message#get-channel-messages>
pub const PAGE: u8 = 100;

/// People who can be chosen from one list. The platform takes up to 25; more than ten managers of one team manage nothing.
pub const CHOSEN_PEOPLE: u8 = 10;

/// A nonce. <https://discord.com/developers/docs/resources/message#create-message>
pub const NONCE: usize = 25;
/// How long an enforced nonce is surely remembered ("the past few minutes", same source).
pub const NONCE_WINDOW: Duration = Duration::from_mins(2);

/// The first answer to an interaction.
/// <https://discord.com/developers/docs/interactions/receiving-and-responding#responding-to-an-interaction>
pub const FIRST_ANSWER: Duration = Duration::from_secs(3);
/// How long an interaction's token can be used. Same source.
pub const INTERACTION_TOKEN: Duration = Duration::from_mins(15);

/// Requests a second, over all routes but those that answer interactions.
/// <https://discord.com/developers/docs/topics/rate-limits#global-rate-limit>
pub const GLOBAL_PER_SECOND: u32 = 50;
/// Answers 401, 403 and 429 within [`INVALID_WINDOW`] after which the address is banned.
/// <https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans>
pub const INVALID_REQUESTS: u32 = 10_000;
/// The time in which [`INVALID_REQUESTS`] are counted. Same source.
pub const INVALID_WINDOW: Duration = Duration::from_mins(10);

/// How often the gateway wants a heartbeat, unless it says otherwise.
/// <https://discord.com/developers/docs/events/gateway#heartbeat-interval>
pub const HEARTBEAT: Duration = Duration::from_millis(41_250);
/// IDENTIFYs a day, after which the token is reset. <https://discord.com/developers/docs/events/gateway#identifying>
pub const IDENTIFIES_A_DAY: u32 = 1000;

/// From so many open threads on `/kaizen check` speaks of them: a community may have a thousand (error 160006 beyond).
/// <https://discord.com/developers/docs/topics/threads#thread-creation>
pub(crate) const OPEN_THREADS_WARNED: usize = 950;

/// Minutes of quiet after which a thread closes by itself, at the soonest.
/// <https://discord.com/developers/docs/resources/channel#modify-channel-json-params-thread>
pub(crate) const SOONEST_ARCHIVE: u32 = 60;
