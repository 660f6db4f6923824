//! The erasure journal as a file, and what a database has to catch up with before it serves.
//!
//! ```text
//! {"kaizen":"erasure journal","format":1,"id":"9c0e…","installation":"K7WQ2X"}
//! {"name":"51ff…","at":"2026-11-25T19:00:00Z","erased":{"person":{"guild":1000,"member":12}}}
//! ```
//!
//! One line each, appended and on disk before anybody is told that something is gone. The file is made with the database's
//! first start; afterwards a start without it is refused: it is what makes a restored backup forget again.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use kaizen_storage::{Database, Doubt};
use kaizen_workflow::clock::Clock;
use kaizen_workflow::engine::Engine;
use kaizen_workflow::erasing::{self, Erasure, Erasures, NotKept};
use kaizen_workflow::ids;
use kaizen_workflow::ports::{Store, StoreError};
use serde::{Deserialize, Serialize};
use tracing::info;

use crate::Config;

/// The note that names the journal which belongs to a database.
const NOTE: &str = "erasure_journal";

const KIND: &str = "erasure journal";
const FORMAT: u32 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    kaizen: String,
    format: u32,
    /// The same in the database.
    id: String,
    /// The database's name when the journal was begun: a backup from before that knows it by this.
    installation: String,
}

/// Why nobody may be served.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The database has one, and none is configured.
    #[error(
        "this database has an erasure journal, and none is configured: set database.erasure_journal to the file in which it is. \
         Without it a restored backup would know again what was erased"
    )]
    NotConfigured,
    /// It is not where it should be.
    #[error(
        "{}: the erasure journal is not there, and this database has one. Put it back from where it was kept. If it is lost for \
         good, make an empty file of that name: then what was erased after this backup was made comes back", .0.display()
    )]
    Missing(PathBuf),
    /// It cannot be read or written.
    #[error("{}: the erasure journal cannot be used: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// A line is not what it should be.
    #[error("{}, line {line}: this is no line of an erasure journal that this version can read; put the file back as it was", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// It is that of another database.
    #[error("{}: this is the erasure journal of another database; set database.erasure_journal to the right one", .0.display())]
    Foreign(PathBuf),
    /// The database does not answer, or something could not be erased again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was erased could not be added.
    #[error(transparent)]
    NotKept(#[from] NotKept),
}

