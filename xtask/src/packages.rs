//! The real components that tests use, and the Debian packages that they come from.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::run::{has, program, say, step};

/// A program that tests start, where it comes from, and what for.
struct Needed {
    program: &'static str,
    package: &'static str,
    why: &'static str,
}

const NEEDED: [Needed; 22] = [
    Needed {
        program: "mosquitto",
        package: "mosquitto",
        why: "an operator's own broker",
    },
    Needed {
        program: "mosquitto_pub",
        package: "mosquitto-clients",
        why: "a foreign MQTT client",
    },
    Needed {
        program: "nats-server",
        package: "nats-server",
        why: "the server through which local programs ask an agent",
    },
    Needed {
        program: "snap",
        package: "snapd",
        why: "packing the agent as a snap",
    },
    Needed {
        program: "mksquashfs",
        package: "squashfs-tools",
        why: "packing the agent as a snap",
    },
    Needed {
        program: "debootstrap",
        package: "debootstrap",
        why: "machines with the real snapd",
    },
    Needed {
        program: "systemd-nspawn",
        package: "systemd-container",
        why: "machines with the real snapd",
    },
    Needed {
        program: "busybox",
        package: "busybox-static",
        why: "machines with the real snapd, and images of containers",
    },
    Needed {
        program: "dockerd",
        package: "docker.io",
        why: "what runs hosted services",
    },
    Needed {
        program: "iptables",
        package: "iptables",
        why: "Docker's networks",
    },
    Needed {
        program: "python3",
        package: "python3",
        why: "the checker of snapcraft.yaml",
    },
    Needed {
        program: "pip3",
        package: "python3-pip",
        why: "the checker of snapcraft.yaml",
    },
    Needed {
        program: "nginx",
        package: "nginx-light",
        why: "an edge service with large files",
    },
    Needed {
        program: "aiosmtpd",
        package: "python3-aiosmtpd",
        why: "a mail server",
    },
    Needed {
        program: "chromium",
        package: "chromium",
        why: "the browser in which the console is tested",
    },
    Needed {
        program: "node",
        package: "nodejs",
        why: "Node-RED and a provider of single sign-on",
    },
    Needed {
        program: "npm",
        package: "npm",
        why: "Node-RED and a provider of single sign-on",
    },
    Needed {
        program: "faketime",
        package: "faketime",
        why: "devices with a wrong clock",
    },
    Needed {
        program: "ip",
        package: "iproute2",
        why: "network namespaces",
    },
    Needed {
        program: "tc",
        package: "iproute2",
        why: "slow links",
    },
    Needed {
        program: "nsenter",
        package: "util-linux",
        why: "programs inside network namespaces",
    },
    Needed {
        program: "nft",
        package: "nftables",
        why: "lossy and cut links",
    },
];

/// Where Debian puts PostgreSQL 15, which is not on the path.
const POSTGRES: (&str, &str) = ("/usr/lib/postgresql/15/bin/postgres", "postgresql-15");

/// Installs what is missing, saying so; fails, naming it, where that is not possible or did not help.
pub fn install_missing() -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    for (program, _, why) in &missing {
        say(&format!("{program} is missing: {why}"));
    }
    let packages = packages_of(&missing);
    let list = packages.join(" ");
    ensure!(
        has("apt-get"),
        "the tests need {list}; this is no Debian, so install them by hand"
    );
    ensure!(
        is_root(),
        "the tests need {list}; run as root, or: sudo apt-get install --no-install-recommends {list}"
    );
    step("apt-get update", program("apt-get").args(["update", "-qq"]))?;
    let mut install = program("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive").args([
        "install",
        "-y",
        "-qq",
        "--no-install-recommends",
    ]);
    step(&format!("apt-get install {list}"), install.args(&packages))?;
    let still = self::missing();
    ensure!(
        still.is_empty(),
        "the tests need {}, which apt-get did not bring",
        packages_of(&still).join(" ")
    );
    Ok(())
}

/// What is missing: program, package, and what for.
fn missing() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut missing: Vec<_> = NEEDED
        .iter()
        .filter(|needed| !has(needed.program))
        .map(|needed| (needed.program, needed.package, needed.why))
        .collect();
    if !Path::new(POSTGRES.0).exists() {
        missing.push((POSTGRES.0, POSTGRES.1, "the second database"));
    }
    missing
}

fn packages_of(missing: &[(&'static str, &'static str, &'static str)]) -> Vec<&'static str> {
    let packages: BTreeSet<_> = missing.iter().map(|(_, package, _)| *package).collect();
    packages.into_iter().collect()
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| {
        use std::os::unix::fs::MetadataExt as _;
        metadata.uid() == 0
    })
}
