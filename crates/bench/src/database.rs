//! The two databases, and plain SQL to them: what fills them, and what the lists are compared with.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use anyhow::{Context as _, Result};
use edgeward_postgres_fixture::Server;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};
use uuid::Uuid;

/// How many rows go into one statement; 20 columns of them stay below the most values that SQLite takes.
const ROWS_AT_ONCE: usize = 200;

/// How many bytes are handed to PostgreSQL at once.
const COPY_BYTES: usize = 1 << 20;

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The embedded one.
    Sqlite,
    /// A server beside the control plane.
    Postgres,
}

/// Whether PostgreSQL waits for the disk, as it does unless told otherwise; SQLite does what the control plane tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Syncing {
    /// What is committed is on the disk.
    On,
    /// What is committed is with the operating system.
    Off,
}

/// A database for one control plane; it ends when dropped.
pub struct Database {
    /// Which of the two.
    pub kind: Kind,
    file: PathBuf,
    server: Option<(Server, String)>,
}

/// A value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cell {
    /// None.
    Null,
    /// A number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A text.
    Text(String),
    /// An id.
    Id(Uuid),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A question, with the values for `$1`, `$2` and so on; its first column tells the rows apart.
pub struct Statement {
    /// The question, as both databases take it.
    pub sql: String,
    /// The values.
    pub values: Vec<Cell>,
}

/// A connection.
pub enum Connection {
    /// To SQLite.
    Sqlite(Box<SqliteConnection>),
    /// To PostgreSQL.
    Postgres(Box<PgConnection>),
}

impl Kind {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// How text is sorted by code points.
    pub const fn by_code_points(self) -> &'static str {
        match self {
            Self::Sqlite => "COLLATE BINARY",
            Self::Postgres => "COLLATE \"C\"",
        }
    }
}

impl Database {
    /// An empty one, for a control plane with its data in this folder.
    pub fn new(kind: Kind, data: &Path, syncing: Syncing) -> Result<Self> {
        let server = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => {
                let server = match syncing {
                    Syncing::On => Server::start_syncing()?,
                    Syncing::Off => Server::start()?,
                };
                let url = server.fresh_database()?;
                Some((server, url))
            }
        };
        Ok(Self {
            kind,
            file: data.join("edgeward.db"),
            server,
        })
    }

    /// Its address; none for the one in the data folder.
    pub fn url(&self) -> Option<&str> {
        self.server.as_ref().map(|(_, url)| url.as_str())
    }

    /// The server's process; none where the control plane is the database itself.
    pub fn process(&self) -> Result<Option<u32>> {
        let Some((server, _)) = &self.server else {
            return Ok(None);
        };
        let file = server.folder().join("data/postmaster.pid");
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let pid = text
            .lines()
            .next()
            .and_then(|line| line.trim().parse().ok());
        Ok(Some(pid.context("PostgreSQL has written no process id")?))
    }

    /// Connects.
    pub async fn connect(&self) -> Result<Connection> {
        Ok(match &self.server {
            None => {
                let options = SqliteConnectOptions::new().filename(&self.file);
                Connection::Sqlite(Box::new(
                    options.disable_statement_logging().connect().await?,
                ))
            }
            Some((_, url)) => {
                let options = PgConnectOptions::from_str(url)?.disable_statement_logging();
                Connection::Postgres(Box::new(options.connect().await?))
            }
        })
    }
}

/// Binds a statement's values.
macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Cell::Null => query.bind(None::<String>),
                Cell::Number(number) => query.bind(*number),
                Cell::Flag(flag) => query.bind(*flag),
                Cell::Text(text) => query.bind(text.as_str()),
                Cell::Id(id) => query.bind(*id),
                Cell::Bytes(bytes) => query.bind(bytes.as_slice()),
            };
        }
        query
    }};
}

