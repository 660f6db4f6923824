//! From a file to the stored settings: look, plan, and, once somebody agreed, save.

use kaizen_domain::{Instant, MemberId, UserId};
use kaizen_workflow::ports::{Founding, Queries, Store, StoreError, Workspace};

use super::{Faults, Plan, WorkspaceFile};

/// Why the plan was not applied. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotApplied {
    /// The file names what there is not.
    #[error("{0}")]
    Faults(Faults),
    /// Nobody is named who could own a workspace that the bot has not seen yet.
    #[error(
        "the bot has not joined this community yet: name a person as coordinator, who stands in for its owner until then"
    )]
    Nobody,
    /// Somebody changed the settings after the plan was made.
    #[error("the settings were changed meanwhile; look at the plan again")]
    Meanwhile,
    /// The database does not answer.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for NotApplied {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => NotApplied::Meanwhile,
            other @ (StoreError::AlreadyHandled(_)
            | StoreError::Unavailable(_)
            | StoreError::Corrupt { .. }) => NotApplied::Store(other),
        }
    }
}

/// A plan, and what it was made from.
#[derive(Debug)]
pub struct Draft {
    /// What would change.
    pub plan: Plan,
    /// The workspace as it was when the plan was made; none if it is not known yet.
    workspace: Option<Workspace>,
    /// When that was: what has passed by then stays what it was.
    now: Instant,
}

/// Compares the file with what is set at `now`. Changes nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn draft(
    store: &dyn Store,
    queries: &dyn Queries,
    file: &WorkspaceFile,
    now: Instant,
) -> Result<Draft, StoreError> {
    let workspace = store.workspace(file.guild).await?;
    let plan = match &workspace {
        None => file.plan(None, now),
        Some(w) => {
            let people = queries.people(w.id, &named(w)).await?;
            file.plan(Some((&w.policy, &people)), now)
        }
    };
    Ok(Draft { plan, workspace, now })
}

/// Everything that is set in a workspace, as a file.
///
/// # Errors
/// When the database does not answer.
pub async fn export(queries: &dyn Queries, workspace: &Workspace) -> Result<WorkspaceFile, StoreError> {
    let people = queries.people(workspace.id, &named(workspace)).await?;
    Ok(WorkspaceFile::of(workspace.guild, &workspace.policy, &people))
}

impl Draft {
    /// Has nobody seen this community yet?
    pub fn is_new(&self) -> bool {
        self.workspace.is_none()
    }

    /// Makes it so.
    ///
    /// # Errors
    /// See [`NotApplied`].
    pub async fn apply(&self, store: &dyn Store, file: &WorkspaceFile) -> Result<(), NotApplied> {
        let workspace = match self.workspace.clone() {
            Some(workspace) => workspace,
            None => {
                let owner = file
                    .coordinators
                    .iter()
                    .flat_map(|c| &c.users)
                    .next()
                    .copied()
                    .ok_or(NotApplied::Nobody)?;
                // The name comes with the bot.
                store.found(&Founding { guild: file.guild, name: String::new(), owner }).await?
            }
        };
        let users = file.users();
        let members = store.members(workspace.id, &users).await?;
        let member = |user: UserId| -> Option<MemberId> {
            users.iter().position(|u| *u == user).and_then(|at| members.get(at)).copied()
        };
        let policy = file.settings(&workspace.policy, &member, self.now).map_err(NotApplied::Faults)?;
        store.save_policy(workspace.id, policy).await?;
        Ok(())
    }
}

/// Everybody whom the settings name.
fn named(workspace: &Workspace) -> Vec<MemberId> {
    let policy = &workspace.policy;
    let staffings = [&policy.coordinators, &policy.policy_owners].into_iter();
    let teams = policy.teams.iter().map(|t| &t.managers);
    let routes = policy.routes.iter().map(|r| &r.to);
    let members = staffings.chain(teams).chain(routes).flat_map(|s| &s.members);
    members.copied().collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use kaizen_domain::GuildId;
    use kaizen_storage::{Database, Options};

    use super::*;

    async fn empty() -> Database {
        let database = Database::open("sqlite::memory:", Options::default()).await.unwrap();
        database.migrate().await.unwrap();
        database
    }

    async fn draft_now(database: &Database, file: &WorkspaceFile) -> Result<Draft, StoreError> {
        draft(database, database, file, "2026-11-16T10:00:00Z".parse().unwrap()).await
    }

    fn file(text: &str) -> WorkspaceFile {
        WorkspaceFile::parse(Path::new("ward.toml"), text).unwrap()
    }

    #[tokio::test]
    async fn expect_an_unseen_workspace_set_up_and_nothing_left_to_change() {
        let database = empty().await;
        let demo = file(include_str!("../../../../config/demo.toml"));
        let first = draft_now(&database, &demo).await.unwrap();
        assert!(first.is_new() && !first.plan.changes.is_empty());
        first.apply(&database, &demo).await.unwrap();

        let again = draft_now(&database, &demo).await.unwrap();
        assert_eq!(again.plan.changes, []);
        let workspace = database.workspace(GuildId(1000)).await.unwrap().unwrap();
        let ward = workspace.policy.team_named("Ward 3").unwrap();
        let people = database.people(workspace.id, &ward.managers.members).await.unwrap();
        assert_eq!(people.user(ward.managers.members[0]), Some(UserId(102)));
    }

    #[tokio::test]
    async fn expect_no_plan_applied_over_a_change_made_meanwhile() {
        let database = empty().await;
        let (first, second) = (
            file("guild = \"7\"\ncoordinators = { users = [\"1\"] }"),
            file("guild = \"7\"\ncoordinators = { users = [\"2\"] }"),
        );
        draft_now(&database, &first).await.unwrap().apply(&database, &first).await.unwrap();
        let planned = draft_now(&database, &second).await.unwrap();
        let other = file("guild = \"7\"\n[times]\nanswer = \"36h\"");
        draft_now(&database, &other).await.unwrap().apply(&database, &other).await.unwrap();
        assert!(matches!(planned.apply(&database, &second).await, Err(NotApplied::Meanwhile)));
        assert!(matches!(
            draft_now(&database, &file("guild = \"8\""))
                .await
                .unwrap()
                .apply(&database, &file("guild = \"8\""))
                .await,
            Err(NotApplied::Nobody)
        ));
    }
}
