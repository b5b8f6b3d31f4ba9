//! The real components that tests use, and the Debian packages that they come from.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::run::{has, program, say, step};

/// A program that tests start, where it comes from, and what for.
struct Needed {
    program: &'static str,
    package: &'static str,
    why: &'static str,
}

const NEEDED: [Needed; 7] = [
    Needed { program: "mosquitto", package: "mosquitto", why: "an operator's own broker" },
    Needed { program: "mosquitto_pub", package: "mosquitto-clients", why: "a foreign MQTT client" },
    Needed { program: "nginx", package: "nginx-light", why: "an edge service with large files" },
    Needed { program: "chromium", package: "chromium", why: "the browser in which the console is tested" },
    Needed { program: "npm", package: "npm", why: "Node-RED, which the tunnel is tested with" },
    Needed { program: "ip", package: "iproute2", why: "network namespaces" },
    Needed { program: "nft", package: "nftables", why: "lossy and cut links" },
];

/// Where Debian puts PostgreSQL 15, which is not on the path.
const POSTGRES: (&str, &str) = ("/usr/lib/postgresql/15/bin/postgres", "postgresql-15");

/// Installs what is missing, saying so; fails, naming it, where that is not possible.
pub fn install_missing() -> Result<()> {
    let mut missing: Vec<&str> = NEEDED.iter().filter(|needed| !has(needed.program)).map(|needed| {
        say(&format!("{} is missing: {}", needed.program, needed.why));
        needed.package
    }).collect();
    if !Path::new(POSTGRES.0).exists() {
        say("PostgreSQL 15 is missing: the second database");
        missing.push(POSTGRES.1);
    }
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    ensure!(has("apt-get"), "the tests need {list}; this is no Debian, so install them by hand");
    ensure!(is_root(), "the tests need {list}; run as root, or: sudo apt-get install --no-install-recommends {list}");
    step("apt-get update", program("apt-get").args(["update", "-qq"]))?;
    let mut install = program("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "-qq", "--no-install-recommends"]);
    step(&format!("apt-get install {list}"), install.args(&missing))
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| {
        use std::os::unix::fs::MetadataExt as _;
        metadata.uid() == 0
    })
}
