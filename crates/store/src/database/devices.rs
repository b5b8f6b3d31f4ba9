//! The rows of devices; see [`entity`](super::entity).

// The derive makes public items of its own, which may not name private ones.
#![allow(unreachable_pub)]

use sea_orm::entity::prelude::*;

pub(crate) mod device {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "devices")]
    pub struct Model {
        /// Its agent's id; there need not be an agent yet.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub project_id: Uuid,
        pub brand: String,
        pub model: String,
        pub serial: String,
        pub store: String,
        pub device_key: String,
        pub device_data: Vec<u8>,
        /// `waiting`, `enrolled` or `disabled`.
        pub status: String,
        /// `edgeward` or `iot`; null until it has enrolled.
        pub dialect: Option<String>,
        /// The id of the key that vouched for it, or `unverified`; null until it has enrolled.
        pub verified: Option<String>,
        /// No reference: it may be deleted while the device still says so.
        pub enrolled_in: Option<Uuid>,
        pub automatic: bool,
        pub registered_at: i64,
        pub enrolled_at: Option<i64>,
        pub search: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "crate::database::entity::project::Entity",
            from = "Column::ProjectId",
            to = "crate::database::entity::project::Column::Id"
        )]
        Project,
        #[sea_orm(
            belongs_to = "super::clash::Entity",
            from = "Column::Id",
            to = "super::clash::Column::AgentId"
        )]
        Clash,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// That an identity was used from two places at once.
pub(crate) mod clash {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "device_clashes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub agent_id: Uuid,
        pub count: i64,
        pub last_at: i64,
        pub addresses: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Whose signatures an organisation believes.
pub(crate) mod authority {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "enrolment_authorities")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub key_id: String,
        pub account: String,
        pub name: String,
        /// The body of an account-key assertion.
        pub public_key: String,
        pub added_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What an organisation asks of devices, where it is not the least.
pub(crate) mod policy {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "enrolment_policies")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation_id: Uuid,
        pub unverified: bool,
        pub automatic_project_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Snaps that devices of a model have to have.
pub(crate) mod required_snap {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "required_snaps")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation_id: Uuid,
        /// Empty for every brand.
        #[sea_orm(primary_key, auto_increment = false)]
        pub brand: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub model: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub snap: String,
        pub channel: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
