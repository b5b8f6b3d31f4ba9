//! How devices come, stay and come back: without a token, after a restart of the control plane, with a new certificate, with a wrong clock.

use edgeward_agent::enrolment::{self, Target};
use edgeward_agent::state::StateDir;
use edgeward_api::access::{SetupRequest, SignInRequest};
use edgeward_api::agent::{Agent, Management, Presence};
use edgeward_api::error::Fault;
use edgeward_api::service::ServiceFilter;
use edgeward_client::{Client, ClientError, Options};
use edgeward_pki::tls::Trust;
use edgeward_testkit::eventually;
use edgeward_testkit::services::Service;
use http::StatusCode;

use crate::system::{
    Device, Joined, LIMIT, Parts, System, adopted, agent_config, start_agent, with_both_parts,
};
use crate::transfers::works_again;

with_both_parts! {
    a_device_without_a_token_waits_to_be_adopted,
    a_device_without_a_token_is_refused_where_that_is_not_allowed,
    everything_is_found_again_after_a_restart,
    a_certificate_renews_itself,
    a_clock_that_is_wrong_is_said_to_be,
}

/// Past two thirds of a certificate's 90 days.
const LATE_IN_ITS_LIFE: &str = "+61d";

async fn enrol(
    system: &System,
    config: &edgeward_agent::config::Config,
) -> (Target, enrolment::Joined) {
    let target = Target {
        state_dir: system.folder.path().join("unmanaged"),
        config: config.clone(),
        replace: false,
    };
    let ca = system.client.ca().await.unwrap();
    let trust = Trust::Pinned(edgeward_pki::fingerprint_of_pem(&ca).unwrap());
    let addresses = [system.agent_port.to_string()];
    let joined = enrolment::enrol_unmanaged(&addresses, trust, &target).await;
    (target, joined.unwrap())
}

async fn a_device_without_a_token_waits_to_be_adopted(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let config = agent_config(&[("web", service.address())]);
    let (target, enrolled) = enrol(&system, &config).await;
    let joined = Joined {
        id: enrolled.agent,
        handle: start_agent(&target.state_dir, &config),
        state_dir: target.state_dir,
        config,
    };
    let agent = system.wait_presence(joined.id, Presence::Online).await;
    assert_eq!(agent.management, Management::Unmanaged);
    let services = system.client.services(&ServiceFilter::default()).await;
    assert!(services.unwrap().items.is_empty());

    system.adopt(joined.id, "press").await;
    let web = system.online_service(joined.id, "web").await.id;
    works_again(&system, web).await;
}

async fn a_device_without_a_token_is_refused_where_that_is_not_allowed(parts: Parts) {
    let plan = System::plan(parts).with(|config| config.agents.allow_unmanaged = false);
    let system = plan.start().await;
    let target = Target {
        state_dir: system.folder.path().join("unmanaged"),
        config: agent_config(&[]),
        replace: false,
    };
    let ca = system.client.ca().await.unwrap();
    let trust = Trust::Pinned(edgeward_pki::fingerprint_of_pem(&ca).unwrap());
    let addresses = [system.agent_port.to_string()];
    let refused = enrolment::enrol_unmanaged(&addresses, trust, &target).await;
    let words = refused.unwrap_err().to_string();
    assert!(words.contains("token"), "{words}");
    assert!(!target.state_dir.exists(), "something was left behind");
    let listed = system.client.agents(&Default::default()).await.unwrap();
    assert!(listed.items.is_empty());
}

