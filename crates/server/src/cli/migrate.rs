//! `kaizen migrate`

use std::path::Path;

use super::{Exit, Refusal, configured, open};

pub(super) async fn run(file: Option<&Path>) -> Result<Exit, Refusal> {
    let config = configured(file)?;
    let database = open(&config).await?;
    database.migrate().await?;
    println!("The database ({}) has the schema of this version.", config.database);
    database.close().await;
    Ok(Exit::Fine)
}
