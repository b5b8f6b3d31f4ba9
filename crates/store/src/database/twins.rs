//! The rows of twins and actions, as they are stored. Times are microseconds since 1970; documents are JSON.

// The derive makes public items of its own, which may not name private ones.
#![allow(unreachable_pub)]

pub(crate) mod twin {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "twins")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub agent_id: Uuid,
        pub reported: String,
        pub reported_version: i64,
        pub reported_at: Option<i64>,
        pub desired: String,
        pub desired_version: i64,
        pub desired_at: Option<i64>,
        pub differs_since: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "crate::database::entity::agent::Entity",
            from = "Column::AgentId",
            to = "crate::database::entity::agent::Column::Id"
        )]
        Agent,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod twin_change {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "twin_changes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub agent_id: Uuid,
        /// `reported` or `desired`.
        #[sea_orm(primary_key, auto_increment = false)]
        pub part: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub at: i64,
        pub writer: String,
        pub patch: String,
        pub undo: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod action {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "actions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub agent_id: Uuid,
        pub name: String,
        pub snap: String,
        pub data: String,
        pub state: String,
        pub result: Option<String>,
        pub message: String,
        pub change_id: Option<String>,
        pub label: String,
        pub done: i64,
        pub total: i64,
        pub cancelling: bool,
        pub created_at: i64,
        pub created_by: String,
        pub not_after: i64,
        pub changed_at: i64,
        pub sent_at: Option<i64>,
        pub rollout_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "crate::database::entity::agent::Entity",
            from = "Column::AgentId",
            to = "crate::database::entity::agent::Column::Id"
        )]
        Agent,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
