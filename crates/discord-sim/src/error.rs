//! Refusals in the shape and with the codes of the real Discord.

use serde_json::{Map, Value, json};

/// What a REST call is refused with.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) code: u32,
    pub(crate) message: String,
    pub(crate) errors: Option<Value>,
    /// Seconds, for refusals that end by themselves.
    pub(crate) retry_after: Option<f64>,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: u32, message: &str) -> Self {
        ApiError { status, code, message: message.to_owned(), errors: None, retry_after: None }
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = json!({ "message": self.message, "code": self.code });
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        if let Some(seconds) = self.retry_after {
            body["retry_after"] = json!(seconds);
            body["global"] = json!(false);
        }
        body
    }
}

macro_rules! refusals {
    ($($name:ident = ($status:literal, $code:literal, $message:literal);)*) => {
        impl ApiError { $(pub(crate) fn $name() -> Self { ApiError::new($status, $code, $message) })* }
    };
}

refusals! {
    not_found = (404, 0, "404: Not Found");
    method_not_allowed = (405, 0, "405: Method Not Allowed");
    unauthorized = (401, 0, "401: Unauthorized");
    unknown_channel = (404, 10003, "Unknown Channel");
    unknown_guild = (404, 10004, "Unknown Guild");
    unknown_member = (404, 10007, "Unknown Member");
    unknown_message = (404, 10008, "Unknown Message");
    unknown_user = (404, 10013, "Unknown User");
    unknown_application = (404, 10002, "Unknown Application");
    unknown_webhook = (404, 10015, "Unknown Webhook");
    unknown_interaction = (404, 10062, "Unknown interaction");
    unknown_command = (404, 10063, "Unknown application command");
    too_many_threads = (400, 160006, "Maximum number of active threads reached");
    thread_exists = (400, 160004, "A thread has already been created for this message");
    bots_cannot = (403, 20001, "Bots cannot use this endpoint");
    already_acknowledged = (400, 40060, "Interaction has already been acknowledged.");
    tag_required = (400, 40067, "A tag is required to create a forum post in this channel");
    no_user_agent = (403, 40333, "internal network error");
    missing_access = (403, 50001, "Missing Access");
    wrong_channel_type_for_dm = (403, 50003, "Cannot execute action on a DM channel");
    not_the_author = (403, 50005, "Cannot edit a message authored by another user");
    empty_message = (400, 50006, "Cannot send an empty message");
    cannot_message_user = (403, 50007, "Cannot send messages to this user");
    not_a_text_channel = (400, 50008, "Cannot send messages in a non-text channel");
    missing_permissions = (403, 50013, "Missing Permissions");
    system_message = (403, 50021, "Cannot execute action on a system message");
    wrong_channel_type = (400, 50024, "Cannot execute action on this channel type");
    invalid_webhook_token = (401, 50027, "Invalid Webhook Token");
    invalid_recipients = (400, 50033, "Invalid Recipient(s)");
    archived_thread = (400, 50083, "Tried to perform an operation on an archived thread, such as editing a message or adding a user to the thread");
    invalid_json = (400, 50109, "The request body contains invalid JSON.");
}

/// Collects what is wrong with a body, as the tree that Discord answers with (50035).
#[derive(Debug, Default)]
pub(crate) struct Problems {
    root: Value,
    found: bool,
}

impl Problems {
    /// Notes a problem at a path such as `embeds.0.title`; the empty path is the body itself.
    pub(crate) fn add(&mut self, path: &str, code: &str, message: &str) {
        if !self.root.is_object() {
            self.root = Value::Object(Map::new());
        }
        self.found = true;
        let mut at = &mut self.root;
        for part in path.split('.').filter(|part| !part.is_empty()) {
            at = &mut at[part];
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
        }
        let entry = json!({ "code": code, "message": message });
        match at.get_mut("_errors").and_then(Value::as_array_mut) {
            Some(list) => list.push(entry),
            None => at["_errors"] = json!([entry]),
        }
    }

    pub(crate) fn required(&mut self, path: &str) {
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required");
    }

    pub(crate) fn too_long(&mut self, path: &str, most: usize) {
        self.add(path, "BASE_TYPE_MAX_LENGTH", &format!("Must be {most} or fewer in length."));
    }

    pub(crate) fn bad_length(&mut self, path: &str, least: usize, most: usize) {
        self.add(path, "BASE_TYPE_BAD_LENGTH", &format!("Must be between {least} and {most} in length."));
    }

    pub(crate) fn choices(&mut self, path: &str, allowed: &str) {
        self.add(path, "BASE_TYPE_CHOICES", &format!("Value must be one of {{{allowed}}}."));
    }

    pub(crate) fn any(&self) -> bool {
        self.found
    }

    /// Ok if nothing was wrong.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if !self.found {
            return Ok(());
        }
        Err(ApiError {
            status: 400,
            code: 50035,
            message: "Invalid Form Body".to_owned(),
            errors: Some(self.root),
            retry_after: None,
        })
    }

    /// A refusal with one problem.
    pub(crate) fn only(path: &str, code: &str, message: &str) -> ApiError {
        let mut problems = Problems::default();
        problems.add(path, code, message);
        problems.finish().err().unwrap_or_else(ApiError::not_found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_the_tree_to_look_like_discords() {
        let mut problems = Problems::default();
        problems.too_long("embeds.0.title", 256);
        let refusal = problems.finish().expect_err("there is a problem");
        assert_eq!(
            refusal.body(),
            json!({
                "message": "Invalid Form Body", "code": 50035,
                "errors": { "embeds": { "0": { "title": { "_errors": [
                    { "code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length." }
                ] } } } }
            })
        );
    }
}
