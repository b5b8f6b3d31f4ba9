use edgeward_domain::access::{Membership, OrganisationRole, ProjectRole, Visible};
use edgeward_domain::agent::AgentState;
use edgeward_domain::device::{
    DeviceIdentity, Dialect, EnrolRefusal, KeyId, MAX_REGISTERED_AT_ONCE, MAX_REQUIRED_SNAPS,
    Shown, Signatures, Status, Verified,
};
use edgeward_domain::organisation::ProjectRefusal;
use edgeward_ids::{AgentId, OrganisationId, ProjectId};
use edgeward_store::{
    Authority, DeviceEnrolment, NewRegistration, PolicyChange, PolicyRefusal, RegisterRefusal,
    RegistrationChange, RegistrationFilter, RegistrationRefusal, RegistrationView, Slice,
    StatusChange,
};

use crate::support::{Bench, NOW, by, certificate, facts, later, name, refusal};

crate::on_both!(
    a_registered_device_is_listed_where_it_may_be_seen,
    all_devices_of_a_list_are_registered_or_none,
    many_devices_are_registered_at_once,
    a_device_enrols_once_until_it_is_let_in_again,
    of_many_enrolments_at_once_one_wins,
    whoever_nobody_vouches_for_stays_out,
    a_device_registers_itself_where_that_is_wished,
    of_many_that_register_themselves_at_once_one_wins,
    a_disabled_device_has_no_valid_certificate,
    a_new_enrolment_replaces_the_certificate_at_once,
    a_deleted_device_is_gone_with_its_agent,
    a_transferred_device_is_registered_where_it_went,
    a_status_by_number_follows_the_known_rules,
    what_an_organisation_asks_is_kept,
    required_snaps_are_replaced,
    a_clash_is_counted_and_shown,
    a_project_with_registrations_is_not_deleted,
);

fn identity(serial: &str) -> DeviceIdentity {
    DeviceIdentity::new("acme", "gateway", serial).unwrap()
}

fn new(project: ProjectId, serial: &str) -> NewRegistration {
    NewRegistration {
        id: AgentId::generate(),
        project,
        identity: identity(serial),
        device_data: b"hello".to_vec(),
    }
}

fn key(letter: &str) -> KeyId {
    letter.repeat(64).parse().unwrap()
}

fn authority(letter: &str) -> Authority {
    Authority {
        key: key(letter),
        account: "acme".into(),
        name: "default".into(),
        public_key: "AcZ…".into(),
        added_at: NOW,
    }
}

fn enrolment(id: AgentId, serial: &str, certificate_serial: &str) -> DeviceEnrolment {
    DeviceEnrolment {
        id,
        shown: Shown {
            identity: identity(serial),
            store: "shop".into(),
            device_key: "key".into(),
            model_signed_by: "k".repeat(64),
            serial_signed_by: "k".repeat(64),
        },
        signatures: Signatures::Valid {
            model: key("k"),
            serial: key("k"),
        },
        organisation: None,
        dialect: Dialect::Iot,
        certificate: certificate(certificate_serial),
        facts: facts(serial, &[]),
        address: "192.0.2.7".into(),
    }
}

impl Bench {
    async fn registered(&self, project: ProjectId, serial: &str) -> RegistrationView {
        let made = self
            .store
            .devices()
            .register(vec![new(project, serial)], &by(), NOW)
            .await;
        made.unwrap().pop().unwrap()
    }

    async fn believes(&self, organisation: OrganisationId, letter: &str) {
        let devices = self.store.devices();
        let added = devices
            .add_authority(organisation, authority(letter), &by(), NOW)
            .await;
        added.unwrap();
    }

    async fn enrolled(&self, serial: &str, certificate: &str) -> RegistrationView {
        let devices = self.store.devices();
        let found = devices.registration_of(&identity(serial)).await.unwrap();
        let id = found.unwrap().registration.id;
        devices
            .enrol_device(enrolment(id, serial, certificate), NOW)
            .await
            .unwrap()
    }