/// The journal of a database.
pub struct Journal {
    database: Database,
    path: PathBuf,
    /// Names of what is in the file.
    known: Mutex<HashSet<String>>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Reads a journal; nothing is changed. None for an empty file.
fn read(path: &Path) -> Result<Option<(Head, Vec<Erasure>)>, NotReady> {
    let text = std::fs::read_to_string(path).map_err(|why| NotReady::File { path: path.to_owned(), why })?;
    let bad = |line: usize| NotReady::Line { path: path.to_owned(), line: line + 1 };
    let whole = text.ends_with('\n');
    let lines: Vec<&str> = text.lines().collect();
    let Some((first, rest)) = lines.split_first() else { return Ok(None) };
    let head: Head = serde_json::from_str(first).map_err(|_| bad(0))?;
    if head.kaizen != KIND || head.format != FORMAT {
        return Err(bad(0));
    }
    let mut erasures = Vec::new();
    for (place, line) in rest.iter().enumerate() {
        match serde_json::from_str(line) {
            Ok(erasure) => erasures.push(erasure),
            // Journals of several machines may be put together; and a line that was being written when the machine stopped
            // was promised to nobody: it is still in the database.
            Err(_) if serde_json::from_str::<Head>(line).is_ok_and(|other| other.id == head.id) => {}
            Err(_) if !whole && place + 1 == rest.len() => {}
            Err(_) => return Err(bad(place + 1)),
        }
    }
    Ok(Some((head, erasures)))
}

impl Journal {
    /// Appends what is not in the file, and waits for the disk.
    fn append(&self, erasures: &[Erasure]) -> std::io::Result<()> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let missing: Vec<&Erasure> = erasures.iter().filter(|e| !known.contains(&e.name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut file = File::options().read(true).append(true).open(&self.path)?;
        // Several processes may share it.
        file.lock()?;
        drop_torn_line(&mut file)?;
        let mut text = String::new();
        for erasure in &missing {
            text.push_str(&serde_json::to_string(erasure)?);
            text.push('\n');
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        known.extend(missing.into_iter().map(|e| e.name.clone()));
        Ok(())
    }
}

/// A last line without its end was never finished.
fn drop_torn_line(file: &mut File) -> std::io::Result<()> {
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut text)?;
    let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    if end < text.len() {
        file.set_len(end as u64)?;
    }
    Ok(())
}

#[async_trait]
impl erasing::Journal for Journal {
    async fn keep_up(&self) -> Result<(), NotKept> {
        let not_kept = |why: String| NotKept(format!("{}: {why}", self.path.display()));
        let erasures = self.database.erasures().await.map_err(|why| not_kept(why.to_string()))?;
        self.append(&erasures).map_err(|why| not_kept(why.to_string()))
    }
}

/// Begins a journal: a new file that only its owner reads, on disk with its name before the database knows of it.
fn begin(path: &Path, head: &Head) -> std::io::Result<()> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.lock()?;
    if file.metadata()?.len() == 0 {
        writeln!(file, "{}", serde_json::to_string(head)?)?;
    }
    file.sync_all()?;
    sync_folder(path)
}

/// The name of a file is on disk once its folder is.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Opens the journal of a database, or begins it, and returns it with what it holds.
async fn open(database: &Database, path: &Path) -> Result<(Journal, Vec<Erasure>), NotReady> {
    let file = |why| NotReady::File { path: path.to_owned(), why };
    let known = database.note(NOTE).await?;
    if known.is_some() && !path.try_exists().map_err(file)? {
        return Err(NotReady::Missing(path.to_owned()));
    }
    let found = if path.try_exists().map_err(file)? { read(path)? } else { None };
    let (head, erasures) = match found {
        Some(found) => found,
        None => {
            let id = known.clone().unwrap_or_else(ids::unique);
            let installation = database.installation().to_owned();
            begin(path, &Head { kaizen: KIND.to_owned(), format: FORMAT, id, installation }).map_err(file)?;
            // Another process may have begun it at the same moment.
            read(path)?.ok_or_else(|| NotReady::Line { path: path.to_owned(), line: 1 })?
        }
    };
    let ours = match &known {
        Some(id) => *id == head.id,
        None => head.installation == database.installation() || erasures.is_empty(),
    };
    if !ours {
        return Err(NotReady::Foreign(path.to_owned()));
    }
    database.set_note(NOTE, &head.id).await?;
    // A start that could not write into it would find out too late.
    File::options().append(true).open(path).map_err(file)?;
    let names = erasures.iter().map(|e| e.name.clone()).collect();
    Ok((Journal { database: database.clone(), path: path.to_owned(), known: Mutex::new(names) }, erasures))
}

/// What has to be so before anybody is served: the journal can be read and written, what it knows is erased here too, and a
/// database that was restored knows that it was.
///
/// # Errors
/// Says why nobody may be served.
pub async fn before_serving(
    database: &Database,
    config: &Config,
    clock: Arc<dyn Clock>,
) -> Result<Option<Arc<Journal>>, NotReady> {
    let (store, queries) = (Arc::new(database.clone()), Arc::new(database.clone()));
    // Without a directory: nobody is asked who is there.
    let engine =
        Engine::new(store, queries, clock, config.digest.clone()).with_debriefs(Arc::new(database.clone()));
    let alone = database.alone().await?;
    let ready = Box::pin(make_ready(database, config.erasure_journal.as_deref(), &engine)).await;
    alone.done().await;
    ready
}

async fn make_ready(
    database: &Database,
    path: Option<&Path>,
    engine: &Engine,
) -> Result<Option<Arc<Journal>>, NotReady> {
    let opened = match path {
        Some(path) => Some(open(database, path).await?),
        None if database.note(NOTE).await?.is_some() => return Err(NotReady::NotConfigured),
        None => None,
    };
    let restored = database.restored_from().await?;
    if let Some(made) = &restored {
        info!(backup = %made, "this database was restored from a backup: what waits to be sent is looked for first");
        database.leap_ahead().await?;
        database.doubt_outbox(Doubt::All).await?;
    }
    if let Some((_, erasures)) = &opened {
        engine.erase_again(database, erasures).await?;
    }
    if restored.is_some() {
        // What fell due since the backup falls due now, before anything is sent: a digest may have been posted.
        engine.run_due().await?;
        database.doubt_outbox(Doubt::Digests).await?;
        database.is_ready_again().await?;
    }
    let Some((journal, _)) = opened else { return Ok(None) };
    erasing::Journal::keep_up(&journal).await?;
    Ok(Some(Arc::new(journal)))
}

/// How a database and its journal stand, for `kaizen doctor`: how many erasures the journal lacks.
///
/// # Errors
/// The same as [`before_serving`]; nothing is changed.
pub async fn lacking(database: &Database, path: &Path) -> Result<usize, NotReady> {
    let known = database.note(NOTE).await?;
    let there = path.try_exists().map_err(|why| NotReady::File { path: path.to_owned(), why })?;
    if known.is_none() && !there {
        return Ok(0);
    }
    if !there {
        return Err(NotReady::Missing(path.to_owned()));
    }
    let Some((head, erasures)) = read(path)? else { return Ok(database.erasures().await?.len()) };
    if known.is_some_and(|id| id != head.id) {
        return Err(NotReady::Foreign(path.to_owned()));
    }
    let names: HashSet<String> = erasures.into_iter().map(|e| e.name).collect();
    Ok(database.erasures().await?.iter().filter(|e| !names.contains(&e.name)).count())
}

#[cfg(test)]
mod tests;
