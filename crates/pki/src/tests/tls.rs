//! Handshakes between both ends of this crate, over memory.

use std::io;
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::{DAY, ca, device, server};
use crate::tls::{
    Acceptor, ClientIdentity, ClientStream, Connector, ServerStream, TlsError, Trust, alpn,
    client_alpn, peer_info,
};
use crate::{Authority, PkiError, certificate_info, fingerprint_of_pem};

type Ends = (
    Result<ClientStream<DuplexStream>, TlsError>,
    io::Result<ServerStream<DuplexStream>>,
);

async fn handshake(connector: &Connector, acceptor: &Acceptor, name: &str) -> Ends {
    let (near, far) = duplex(16 * 1024);
    tokio::join!(connector.connect(name, near), acceptor.accept(far))
}

fn port(ca: &Authority, now: SystemTime) -> Acceptor {
    Acceptor::agent_port(&server(ca, now), ca.certificate_pem(), &[b"one", b"two"]).unwrap()
}

fn pinned(ca: &Authority) -> Connector {
    Connector::new(Trust::Pinned(ca.fingerprint()), None, &[]).unwrap()
}

fn identity(ca: &Authority, name: &str, now: SystemTime) -> ClientIdentity {
    let (key, issued) = device(ca, name, now);
    ClientIdentity {
        certificate_pem: issued.pem,
        key_pem: key.to_pem(),
    }
}

#[tokio::test]
async fn a_client_without_a_certificate_is_let_in_and_known_to_have_none() {
    let ca = ca("test");
    let acceptor = port(&ca, SystemTime::now());
    for name in ["localhost", "127.0.0.1"] {
        let (client, server) = handshake(&pinned(&ca), &acceptor, name).await;
        let (mut client, mut server) = (client.unwrap(), server.unwrap());
        assert_eq!(peer_info(&server), None);
        assert_eq!(alpn(&server), None);
        client.write_all(b"hello").await.unwrap();
        client.shutdown().await.unwrap();
        let mut heard = String::new();
        server.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "hello");
    }
}

#[tokio::test]
async fn a_client_certificate_is_known_by_name_and_serial() {
    let ca = ca("test");
    let identity = identity(&ca, "agent-1", SystemTime::now());
    for trust in [
        Trust::Pinned(ca.fingerprint()),
        Trust::Authority(ca.certificate_pem().to_owned()),
        Trust::Unverified,
    ] {
        let connector = Connector::new(trust, Some(&identity), &[b"two"]).unwrap();
        let (client, server) =
            handshake(&connector, &port(&ca, SystemTime::now()), "localhost").await;
        let (client, server) = (client.unwrap(), server.unwrap());
        let info = peer_info(&server).unwrap();
        assert_eq!(info, certificate_info(&identity.certificate_pem).unwrap());
        assert_eq!(info.common_name, "agent-1");
        assert_eq!(
            (client_alpn(&client), alpn(&server)),
            (Some(b"two".to_vec()), Some(b"two".to_vec()))
        );
    }
}

#[tokio::test]
async fn a_server_of_another_authority_is_refused_by_both_kinds_of_trust() {
    let (ours, theirs) = (ca("same name"), ca("same name"));
    let acceptor = port(&theirs, SystemTime::now());
    for trust in [
        Trust::Pinned(ours.fingerprint()),
        Trust::PinnedIgnoringTime(ours.fingerprint()),
        Trust::Authority(ours.certificate_pem().to_owned()),
        Trust::PublicRoots,
    ] {
        let connector = Connector::new(trust, None, &[]).unwrap();
        let (client, server) = handshake(&connector, &acceptor, "localhost").await;
        let error = client.unwrap_err();
        assert!(matches!(error, TlsError::UntrustedCa), "{error:?}");
        let error = server.unwrap_err().to_string();
        assert!(error.contains("refused: it does not"), "{error}");
    }
}

#[tokio::test]
async fn the_pinned_authority_must_have_signed_the_server() {
    // The right authority is in the chain, and the leaf is somebody else's.
    let (ours, theirs) = (ca("same name"), ca("same name"));
    let mut identity = server(&theirs, SystemTime::now());
    let leaf = identity
        .certificate_pem
        .replace(theirs.certificate_pem(), "");
    identity.certificate_pem = leaf + ours.certificate_pem();
    let acceptor = Acceptor::agent_port(&identity, ours.certificate_pem(), &[]).unwrap();
    let (client, _) = handshake(&pinned(&ours), &acceptor, "localhost").await;
    assert!(matches!(client, Err(TlsError::UntrustedCa)), "{client:?}");
}