async fn everything_is_found_again_after_a_restart(parts: Parts) {
    let service = Service::start().await.unwrap();
    let mut system = System::plan(parts).start_program().await;
    let (_, key) = system
        .setup_url
        .as_deref()
        .unwrap()
        .split_once('#')
        .unwrap();
    let person = |token| {
        let options = Options {
            server: format!("http://{}", system.console),
            token,
            trust: Trust::PublicRoots,
        };
        Client::new(options).unwrap()
    };
    let setup = SetupRequest {
        key: key.to_owned(),
        email: "ada@example.com".to_owned(),
        display_name: "Ada".to_owned(),
        password: "a long password 1".to_owned(),
    };
    person(None).set_up(&setup).await.unwrap();
    let sign_in = SignInRequest {
        email: setup.email.clone(),
        password: setup.password.clone(),
        remember: false,
        bearer: true,
    };
    let signed_in = person(None).sign_in(&sign_in).await.unwrap();
    let ada = person(Some(signed_in.bearer_token.unwrap()));
    let device = Device::join(&system, service.address(), None).await;
    let _process = device.run();
    let (agent, web) = adopted(&system).await;
    let unused = system.token(3, 600).await;
    let remembered = |agent: Agent| (agent.management, agent.membership, agent.offers);
    let before = remembered(ada.agent(agent).await.unwrap());

    system.plane.restart().await;
    works_again(&system, web).await;
    assert_eq!(system.plane.setup_url(), None, "there is an administrator");
    let after = remembered(ada.agent(agent).await.unwrap());
    assert_eq!(after, before);
    person(None).sign_in(&sign_in).await.unwrap();
    let tokens = ada.join_tokens().await.unwrap();
    assert!(tokens.items.iter().any(|token| token.uses_left == 3));
    let target = Target {
        state_dir: system.folder.path().join("late"),
        config: agent_config(&[]),
        replace: false,
    };
    enrolment::join(&unused, &target).await.unwrap();
}

async fn a_certificate_renews_itself(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let device = Device::join(&system, service.address(), None).await;
    let process = device.run();
    let (agent, web) = adopted(&system).await;
    process.kill();
    let identity = || {
        let identity = StateDir::new(device.state_dir()).read_identity();
        identity.unwrap().expect("it has joined")
    };
    let first = identity();

    let process = device.run_at(LATE_IN_ITS_LIFE);
    let renewed = eventually("a new certificate", LIMIT, async || {
        let now = identity();
        if now.certificate == first.certificate {
            return Err("the first one");
        }
        Ok(now)
    });
    let renewed = renewed.await.unwrap();
    assert_eq!(renewed.agent, first.agent);
    assert_ne!(renewed.key, first.key, "a new key with it");
    process.wait_for_line("was renewed", LIMIT).await.unwrap();
    process.kill();
    system.wait_presence(agent, Presence::Offline).await;

    let process = device.run();
    works_again(&system, web).await;
    assert_eq!(identity(), renewed, "one renewal, not one after another");
    assert!(!process.log().contains("renewed"), "{}", process.log());
}

async fn a_clock_that_is_wrong_is_said_to_be(parts: Parts) {
    let service = Service::start().await.unwrap();
    let system = System::start(parts).await;
    let device = Device::join(&system, service.address(), None).await;
    let process = device.run();
    let (_, web) = adopted(&system).await;
    process.kill();

    // A day late: nothing that the control plane says is fresh enough.
    let process = device.run_at("+1d");
    let refused = eventually("a refusal", LIMIT, async || {
        match system.get(web, "/").await {
            Err(ClientError::Refused { status, detail }) if detail.code == "agent_refused" => {
                Ok((status, detail))
            }
            other => Err(format!("{:?}", other.map(|answer| answer.status))),
        }
    });
    let (status, detail) = refused.await.unwrap();
    assert_eq!(
        (status, detail.fault),
        (StatusCode::BAD_GATEWAY, Fault::Agent)
    );
    assert!(
        detail.message.contains("set the device's clock"),
        "{}",
        detail.message
    );
    process.kill();

    // Years early: the control plane's certificate is not valid yet.
    let process = device.run_at("-2000d");
    let said = process.wait_for_line("clock", LIMIT).await.unwrap();
    assert!(said.contains("not connected"), "{said}");
    process.kill();

    let _process = device.run();
    works_again(&system, web).await;
}
