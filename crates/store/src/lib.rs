//! One trait per concept; SQLite and PostgreSQL behind it.
