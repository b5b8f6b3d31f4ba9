//! The rows, as they are stored. Times are microseconds since 1970; words and texts are checked when rows become domain types.

// The derive makes public items of its own, which may not name private ones.
#![allow(unreachable_pub)]

use sea_orm::entity::prelude::*;

pub(crate) mod setting {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "settings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub value: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod setup_key {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "setup_key")]
    pub struct Model {
        /// Always 1: there is one key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub key_hash: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod user {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub email: String,
        /// The e-mail address in lower case; unique.
        pub email_key: String,
        pub display_name: String,
        /// `system_admin` or `user`.
        pub role: String,
        /// Empty where there is no password.
        pub password_hash: String,
        pub created_at: i64,
        pub phone: String,
        pub language: Option<String>,
        pub state: String,
        pub sso_only: bool,
        pub last_sign_in_at: Option<i64>,
        pub search: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod session {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub token_hash: String,
        pub user_id: Option<Uuid>,
        pub kind: String,
        pub created_at: i64,
        pub expires_at: i64,
        pub remembered: bool,
        pub address: String,
        pub program: String,
        pub last_used_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::user::Entity",
            from = "Column::UserId",
            to = "super::user::Column::Id"
        )]
        User,
    }

    impl Related<super::user::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::User.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod organisation {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "organisations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub created_at: i64,
        pub description: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod project {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "projects")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub organisation_id: Uuid,
        pub name: String,
        pub created_at: i64,
        pub description: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::organisation::Entity",
            from = "Column::OrganisationId",
            to = "super::organisation::Column::Id"
        )]
        Organisation,
    }

    impl Related<super::organisation::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Organisation.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod join_token {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "join_tokens")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub secret_hash: String,
        pub uses_left: i64,
        pub created_at: i64,
        pub expires_at: i64,
        pub project_id: Option<Uuid>,
        /// The project's, or where agents are to wait.
        pub organisation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod agent {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "agents")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// `unmanaged`, `released`, `adopted` (not yet confirmed) or `confirmed`.
        pub state: String,
        /// The name that it was adopted under; null exactly when it is not managed, as is the project.
        pub name: Option<String>,
        pub project_id: Option<Uuid>,
        /// JSON.
        pub facts: String,
        pub address: String,
        pub certificate_serial: Option<String>,
        pub certificate_not_after: Option<i64>,
        /// The serial number that stays valid until the newest was seen in use.
        pub previous_serial: Option<String>,
        /// The number of the last command, or the highest that it reported.
        pub last_command: i64,
        pub search: String,
        pub created_at: i64,
        /// The name, else the host name.
        pub sort_name: String,
        pub version: String,
        /// Where it waits; null when it is managed.
        pub organisation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::project::Entity",
            from = "Column::ProjectId",
            to = "super::project::Column::Id"
        )]
        Project,
        #[sea_orm(
            belongs_to = "super::organisation::Entity",
            from = "Column::OrganisationId",
            to = "super::organisation::Column::Id"
        )]
        Home,
        #[sea_orm(
            belongs_to = "super::agent_heard::Entity",
            from = "Column::Id",
            to = "super::agent_heard::Column::AgentId"
        )]
        Heard,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// When agents were last heard: apart from the agents, since it changes all the time and they are large.
pub(crate) mod agent_heard {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "agents_heard")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub agent_id: Uuid,
        pub heard_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod service {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "services")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Null exactly when it is reached directly, as is the offer.
        pub agent_id: Option<Uuid>,
        pub offer: Option<String>,
        pub project_id: Uuid,
        pub name: String,
        pub offered: bool,
        pub kind: String,
        pub description: String,
        pub search: String,
        pub created_at: i64,
        /// `http` or `https`; null exactly when it is an agent's, as is the address.
        pub scheme: Option<String>,
        /// `host:port`, as it is compared.
        pub address: Option<String>,
        /// The SHA-256 of its certificate; null where the authorities vouch for it.
        pub pinned: Option<String>,
        /// `none`, `basic` or `token`.
        pub authentication: String,
        /// Null unless it is `basic`, as is the password.
        pub username: Option<String>,
        /// Sealed.
        pub password: Option<String>,
        /// Null until somebody has looked at it.
        pub checked_at: Option<i64>,
        pub answers: Option<bool>,
        /// JSON.
        pub finding: Option<String>,
        pub version: Option<String>,
        /// The numbers of the key pairs that it is known to accept, ascending, a space between; null where nobody has asked.
        pub keys: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::agent::Entity",
            from = "Column::AgentId",
            to = "super::agent::Column::Id"
        )]
        Agent,
        #[sea_orm(
            belongs_to = "super::project::Entity",
            from = "Column::ProjectId",
            to = "super::project::Column::Id"
        )]
        Project,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod service_figures {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "service_figures")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub service_id: Uuid,
        /// JSON.
        pub series: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