impl Connection {
    /// Carries out a statement without values.
    pub async fn run(&mut self, sql: impl Into<String>) -> Result<()> {
        let statement = sqlx::raw_sql(AssertSqlSafe(sql.into()));
        match self {
            Self::Sqlite(connection) => {
                statement.execute(&mut **connection).await?;
            }
            Self::Postgres(connection) => {
                statement.execute(&mut **connection).await?;
            }
        }
        Ok(())
    }

    /// Reads all rows, and says how many there are.
    pub async fn read(&mut self, statement: &Statement) -> Result<usize> {
        let query = AssertSqlSafe(statement.sql.clone());
        Ok(match self {
            Self::Sqlite(connection) => {
                let query = bound!(sqlx::query(query), &statement.values);
                query.fetch_all(&mut **connection).await?.len()
            }
            Self::Postgres(connection) => {
                let query = bound!(sqlx::query(query), &statement.values);
                query.fetch_all(&mut **connection).await?.len()
            }
        })
    }

    /// Reads the first column of all rows, which is a number or an id, as text.
    pub async fn keys(&mut self, statement: &Statement) -> Result<Vec<String>> {
        let query = AssertSqlSafe(statement.sql.clone());
        /// The first column of any row.
        macro_rules! key {
            ($row:expr) => {
                match $row.try_get::<i64, _>(0) {
                    Ok(number) => Ok(number.to_string()),
                    Err(_) => Ok($row.try_get::<Uuid, _>(0)?.to_string()),
                }
            };
        }
        match self {
            Self::Sqlite(connection) => {
                let query = bound!(sqlx::query(query), &statement.values);
                let rows = query.fetch_all(&mut **connection).await?;
                rows.iter().map(|row| key!(row)).collect()
            }
            Self::Postgres(connection) => {
                let query = bound!(sqlx::query(query), &statement.values);
                let rows = query.fetch_all(&mut **connection).await?;
                rows.iter().map(|row| key!(row)).collect()
            }
        }
    }

    /// The one number that this statement without values gives.
    pub async fn number(&mut self, sql: &str) -> Result<i64> {
        let statement = Statement {
            sql: sql.to_owned(),
            values: Vec::new(),
        };
        let keys = self.keys(&statement).await?;
        Ok(keys.first().context("there is no row")?.parse()?)
    }

    /// Adds rows to a table, with as many values as there are columns.
    pub async fn insert(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: impl Iterator<Item = Vec<Cell>>,
    ) -> Result<()> {
        let columns_list = columns.join(", ");
        match self {
            Self::Sqlite(connection) => {
                let beginning = format!("INSERT INTO {table} ({columns_list}) VALUES ");
                insert_all(connection, &beginning, columns.len(), rows).await
            }
            Self::Postgres(connection) => {
                let statement = format!("COPY {table} ({columns_list}) FROM STDIN");
                let mut copy = connection.copy_in_raw(&statement).await?;
                let mut text = String::with_capacity(COPY_BYTES * 2);
                for row in rows {
                    copied(&mut text, &row);
                    if text.len() >= COPY_BYTES {
                        copy.send(text.as_bytes()).await?;
                        text.clear();
                    }
                }
                copy.send(text.as_bytes()).await?;
                copy.finish().await?;
                Ok(())
            }
        }
    }

    /// Leaves the database as one that has run for long: on PostgreSQL its own background work has looked at all tables by
    /// then; the control plane asks neither database for that, and SQLite does nothing by itself but move its log into the file.
    pub async fn settle(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(_) => self.run("PRAGMA wal_checkpoint(TRUNCATE)").await,
            Self::Postgres(_) => {
                self.run("VACUUM (ANALYZE)").await?;
                self.run("CHECKPOINT").await
            }
        }
    }
}

