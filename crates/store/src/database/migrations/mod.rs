//! The tables' history. A migration that was released never changes again (a test holds their checksums); a change of the
//! tables is a new file at the end of the list.

mod m0001_begin;
mod m0002_people;
mod m0003_devices;
mod m0004_twins;
mod m0005_rollouts;
mod m0006_services;
mod m0007_fleets_of_services;
mod m0008_deliveries;
mod m0009_hosting;

use sea_orm_migration::{MigrationTrait, MigratorTrait};

use super::fault::cause;
use super::{Database, Guard};
use crate::OpenError;

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_begin::Migration),
            Box::new(m0002_people::Migration),
            Box::new(m0003_devices::Migration),
            Box::new(m0004_twins::Migration),
            Box::new(m0005_rollouts::Migration),
            Box::new(m0006_services::Migration),
            Box::new(m0007_fleets_of_services::Migration),
            Box::new(m0008_deliveries::Migration),
            Box::new(m0009_hosting::Migration),
        ]
    }
}

/// Applies the migrations that are missing, all in one transaction. Several programs may do so at once.
pub(crate) async fn bring_up_to_date(database: &Database, shown: &str) -> Result<(), OpenError> {
    let failed = |error| OpenError::Migrate {
        database: shown.to_owned(),
        source: cause(error),
    };
    let transaction = database.write().await.map_err(failed)?;
    transaction.guard(Guard::Migrations).await.map_err(failed)?;
    let applied = Migrator::get_migration_models(&*transaction)
        .await
        .map_err(failed)?;
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    if let Some(unknown) = applied
        .into_iter()
        .map(|row| row.version)
        .find(|version| !known.contains(version))
    {
        return Err(OpenError::Newer {
            database: shown.to_owned(),
            migration: unknown,
        });
    }
    Migrator::up(&*transaction, None).await.map_err(failed)?;
    transaction.commit_without_notes().await.map_err(failed)
}

#[cfg(test)]
mod tests;
