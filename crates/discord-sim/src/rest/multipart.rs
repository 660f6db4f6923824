//! Messages with files: `payload_json` and `files[n]`. The files' bytes are not kept, only their names and sizes.

use serde_json::{Value, json};

use crate::error::{ApiError, Problems};

pub(super) fn parse(kind: &str, bytes: &[u8]) -> Result<Value, ApiError> {
    let refuse = || Problems::only("", "MULTIPART_INVALID", "The multipart body could not be read");
    let boundary = kind.split("boundary=").nth(1).ok_or_else(refuse)?.split(';').next().unwrap_or_default();
    let delimiter = format!("--{}", boundary.trim_matches('"')).into_bytes();
    let mut body = json!({});
    let mut files = Vec::new();
    for part in split(bytes, &delimiter) {
        let Some(at) = find(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&part[..at]).into_owned();
        let content = part[at + 4..].strip_suffix(b"\r\n").unwrap_or(&part[at + 4..]);
        let name = quoted(&head, "name").unwrap_or_default();
        if name == "payload_json" {
            body = serde_json::from_slice(content).map_err(|_| ApiError::invalid_json())?;
        } else if let Some(filename) = quoted(&head, "filename") {
            files.push((name, filename, content.len()));
        }
    }
    if !files.is_empty() {
        body["attachments"] = attachments(&body["attachments"], &files);
    }
    Ok(body)
}

fn attachments(described: &Value, files: &[(String, String, usize)]) -> Value {
    let mut out = Vec::new();
    for (at, (field, filename, size)) in files.iter().enumerate() {
        let number = field.trim_start_matches("files[").trim_end_matches(']');
        let about = described
            .as_array()
            .into_iter()
            .flatten()
            .find(|one| one["id"] == json!(number) || one["id"].as_u64() == number.parse().ok());
        let url = format!("https://cdn.discordapp.com/attachments/{at}/{filename}");
        out.push(json!({
            "id": (at + 1).to_string(), "filename": filename, "size": size, "url": url, "proxy_url": url,
            "description": about.and_then(|one| one["description"].as_str()),
        }));
    }
    json!(out)
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
