//! The rows of services' tags.

// The entity macro writes its items `pub`.
#![allow(unreachable_pub)]

pub(crate) mod service_tag {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "service_tags")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub service_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag: String,
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