#[tokio::test]
async fn a_server_that_does_not_send_its_authority_is_refused() {
    let ca = ca("test");
    let mut identity = server(&ca, SystemTime::now());
    identity.certificate_pem = identity.certificate_pem.replace(ca.certificate_pem(), "");
    let acceptor = Acceptor::agent_port(&identity, ca.certificate_pem(), &[]).unwrap();
    let (client, _) = handshake(&pinned(&ca), &acceptor, "localhost").await;
    assert!(matches!(client, Err(TlsError::UntrustedCa)), "{client:?}");
}

#[tokio::test]
async fn a_wrong_name_is_told_with_both_names() {
    let ca = ca("test");
    let (client, _) = handshake(
        &pinned(&ca),
        &port(&ca, SystemTime::now()),
        "edge.example.com",
    )
    .await;
    match client.unwrap_err() {
        TlsError::WrongName {
            expected,
            presented,
        } => {
            assert_eq!(expected, "edge.example.com");
            assert!(
                presented.iter().any(|name| name.contains("localhost")),
                "{presented:?}"
            );
        }
        other => panic!("{other:?}"),
    }
    let (near, _far) = duplex(1024);
    let error = pinned(&ca).connect("not a name", near).await.unwrap_err();
    assert!(matches!(error, TlsError::Name(_)), "{error:?}");
}

#[tokio::test]
async fn dates_are_checked_and_told() {
    let now = SystemTime::now();
    let ca = ca("test");
    let close = |a: SystemTime, b: SystemTime| {
        a.max(b).duration_since(a.min(b)).unwrap() < Duration::from_secs(60)
    };

    let early = port(&ca, now + 2 * DAY);
    let (client, _) = handshake(&pinned(&ca), &early, "localhost").await;
    match client.unwrap_err() {
        TlsError::NotYetValid {
            not_before,
            now: clock,
        } => {
            assert!(
                close(not_before, now + 2 * DAY - crate::CLOCK_TOLERANCE),
                "{not_before:?}"
            );
            assert!(close(clock, now), "{clock:?}");
        }
        other => panic!("{other:?}"),
    }

    let late = port(&ca, now - 3 * DAY);
    let (client, _) = handshake(&pinned(&ca), &late, "localhost").await;
    match client.unwrap_err() {
        TlsError::Expired {
            not_after,
            now: clock,
        } => {
            assert!(close(not_after, now - 2 * DAY), "{not_after:?}");
            assert!(close(clock, now), "{clock:?}");
        }
        other => panic!("{other:?}"),
    }

    let diagnosis = Connector::new(Trust::PinnedIgnoringTime(ca.fingerprint()), None, &[]).unwrap();
    for acceptor in [early, late] {
        let (client, server) = handshake(&diagnosis, &acceptor, "localhost").await;
        client.unwrap();
        server.unwrap();
    }
}

#[tokio::test]
async fn a_client_certificate_of_another_authority_is_refused_at_both_ends() {
    let (ours, theirs) = (ca("ours"), ca("theirs"));
    let expired = identity(&ours, "agent-1", SystemTime::now() - 3 * DAY);
    let foreign = identity(&theirs, "agent-1", SystemTime::now());
    for (identity, there, here) in [
        (foreign, "not issued by", "does not trust the authority"),
        (expired, "no longer valid", "by its clock"),
    ] {
        let connector =
            Connector::new(Trust::Pinned(ours.fingerprint()), Some(&identity), &[]).unwrap();
        let (client, server) =
            handshake(&connector, &port(&ours, SystemTime::now()), "localhost").await;
        let error = server.unwrap_err().to_string();
        assert!(error.contains(there), "{error}");
        // With TLS 1.3 the client is done before the server has looked at its certificate.
        let error = TlsError::from_io(client.unwrap().read_u8().await.unwrap_err());
        assert!(matches!(error, TlsError::Refused { .. }), "{error:?}");
        assert!(error.to_string().contains(here), "{error}");
    }
}

#[tokio::test]
async fn a_server_certificate_is_no_client_certificate() {
    let ca = ca("test");
    let server = server(&ca, SystemTime::now());
    let identity = ClientIdentity {
        certificate_pem: server.certificate_pem,
        key_pem: server.key_pem,
    };
    let connector = Connector::new(Trust::Pinned(ca.fingerprint()), Some(&identity), &[]).unwrap();
    let (_, server) = handshake(&connector, &port(&ca, SystemTime::now()), "localhost").await;
    server.unwrap_err();
}

