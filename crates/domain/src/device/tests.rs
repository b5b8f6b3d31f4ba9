use edgeward_ids::{AgentId, OrganisationId, ProjectId};

use super::*;

fn claims(kind: Kind, serial: &str) -> Claims {
    Claims {
        kind,
        brand: "acme".into(),
        model: "gateway".into(),
        serial: serial.into(),
        store: if kind == Kind::Model { "shop" } else { "" }.into(),
        device_key: if kind == Kind::Serial { "key" } else { "" }.into(),
        signed_by: "k".repeat(64),
    }
}

fn registration(status: Status) -> Registration {
    Registration {
        id: AgentId::generate(),
        organisation: OrganisationId::generate(),
        project: ProjectId::generate(),
        identity: DeviceIdentity::new("acme", "gateway", "A-1").unwrap(),
        store: String::new(),
        device_key: String::new(),
        device_data: Vec::new(),
        status,
        dialect: None,
        verified: None,
        enrolled_in: None,
        automatic: false,
        registered_at: Moment::from_micros(0),
        enrolled_at: None,
    }
}

fn key() -> KeyId {
    "k".repeat(64).parse().unwrap()
}

fn valid() -> Signatures {
    Signatures::Valid {
        model: key(),
        serial: key(),
    }
}

/// Believes [`key`].
fn believing() -> Policy {
    Policy {
        authorities: [key()].into(),
        ..Policy::default()
    }
}

#[test]
fn model_and_serial_in_either_order_name_the_device() {
    let (model, serial) = (claims(Kind::Model, ""), claims(Kind::Serial, "A-1"));
    let shown = identify(&[model.clone(), serial.clone()]).unwrap();
    assert_eq!(identify(&[serial, model]), Ok(shown.clone()));
    assert_eq!(shown.identity.to_string(), "acme/gateway/A-1");
    assert_eq!((&*shown.store, &*shown.device_key), ("shop", "key"));
}

#[test]
fn anything_but_one_of_each_is_refused_in_the_known_words() {
    let model = || claims(Kind::Model, "");
    let serial = || claims(Kind::Serial, "A-1");
    let other = || claims(Kind::Other, "");
    let says = |assertions: &[Claims]| identify(assertions).unwrap_err().to_string();
    for required in [
        &[][..],
        &[model()],
        &[serial()],
        &[model(), model()],
        &[serial(), serial()],
    ] {
        assert_eq!(says(required), "A model and serial assertion is required");
    }
    for unexpected in [&[model(), serial(), model()][..], &[model(), other()]] {
        assert_eq!(
            says(unexpected),
            "unexpected assertion in the request stream"
        );
    }
    let foreign = Claims {
        brand: "other".into(),
        ..serial()
    };
    assert_eq!(identify(&[model(), foreign]), Err(EnrolRefusal::OtherBrand));
    let foreign = Claims {
        model: "other".into(),
        ..serial()
    };
    assert_eq!(identify(&[model(), foreign]), Err(EnrolRefusal::OtherModel));
    assert!(matches!(
        identify(&[model(), claims(Kind::Serial, " ")]),
        Err(EnrolRefusal::Identity(IdentityError::Empty(
            "serial number"
        )))
    ));
    assert!(matches!(
        identify(&[model(), claims(Kind::Serial, &"x".repeat(129))]),
        Err(EnrolRefusal::Identity(IdentityError::TooLong(_)))
    ));
}

