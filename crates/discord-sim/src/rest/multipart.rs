//! Messages with files: `payload_json` and `files[n]`, each described in `attachments` by its place or not at all.
//! <https://discord.com/developers/docs/reference#uploading-files>

use serde_json::{Value, json};

use crate::error::{ApiError, Problems};
use crate::view::ATTACHMENT_LIMIT;
use crate::world::World;

/// A file as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    place: u64,
    name: String,
    kind: String,
    content: Vec<u8>,
}

pub(super) fn parse(kind: &str, bytes: &[u8]) -> Result<(Value, Vec<Sent>), ApiError> {
    let refuse = || Problems::only("", "MULTIPART_INVALID", "The multipart body could not be read");
    let boundary = kind.split("boundary=").nth(1).ok_or_else(refuse)?.split(';').next().unwrap_or_default();
    let delimiter = format!("--{}", boundary.trim().trim_matches('"')).into_bytes();
    let mut body = None;
    let mut files: Vec<Sent> = Vec::new();
    for part in split(bytes, &delimiter) {
        let Some(at) = find(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&part[..at]).into_owned();
        let content = part[at + 4..].strip_suffix(b"\r\n").unwrap_or(&part[at + 4..]);
        let name = quoted(&head, "name").unwrap_or_default();
        if name == "payload_json" {
            body = Some(serde_json::from_slice(content).map_err(|_| ApiError::invalid_json())?);
            continue;
        }
        let place =
            name.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']')).and_then(|n| n.parse().ok());
        let (Some(place), Some(filename)) = (place, quoted(&head, "filename")) else { return Err(refuse()) };
        if files.iter().any(|file| file.place == place) {
            return Err(refuse());
        }
        if content.len() as u64 > ATTACHMENT_LIMIT {
            return Err(ApiError::new(413, 40005, "Request entity too large"));
        }
        let kind = head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case("content-type").then(|| value.trim().to_owned())
        });
        let kind = kind.unwrap_or_else(|| "application/octet-stream".to_owned());
        files.push(Sent { place, name: filename, kind, content: content.to_vec() });
    }
    let body: Value = body.unwrap_or_else(|| json!({}));
    Ok((body, files))
}

/// Keeps the files, and puts what Discord says of each in the place of what was said about it: in the message itself, or in
/// the `data` of an answer.
pub(super) fn keep(
    world: &mut World,
    body: &mut Value,
    files: Vec<Sent>,
    host: &str,
) -> Result<(), ApiError> {
    if files.is_empty() {
        return Ok(());
    }
    let data = if body["data"].is_object() { &mut body["data"] } else { body };
    let described = data["attachments"].as_array().cloned();
    let id = |one: &Value| one["id"].as_u64().or_else(|| one["id"].as_str().and_then(|id| id.parse().ok()));
    let mut out = Vec::new();
    for (at, one) in described.iter().flatten().enumerate() {
        let Some(id) = id(one) else {
            return Err(Problems::only(
                &format!("attachments[{at}].id"),
                "BASE_TYPE_REQUIRED",
                "This field is required",
            ));
        };
        // An id that is no place is that of a file which the message has.
        if !files.iter().any(|file| file.place == id) && id < 10 {
            return Err(Problems::only(
                "attachments",
                "ATTACHMENT_NOT_FOUND",
                &format!("Attachment data with id `{id}` not found"),
            ));
        }
    }
    for file in files {
        let about = described.iter().flatten().find(|one| id(one) == Some(file.place));
        if described.is_some() && about.is_none() {
            // What is sent and not described is dropped on an edit; to send it all the same is a mistake.
            return Err(Problems::only(
                "attachments",
                "ATTACHMENT_NOT_FOUND",
                "A file is not described in attachments",
            ));
        }
        let name = about.and_then(|one| one["filename"].as_str()).unwrap_or(&file.name).to_owned();
        let made = world.ids.make();
        let url = format!("http://{host}/attachments/{made}/{name}");
        out.push(json!({
            "id": made.to_string(), "filename": name, "size": file.content.len(), "url": url, "proxy_url": url,
            "content_type": file.kind, "description": about.and_then(|one| one["description"].as_str()),
        }));
        world.files.insert(made, (name, file.kind, file.content));
    }
    data["attachments"] = json!(out);
    Ok(())
}

fn quoted(head: &str, key: &str) -> Option<String> {
    let start = head.find(&format!(" {key}=\""))? + key.len() + 3;
    head.get(start..)?.split('"').next().map(str::to_owned)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn split<'a>(bytes: &'a [u8], delimiter: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = find(rest, delimiter) {
        parts.push(&rest[..at]);
        rest = &rest[at + delimiter.len()..];
    }
    parts
}