    async fn change(&self, id: AgentId, status: StatusChange) -> RegistrationView {
        let change = RegistrationChange {
            status: Some(status),
            ..RegistrationChange::default()
        };
        self.store
            .devices()
            .change_registration(id, change, &by(), NOW)
            .await
            .unwrap()
    }

    async fn valid(&self, id: AgentId, certificate: &str) -> bool {
        let found = self
            .store
            .agents()
            .find_by_certificate(id, certificate)
            .await;
        found.unwrap().is_some()
    }
}

fn everything() -> RegistrationFilter {
    RegistrationFilter::new(Visible::Everything)
}

async fn a_registered_device_is_listed_where_it_may_be_seen(bench: &Bench) {
    let (plant, hall) = bench.project("plant").await;
    let (_, other) = bench.project("other").await;
    let first = bench.registered(hall, "A-1").await;
    assert_eq!(first.registration.status, Status::Waiting);
    assert_eq!(
        (&first.place.organisation, &first.place.project),
        (&name("plant"), &name("plant"))
    );
    let second = bench.registered(other, "B_2").await;
    let devices = bench.store.devices();
    let listed = async |filter: RegistrationFilter| {
        let page = devices.registrations(&filter, Slice::FIRST).await.unwrap();
        assert_eq!(page.total, page.items.len() as u64);
        page.items
    };
    assert_eq!(listed(everything()).await, [second.clone(), first.clone()]);
    let visible = |membership| {
        let grants = edgeward_domain::access::Grants::new(false, [membership]);
        grants.visible(edgeward_domain::access::Role::Viewer)
    };
    let viewer = visible(Membership::Organisation {
        id: plant,
        role: OrganisationRole::Viewer,
    });
    let only_first = vec![first.clone()];
    assert_eq!(listed(RegistrationFilter::new(viewer)).await, only_first);
    let member = visible(Membership::Organisation {
        id: plant,
        role: OrganisationRole::Member,
    });
    assert_eq!(listed(RegistrationFilter::new(member.clone())).await, []);
    let of_project = visible(Membership::Project {
        id: hall,
        organisation: plant,
        role: ProjectRole::Viewer,
    });
    assert_eq!(
        listed(RegistrationFilter::new(of_project)).await,
        only_first
    );
    let filters = [
        RegistrationFilter {
            organisation: Some(plant),
            ..everything()
        },
        RegistrationFilter {
            project: Some(hall),
            ..everything()
        },
        RegistrationFilter {
            text: Some("a-1".into()),
            ..everything()
        },
        RegistrationFilter {
            text: Some(first.registration.id.to_string()),
            ..everything()
        },
    ];
    for filter in filters {
        assert_eq!(listed(filter.clone()).await, only_first, "{filter:?}");
    }
    let underscore = RegistrationFilter {
        text: Some("b_".into()),
        ..everything()
    };
    assert_eq!(listed(underscore).await, vec![second]);
    let none = [
        RegistrationFilter {
            status: Some(Status::Disabled),
            ..everything()
        },
        RegistrationFilter {
            model: Some("else".into()),
            ..everything()
        },
    ];
    for filter in none {
        assert_eq!(listed(filter).await, []);
    }
    assert_eq!(
        devices.registration(first.registration.id).await.unwrap(),
        Some(first.clone())
    );
    assert_eq!(
        devices.registration(AgentId::generate()).await.unwrap(),
        None
    );
    let same = devices
        .registrations_with_serial("A-1", &Visible::Everything)
        .await
        .unwrap();
    assert_eq!(same, [first]);
    assert_eq!(
        devices
            .registrations_with_serial("A-1", &member)
            .await
            .unwrap(),
        []
    );
}

