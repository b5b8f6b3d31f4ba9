//! A control plane: in this process, or as the program `edgeward` that can be killed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use edgeward_runtime::Shutdown;
use edgeward_server::Running;
use edgeward_server::config::Config;
use edgeward_testkit::process::{Process, Program};
use serde_json::Value;

/// How long the program may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);

/// The last line of what the program prints when it is ready.
const READY: &str = "Stop with Ctrl-C";

/// How a control plane runs.
pub enum Plane {
    Inside(Box<Running>),
    Program {
        process: Process,
        config_file: PathBuf,
    },
}

/// Where a control plane that has started is.
pub struct Whereabouts {
    pub console: SocketAddr,
    pub agent_port: SocketAddr,
    pub operator_token: String,
    pub setup_url: Option<String>,
}

impl Plane {
    /// In this process.
    pub async fn inside(config: Config) -> (Self, Whereabouts) {
        let running = edgeward_server::start(config, Shutdown::new())
            .await
            .unwrap();
        let whereabouts = Whereabouts {
            console: running.console_address,
            agent_port: running.agent_address,
            operator_token: running.operator_token.clone(),
            setup_url: running.setup_url.clone(),
        };
        (Self::Inside(Box::new(running)), whereabouts)
    }

    /// The program `edgeward server --config`; `mqtt` is that block of the file, with its password.
    pub async fn program(config: &Config, mqtt: Option<Value>) -> (Self, Whereabouts) {
        let mut file = serde_json::to_value(config).unwrap();
        file["mqtt"] = mqtt.unwrap_or_default();
        let config_file = config.data_dir.with_extension("yaml");
        write_config(&config_file, &file);
        let process = start(&config_file).await;
        let whereabouts = whereabouts(&process, &config.data_dir);
        // The next start listens at the same places.
        file["console"]["listen"] = whereabouts.console.to_string().into();
        file["agent_port"]["listen"] = whereabouts.agent_port.to_string().into();
        write_config(&config_file, &file);
        let plane = Self::Program {
            process,
            config_file,
        };
        (plane, whereabouts)
    }

    /// The program's process id.
    pub fn pid(&self) -> u32 {
        self.process().pid()
    }

    /// The program's process.
    pub fn process(&self) -> &Process {
        match self {
            Self::Program { process, .. } => process,
            Self::Inside(_) => panic!("this control plane is no program of its own"),
        }
    }

    /// Starts the program again, which has ended, at the same places.
    pub async fn start_again(&mut self) {
        match self {
            Self::Program {
                process,
                config_file,
            } => *process = start(config_file).await,
            Self::Inside(_) => panic!("this control plane is no program of its own"),
        }
    }

    /// Ctrl-C, its end, and a second start.
    pub async fn restart(&mut self) {
        self.interrupt().await;
        self.start_again().await;
    }

    /// The link that makes the first administrator, if this start of the program has printed one.
    pub fn setup_url(&self) -> Option<String> {
        said(&self.process().log(), "First sign-in")
    }

    async fn interrupt(&self) {
        let process = self.process();
        process.interrupt();
        let status = process.wait_for_end(START_LIMIT).await.unwrap();
        assert!(status.success(), "{status}: {}", process.log());
    }

    /// Stops it, and says who was late.
    pub async fn stop(self) -> Vec<String> {
        match self {
            Self::Inside(running) => running.stop().await,
            Self::Program { .. } => {
                self.interrupt().await;
                Vec::new()
            }
        }
    }
}

/// The control plane's program, as `cargo xtask test` has built it beside this test.
fn own_program() -> PathBuf {
    built("debug/edgeward")
}

/// A program below the target folder that this test was built in.
pub fn built(path: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(3).unwrap().join(path);
    assert!(
        program.exists(),
        "{} is missing; run the tests with \"cargo xtask test\", which builds it",
        program.display()
    );
    program
}

async fn start(config_file: &Path) -> Process {
    let log = config_file.with_extension("log");
    // Only what this start says counts.
    let _none_yet = std::fs::remove_file(&log);
    let process = Program::at(own_program())
        .args(["server", "--config"])
        .arg(config_file.as_os_str())
        .start(log)
        .unwrap();
    process.wait_for_line(READY, START_LIMIT).await.unwrap();
    process
}

fn write_config(file: &Path, config: &Value) {
    // JSON is YAML.
    std::fs::write(file, config.to_string()).unwrap();
}

/// What the program has printed beside this name.
fn said(log: &str, name: &str) -> Option<String> {
    let line = log.lines().find_map(|line| line.trim().strip_prefix(name));
    line.map(|rest| rest.trim().to_owned())
}

fn whereabouts(process: &Process, data_dir: &Path) -> Whereabouts {
    let log = process.log();
    let console = said(&log, "Console").unwrap();
    let port = console.rsplit(':').next().unwrap().parse().unwrap();
    let operator = std::fs::read(data_dir.join("operator.json")).unwrap();
    let operator: Value = serde_json::from_slice(&operator).unwrap();
    Whereabouts {
        console: SocketAddr::from(([127, 0, 0, 1], port)),
        agent_port: said(&log, "Agents connect").unwrap().parse().unwrap(),
        operator_token: operator["token"].as_str().unwrap().to_owned(),
        setup_url: said(&log, "First sign-in"),
    }
}
