//! What the platform answers when it does not do what we asked, sorted into what can be done about it.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

/// Why a call did not give what was asked for. Holds no token, no body, nobody's id.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The platform refused.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// It may have taken effect: the connection broke, or the platform failed, after it was sent.
    #[error("may have taken effect: {why}")]
    Ambiguous {
        /// What happened.
        why: String,
    },
    /// It surely took no effect, or can be repeated without harm; now is not the time.
    #[error("not now: {why}")]
    NotNow {
        /// What happened.
        why: String,
        /// When to try again, where that is known.
        retry_after: Option<Duration>,
    },
    /// It took effect, but the answer is not what the platform's documentation says.
    #[error("the answer of {route} cannot be read: {why}")]
    Unreadable {
        /// Which route.
        route: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The token is not accepted. Nothing more is sent until the process starts anew.
    #[error("the platform does not accept the bot's token")]
    Revoked,
}

/// What can be done about a [`Failure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The same again later; after this time, where it is known.
    Retry(Option<Duration>),
    /// The same will never work.
    Terminal(Terminal),
    /// Look first whether it took effect.
    Ambiguous,
    /// Stop everything.
    Revoked,
}

/// Why the same call will never work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Terminal {
    /// 10003: the channel or thread is gone.
    UnknownChannel,
    /// 10004: the guild is gone, or we are no longer in it.
    UnknownGuild,
    /// 10007 and 10013: the person left, or there is none.
    UnknownMember,
    /// 10008: the message is gone.
    UnknownMessage,
    /// 10011: the role is gone.
    UnknownRole,
    /// 10062, 10015, 50027: the interaction is too old, or was never ours. Its address must not be called again.
    UnknownInteraction,
    /// 40060: it was answered before.
    AlreadyAcknowledged,
    /// 50001: we may not see the channel.
    NoAccess,
    /// 50013: a permission is missing.
    NoPermission,
    /// 50007, 50278: the person takes no direct messages from us.
    DmsClosed,
    /// 50083: the thread is archived; it has to be reopened first.
    ThreadArchived,
    /// 160005: the thread is locked.
    ThreadLocked,
    /// 160004: the message has a thread; its id is the message's.
    ThreadExists,
    /// 160006, 30033: the guild has as many open threads as it may.
    TooManyThreads,
    /// 30046: too many edits of an old message; waiting helps.
    EditLimit,
    /// 50005: the message is somebody else's.
    NotOurs,
    /// 50008, 50024, 50068: a channel of this kind cannot do that.
    WrongChannelKind,
    /// 40067: the forum wants a tag.
    TagRequired,
    /// 200000, 200001: the guild's automatic moderation blocked the words.
    Blocked,
    /// 50006: nothing to send.
    CannotSendEmpty,
    /// 50035, 50109: the body breaks a rule. A mistake of ours.
    InvalidBody,
    /// Anything else that is refused for good.
    Other,
}

impl Failure {
    /// What can be done about it.
    pub fn class(&self) -> Class {
        match self {
            Failure::Api(e) => e.class(),
            Failure::Ambiguous { .. } => Class::Ambiguous,
            Failure::NotNow { retry_after, .. } => Class::Retry(*retry_after),
            Failure::Unreadable { .. } => Class::Terminal(Terminal::Other),
            Failure::Revoked => Class::Revoked,
        }
    }

    /// The reason, if the same will never work.
    pub fn terminal(&self) -> Option<Terminal> {
        match self.class() {
            Class::Terminal(terminal) => Some(terminal),
            Class::Retry(_) | Class::Ambiguous | Class::Revoked => None,
        }
    }
}

/// The platform's own error. <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{route} answered {status}, code {code}: {message}{}", listed(.details))]
pub struct ApiError {
    /// Method and path with placeholders.
    pub route: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The platform's code; 0 if it named none.
    pub code: u32,
    /// The platform's fixed words for the code.
    pub message: String,
    /// For an invalid body: which field broke which rule, never what it held.
    pub details: Vec<String>,
    /// When to try again, where it says so.
    pub retry_after: Option<Duration>,
}

fn listed(details: &[String]) -> String {
    if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) }
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    code: u32,
    #[serde(default)]
    message: String,
    #[serde(default)]
    errors: Value,
}

impl ApiError {
    /// Reads an error answer. What is no JSON (a proxy's page) has code 0.
    pub(crate) fn read(route: &'static str, status: u16, body: &[u8], retry_after: Option<Duration>) -> Self {
        let (code, message, details) = match serde_json::from_slice::<Body>(body) {
            Ok(body) => {
                let mut details = Vec::new();
                flatten("", &body.errors, &mut details);
                (body.code, body.message.chars().take(200).collect(), details)
            }
            Err(_) => (0, "no error in the platform's form".to_owned(), Vec::new()),
        };
        ApiError { route, status, code, message, details, retry_after }
    }