async fn all_devices_of_a_list_are_registered_or_none(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    let devices = bench.store.devices();
    let known = bench.registered(project, "A-1").await;
    let both = vec![new(project, "A-2"), new(project, "A-1")];
    assert_eq!(
        refusal(devices.register(both, &by(), NOW).await),
        RegisterRefusal::AlreadyRegistered {
            identity: identity("A-1"),
            id: Some(known.registration.id),
        }
    );
    let twice = vec![new(project, "A-3"), new(project, "A-3")];
    assert!(matches!(
        refusal(devices.register(twice, &by(), NOW).await),
        RegisterRefusal::AlreadyRegistered { id: None, .. }
    ));
    let lost = vec![new(project, "A-4"), new(ProjectId::generate(), "A-5")];
    assert_eq!(
        refusal(devices.register(lost, &by(), NOW).await),
        RegisterRefusal::UnknownProject
    );
    let page = devices
        .registrations(&everything(), Slice::FIRST)
        .await
        .unwrap();
    assert_eq!(page.total, 1);
}

async fn many_devices_are_registered_at_once(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    let devices = bench.store.devices();
    let list = |count: usize| {
        (0..count)
            .map(|n| new(project, &n.to_string()))
            .collect::<Vec<_>>()
    };
    let too_many = devices
        .register(list(MAX_REGISTERED_AT_ONCE + 1), &by(), NOW)
        .await;
    assert_eq!(
        refusal(too_many),
        RegisterRefusal::TooManyAtOnce(MAX_REGISTERED_AT_ONCE + 1)
    );
    let made = devices.register(list(3000), &by(), NOW).await.unwrap();
    assert_eq!(made.len(), 3000);
    let last = Slice {
        offset: 2990,
        limit: 100,
    };
    let page = devices.registrations(&everything(), last).await.unwrap();
    assert_eq!((page.items.len(), page.total), (10, 3000));
    let said = bench.said().await;
    let told = said
        .iter()
        .filter(|entry| entry.action == "device.register")
        .count();
    assert_eq!(told, 1, "many are told of together");
    bench.check().await;
}

async fn a_device_enrols_once_until_it_is_let_in_again(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    bench.believes(organisation, "k").await;
    let waiting = bench.registered(project, "A-1").await;
    let id = waiting.registration.id;
    let enrolled = bench.enrolled("A-1", "c1").await;
    let registration = &enrolled.registration;
    assert_eq!(registration.status, Status::Enrolled);
    assert_eq!(registration.verified, Some(Verified::By(key("k"))));
    assert_eq!(registration.dialect, Some(Dialect::Iot));
    assert_eq!(registration.enrolled_in, Some(organisation));
    assert_eq!(
        (&*registration.store, &*registration.device_key),
        ("shop", "key")
    );
    assert_eq!(registration.device_data, b"hello");
    assert_eq!(registration.enrolled_at, Some(NOW));
    let agent = bench.agent(id).await;
    let AgentState::Managed {
        membership,
        confirmed,
    } = &agent.state
    else {
        panic!("{agent:?}")
    };
    assert!(confirmed, "an existing agent is never told");
    assert_eq!(
        (membership.project, membership.name.as_str()),
        (project, "A-1")
    );
    assert!(bench.valid(id, "c1").await);

    let devices = bench.store.devices();
    let again = devices.enrol_device(enrolment(id, "A-1", "c2"), NOW).await;
    assert_eq!(
        refusal(again),
        EnrolRefusal::AlreadyEnrolled(identity("A-1"))
    );
    assert!(bench.valid(id, "c1").await);
    assert_eq!(
        bench
            .change(id, StatusChange::Enable)
            .await
            .registration
            .status,
        Status::Waiting
    );
    assert!(bench.valid(id, "c1").await, "until it enrols anew");
    bench.enrolled("A-1", "c3").await;
    let said = bench.actions().await;
    let of_devices: Vec<_> = said
        .iter()
        .filter(|action| action.starts_with("device."))
        .collect();
    assert_eq!(
        of_devices,
        [
            "device.register",
            "device.enrol",
            "device.enable",
            "device.enrol"
        ]
    );
    bench.check().await;
}

