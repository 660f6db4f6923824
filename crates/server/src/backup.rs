//! A copy of the database while the program runs: whole or not at all, readable by its owner only, never over another file.
//!
//! SQLite copies itself (`VACUUM INTO`), PostgreSQL by its own `pg_dump`: both take one moment, whatever is written meanwhile,
//! and nothing that was erased is in them. The copy gets its name when it is complete and on disk.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use chrono::SecondsFormat;
use kaizen_domain::Instant;
use kaizen_storage::{CopyError, Database, RESTORED_FROM};
use kaizen_workflow::ports::StoreError;
use serde::Serialize;
use tempfile::NamedTempFile;
use tokio::process::Command;

use crate::config::DatabaseUrl;
use crate::erasures::sync_folder;

/// Where Debian's packages put `pg_dump`, below the server's version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// What libpq understands of a connection's address; the driver has words of its own beside them.
const KNOWN: [&str; 10] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "application_name",
];

/// A copy that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// Where.
    pub file: PathBuf,
    /// Of which kind: `sqlite` or `postgres`.
    pub kind: &'static str,
    /// How large, in bytes.
    pub bytes: u64,
    /// It has at least everything that was recorded by then.
    pub as_of: String,
}

/// Why there is no copy. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum NoBackup {
    /// There is something of that name.
    #[error("{} exists, and is left as it is; give another name", .0.display())]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("{}: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// SQLite refuses.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no `pg_dump`.
    #[error(
        "pg_dump is not on this machine: install the client of PostgreSQL (Debian: postgresql-client), at least as new as the server"
    )]
    NoDump,
    /// It refuses.
    #[error("pg_dump could not do it: {0}")]
    Dump(String),
}

/// Writes a copy of the database to `file`.
///
/// # Errors
/// Says why there is none; nothing is left behind then.
pub async fn write(
    database: &Database,
    url: &DatabaseUrl,
    file: &Path,
    now: Instant,
) -> Result<Backup, NoBackup> {
    let at = |why| NoBackup::File { path: file.to_owned(), why };
    if std::fs::symlink_metadata(file).is_ok() {
        return Err(NoBackup::Exists(file.to_owned()));
    }
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Only its owner reads it, from the first byte on.
    let part = tempfile::Builder::new().prefix(".kaizen-backup-").tempfile_in(folder).map_err(at)?;
    let as_of = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    let kind = database.kind();
    if kind == "postgres" {
        dump(database, url, &part, &as_of, at).await?;
    } else {
        database.copy_into(part.path(), &as_of).await?;
    }
    part.as_file().sync_all().map_err(at)?;
    let bytes = part.as_file().metadata().map_err(at)?.len();
    part.persist_noclobber(file).map_err(|refused| {
        if refused.error.kind() == std::io::ErrorKind::AlreadyExists {
            NoBackup::Exists(file.to_owned())
        } else {
            at(refused.error)
        }
    })?;
    sync_folder(file).map_err(at)?;
    Ok(Backup { file: file.to_owned(), kind, bytes, as_of })
}

async fn dump(
    database: &Database,
    url: &DatabaseUrl,
    part: &NamedTempFile,
    as_of: &str,
    at: impl Fn(std::io::Error) -> NoBackup,
) -> Result<(), NoBackup> {
    let schema = database.schema().await?;
    let (address, password) = without_password(url).ok_or(NoBackup::NoDump)?;
    let mut dump = Command::new(pg_dump().ok_or(NoBackup::NoDump)?);
    dump.args(["--format=plain", "--no-owner", "--no-privileges", "--no-password", "--dbname"]).arg(&address);
    if let Some(password) = password {
        // Not among the arguments, which everybody on the machine can read.
        dump.env("PGPASSWORD", password);
    }
    let out = part.as_file().try_clone().map_err(&at)?;
    dump.stdin(Stdio::null()).stdout(out).stderr(Stdio::piped()).kill_on_drop(true);
    // Not `output()`: that would take the file's place.
    let dump = async { dump.spawn()?.wait_with_output().await };
    let ended = dump.await.map_err(|why| NoBackup::Dump(why.to_string()))?;
    if !ended.status.success() || part.as_file().metadata().map_err(&at)?.len() == 0 {
        let said = String::from_utf8_lossy(&ended.stderr);
        return Err(NoBackup::Dump(said.trim().chars().take(1000).collect()));
    }
    let mut file: &File = part.as_file();
    // Names of schemas may hold quotes; the time holds none.
    let schema = schema.replace('"', "\"\"");
    writeln!(
        file,
        "\n-- This is a copy: whoever starts on it looks for what was sent before sending it again.\n\
         INSERT INTO \"{schema}\".notes (name, value) VALUES ('{RESTORED_FROM}', '{as_of}')\n\
         ON CONFLICT (name) DO UPDATE SET value = excluded.value;"
    )
    .map_err(at)
}

/// The address as libpq takes it, and the password by itself.
fn without_password(url: &DatabaseUrl) -> Option<(String, Option<String>)> {
    let mut address = url::Url::parse(url.expose()).ok()?;
    let mut password = address.password().map(percent_decoded);
    address.set_password(None).ok()?;
    let given: Vec<(String, String)> =
        address.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    address.set_query(None);
    for (key, value) in given {
        let key = match key.as_str() {
            "ssl-mode" => "sslmode",
            "ssl-root-cert" | "ssl-ca" => "sslrootcert",
            "ssl-cert" => "sslcert",
            "ssl-key" => "sslkey",
            other => other,
        };
        if key == "password" {
            password = Some(value);
        } else if KNOWN.contains(&key) {
            address.query_pairs_mut().append_pair(key, &value);
        }
    }
    Some((address.to_string(), password))
}

fn percent_decoded(text: &str) -> String {
    // A query decodes what a password has encoded, but for the plus, which stands for itself there.
    let query = format!("p={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(query.as_bytes()).next().map_or(String::new(), |(_, v)| v.into_owned())
}

/// The one on the path, or the newest of Debian's packages.
fn pg_dump() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path).map(|folder| folder.join("pg_dump")).find(|file| file.is_file())
    });
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let newest = || {
        versions
            .filter_map(|v| {
                Some((v.file_name().to_str()?.parse::<u32>().ok()?, v.path().join("bin/pg_dump")))
            })
            .filter(|(_, file)| file.is_file())
            .max()
            .map(|(_, file)| file)
    };
    on_path.or_else(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_no_password_in_an_address() {
        let split = |url: &str| without_password(&url.parse().unwrap()).unwrap();
        let (address, password) = split(
            "postgres://us%20er:p%40ss+1@db.example:6543/kaizen?sslmode=require&statement-cache-capacity=9",
        );
        assert_eq!(address, "postgres://us%20er@db.example:6543/kaizen?sslmode=require");
        assert_eq!(password.as_deref(), Some("p@ss+1"));
        let (address, password) =
            split("postgres://kaizen@localhost/k?host=/tmp/a%20b&password=secret&ssl-ca=/ca.pem");
        assert_eq!(address, "postgres://kaizen@localhost/k?host=%2Ftmp%2Fa+b&sslrootcert=%2Fca.pem");
        assert_eq!(password.as_deref(), Some("secret"));
    }
}
