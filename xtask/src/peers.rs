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
const PACKAGES: [Package; 4] = [
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
    Package {
        name: ASYNCAPI_PARSER,
        version: "3.6.3",
        why: "the official reader of AsyncAPI documents",
    },
];

/// The official reader of AsyncAPI documents, on npm.
const ASYNCAPI_PARSER: &str = "@asyncapi/parser";

/// A program from PyPI: a checker of JSON and YAML against schemas, with that of snapcraft built in.
const SCHEMA_CHECKER: (&str, &str) = ("check-jsonschema", "0.39.0");

/// Installs them where tests look for them, unless they are there.
pub fn install() -> Result<()> {
    PACKAGES.iter().try_for_each(install_package)?;
    install_schema_checker()
}

/// Where the modules are that Node.js needs to read AsyncAPI documents.
pub fn asyncapi_modules() -> Result<PathBuf> {
    Ok(folder(ASYNCAPI_PARSER)?.join("node_modules"))
}

/// The checker of JSON and YAML.
pub fn schema_checker() -> Result<PathBuf> {
    Ok(folder(SCHEMA_CHECKER.0)?.join("bin").join(SCHEMA_CHECKER.0))
}

fn folder(name: &str) -> Result<PathBuf> {
    Ok(target()?.join("peers").join(name))
}

fn install_schema_checker() -> Result<()> {
    let (name, version) = SCHEMA_CHECKER;
    let (folder, program_file) = (folder(name)?, schema_checker()?);
    let is_there = program(&program_file)
        .arg("--version")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(version));
    if is_there {
        return Ok(());
    }
    say(&format!(
        "{name} {version} is missing: the checker of snapcraft.yaml"
    ));
    // Without pip in it, which Debian has in a package of its own: the machine's pip installs into it.
    step(
        &format!("python3 -m venv {name}"),
        program("python3")
            .args(["-m", "venv", "--without-pip"])
            .arg(&folder),
    )?;
    step(
        &format!("pip install {name}"),
        program("pip3")
            .arg("--python")
            .arg(folder.join("bin/python3"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .arg(format!("{name}=={version}")),
    )
}

fn install_package(package: &Package) -> Result<()> {
    let Package { name, version, why } = package;
    let folder = folder(name)?;
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
pub fn target() -> Result<PathBuf> {
    let own = std::env::current_exe().context("cannot find out where this program is")?;
    let target = own.ancestors().nth(2);
    Ok(target
        .context("this program is not in a target folder")?
        .to_owned())
}
