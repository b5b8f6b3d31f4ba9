//! The rows of tags and rollouts, as they are stored. Times and durations are microseconds; selections and ways back are JSON.

// The derive makes public items of its own, which may not name private ones.
#![allow(unreachable_pub)]

pub(crate) mod device_tag {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "device_tags")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub agent_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag: String,
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

pub(crate) mod declared_tag {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "declared_tags")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod rollout {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "rollouts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub organisation_id: Uuid,
        pub project_id: Option<Uuid>,
        pub name: String,
        pub selection: String,
        pub action: String,
        pub snap: String,
        pub data: String,
        /// The sizes, with spaces between.
        pub waves: String,
        pub failure_limit: String,
        pub watch: i64,
        pub wait_for_away: bool,
        pub include_later: bool,
        pub lifetime: i64,
        pub state: String,
        pub reason: String,
        pub begun: i32,
        pub forgiven: i64,
        pub created_at: i64,
        pub created_by: String,
        pub changed_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod rollout_device {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "rollout_devices")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub rollout_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub agent_id: Uuid,
        pub wave: i32,
        pub action_id: Option<Uuid>,
        pub undo: Option<String>,
        pub undo_action_id: Option<Uuid>,
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
