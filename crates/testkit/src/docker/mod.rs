//! A real Docker in a network namespace of its own, and small images for it, made here: nothing is fetched.
//!
//! Its containers' ports are on the loopback of the namespace: whoever wants to reach them goes there with [`Namespace::enter`], or runs
//! inside.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::eventually;
use crate::netns::Namespace;
use crate::process::{Process, ProcessError, Program};

/// How long it may take to start.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How long it may take to end by itself.
const END_LIMIT: Duration = Duration::from_secs(20);

/// Where Debian has what images are made of.
const BUSYBOX: &str = "/bin/busybox";

/// The port at which images of [`Image::web`] answer.
pub const WEB_PORT: u16 = 8080;

/// What can be called by its name in an image.
const APPLETS: [&str; 9] = [
    "sh", "httpd", "sleep", "cat", "cp", "mkdir", "echo", "ls", "test",
];

/// A running Docker; it and its containers are gone when dropped.
#[derive(Debug)]
pub struct Docker {
    process: Option<Process>,
    folder: TempDir,
    namespace: Namespace,
}

/// What an image does when it is started.
#[derive(Clone, Debug)]
pub struct Image {
    script: String,
    changes: Vec<String>,
}

impl Image {
    /// Runs this script.
    pub fn script(script: impl Into<String>) -> Self {
        Self {
            script: script.into(),
            // What runs first in a container does not hear SIGTERM unless it listens for it.
            changes: vec!["STOPSIGNAL SIGKILL".to_owned()],
        }
    }

    /// Runs this script, and then answers at [`WEB_PORT`] with any file of the container, such as `/data/x`.
    pub fn web(script: &str) -> Self {
        Self::script(format!("{script}\nexec httpd -f -p {WEB_PORT} -h /"))
    }

    /// With this line of a Dockerfile, such as `HEALTHCHECK …`.
    #[must_use]
    pub fn with(mut self, line: impl Into<String>) -> Self {
        self.changes.push(line.into());
        self
    }
}

impl Docker {
    /// Starts one and waits until it answers.
    ///
    /// # Errors
    /// This is not root, a program is missing, or it does not start.
    pub async fn start() -> Result<Self, ProcessError> {
        let namespace =
            Namespace::create("docker").map_err(|error| preparing(io::Error::other(error)))?;
        let folder = tempfile::tempdir().map_err(preparing)?;
        make_files(folder.path()).map_err(preparing)?;
        let mut docker = Self {
            process: None,
            folder,
            namespace,
        };
        docker.begin().await?;
        Ok(docker)
    }

    /// Starts it again after [`Docker::end`].
    ///
    /// # Errors
    /// It does not start.
    pub async fn begin(&mut self) -> Result<(), ProcessError> {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let process = Program::debian("dockerd", "docker.io")
            .args(["--host", &format!("unix://{}", path("docker.sock"))])
            .args(["--data-root", &path("data")])
            .args(["--exec-root", &path("exec")])
            .args(["--pidfile", &path("pid")])
            .inside(&self.namespace)
            .start(self.folder.path().join("log"))?;
        process
            .wait_for_line("Daemon has completed initialization", START_LIMIT)
            .await?;
        self.process = Some(process);
        let answers = async || self.run(&["version"]);
        let answers = eventually("Docker's answer", START_LIMIT, answers).await;
        answers
            .map(drop)
            .map_err(|error| preparing(io::Error::other(error)))
    }

    /// Ends it as a service manager would, its containers too.
    ///
    /// # Errors
    /// It does not end.
    pub async fn end(&mut self) -> Result<(), ProcessError> {
        if let Some(process) = self.process.take() {
            process.terminate();
            process.wait_for_end(END_LIMIT).await?;
            // The next one writes there too, and its first words are waited for.
            std::fs::write(self.folder.path().join("log"), "").map_err(preparing)?;
        }
        Ok(())
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("docker.sock")
    }

    /// Where its containers' ports are.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// Makes an image of this name.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn make(&self, name: &str, image: &Image) -> Result<(), ProcessError> {
        let command = serde_json::json!(["/bin/sh", "-c", image.script]);
        let mut lines = vec![
            "FROM scratch".to_owned(),
            "ADD . /".to_owned(),
            format!("CMD {command}"),
        ];
        lines.extend(image.changes.iter().cloned());
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let file = path("Dockerfile");
        std::fs::write(&file, lines.join("\n")).map_err(preparing)?;
        let build = [
            "build",
            "--quiet",
            "--tag",
            name,
            "--file",
            &file,
            &path("root"),
        ];
        self.docker(&build)
            // The builder of today is a program of its own, which Debian does not have.
            .env("DOCKER_BUILDKIT", "0")
            .output()
            .map(drop)
    }

    /// What Docker's own command line says to this.
    ///
    /// # Errors
    /// It fails.
    pub fn run(&self, args: &[&str]) -> Result<String, ProcessError> {
        self.docker(args).output()
    }

    fn docker(&self, args: &[&str]) -> Program {
        Program::debian("docker", "docker.io")
            .args(["--host", &format!("unix://{}", self.socket().display())])
            .args(args)
    }

    /// The lines that it says to this.
    ///
    /// # Errors
    /// It fails.
    pub fn lines(&self, args: &[&str]) -> Result<Vec<String>, ProcessError> {
        Ok(self.run(args)?.lines().map(str::to_owned).collect())
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        let Some(process) = self.process.take() else {
            return;
        };
        // Containers are not children of it that would end with it.
        if let Ok(containers) = self.lines(&["ps", "--quiet", "--all"])
            && !containers.is_empty()
        {
            let mut args = vec!["rm", "--force"];
            args.extend(containers.iter().map(String::as_str));
            let _ended_with_the_rest = self.run(&args);
        }
        process.terminate();
        let end = std::time::Instant::now() + END_LIMIT;
        while process.ended().is_none() && std::time::Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(process);
        // What it has mounted would keep the folder from being removed.
        if let Ok(mounts) = std::fs::read_to_string("/proc/self/mounts") {
            let inside = self.folder.path().display().to_string();
            let mounted = mounts.lines().filter_map(|line| line.split(' ').nth(1));
            for path in mounted.filter(|path| path.starts_with(&inside)) {
                let _gone_already = Program::debian("umount", "mount")
                    .args(["--lazy", path])
                    .output();
            }
        }
    }
}

/// What all images are made of.
fn make_files(folder: &Path) -> io::Result<()> {
    let root = folder.join("root");
    std::fs::create_dir_all(root.join("bin"))?;
    std::fs::create_dir_all(root.join("tmp"))?;
    std::fs::copy(BUSYBOX, root.join("bin/busybox"))?;
    for applet in APPLETS {
        std::os::unix::fs::symlink("busybox", root.join("bin").join(applet))?;
    }
    Ok(())
}

fn preparing(source: io::Error) -> ProcessError {
    ProcessError::Prepare {
        what: "a Docker".to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
