//! Real components that are in no Debian package: installed below the target folder.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::run::{program, say, step};

/// A program from npm.
struct Package {
    name: &'static str,
    version: &'static str,
    why: &'static str,
}

/// What is installed: versions that run with the Node.js of Debian 12.
const PACKAGES: [Package; 3] = [
    Package {
        name: "node-red",
        version: "4.1.8",
        why: "an edge service whose editor needs WebSocket",
    },
    Package {
        name: "oidc-provider",
        version: "9.13.3",
        why: "a provider of single sign-on",
    },
    Package {
        name: "axe-core",
        version: "4.14.1",
        why: "a checker of what keeps people from using a page",
    },
];

/// Installs them where tests look for them, unless they are there.
pub fn install() -> Result<()> {
    PACKAGES.iter().try_for_each(install_package)
}

fn install_package(package: &Package) -> Result<()> {
    let Package { name, version, why } = package;
    let folder = target()?.join("peers").join(name);
    let manifest = folder.join(format!("node_modules/{name}/package.json"));
    let wanted = format!("\"version\": \"{version}\"");
    if std::fs::read_to_string(&manifest).is_ok_and(|text| text.contains(&wanted)) {
        return Ok(());
    }
    say(&format!("{name} {version} is missing: {why}"));
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    step(
        &format!("npm install {name}"),
        program("npm")
            .args(["install", "--no-audit", "--no-fund", "--no-package-lock"])
            .args(["--omit=optional", "--loglevel=error", "--prefix"])
            .arg(&folder)
            .arg(format!("{name}@{version}")),
    )
}

/// The folder that this program was built in, which the tests are built in as well.
fn target() -> Result<PathBuf> {
    let own = std::env::current_exe().context("cannot find out where this program is")?;
    let target = own.ancestors().nth(2);
    Ok(target
        .context("this program is not in a target folder")?
        .to_owned())
}