async fn of_many_enrolments_at_once_one_wins(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    bench.believes(organisation, "k").await;
    let id = bench.registered(project, "A-1").await.registration.id;
    bench.warm_up().await;
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let devices = bench.store.devices();
            let serial = format!("c{number}");
            tokio::spawn(async move {
                let enrolled = devices
                    .enrol_device(enrolment(id, "A-1", &serial), NOW)
                    .await;
                enrolled.is_ok().then_some(serial)
            })
        })
        .collect();
    let mut winners = Vec::new();
    for task in tasks {
        winners.extend(task.await.unwrap());
    }
    assert_eq!(winners.len(), 1);
    assert!(bench.valid(id, &winners[0]).await);
}

async fn whoever_nobody_vouches_for_stays_out(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    let id = bench.registered(project, "A-1").await.registration.id;
    let devices = bench.store.devices();
    let enrol = async |signatures: Signatures| {
        let wanted = DeviceEnrolment {
            signatures,
            ..enrolment(id, "A-1", "c1")
        };
        devices.enrol_device(wanted, NOW).await
    };
    let valid = || Signatures::Valid {
        model: key("k"),
        serial: key("k"),
    };
    assert!(matches!(
        refusal(enrol(valid()).await),
        EnrolRefusal::UnknownKey { .. }
    ));
    assert!(matches!(
        refusal(enrol(Signatures::Forged).await),
        EnrolRefusal::Forged(_)
    ));
    let unknown = enrolment(AgentId::generate(), "A-2", "c1");
    assert_eq!(
        refusal(devices.enrol_device(unknown, NOW).await),
        EnrolRefusal::NotRegistered(identity("A-2"))
    );
    let allow = PolicyChange {
        unverified: Some(true),
        ..PolicyChange::default()
    };
    devices
        .change_policy(organisation, allow, &by(), NOW)
        .await
        .unwrap();
    assert!(matches!(
        refusal(enrol(Signatures::Forged).await),
        EnrolRefusal::Forged(_)
    ));
    let enrolled = enrol(Signatures::UnknownKey("x".into())).await.unwrap();
    assert_eq!(enrolled.registration.verified, Some(Verified::Unverified));
    assert_eq!(devices.registration(id).await.unwrap(), Some(enrolled));
}

async fn a_device_registers_itself_where_that_is_wished(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    let (other, others) = bench.project("other").await;
    let devices = bench.store.devices();
    bench.believes(organisation, "k").await;
    bench.believes(other, "o").await;
    let keys = [key("k"), key("k")];
    assert_eq!(devices.automatic_organisation(&keys).await.unwrap(), None);
    for (organisation, project) in [(organisation, project), (other, others)] {
        let automatic = PolicyChange {
            automatic: Some(Some(project)),
            ..PolicyChange::default()
        };
        devices
            .change_policy(organisation, automatic, &by(), NOW)
            .await
            .unwrap();
    }
    assert_eq!(
        devices.automatic_organisation(&keys).await.unwrap(),
        Some(organisation)
    );
    let mixed = [key("k"), key("o")];
    assert_eq!(devices.automatic_organisation(&mixed).await.unwrap(), None);
    let wanted = |organisation| DeviceEnrolment {
        organisation,
        dialect: Dialect::Edgeward,
        facts: facts("gw", &["neuron"]),
        ..enrolment(AgentId::generate(), "A-1", "c1")
    };
    // Of an organisation that does not believe its keys.
    assert!(matches!(
        refusal(devices.enrol_device(wanted(Some(other)), NOW).await),
        EnrolRefusal::NotRegistered(_)
    ));
    let enrolment = wanted(Some(organisation));
    let id = enrolment.id;
    let enrolled = devices.enrol_device(enrolment, NOW).await.unwrap();
    assert!(enrolled.registration.automatic);
    assert_eq!(
        (enrolled.registration.id, enrolled.registration.project),
        (id, project)
    );
    let agent = bench.agent(id).await;
    assert!(
        matches!(
            agent.state,
            AgentState::Managed {
                confirmed: false,
                ..
            }
        ),
        "ours is told"
    );
    assert_eq!(agent.state.membership().unwrap().services.len(), 1);
    // The project that they go to is deleted only with what is in it, and then nobody registers any more.
    assert!(
        bench
            .store
            .organisations()
            .delete_project(others, &by(), NOW)
            .await
            .is_ok()
    );
    assert_eq!(
        devices.enrolment_policy(other).await.unwrap().automatic,
        None
    );
}