#[test]
fn only_a_waiting_device_with_good_signatures_is_let_in() {
    let strict = believing();
    let lax = Policy {
        unverified: true,
        ..Policy::default()
    };
    let unknown = Signatures::UnknownKey("x".into());
    let valid = valid();
    let waiting = registration(Status::Waiting);
    assert_eq!(admit(&waiting, &valid, &strict), Ok(Verified::By(key())));
    assert_eq!(admit(&waiting, &unknown, &lax), Ok(Verified::Unverified));
    assert_eq!(admit(&waiting, &valid, &lax), Ok(Verified::Unverified));
    let other = Policy {
        authorities: ["o".repeat(64).parse().unwrap()].into(),
        ..Policy::default()
    };
    assert!(matches!(
        admit(&waiting, &valid, &other),
        Err(EnrolRefusal::UnknownKey { .. })
    ));
    assert!(matches!(
        admit(&waiting, &unknown, &strict),
        Err(EnrolRefusal::UnknownKey { .. })
    ));
    for policy in [&strict, &lax] {
        assert!(matches!(
            admit(&waiting, &Signatures::Forged, policy),
            Err(EnrolRefusal::Forged(_))
        ));
    }
    let says = |status| {
        admit(&registration(status), &valid, &strict)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        says(Status::Enrolled),
        "the device `acme/gateway/A-1` is already enrolled"
    );
    assert_eq!(
        says(Status::Disabled),
        "the device registration for `acme/gateway/A-1` is disabled"
    );
    // Somebody who made it up does not learn that it is enrolled.
    assert!(matches!(
        admit(&registration(Status::Enrolled), &Signatures::Forged, &lax),
        Err(EnrolRefusal::Forged(_))
    ));
}

#[test]
fn a_device_registers_itself_only_where_that_is_wished_and_vouched_for() {
    let identity = registration(Status::Waiting).identity;
    let project = ProjectId::generate();
    let wished = Policy {
        automatic: Some(project),
        unverified: true,
        ..believing()
    };
    let believed_by_nobody = Policy {
        automatic: Some(project),
        ..Policy::default()
    };
    let valid = valid();
    assert_eq!(
        may_register_itself(&identity, &valid, &wished),
        Ok((Verified::By(key()), project))
    );
    for (signatures, policy) in [
        (&valid, &believing()),
        (&valid, &believed_by_nobody),
        (&Signatures::UnknownKey("x".into()), &wished),
        (&Signatures::Forged, &wished),
    ] {
        let refused = may_register_itself(&identity, signatures, policy).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the device `acme/gateway/A-1` is not registered"
        );
    }
}

#[test]
fn a_number_sets_or_switches_the_status() {
    use Status::{Disabled, Enrolled, Waiting};
    let table = [
        (Waiting, 1, Waiting),
        (Waiting, 3, Disabled),
        (Waiting, 0, Disabled),
        (Disabled, 3, Disabled),
        (Disabled, 1, Waiting),
        (Disabled, 7, Waiting),
        (Enrolled, 3, Disabled),
        (Enrolled, 1, Waiting),
        (Enrolled, 0, Waiting),
    ];
    for (present, number, after) in table {
        assert_eq!(
            asked_by_number(present, number),
            Ok(after),
            "{present:?} {number}"
        );
    }
    for status in Status::ALL {
        assert_eq!(
            asked_by_number(status, 2),
            Err(StatusRefusal::OnlyByEnrolling)
        );
        assert_eq!(Status::from_word(status.as_str()), Some(status));
    }
    assert_eq!(Status::ALL.map(Status::number), [1, 2, 3]);
}

#[test]
fn a_required_snap_concerns_its_model_and_brand() {
    let snap = |brand: Option<&str>| RequiredSnap {
        organisation: OrganisationId::generate(),
        brand: brand.map(str::to_owned),
        model: "gateway".into(),
        snap: "a".into(),
        channel: None,
    };
    assert!(snap(None).concerns("acme", "gateway"));
    assert!(snap(Some("acme")).concerns("acme", "gateway"));
    assert!(!snap(Some("other")).concerns("acme", "gateway"));
    assert!(!snap(None).concerns("acme", "other"));
}

#[test]
fn key_ids_are_hashes() {
    assert!("k".repeat(64).parse::<KeyId>().is_ok());
    for bad in ["", "short", &"k".repeat(65), &" ".repeat(64)] {
        assert!(bad.parse::<KeyId>().is_err());
    }
}
