//! A disk without space, under the control plane and under a device: what cannot be written is said, nothing half-made stays,
//! what needs no disk goes on, and once there is space all is well.

use edgeward_agent::enrolment::{self, EnrolError, Target};
use edgeward_api::token::JoinTokenRequest;
use edgeward_runtime::{Chain, Shutdown};
use edgeward_server::config::Config;
use edgeward_testkit::disk::SmallDisk;
use edgeward_testkit::services::Service;
use http::StatusCode;

use crate::system::{EMBEDDED, System, agent_config};
use crate::transfers::works_again;

/// Enough for a database with a few rows and its journal.
const DISK_BYTES: u64 = 4 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_on_a_full_disk_says_so_and_leaves_nothing() {
    let disk = SmallDisk::mount(DISK_BYTES).unwrap();
    disk.fill_up().unwrap();
    let mut config = Config {
        data_dir: disk.path().join("edgeward"),
        ..Config::default()
    };
    config.console.listen.set_port(0);
    config.agent_port.listen.set_port(0);
    let started = edgeward_server::start(config.clone(), Shutdown::new()).await;
    let error = started.err().expect("no start without space");
    let words = Chain(&error).to_string();
    assert!(words.contains("No space left"), "{words}");
    assert!(
        words.contains(&*config.data_dir.to_string_lossy()),
        "{words}"
    );
    assert!(!config.data_dir.exists(), "something was left behind");

    disk.free().unwrap();
    let started = edgeward_server::start(config, Shutdown::new()).await;
    assert_eq!(started.unwrap().stop().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_plane_whose_disk_is_full_says_so_and_goes_on() {
    let disk = SmallDisk::mount(DISK_BYTES).unwrap();
    let service = Service::start().await.unwrap();
    let data_dir = disk.path().join("edgeward");
    let plan = System::plan(EMBEDDED).with(move |config| config.data_dir = data_dir);
    let system = plan.start().await;
    let (_joined, ids) = system.managed("press", &[("web", service.address())]).await;
    works_again(&system, ids[0]).await;
    let request = JoinTokenRequest {
        uses: 1,
        expires_in_s: 600,
        project_id: None,
        organisation_id: None,
    };

    disk.fill_up().unwrap();
    // What the journal has room for may still be written.
    let refused = loop {
        if let Err(error) = system.client.create_join_token(&request).await {
            break error;
        }
    };
    assert_eq!(
        refused.status(),
        Some(StatusCode::INSUFFICIENT_STORAGE),
        "{refused}"
    );
    let detail = refused.detail().unwrap();
    assert_eq!(detail.code, "storage_full");
    assert!(
        detail.hint.as_deref().unwrap().contains("free space"),
        "{detail:?}"
    );
    works_again(&system, ids[0]).await;

    disk.free().unwrap();
    system.client.create_join_token(&request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_without_space_does_not_use_its_token_up() {
    let disk = SmallDisk::mount(DISK_BYTES).unwrap();
    let system = System::start(EMBEDDED).await;
    let token = system.token(1, 600).await;
    let target = Target {
        state_dir: disk.path().join("agent"),
        config: agent_config(&[]),
        replace: false,
    };
    disk.fill_up().unwrap();
    let error = enrolment::join(&token, &target).await.unwrap_err();
    assert!(matches!(error, EnrolError::State(_)), "{error:?}");
    let words = Chain(&error).to_string();
    assert!(words.contains("No space left"), "{words}");
    assert!(!target.state_dir.exists(), "something was left behind");

    disk.free().unwrap();
    enrolment::join(&token, &target).await.unwrap();
}