async fn of_many_that_register_themselves_at_once_one_wins(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    bench.believes(organisation, "k").await;
    let automatic = PolicyChange {
        automatic: Some(Some(project)),
        ..PolicyChange::default()
    };
    let devices = bench.store.devices();
    devices
        .change_policy(organisation, automatic, &by(), NOW)
        .await
        .unwrap();
    bench.warm_up().await;
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let devices = bench.store.devices();
            let wanted = DeviceEnrolment {
                organisation: Some(organisation),
                ..enrolment(AgentId::generate(), "A-1", &format!("c{number}"))
            };
            tokio::spawn(async move { devices.enrol_device(wanted, NOW).await })
        })
        .collect();
    let mut let_in = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => let_in += 1,
            refused => {
                assert_eq!(
                    refusal(refused),
                    EnrolRefusal::AlreadyEnrolled(identity("A-1"))
                );
            }
        }
    }
    assert_eq!(let_in, 1);
    assert_eq!(bench.store.agents().roster().await.unwrap().len(), 1);
}

async fn a_disabled_device_has_no_valid_certificate(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    bench.believes(organisation, "k").await;
    let id = bench.registered(project, "A-1").await.registration.id;
    bench.enrolled("A-1", "c1").await;
    assert!(bench.valid(id, "c1").await);
    assert_eq!(
        bench
            .change(id, StatusChange::Disable)
            .await
            .registration
            .status,
        Status::Disabled
    );
    assert!(!bench.valid(id, "c1").await);
    let enrol = bench
        .store
        .devices()
        .enrol_device(enrolment(id, "A-1", "c2"), NOW)
        .await;
    assert_eq!(refusal(enrol), EnrolRefusal::Disabled(identity("A-1")));
    bench.change(id, StatusChange::Enable).await;
    assert!(bench.valid(id, "c1").await);
}

async fn a_new_enrolment_replaces_the_certificate_at_once(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    bench.believes(organisation, "k").await;
    let id = bench.registered(project, "A-1").await.registration.id;
    bench.enrolled("A-1", "c1").await;
    bench.change(id, StatusChange::Enable).await;
    bench.enrolled("A-1", "c2").await;
    assert!(!bench.valid(id, "c1").await);
    assert!(bench.valid(id, "c2").await);
}

async fn a_deleted_device_is_gone_with_its_agent(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    bench.believes(organisation, "k").await;
    let id = bench.registered(project, "A-1").await.registration.id;
    let devices = bench.store.devices();
    let ours = DeviceEnrolment {
        dialect: Dialect::Edgeward,
        facts: facts("gw", &["neuron"]),
        ..enrolment(id, "A-1", "c1")
    };
    devices.enrol_device(ours, NOW).await.unwrap();
    bench
        .store
        .agents()
        .record_heard(&[(id, NOW)])
        .await
        .unwrap();
    let gone = devices.delete_registration(id, &by(), NOW).await.unwrap();
    assert_eq!(gone.registration.id, id);
    assert_eq!(bench.view(id).await, None);
    assert!(!bench.valid(id, "c1").await);
    assert_eq!(devices.registration(id).await.unwrap(), None);
    assert_eq!(
        refusal(devices.delete_registration(id, &by(), NOW).await),
        RegistrationRefusal::Unknown
    );
    bench.registered(project, "A-1").await;
    bench.check().await;
}

