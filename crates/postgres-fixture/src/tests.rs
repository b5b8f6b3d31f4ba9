use std::process::Command;

use super::*;

fn ask(server: &Server, url: &str, sql: &str) -> String {
    let database = url
        .trim_start_matches("postgres:///")
        .split('?')
        .next()
        .unwrap();
    let answer = Command::new(server.programs.join("psql"))
        .args([
            "-h",
            &server.folder,
            "-U",
            "edgeward",
            "-Atc",
            sql,
            database,
        ])
        .output()
        .unwrap();
    String::from_utf8(answer.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_server_serves_separate_databases_and_is_gone_when_dropped() {
    let server = Server::start().unwrap();
    let folder = server.folder().to_owned();
    let first = server.fresh_database().unwrap();
    let second = server.fresh_database().unwrap();
    assert_ne!(first, second);
    ask(&server, &first, "CREATE TABLE here (id int)");
    let count = "SELECT count(*) FROM pg_tables WHERE tablename = 'here'";
    assert_eq!(ask(&server, &first, count), "1");
    assert_eq!(ask(&server, &second, count), "0");
    assert_eq!(ask(&server, &first, "SHOW listen_addresses"), "");
    drop(server);
    assert!(!folder.exists());
}
