//! Chores: `cargo xtask test | tidy | openapi [--check] | web [--check] | snap`.

mod documents;
mod openapi;
mod packages;
mod peers;
mod run;
mod snap;
mod test;
mod tidy;
mod web;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <chore>

  test               install what is missing, build, and run every test
  tidy               check the layers of the house and its rules
  openapi [--check]  write openapi.json from the code, or compare
  web [--check]      build the console with Node, or build and compare
  snap               build the agent and pack it as a snap
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["test", rest @ ..] => test::run(rest),
        ["tidy"] => tidy::run(),
        ["openapi"] => openapi::write(),
        ["openapi", "--check"] => openapi::check(),
        ["web"] => web::build(),
        ["web", "--check"] => web::check(),
        ["snap"] => snap::pack(),
        _ => {
            run::say(USAGE);
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            run::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