async fn a_transferred_device_is_registered_where_it_went(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    let (other, others) = bench.project("other").await;
    bench.believes(organisation, "k").await;
    let id = bench.registered(project, "A-1").await.registration.id;
    bench.enrolled("A-1", "c1").await;
    let moved = bench
        .store
        .agents()
        .transfer_agents(&[id], others, &by(), NOW)
        .await;
    moved.unwrap();
    let found = bench
        .store
        .devices()
        .registration(id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.registration.organisation, found.registration.project),
        (other, others)
    );
    assert_eq!(
        found.registration.enrolled_in,
        Some(organisation),
        "as it was told"
    );
}

async fn a_status_by_number_follows_the_known_rules(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    let id = bench.registered(project, "A-1").await.registration.id;
    let devices = bench.store.devices();
    let by_number = |number| RegistrationChange {
        status: Some(StatusChange::Number(number)),
        device_data: Some(vec![7]),
    };
    let refused = devices
        .change_registration(id, by_number(2), &by(), NOW)
        .await;
    assert!(matches!(refusal(refused), RegistrationRefusal::Status(_)));
    let kept = devices.registration(id).await.unwrap().unwrap();
    assert_eq!(
        kept.registration.device_data, b"hello",
        "what is refused changes nothing"
    );
    let changed = devices
        .change_registration(id, by_number(3), &by(), later(1))
        .await
        .unwrap();
    assert_eq!(changed.registration.status, Status::Disabled);
    assert_eq!(changed.registration.device_data, [7]);
    assert_eq!(devices.registration(id).await.unwrap(), Some(changed));
    let nobody = devices
        .change_registration(AgentId::generate(), by_number(1), &by(), NOW)
        .await;
    assert_eq!(refusal(nobody), RegistrationRefusal::Unknown);
    // The same again is no change, and no entry.
    devices
        .change_registration(id, by_number(3), &by(), NOW)
        .await
        .unwrap();
    let said = bench.actions().await;
    assert_eq!(
        said.iter()
            .filter(|action| *action == "device.disable")
            .count(),
        1
    );
}

async fn what_an_organisation_asks_is_kept(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    let (_, others) = bench.project("other").await;
    let devices = bench.store.devices();
    let policy = devices.enrolment_policy(organisation).await.unwrap();
    assert_eq!(
        (
            policy.authorities.len(),
            policy.unverified,
            policy.automatic
        ),
        (0, false, None)
    );
    bench.believes(organisation, "k").await;
    bench.believes(organisation, "k").await;
    let change = PolicyChange {
        unverified: Some(true),
        automatic: Some(Some(project)),
    };
    let changed = devices
        .change_policy(organisation, change, &by(), NOW)
        .await
        .unwrap();
    assert_eq!(changed.authorities, [authority("k")]);
    assert_eq!(
        devices.enrolment_policy(organisation).await.unwrap(),
        changed
    );
    let foreign = PolicyChange {
        automatic: Some(Some(others)),
        ..PolicyChange::default()
    };
    assert_eq!(
        refusal(
            devices
                .change_policy(organisation, foreign, &by(), NOW)
                .await
        ),
        PolicyRefusal::UnknownProject
    );
    let nowhere = OrganisationId::generate();
    assert_eq!(
        refusal(
            devices
                .change_policy(nowhere, PolicyChange::default(), &by(), NOW)
                .await
        ),
        PolicyRefusal::UnknownOrganisation
    );
    devices
        .remove_authority(organisation, &key("k"), &by(), NOW)
        .await
        .unwrap();
    assert_eq!(
        refusal(
            devices
                .remove_authority(organisation, &key("k"), &by(), NOW)
                .await
        ),
        PolicyRefusal::UnknownKey
    );
    for number in 0..100 {
        let id: KeyId = format!("{number:064}").parse().unwrap();
        let authority = Authority {
            key: id,
            ..authority("k")
        };
        devices
            .add_authority(organisation, authority, &by(), NOW)
            .await
            .unwrap();
    }
    assert_eq!(
        refusal(
            devices
                .add_authority(organisation, authority("z"), &by(), NOW)
                .await
        ),
        PolicyRefusal::TooManyKeys
    );
    let said = bench.actions().await;
    let count = |action: &str| said.iter().filter(|said| *said == action).count();
    assert_eq!(
        (
            count("enrolment.update"),
            count("enrolment.add_key"),
            count("enrolment.remove_key")
        ),
        (1, 101, 1)
    );
    bench.check().await;
}

