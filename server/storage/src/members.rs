//! Who may do what in a dataset.

use sqlx::{query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Database, Reader, StorageError,
    datasets::{Permitted, Role},
};

/// Somebody's part in a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: Uuid,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// What came of adding somebody by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// They are a member now.
    Member(Member),
    /// They were one before, in whatever role.
    AlreadyThere,
    /// Nobody has the name.
    Nobody,
}

impl Database {
    /// Everybody's part in a dataset, by name. Members see each other.
    pub async fn list_members(&self, reader: &Reader, slug: &str) -> Result<Option<Vec<Member>>, StorageError> {
        let Some(dataset) = self.find_dataset(reader, slug).await? else { return Ok(None) };
        let members = query_as!(
            Member,
            r#"SELECT user_id AS "user", name, role AS "role: Role"
               FROM dataset_members JOIN users ON users.id = user_id
               WHERE dataset_id = $1 AND (
                   $3 OR EXISTS (SELECT FROM dataset_members AS own WHERE own.dataset_id = $1 AND own.user_id = $2)
               )
               ORDER BY lower(name)"#,
            dataset.id,
            reader.user,
            reader.is_admin,
        );
        Ok(Some(members.fetch_all(self.pool()).await?))
    }

    /// Gives somebody a part in a dataset who has none yet, by the name that they have.
    pub async fn add_member(
        &self,
        reader: &Reader,
        slug: &str,
        (name, role): (&str, Role),
        now: OffsetDateTime,
    ) -> Result<Permitted<Added>, StorageError> {
        // Only owners learn who has an account.
        let dataset = match self.dataset_for(reader, slug, Role::Owner).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        let Some(user) = self.find_user_named(name).await? else { return Ok(Permitted::Done(Added::Nobody)) };
        let added = query_scalar!(
            "INSERT INTO dataset_members (dataset_id, user_id, role, added_at)
             SELECT id, $2, $3, $4 FROM datasets, rank_in_dataset($1, $5, $6) AS rank WHERE id = $1 AND rank = 4
             ON CONFLICT (dataset_id, user_id) DO NOTHING
             RETURNING user_id",
            dataset,
            user.id,
            role as Role,
            now,
            reader.user,
            reader.is_admin,
        );
        let member = Member { user: user.id, name: user.name, role };
        let added = added.fetch_optional(self.pool()).await?;
        Ok(Permitted::Done(added.map_or(Added::AlreadyThere, |_| Added::Member(member))))
    }

    /// Gives somebody a part in a dataset, another one, or none.
    pub async fn set_member(
        &self,
        reader: &Reader,
        slug: &str,
        user: Uuid,
        role: Option<Role>,
        now: OffsetDateTime,
    ) -> Result<Permitted<()>, StorageError> {
        let dataset = match self.dataset_for(reader, slug, Role::Owner).await? {
            Permitted::Done(dataset) => dataset.id,
            refused => return Ok(refused.refusal()),
        };
        self.transaction(move |transaction| {
            Box::pin(async move {
                // Two owners who remove each other at the same moment take turns.
                query_scalar!("SELECT id FROM datasets WHERE id = $1 FOR UPDATE", dataset)
                    .fetch_optional(&mut **transaction)
                    .await?;
                // A dataset that administrators made may have no owner at all.
                let is_last = query_scalar!(
                    r#"SELECT count(*) = 1 AND bool_or(user_id = $2) AS "is_last!" FROM dataset_members
                       WHERE dataset_id = $1 AND role = 'owner'"#,
                    dataset,
                    user,
                );
                if role != Some(Role::Owner) && is_last.fetch_one(&mut **transaction).await? {
                    return Ok(Permitted::LastOwner);
                }
                let changed = if let Some(role) = role {
                    let put = query_scalar!(
                        "INSERT INTO dataset_members (dataset_id, user_id, role, added_at)
                         SELECT $1, id, $3, $4 FROM users WHERE id = $2
                         ON CONFLICT (dataset_id, user_id) DO UPDATE SET role = excluded.role
                         RETURNING user_id",
                        dataset,
                        user,
                        role as Role,
                        now,
                    );
                    put.fetch_optional(&mut **transaction).await?
                } else {
                    let taken = query_scalar!(
                        "DELETE FROM dataset_members WHERE dataset_id = $1 AND user_id = $2 RETURNING user_id",
                        dataset,
                        user,
                    );
                    taken.fetch_optional(&mut **transaction).await?
                };
                Ok(changed.map_or(Permitted::Unknown, |_| Permitted::Done(())))
            })
        })
        .await
    }
}
