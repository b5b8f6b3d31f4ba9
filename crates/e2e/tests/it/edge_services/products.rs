//! Each product from the first refusal to the last call.

use std::net::SocketAddr;

use edgeward_api::audit::EntryFilter;
use edgeward_api::service::{
    ServiceAuthentication, ServiceChange, ServiceFilter, ServiceKind, ServiceState, ServiceWay,
};
use edgeward_client::ProxyRequest;
use edgeward_simulated::ekuiper::{EKuiper, EKuiperOptions};
use edgeward_simulated::liar::{Liar, Lie};
use edgeward_simulated::nanomq::{self, NanoMq, NanoMqOptions};
use edgeward_simulated::neuron::{GlobalConfig, Neuron, NeuronOptions, Site};
use edgeward_simulated::neuronex::{NeuronEx, NeuronExOptions};
use futures::StreamExt as _;
use http::{HeaderMap, Method, StatusCode};

use super::{KEY_FILE, finding, near};
use crate::system::{EMBEDDED, Parts, System, agent_config, with_both_parts};

with_both_parts! {
    a_neuron_is_added_proven_used_watched_and_deleted,
    a_neuron_behind_an_agent_gets_tokens_once_it_is_said_to_want_them,
}

const DAY_S: i64 = 24 * 3600;

async fn a_neuron_is_added_proven_used_watched_and_deleted(parts: Parts) {
    let system = near(parts).await;
    let keys = tempfile::tempdir().unwrap();
    let options = NeuronOptions::new(Site::PressShop, keys.path());
    let neuron = Neuron::start(options).await.unwrap();
    let request = system
        .request("Pumps", ServiceKind::Neuron, neuron.address())
        .await;

    let said = system.not_proven(&request).await;
    assert!(said.contains("certs") && said.contains(KEY_FILE), "{said}");
    system.put_key(keys.path(), "my-ecp.pub").await;
    let said = system.not_proven(&request).await;
    assert!(said.contains("rename my-ecp.pub to edgeward.pub"), "{said}");
    let nothing = system
        .client
        .services(&ServiceFilter::default())
        .await
        .unwrap();
    assert_eq!(nothing.total, 0, "what is refused is not written down");

    system.put_key(keys.path(), KEY_FILE).await;
    let added = system.client.add_service(&request).await.unwrap();
    assert_eq!(added.state, ServiceState::Online);
    assert_eq!((added.way, added.agent_id), (ServiceWay::Direct, None));
    assert_eq!(added.address.as_deref(), Some(request.address.as_str()));
    let check = added.check.as_ref().unwrap();
    assert_eq!(check.version.as_deref(), Some("2.15.0"));
    assert_eq!(finding(&added).unwrap().code, "proven");

    let again = system.client.add_service(&request).await.unwrap_err();
    assert_eq!(again.status(), Some(StatusCode::CONFLICT), "{again}");

    let answer = system.get(added.id, "/api/v2/version").await.unwrap();
    assert_eq!(answer.status, StatusCode::OK, "a token was shown");
    let bare = reqwest::get(format!("{}/api/v2/version", request.address)).await;
    assert_eq!(bare.unwrap().status().as_u16(), 401, "and is needed");

    neuron.clock().set_offset_s(DAY_S);
    let ahead = system.found(&added, "clock_apart").await;
    assert_eq!(ahead.state, ServiceState::Offline);
    neuron.clock().set_offset_s(0);
    system.found(&added, "proven").await;
    neuron.stop().await;
    let gone = system.found(&added, "unreachable").await;
    assert_eq!(gone.state, ServiceState::Offline);
    let answer = system.get(added.id, "/api/v2/version").await;
    let answer = answer.map(|answer| answer.status).unwrap_err();
    assert_eq!(answer.status(), Some(StatusCode::BAD_GATEWAY), "{answer}");

    system.client.delete_service(added.id).await.unwrap();
    let gone = system.client.service(added.id).await.unwrap_err();
    assert_eq!(gone.status(), Some(StatusCode::NOT_FOUND), "{gone}");
}