async fn required_snaps_are_replaced(bench: &Bench) {
    let (organisation, _) = bench.project("plant").await;
    let devices = bench.store.devices();
    let set = async |brand, snaps: &[(String, Option<String>)]| {
        devices
            .set_required_snaps(organisation, (brand, "gateway"), snaps, &by(), NOW)
            .await
    };
    let stable = [
        ("b".to_owned(), Some("latest/stable".to_owned())),
        ("a".to_owned(), None),
    ];
    set(None, &stable).await.unwrap();
    set(Some("acme"), &[("c".to_owned(), None)]).await.unwrap();
    let names = async || {
        let all = devices.required_snaps(Some(organisation)).await.unwrap();
        all.into_iter()
            .map(|snap| (snap.brand, snap.snap))
            .collect::<Vec<_>>()
    };
    let acme = || Some("acme".to_owned());
    assert_eq!(
        names().await,
        [(None, "a".into()), (None, "b".into()), (acme(), "c".into())]
    );
    assert_eq!(devices.required_snaps(None).await.unwrap().len(), 3);
    let nobody = OrganisationId::generate();
    assert_eq!(devices.required_snaps(Some(nobody)).await.unwrap(), []);
    set(None, &[]).await.unwrap();
    assert_eq!(names().await, [(acme(), "c".into())]);
    let many: Vec<_> = (0..=MAX_REQUIRED_SNAPS)
        .map(|n| (n.to_string(), None))
        .collect();
    assert_eq!(refusal(set(None, &many).await), PolicyRefusal::TooManySnaps);
}

async fn a_clash_is_counted_and_shown(bench: &Bench) {
    let (_, project) = bench.project("plant").await;
    let id = bench.registered(project, "A-1").await.registration.id;
    let devices = bench.store.devices();
    assert_eq!(devices.record_clash(id, "192.0.2.1", NOW).await.unwrap(), 1);
    assert_eq!(
        devices
            .record_clash(id, "192.0.2.1, 192.0.2.2", later(1))
            .await
            .unwrap(),
        2
    );
    let clash = devices
        .registration(id)
        .await
        .unwrap()
        .unwrap()
        .clash
        .unwrap();
    assert_eq!((clash.count, clash.last_at), (2, later(1)));
    assert_eq!(clash.addresses, "192.0.2.1, 192.0.2.2");
    // An agent that joined with a token has an identity that can be copied, too.
    let joined = bench.unmanaged("gw", &[]).await;
    assert_eq!(
        devices
            .record_clash(joined.id, "192.0.2.1", NOW)
            .await
            .unwrap(),
        1
    );
    let said = bench.actions().await;
    assert_eq!(
        said.iter()
            .filter(|action| *action == "device.clash")
            .count(),
        3
    );
    devices.delete_registration(id, &by(), NOW).await.unwrap();
    bench.check().await;
}

async fn a_project_with_registrations_is_not_deleted(bench: &Bench) {
    let (organisation, project) = bench.project("plant").await;
    let id = bench.registered(project, "A-1").await.registration.id;
    bench.believes(organisation, "k").await;
    let organisations = bench.store.organisations();
    assert_eq!(
        refusal(organisations.delete_project(project, &by(), NOW).await),
        ProjectRefusal::HasRegistrations(1)
    );
    bench
        .store
        .devices()
        .delete_registration(id, &by(), NOW)
        .await
        .unwrap();
    organisations
        .delete_project(project, &by(), NOW)
        .await
        .unwrap();
    // What it asks of devices goes with the organisation.
    organisations
        .delete_organisation(organisation, &by(), NOW)
        .await
        .unwrap();
}
