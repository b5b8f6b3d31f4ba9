use std::net::IpAddr;

use edgeward_domain::service::{Address, Scheme, Trust};
use edgeward_testkit::services::Service;
use http_body_util::BodyExt as _;

use super::*;

fn everywhere() -> DirectWay {
    edgeward_pki::install_provider();
    DirectWay::new(Networks::refusing(&[]))
}

fn at(address: &str) -> Destination {
    Destination {
        scheme: Scheme::Http,
        address: address.parse::<Address>().unwrap(),
        trust: Trust::Authorities,
    }
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[test]
fn the_machine_itself_and_what_clouds_give_out_are_refused_also_in_disguise() {
    let networks = Networks::refusing(&default_refused());
    for refused in [
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "0.0.0.0",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "fe80::1",
        "224.0.0.1",
    ] {
        let error = networks
            .allow(refused.parse::<IpAddr>().unwrap())
            .unwrap_err();
        assert!(
            error.contains("direct_services.refused_networks"),
            "{error}"
        );
    }
    for allowed in ["10.0.0.5", "192.168.1.20", "2001:db8::7", "8.8.8.8"] {
        networks.allow(allowed.parse::<IpAddr>().unwrap()).unwrap();
    }
}

#[tokio::test]
async fn a_name_that_leads_to_a_refused_network_is_refused_too() {
    edgeward_pki::install_provider();
    let way = DirectWay::new(Networks::refusing(&default_refused()));
    for address in ["localhost:1", "127.0.0.1:1", "[::1]:1"] {
        let error = way.send(&at(address), get("/")).await.err().unwrap();
        assert!(matches!(error, DirectError::Refused(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_request_arrives_as_it_was_and_the_answer_comes_as_it_is() {
    let service = Service::start().await.unwrap();
    let to = at(&service.address().to_string());
    let way = everywhere();
    let request = Request::put("/inspect?a=%2Fb&c=1")
        .header("x-own", "yes")
        .body(Body::from("twelve bytes"))
        .unwrap();
    let answer = way.send(&to, request).await.unwrap();
    assert_eq!(answer.status(), 200);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let seen: edgeward_testkit::services::Seen = serde_json::from_slice(&body).unwrap();
    assert_eq!(seen.method, "PUT");
    assert_eq!(seen.path, "/inspect?a=%2Fb&c=1");
    assert_eq!(seen.header("x-own"), Some("yes"));
    assert_eq!(seen.header("host"), Some(to.address.to_string().as_str()));
    assert_eq!(seen.body_bytes, 12);

    let bare = way.send(&to, get("/inspect")).await.unwrap();
    let body = bare.into_body().collect().await.unwrap().to_bytes();
    let seen: edgeward_testkit::services::Seen = serde_json::from_slice(&body).unwrap();
    assert_eq!(seen.header("transfer-encoding"), None, "a GET has no body");

    for status in [301, 404, 503] {
        let answer = way.send(&to, get(&format!("/status/{status}"))).await;
        assert_eq!(answer.unwrap().status(), status);
    }
}

#[tokio::test]
async fn who_is_not_there_or_is_no_service_is_said_with_the_reason() {
    let way = everywhere();
    let refusing = edgeward_testkit::services::Refusing::bind().unwrap();
    let error = way
        .send(&at(&refusing.address().to_string()), get("/"))
        .await
        .err()
        .unwrap();
    assert!(
        matches!(&error, DirectError::Unreachable { reason, .. } if reason.contains("refused")),
        "{error:?}"
    );
    let service = Service::start().await.unwrap();
    let address = service.address().to_string();
    let error = way.send(&at(&address), get("/reset")).await.err().unwrap();
    assert!(matches!(error, DirectError::BadAnswer { .. }), "{error:?}");

    let tls = Destination {
        scheme: Scheme::Https,
        ..at(&address)
    };
    let error = way.send(&tls, get("/")).await.err().unwrap();
    assert!(error.to_string().contains(&address), "{error:?}");
}

/// A service with a certificate that no public authority vouches for, and the certificate's fingerprint.
async fn encrypted() -> (String, String) {
    edgeward_pki::install_provider();
    let now = std::time::SystemTime::now();
    let authority = edgeward_pki::Authority::generate("test", now).unwrap();
    let names = ["127.0.0.1".to_owned()];
    let identity = authority
        .issue_server(&names, Duration::from_secs(3600), now)
        .unwrap();
    let fingerprint = edgeward_pki::fingerprint_of_pem(&identity.certificate_pem).unwrap();
    let acceptor =
        edgeward_pki::tls::Acceptor::https(&identity.certificate_pem, &identity.key_pem).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else {
                continue;
            };
            let answer = hyper::service::service_fn(async |_| {
                Ok::<_, std::convert::Infallible>(Response::new(Body::from("ok")))
            });
            let io = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, answer));
        }
    });
    (address.to_string(), fingerprint.to_string())
}

#[tokio::test]
async fn an_own_certificate_is_believed_when_it_is_pinned_and_not_otherwise() {
    let (address, fingerprint) = encrypted().await;
    let way = everywhere();
    let with = |trust: Trust| Destination {
        scheme: Scheme::Https,
        trust,
        ..at(&address)
    };
    let ask = async |trust: Trust| way.send(&with(trust), get("/")).await;

    let error = ask(Trust::Authorities).await.err().unwrap();
    assert!(
        matches!(error, DirectError::Certificate { .. }),
        "{error:?}"
    );
    let other = Trust::pinned(&"ab".repeat(32)).unwrap();
    let error = ask(other).await.err().unwrap();
    assert!(
        matches!(&error, DirectError::Certificate { reason, .. } if reason.starts_with("the certificate's fingerprint") && reason.contains(&fingerprint[..16])),
        "{error:?}"
    );
    let own = Trust::pinned(&fingerprint).unwrap();
    assert_eq!(ask(own).await.unwrap().status(), 200);
    let error = ask(Trust::Authorities).await.err().unwrap();
    assert!(
        matches!(error, DirectError::Certificate { .. }),
        "a connection of the pinned kind is not used again: {error:?}"
    );
}
