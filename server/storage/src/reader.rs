//! In whose name something is read or written.

use uuid::Uuid;

/// In whose name something is read or written. Every query over what belongs to someone takes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// The signed-in person; nobody for who only looks at what is public.
    pub user: Option<Uuid>,
    /// Whether they administer the whole instance, and may see all of it.
    pub is_admin: bool,
}

impl Reader {
    /// Somebody who isn't signed in.
    pub const fn anonymous() -> Self {
        Self { user: None, is_admin: false }
    }

    /// The program itself, on behalf of whoever runs it.
    pub const fn operator() -> Self {
        Self { user: None, is_admin: true }
    }

    /// Somebody who is signed in.
    pub const fn user(user: Uuid) -> Self {
        Self { user: Some(user), is_admin: false }
    }
}