async fn a_neuron_behind_an_agent_gets_tokens_once_it_is_said_to_want_them(parts: Parts) {
    let system = near(parts).await;
    let keys = tempfile::tempdir().unwrap();
    let options = NeuronOptions::new(Site::PaintLine, keys.path());
    let neuron = Neuron::start(options).await.unwrap();
    let mut config = agent_config(&[("neuron", neuron.address())]);
    config.services[0].kind = "neuron".to_owned();
    let joined = system.join_with(config).await;
    system.adopt(joined.id, "paint").await;
    let service = system.online_service(joined.id, "neuron").await;
    assert_eq!(service.authentication, ServiceAuthentication::None);
    let answer = system.get(service.id, "/api/v2/version").await.unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);

    let change = ServiceChange {
        authentication: Some(ServiceAuthentication::Token),
        ..ServiceChange::default()
    };
    let refused = system.client.change_service(service.id, &change).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.status(), Some(StatusCode::UNPROCESSABLE_ENTITY));
    system.put_key(keys.path(), KEY_FILE).await;
    let changed = system.client.change_service(service.id, &change).await;
    let changed = changed.unwrap();
    assert_eq!(changed.authentication, ServiceAuthentication::Token);
    assert_eq!(finding(&changed).unwrap().code, "proven");
    let answer = system.get(service.id, "/api/v2/version").await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);

    let foreign = ServiceChange {
        address: Some("http://10.0.0.1:7000".into()),
        unproven: true,
        ..ServiceChange::default()
    };
    let refused = system.client.change_service(service.id, &foreign).await;
    let status = refused.unwrap_err().status();
    assert_eq!(
        status,
        Some(StatusCode::CONFLICT),
        "an agent's is where it is"
    );
    let refused = system.client.delete_service(service.id).await.unwrap_err();
    assert_eq!(refused.status(), Some(StatusCode::CONFLICT), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ekuiper_and_neuronex_are_shown_tokens_of_their_own_shape() {
    let system = near(EMBEDDED).await;
    let keys = tempfile::tempdir().unwrap();
    let ekuiper = EKuiper::start(EKuiperOptions::new(keys.path())).await;
    let ekuiper = ekuiper.unwrap();
    let neuronex = NeuronEx::start(NeuronExOptions::new(keys.path())).await;
    let neuronex = neuronex.unwrap();
    for (kind, address, path) in [
        (ServiceKind::EKuiper, ekuiper.address(), "/rules"),
        (
            ServiceKind::NeuronEx,
            neuronex.address(),
            "/api/neuron/version",
        ),
    ] {
        let name = kind.as_str();
        let request = system.request(name, kind, address).await;
        let said = system.not_proven(&request).await;
        assert!(said.contains(KEY_FILE), "{name}: {said}");
        system.put_key(keys.path(), KEY_FILE).await;
        let added = system.client.add_service(&request).await.unwrap();
        assert_eq!(finding(&added).unwrap().code, "proven", "{name}");
        let answer = system.get(added.id, path).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        std::fs::remove_file(keys.path().join(KEY_FILE)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nanomq_is_shown_a_password_that_nobody_ever_sees_again() {
    let system = near(EMBEDDED).await;
    let access = nanomq::Access::Basic {
        user: "admin".into(),
        password: "not-for-anybody".into(),
    };
    let nanomq = NanoMq::start(NanoMqOptions::new(access)).await.unwrap();
    let mut request = system
        .request("Broker", ServiceKind::NanoMq, nanomq.address())
        .await;
    let said = system.not_proven(&request).await;
    assert!(said.contains("user and password"), "{said}");
    request.authentication = ServiceAuthentication::Basic;
    request.user = Some("admin".into());
    request.password = Some("guessed".into());
    let said = system.not_proven(&request).await;
    assert!(said.contains("does not know this user"), "{said}");
    request.password = Some("not-for-anybody".into());
    let added = system.client.add_service(&request).await.unwrap();
    assert_eq!(added.user.as_deref(), Some("admin"));
    let answer = system.get(added.id, "/api/v4/brokers").await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);

    let seen = serde_json::to_string(&system.client.service(added.id).await.unwrap());
    assert!(!seen.unwrap().contains("not-for-anybody"));
    let entries = system.client.audit(&EntryFilter::default()).await.unwrap();
    let entries = serde_json::to_string(&entries).unwrap();
    assert!(entries.contains("service.add"));
    assert!(!entries.contains("not-for-anybody"));
    let data = std::fs::read(system.folder.path().join("server/edgeward.db"));
    let needle = b"not-for-anybody";
    let leaked = data.unwrap().windows(needle.len()).any(|w| w == needle);
    assert!(!leaked, "the password is sealed in the database");

    let liar = Liar::start(Lie::EchoesToken).await.unwrap();
    let elsewhere = ServiceChange {
        address: Some(format!("http://{}", liar.address())),
        unproven: true,
        ..ServiceChange::default()
    };
    let refused = system.client.change_service(added.id, &elsewhere).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.status(), Some(StatusCode::BAD_REQUEST), "{refused}");
    assert!(
        refused.to_string().contains("password is missing"),
        "{refused}"
    );

    let kept = ServiceChange {
        name: Some("Broker 1".parse().unwrap()),
        user: Some("admin".into()),
        ..ServiceChange::default()
    };
    let kept = system.client.change_service(added.id, &kept).await.unwrap();
    assert_eq!(kept.name.as_str(), "Broker 1");
    let answer = system.get(added.id, "/api/v4/brokers").await.unwrap();
    assert_eq!(answer.status, StatusCode::OK, "the password stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_it_is_not_is_noticed() {
    let system = near(EMBEDDED).await;
    let keys = tempfile::tempdir().unwrap();
    system.put_key(keys.path(), KEY_FILE).await;
    let options = NeuronOptions::new(Site::PressShop, keys.path());
    let neuron = Neuron::start(options).await.unwrap();
    let address: SocketAddr = neuron.address();
    for kind in [
        ServiceKind::NanoMq,
        ServiceKind::EKuiper,
        ServiceKind::NeuronEx,
    ] {
        let request = system.request("Pumps", kind, address).await;
        let said = system.not_proven(&request).await;
        assert!(said.contains("this is not"), "{kind:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_control_planes_own_machine_is_not_dialled_unless_the_configuration_allows_it() {
    let system = System::start(EMBEDDED).await;
    let mut request = system
        .request("Own", ServiceKind::Http, system.console)
        .await;
    request.authentication = ServiceAuthentication::None;
    for address in [
        format!("http://{}", system.console),
        format!("http://localhost:{}", system.console.port()),
        format!("http://[::ffff:127.0.0.1]:{}", system.console.port()),
    ] {
        request.address = address;
        let said = system.not_proven(&request).await;
        assert!(said.contains("direct_services.refused_networks"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nanomq_is_not_killed_and_its_secrets_are_not_shown() {
    let system = near(EMBEDDED).await;
    let nanomq = NanoMq::start(NanoMqOptions::basic()).await.unwrap();
    let mut request = system
        .request("Broker", ServiceKind::NanoMq, nanomq.address())
        .await;
    request.authentication = ServiceAuthentication::Basic;
    request.user = Some(nanomq::DEFAULT_USER.0.into());
    request.password = Some(nanomq::DEFAULT_USER.1.into());
    let broker = system.client.add_service(&request).await.unwrap().id;

    let shown = system.get(broker, "/api/v4/configuration").await.unwrap();
    let shown = String::from_utf8(shown.bytes().await.unwrap().to_vec()).unwrap();
    assert!(shown.contains("***"), "{shown}");
    assert!(!shown.contains("PRIVATE KEY"), "{shown}");
    assert!(!shown.contains("\"public\""), "{shown}");

    let update = async |text: &'static str| {
        let piece = futures::stream::iter([Ok(text.as_bytes().to_vec().into())]).boxed();
        let request = ProxyRequest {
            method: Method::POST,
            path: "/api/v4/config_update".to_owned(),
            headers: HeaderMap::new(),
            body: Some((piece, Some(text.len() as u64))),
        };
        let answer = system.client.proxy(broker, request).await;
        answer.map(|answer| answer.status)
    };
    for bad in ["{{{ bad", "password = \"***\""] {
        let refused = update(bad).await.unwrap_err();
        assert_eq!(refused.status(), Some(StatusCode::CONFLICT), "{refused}");
    }
    assert!(!nanomq.has_ended(), "it lives");
    assert_eq!(update("mqtt { keepalive = 60 }").await.unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neuron_that_overlapping_calls_kill_is_asked_one_after_the_other() {
    let system = near(EMBEDDED).await;
    let keys = tempfile::tempdir().unwrap();
    system.put_key(keys.path(), KEY_FILE).await;
    let mut options = NeuronOptions::new(Site::PressShop, keys.path());
    options.global_config = GlobalConfig::Fragile;
    let neuron = Neuron::start(options).await.unwrap();
    let request = system
        .request("Pumps", ServiceKind::Neuron, neuron.address())
        .await;
    let service = system.client.add_service(&request).await.unwrap().id;
    let asked = (0..6).map(|_| async {
        let answer = system.get(service, "/api/v2/global/config").await.unwrap();
        let status = answer.status;
        answer.bytes().await.unwrap();
        status
    });
    let answers = futures::future::join_all(asked).await;
    assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
    assert!(!neuron.has_ended(), "it lives");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_deletes_everything_first_has_to_be_meant() {
    let system = near(EMBEDDED).await;
    let keys = tempfile::tempdir().unwrap();
    system.put_key(keys.path(), KEY_FILE).await;
    let ekuiper = EKuiper::start(EKuiperOptions::new(keys.path())).await;
    let ekuiper = ekuiper.unwrap();
    let request = system
        .request("Rules", ServiceKind::EKuiper, ekuiper.address())
        .await;
    let service = system.client.add_service(&request).await.unwrap().id;
    let import = async |path: &str, meant: bool| {
        let text = r#"{"content":"{}"}"#;
        let piece = futures::stream::iter([Ok(text.into())]).boxed();
        let mut headers = HeaderMap::new();
        if meant {
            headers.insert("edgeward-meant", "yes".parse().unwrap());
        }
        let request = ProxyRequest {
            method: Method::POST,
            path: path.to_owned(),
            headers,
            body: Some((piece, Some(text.len() as u64))),
        };
        let answer = system.client.proxy(service, request).await;
        answer.map(|answer| answer.status)
    };
    let refused = import("/data/import", false).await.unwrap_err();
    assert_eq!(refused.status(), Some(StatusCode::CONFLICT), "{refused}");
    assert!(refused.to_string().contains("deletes all"), "{refused}");
    import("/data/import", true).await.unwrap();
    import("/data/import?partial=1", false).await.unwrap();
}