async fn insert_all(
    connection: &mut SqliteConnection,
    beginning: &str,
    width: usize,
    mut rows: impl Iterator<Item = Vec<Cell>>,
) -> Result<()> {
    let row = format!("({})", vec!["?"; width].join(", "));
    let statement = |count| format!("{beginning}{}", vec![row.as_str(); count].join(", "));
    let full = statement(ROWS_AT_ONCE);
    sqlx::raw_sql("BEGIN").execute(&mut *connection).await?;
    loop {
        let values: Vec<Cell> = rows.by_ref().take(ROWS_AT_ONCE).flatten().collect();
        let count = values.len() / width;
        let sql = match count {
            0 => break,
            ROWS_AT_ONCE => full.clone(),
            fewer => statement(fewer),
        };
        let query = bound!(sqlx::query(AssertSqlSafe(sql)), &values);
        query.execute(&mut *connection).await?;
    }
    sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    Ok(())
}

/// Appends a line of PostgreSQL's text format for COPY.
fn copied(text: &mut String, row: &[Cell]) {
    for (place, cell) in row.iter().enumerate() {
        if place > 0 {
            text.push('\t');
        }
        match cell {
            Cell::Null => text.push_str("\\N"),
            Cell::Number(number) => text.push_str(&number.to_string()),
            Cell::Flag(flag) => text.push(if *flag { 't' } else { 'f' }),
            Cell::Id(id) => text.push_str(&id.to_string()),
            Cell::Bytes(bytes) => {
                text.push_str("\\\\x");
                for byte in bytes {
                    for digit in [byte >> 4, byte & 15] {
                        text.extend(char::from_digit(u32::from(digit), 16));
                    }
                }
            }
            Cell::Text(value) => {
                for c in value.chars() {
                    match c {
                        '\\' => text.push_str("\\\\"),
                        '\t' => text.push_str("\\t"),
                        '\n' => text.push_str("\\n"),
                        '\r' => text.push_str("\\r"),
                        other => text.push(other),
                    }
                }
            }
        }
    }
    text.push('\n');
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Uuid> for Cell {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every kind of value looks like when it comes back.
    async fn round_trip(database: &Database) {
        let mut connection = database.connect().await.unwrap();
        let (id_type, bytes_type) = match database.kind {
            Kind::Sqlite => ("BLOB", "BLOB"),
            Kind::Postgres => ("uuid", "bytea"),
        };
        let create = format!(
            "CREATE TABLE t (n BIGINT, id {id_type}, b {bytes_type}, f BOOLEAN, s TEXT, z TEXT)"
        );
        connection.run(create).await.unwrap();
        let id = Uuid::from_u128(7);
        let row = |number: i64| {
            let text = "a\\b\tc\nd\re 'q'".into();
            vec![
                Cell::Number(number),
                Cell::Id(id),
                Cell::Bytes(vec![0, 255]),
                Cell::Flag(true),
                text,
                Cell::Null,
            ]
        };
        let columns = ["n", "id", "b", "f", "s", "z"];
        // More than goes into one statement, and not a multiple of it.
        let rows = (1..=450).map(row);
        connection.insert("t", &columns, rows).await.unwrap();
        let mut wanted = row(450);
        wanted.pop();
        let statement = Statement {
            sql: "SELECT n FROM t WHERE n = $1 AND id = $2 AND b = $3 AND f = $4 AND s = $5 AND z IS NULL".into(),
            values: wanted,
        };
        assert_eq!(connection.keys(&statement).await.unwrap(), ["450"]);
        let all = Statement {
            sql: "SELECT id FROM t".into(),
            values: Vec::new(),
        };
        assert_eq!(connection.read(&all).await.unwrap(), 450);
        let keys = connection.keys(&all).await.unwrap();
        assert_eq!(keys.first(), Some(&id.to_string()));
        connection.settle().await.unwrap();
    }

    #[tokio::test]
    async fn rows_come_back_from_sqlite_as_they_were_given() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("edgeward.db"), "").unwrap();
        let database = Database::new(Kind::Sqlite, folder.path(), Syncing::On).unwrap();
        assert_eq!(database.process().unwrap(), None);
        round_trip(&database).await;
    }

    #[tokio::test]
    async fn rows_come_back_from_postgresql_as_they_were_given() {
        let database = Database::new(Kind::Postgres, Path::new(""), Syncing::On).unwrap();
        assert!(database.process().unwrap().is_some());
        round_trip(&database).await;
    }
}
