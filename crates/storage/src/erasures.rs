//! What was erased in this database, for the journal outside of it.

use async_trait::async_trait;
use kaizen_domain::debrief::{DebriefNumber, Piece};
use kaizen_domain::{GuildId, Instant, MemberId, Number, WorkspaceId};
use kaizen_workflow::debriefs::DebriefChange;
use kaizen_workflow::erasing::{Erased, Erasure, Erasures, Place};
use kaizen_workflow::ids;
use kaizen_workflow::ports::{Commit, StoreError};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::database::Database;
use crate::sql::{OrFault, Row, Sql, json, micros};

#[async_trait]
impl Erasures for Database {
    async fn erasures(&self) -> Result<Vec<Erasure>, StoreError> {
        let rows = Sql::new("SELECT name, at, erased FROM erasures ORDER BY at, name");
        let mut erasures = Vec::new();
        for row in &rows.all(self.aside()).await.or_fault()? {
            let row = Row::of(row, "erasures", "any");
            let name: String = row.get("name")?;
            let row = row.joined("erasures", name.clone());
            erasures.push(Erasure { at: row.instant("at")?, erased: row.json("erased")?, name });
        }
        Ok(erasures)
    }

    async fn nothing_left(&self, erasure: &Erasure) -> Result<(), StoreError> {
        write(self.writer(), erasure).await
    }

    async fn commit_again(&self, commit: &Commit, erasure: &Erasure) -> Result<(), StoreError> {
        self.commit_erasure(commit, Some(erasure.name.clone())).await.map(|_| ())
    }

    async fn commit_debrief_again(
        &self,
        change: &DebriefChange,
        erasure: &Erasure,
    ) -> Result<(), StoreError> {
        self.commit_debrief_change(change, Some(erasure.name.clone())).await.map(|_| ())
    }
}

async fn write(db: &impl ConnectionTrait, erasure: &Erasure) -> Result<(), StoreError> {
    Sql::new("INSERT INTO erasures (name, at, erased) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING")
        .values([
            erasure.name.as_str().into(),
            micros(erasure.at).into(),
            json(&erasure.erased, "erasures", "erased")?.into(),
        ])
        .run(db)
        .await
        .or_fault()?;
    Ok(())
}

async fn guild(txn: &DatabaseTransaction, workspace: WorkspaceId) -> Result<GuildId, StoreError> {
    let row = Sql::new("SELECT guild_id FROM workspaces WHERE id = $1").values([workspace.0.into()]);
    let row = row.one(txn).await.or_fault()?.ok_or(StoreError::Conflict)?;
    Ok(GuildId(Row::of(&row, "workspaces", workspace.0).id("guild_id")?))
}

/// A person was forgotten, in the transaction that does it.
pub(crate) async fn person(
    txn: &DatabaseTransaction,
    (workspace, member): (WorkspaceId, MemberId),
    at: Instant,
    name: String,
) -> Result<(), StoreError> {
    let erased = Erased::Person { guild: guild(txn, workspace).await?, member };
    write(txn, &Erasure { name, at, erased }).await
}

/// The same for something in a debrief.
pub(crate) async fn debrief_words(
    txn: &DatabaseTransaction,
    (workspace, debrief, piece): (WorkspaceId, DebriefNumber, Piece),
    at: Instant,
    places: Vec<Place>,
    name: Option<String>,
) -> Result<(), StoreError> {
    let guild = guild(txn, workspace).await?;
    let erased = match piece {
        Piece::Item(item) => Erased::ItemWords { guild, debrief, item, places },
        Piece::Title | Piece::Summary | Piece::Action(_) => {
            Erased::DebriefWords { guild, debrief, piece, places }
        }
    };
    write(txn, &Erasure { name: name.unwrap_or_else(ids::unique), at, erased }).await
}

/// Words were taken out of an item, in the transaction that does it. It gets a name, unless it has one.
pub(crate) async fn words(
    txn: &DatabaseTransaction,
    (workspace, number): (WorkspaceId, Number),
    at: Instant,
    places: Vec<Place>,
    name: Option<String>,
) -> Result<(), StoreError> {
    let erased = Erased::Words { guild: guild(txn, workspace).await?, number, places };
    write(txn, &Erasure { name: name.unwrap_or_else(ids::unique), at, erased }).await
}
