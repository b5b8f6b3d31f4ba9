use std::os::unix::fs::MetadataExt as _;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

/// Sends a whole request, reads the whole answer, and gives its head and the length of its body.
async fn ask(address: SocketAddr, head: &str, body: &[u8]) -> (String, usize) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("{head}\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer
        .windows(4)
        .position(|part| part == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    (head, answer.len() - end - 4)
}

#[tokio::test]
async fn big_files_are_served_whole_and_in_parts_and_cost_no_disk() {
    let nginx = Nginx::start(None).await.unwrap();
    nginx.add_sparse_file("big", 1 << 30).unwrap();
    let on_disk = std::fs::metadata(nginx.root().join("big"))
        .unwrap()
        .blocks();
    assert!(on_disk < 100, "{on_disk}");
    let range = "GET /big HTTP/1.1\r\nrange: bytes=1073741820-";
    let (head, length) = ask(nginx.address(), range, b"").await;
    assert!(head.starts_with("HTTP/1.1 206"), "{head}");
    assert_eq!(length, 4);
    nginx.add_sparse_file("middle", 50 << 20).unwrap();
    let (head, length) = ask(nginx.address(), "GET /middle HTTP/1.1", b"").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(length, 50 << 20);
}

#[tokio::test]
async fn uploads_arrive_as_they_were_sent() {
    let nginx = Nginx::start(None).await.unwrap();
    let body = crate::services::pattern(0, 30 << 20);
    let put = format!("PUT /upload/x HTTP/1.1\r\ncontent-length: {}", body.len());
    let (head, _) = ask(nginx.address(), &put, &body).await;
    assert!(head.starts_with("HTTP/1.1 201"), "{head}");
    assert!(std::fs::read(nginx.uploaded("x")).unwrap() == body);
}

#[tokio::test]
async fn in_a_namespace_it_is_out_of_reach_from_here() {
    let namespace = Namespace::create("nginx").unwrap();
    let nginx = Nginx::start(Some(&namespace)).await.unwrap();
    let error = TcpStream::connect(nginx.address()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    let script = format!(
        "exec 3<>/dev/tcp/127.0.0.1/{}; printf 'HEAD / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3",
        nginx.address().port()
    );
    let answer = namespace
        .run(Program::debian("bash", "bash").args(["-c", &script]))
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_taken_port_is_noticed_at_once() {
    let nginx = Nginx::start(None).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("temp")).unwrap();
    let start = std::time::Instant::now();
    let error = run(folder.path(), nginx.address(), None).await.unwrap_err();
    assert!(error.is_port_taken(), "{error}");
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}
