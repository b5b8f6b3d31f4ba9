//! Putting files into containers, whether they run or not: as tar archives, which is how the engine takes them.

use bollard::query_parameters::{ContainerArchiveInfoOptions, UploadToContainerOptions};
use edgeward_wire::hosting::KeyFile;

use super::{Engine, EngineError};

/// The unit of tar.
const BLOCK: usize = 512;

/// The longest name that fits into the head of an entry, in bytes.
pub(in crate::hosting) const MAX_NAME_BYTES: usize = 100;

/// Whoever runs in the container has to read them.
const FILE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o755;

impl Engine {
    /// Puts these files into a folder of a container, in place of those of the same name. The folder is made if it is not there.
    pub(crate) async fn put(
        &self,
        container: &str,
        folder: &str,
        files: &[KeyFile],
    ) -> Result<(), EngineError> {
        // What is there keeps its owner and its mode: only what is missing may be in the archive.
        let (mut there, mut missing) = (folder.trim_end_matches('/'), Vec::new());
        while !there.is_empty() && !self.has_path(container, there).await? {
            missing.push(there);
            there = there.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        let relative = |path: &str| path[there.len()..].trim_start_matches('/').to_owned();
        let mut tar = Tar::default();
        for folder in missing.iter().rev() {
            tar.folder(&relative(folder));
        }
        for file in files {
            let path = format!("{}/{}", folder.trim_end_matches('/'), file.name);
            tar.file(&relative(&path), file.pem.as_bytes());
        }
        let options = UploadToContainerOptions {
            path: format!("{there}/"),
            ..UploadToContainerOptions::default()
        };
        let docker = self.docker().await?;
        let body = bollard::body_full(tar.end().into());
        let put = docker.upload_to_container(container, Some(options), body);
        put.await.map_err(|error| {
            self.failed(format!("put key files into {folder} of {container}"), error)
        })
    }

    async fn has_path(&self, container: &str, path: &str) -> Result<bool, EngineError> {
        let docker = self.docker().await?;
        let options = ContainerArchiveInfoOptions {
            // What a link leads to, not the link.
            path: format!("{path}/."),
        };
        let looked = docker.get_container_archive_info(container, Some(options));
        match looked.await {
            Ok(_) => Ok(true),
            Err(error) => match self.failed(format!("look for {path} in {container}"), error) {
                error if error.is_missing() => Ok(false),
                error => Err(error),
            },
        }
    }
}

/// An archive in the form of POSIX 1003.1-1988.
#[derive(Default)]
struct Tar(Vec<u8>);

impl Tar {
    fn folder(&mut self, name: &str) {
        self.head(&format!("{name}/"), FOLDER_MODE, 0, b'5');
    }

    fn file(&mut self, name: &str, bytes: &[u8]) {
        self.head(name, FILE_MODE, bytes.len(), b'0');
        self.0.extend_from_slice(bytes);
        self.0.resize(self.0.len().next_multiple_of(BLOCK), 0);
    }

    fn head(&mut self, name: &str, mode: u32, size: usize, kind: u8) {
        let mut head = [0; BLOCK];
        let mut put = |at: usize, bytes: &[u8]| head[at..at + bytes.len()].copy_from_slice(bytes);
        // Longer names are refused before they come here.
        put(0, &name.as_bytes()[..name.len().min(MAX_NAME_BYTES)]);
        put(100, format!("{mode:07o}").as_bytes());
        put(108, b"0000000");
        put(116, b"0000000");
        put(124, format!("{size:011o}").as_bytes());
        put(136, b"00000000000");
        put(148, b"        ");
        put(156, &[kind]);
        put(257, b"ustar\x0000");
        let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
        head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend_from_slice(&head);
    }

    fn end(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 2 * BLOCK, 0);
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_systems_own_tar_reads_an_archive() {
        let mut tar = Tar::default();
        tar.folder("etc");
        tar.folder("etc/keys");
        tar.file("etc/keys/edgeward.pub", &[b'x'; 513]);
        tar.file("etc/keys/edgeward-2.pub", b"");
        let mut program = Command::new("tar")
            .args(["-tv", "--numeric-owner"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        program.stdin.take().unwrap().write_all(&tar.end()).unwrap();
        let output = program.wait_with_output().unwrap();
        assert!(output.status.success());
        let listed = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<Vec<&str>> = listed
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        let seen: Vec<_> = lines
            .iter()
            .map(|line| (line[0], line[1], line[2], line[line.len() - 1]))
            .collect();
        assert_eq!(
            seen,
            [
                ("drwxr-xr-x", "0/0", "0", "etc/"),
                ("drwxr-xr-x", "0/0", "0", "etc/keys/"),
                ("-rw-r--r--", "0/0", "513", "etc/keys/edgeward.pub"),
                ("-rw-r--r--", "0/0", "0", "etc/keys/edgeward-2.pub"),
            ]
        );
    }
}