    /// What can be done about it.
    pub fn class(&self) -> Class {
        use Terminal as T;
        match (self.code, self.status) {
            (10003, _) => Class::Terminal(T::UnknownChannel),
            (10004, _) => Class::Terminal(T::UnknownGuild),
            (10007 | 10013, _) => Class::Terminal(T::UnknownMember),
            (10008, _) => Class::Terminal(T::UnknownMessage),
            (10011, _) => Class::Terminal(T::UnknownRole),
            (10015 | 10062 | 50027, _) => Class::Terminal(T::UnknownInteraction),
            (40060, _) => Class::Terminal(T::AlreadyAcknowledged),
            (50001, _) => Class::Terminal(T::NoAccess),
            (50013, _) => Class::Terminal(T::NoPermission),
            (50007 | 50278, _) => Class::Terminal(T::DmsClosed),
            (50083, _) => Class::Terminal(T::ThreadArchived),
            (160_005, _) => Class::Terminal(T::ThreadLocked),
            (160_004, _) => Class::Terminal(T::ThreadExists),
            (160_006 | 160_007 | 30033, _) => Class::Terminal(T::TooManyThreads),
            (30046, _) => Class::Terminal(T::EditLimit),
            (50005, _) => Class::Terminal(T::NotOurs),
            (50008 | 50024 | 50068, _) => Class::Terminal(T::WrongChannelKind),
            (40067, _) => Class::Terminal(T::TagRequired),
            (200_000 | 200_001, _) => Class::Terminal(T::Blocked),
            (50006, _) => Class::Terminal(T::CannotSendEmpty),
            (50035 | 50109, _) => Class::Terminal(T::InvalidBody),
            // Overloaded, slow mode, a resource that is limited for a while.
            (130_000 | 20016 | 20028 | 40062, _) | (_, 429) => Class::Retry(self.retry_after),
            (_, 401) => Class::Revoked,
            (_, 403) => Class::Terminal(T::NoPermission),
            (_, 500..) => Class::Retry(self.retry_after),
            _ => Class::Terminal(T::Other),
        }
    }
}

/// `errors.embeds.0.title._errors[0].code` becomes `embeds.0.title: BASE_TYPE_MAX_LENGTH`.
fn flatten(path: &str, errors: &Value, out: &mut Vec<String>) {
    let Value::Object(fields) = errors else { return };
    for (name, value) in fields {
        if out.len() >= 10 {
            return;
        }
        if name == "_errors" {
            for error in value.as_array().into_iter().flatten() {
                out.push(format!("{path}: {}", error.get("code").and_then(Value::as_str).unwrap_or("?")));
            }
        } else {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            flatten(&path, value, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(status: u16, body: &str) -> Class {
        ApiError::read("POST /x", status, body.as_bytes(), None).class()
    }

    #[test]
    fn expect_every_code_that_we_handle_to_be_told_apart() {
        for (status, code, want) in [
            (404, 10003, Terminal::UnknownChannel),
            (404, 10004, Terminal::UnknownGuild),
            (404, 10007, Terminal::UnknownMember),
            (404, 10008, Terminal::UnknownMessage),
            (404, 10011, Terminal::UnknownRole),
            (404, 10062, Terminal::UnknownInteraction),
            (404, 10015, Terminal::UnknownInteraction),
            (401, 50027, Terminal::UnknownInteraction),
            (400, 40060, Terminal::AlreadyAcknowledged),
            (403, 50001, Terminal::NoAccess),
            (403, 50013, Terminal::NoPermission),
            (403, 50007, Terminal::DmsClosed),
            (400, 50083, Terminal::ThreadArchived),
            (400, 160_004, Terminal::ThreadExists),
            (400, 160_005, Terminal::ThreadLocked),
            (400, 160_006, Terminal::TooManyThreads),
            (429, 30046, Terminal::EditLimit),
            (403, 50005, Terminal::NotOurs),
            (400, 50024, Terminal::WrongChannelKind),
            (400, 40067, Terminal::TagRequired),
            (400, 200_000, Terminal::Blocked),
            (400, 50006, Terminal::CannotSendEmpty),
            (400, 50035, Terminal::InvalidBody),
        ] {
            let body = format!(r#"{{"code": {code}, "message": "m"}}"#);
            assert_eq!(class(status, &body), Class::Terminal(want), "{code}");
        }
    }

    #[test]
    fn expect_codes_that_are_not_known_to_go_by_their_status() {
        assert_eq!(class(401, r#"{"message": "401: Unauthorized", "code": 0}"#), Class::Revoked);
        assert_eq!(class(403, "<html>"), Class::Terminal(Terminal::NoPermission));
        assert_eq!(
            class(404, r#"{"message": "404: Not Found", "code": 0}"#),
            Class::Terminal(Terminal::Other)
        );
        assert_eq!(class(502, "<html>bad gateway"), Class::Retry(None));
        assert_eq!(class(429, r#"{"message": "limited", "retry_after": 1.5}"#), Class::Retry(None));
        assert_eq!(class(503, r#"{"code": 130000, "message": "overloaded"}"#), Class::Retry(None));
    }

    #[test]
    fn expect_an_invalid_body_to_name_fields_and_rules_but_not_what_they_held() {
        let body = r#"{"code": 50035, "message": "Invalid Form Body", "errors": {"embeds": {"0": {"title":
            {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length."}]}}}}}"#;
        let error = ApiError::read("POST /x", 400, body.as_bytes(), None);
        assert_eq!(
            error.to_string(),
            "POST /x answered 400, code 50035: Invalid Form Body (embeds.0.title: BASE_TYPE_MAX_LENGTH)"
        );
    }
}
