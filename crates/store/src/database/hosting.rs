//! The rows of hosted services, and of the agents that may host any. Times are microseconds; what a service is made of is text without meaning.

// The derive makes public items of its own, which may not name private ones.
#![allow(unreachable_pub)]

pub(crate) mod hosting_agent {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "hosting_agents")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub agent_id: Uuid,
        /// Null where nothing runs containers, as is its version.
        pub engine_name: Option<String>,
        pub engine_version: Option<String>,
        pub snaps: bool,
        pub problem: String,
        pub reported_at: i64,
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

pub(crate) mod hosted_service {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, PartialEq, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "hosted_services")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub agent_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub offer: String,
        /// Null once the service is deleted and its agent has not said yet that it is gone.
        pub service_id: Option<Uuid>,
        pub generation: i64,
        pub wish: String,
        pub running: bool,
        pub restarts: i64,
        pub spec: String,
        pub spec_before: Option<String>,
        /// 0 until the agent has written any order down.
        pub taken_generation: i64,
        /// Null where the agent does not have it; what follows has no meaning then.
        pub reported_generation: Option<i64>,
        pub reported_step: String,
        pub reported_running: bool,
        pub present: String,
        pub message: String,
        pub ordered_at: i64,
        pub changed_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "crate::database::entity::service::Entity",
            from = "Column::ServiceId",
            to = "crate::database::entity::service::Column::Id"
        )]
        Service,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
