//! The rows of templates and deliveries, as they are stored. Times and durations are microseconds; values are JSON.

// The derive makes public items of its own, which may not name private ones.
#![allow(unreachable_pub)]

pub(crate) mod template {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "templates")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub organisation_id: Uuid,
        pub project_id: Uuid,
        pub name: String,
        pub kind: String,
        pub description: String,
        pub search: String,
        /// The number of its newest version.
        pub newest: i32,
        /// When that was made.
        pub changed_at: i64,
        pub created_at: i64,
        pub created_by: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod template_version {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "template_versions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub template_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub extent: String,
        pub note: String,
        pub created_at: i64,
        pub created_by: String,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod delivery {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "deliveries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub organisation_id: Uuid,
        pub project_id: Uuid,
        pub name: String,
        pub template_id: Option<Uuid>,
        pub template_name: String,
        pub version: i32,
        pub kind: String,
        pub extent: String,
        pub defaults: String,
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
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod delivery_target {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "delivery_targets")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub delivery_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub service_id: Uuid,
        pub name: String,
        pub wave: i32,
        /// The values of its own.
        pub given: String,
        pub step: String,
        pub message: String,
        pub has_before: bool,
        pub changed_at: Option<i64>,
        pub undo: Option<String>,
        pub undo_message: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod delivery_before {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "delivery_befores")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub delivery_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub service_id: Uuid,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