#[tokio::test]
async fn an_unknown_application_protocol_is_refused() {
    let ca = ca("test");
    let connector = Connector::new(Trust::Pinned(ca.fingerprint()), None, &[b"three"]).unwrap();
    let (client, server) = handshake(&connector, &port(&ca, SystemTime::now()), "localhost").await;
    let error = client.unwrap_err().to_string();
    assert!(error.contains("does not serve this protocol"), "{error}");
    server.unwrap_err();
}

#[tokio::test]
async fn a_certificate_is_replaced_while_connections_stay() {
    let (old, new) = (ca("old"), ca("new"));
    let acceptor = port(&old, SystemTime::now());
    let clone = acceptor.clone();
    let (client, server) = handshake(&pinned(&old), &clone, "localhost").await;
    let (mut client, mut served) = (client.unwrap(), server.unwrap());

    let next = super::server(&new, SystemTime::now());
    acceptor
        .replace_identity(&next.certificate_pem, &next.key_pem)
        .unwrap();
    handshake(&pinned(&new), &clone, "localhost")
        .await
        .0
        .unwrap();
    handshake(&pinned(&old), &clone, "localhost")
        .await
        .0
        .unwrap_err();

    client.write_all(b"x").await.unwrap();
    client.flush().await.unwrap();
    assert_eq!(served.read_u8().await.unwrap(), b'x');

    let other = super::server(&new, SystemTime::now());
    let mixed = acceptor.replace_identity(&next.certificate_pem, &other.key_pem);
    assert!(matches!(mixed, Err(PkiError::Tls { .. })), "{mixed:?}");
    handshake(&pinned(&new), &clone, "localhost")
        .await
        .0
        .unwrap();
}

#[tokio::test]
async fn a_peer_that_does_not_speak_tls_is_told_apart() {
    let ca = ca("test");
    let (near, mut far) = duplex(1024);
    far.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        .await
        .unwrap();
    let error = pinned(&ca).connect("localhost", near).await.unwrap_err();
    assert!(matches!(error, TlsError::Protocol(_)), "{error:?}");

    let (near, far) = duplex(1024);
    drop(far);
    let error = pinned(&ca).connect("localhost", near).await.unwrap_err();
    assert!(matches!(error, TlsError::Io(_)), "{error:?}");
}

#[tokio::test]
async fn https_speaks_http_2_and_asks_for_no_certificate() {
    let ca = ca("test");
    let identity = server(&ca, SystemTime::now());
    let acceptor = Acceptor::https(&identity.certificate_pem, &identity.key_pem).unwrap();
    let connector =
        Connector::new(Trust::Pinned(ca.fingerprint()), None, &[b"http/1.1", b"h2"]).unwrap();
    let (client, server) = handshake(&connector, &acceptor, "localhost").await;
    client.unwrap();
    assert_eq!(alpn(&server.unwrap()), Some(b"h2".to_vec()));
}

#[test]
fn broken_pem_makes_no_configuration() {
    let ca = ca("test");
    let good = server(&ca, SystemTime::now());
    for (certificate, key) in [
        ("", good.key_pem.as_str()),
        ("junk", &good.key_pem),
        (&good.certificate_pem, ""),
        (
            &good.certificate_pem,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        ),
        (&good.key_pem, &good.certificate_pem),
    ] {
        assert!(Acceptor::https(certificate, key).is_err());
        let identity = ClientIdentity {
            certificate_pem: certificate.into(),
            key_pem: key.into(),
        };
        assert!(Connector::new(Trust::PublicRoots, Some(&identity), &[]).is_err());
    }
    assert!(Connector::new(Trust::Authority("junk".into()), None, &[]).is_err());
    assert!(Acceptor::agent_port(&good, "junk", &[]).is_err());
    let debug = format!("{good:?}");
    assert!(!debug.contains("PRIVATE KEY"), "{debug}");
}

#[tokio::test]
async fn a_pinned_certificate_is_believed_by_itself_and_another_is_named() {
    let ca = ca("test");
    let now = SystemTime::now();
    let long_ago = now - 800 * DAY;
    let identity = server(&ca, long_ago);
    let own = fingerprint_of_pem(&identity.certificate_pem).unwrap();
    let acceptor = Acceptor::https(&identity.certificate_pem, &identity.key_pem).unwrap();
    let one = Connector::new(Trust::Certificate(own), None, &[]).unwrap();
    let (client, _) = handshake(&one, &acceptor, "plc.example").await;
    client.unwrap();

    let other = Connector::new(Trust::Certificate(ca.fingerprint()), None, &[]).unwrap();
    let (client, _) = handshake(&other, &acceptor, "plc.example").await;
    let error = client.err().unwrap().to_string();
    assert!(error.contains(&own.to_string()[..16]), "{error}");
}
