use super::*;
use crate::ask;

#[tokio::test]
async fn an_image_made_here_answers_from_a_container_and_all_is_gone_afterwards() {
    let docker = Docker::start().await.unwrap();
    let image = Image::web("echo hello > /tmp/hello");
    docker.make("test/web:1", &image).unwrap();
    let publish = format!("127.0.0.1::{WEB_PORT}");
    docker
        .run(&[
            "run",
            "--detach",
            "--name",
            "web",
            "--publish",
            &publish,
            "test/web:1",
        ])
        .unwrap();
    let port = docker.run(&["port", "web"]).unwrap();
    let address = port.trim().rsplit(' ').next().unwrap().parse().unwrap();
    {
        let _inside = docker.namespace().enter().unwrap();
        let answer = eventually("an answer", Duration::from_secs(20), async || {
            let answer = ask(address, http::Request::new("")).await;
            answer.map_err(|error| error.to_string())
        });
        assert_eq!(answer.await.unwrap().status(), 404);
        let request = http::Request::get("/tmp/hello").body("").unwrap();
        assert_eq!(ask(address, request).await.unwrap().body(), "hello\n");
    }
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    let folder = docker.folder.path().to_owned();
    drop(docker);
    assert!(!folder.exists());
}
