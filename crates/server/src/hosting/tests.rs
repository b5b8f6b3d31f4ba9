use edgeward_api::service::{HostedPort, HostedSpec, HostedVolume, ServiceAuthentication};
use edgeward_domain::hosting::Step;
use edgeward_ids::ServiceId;
use edgeward_pki::SecretBox;
use edgeward_products::MASKED;
use edgeward_wire::hosting::{self as wire, Software, Spec};

use super::reports::from_wire;
use super::spec::{self, About};

fn about(kind: &'static str) -> About<'static> {
    About {
        kind,
        description: "in hall 3",
        authentication: ServiceAuthentication::None,
        key_folder: None,
    }
}

fn image() -> HostedSpec {
    HostedSpec {
        image: Some("emqx/neuron:2.6.3".into()),
        ..HostedSpec::default()
    }
}

fn snap() -> HostedSpec {
    HostedSpec {
        snap: Some("neuron".into()),
        channel: Some("2.6/stable".into()),
        ..HostedSpec::default()
    }
}

fn whole() -> HostedSpec {
    HostedSpec {
        port: Some(7001),
        healthy_within_s: Some(7),
        registry_user: Some("robot".into()),
        registry_password: Some("hunter2".into()),
        command: vec!["neuron".into(), "--log".into()],
        environment: [("LEVEL", "info"), ("DB_PASSWORD", "hunter3")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ports: vec![HostedPort {
            container: 1883,
            host: 1884,
            udp: true,
        }],
        volumes: vec![HostedVolume {
            name: "data".into(),
            path: "/opt/data".into(),
        }],
        memory_mib: Some(64),
        cpu_millis: Some(500),
        ..image()
    }
}

fn read(kind: &'static str, wanted: &HostedSpec) -> Spec {
    spec::read(&about(kind), wanted).unwrap()
}

#[test]
fn each_product_has_its_port_and_anything_else_needs_one() {
    for (kind, expected) in [
        ("neuron", 7000),
        ("nanomq", 8081),
        ("ekuiper", 9081),
        ("neuronex", 8085),
    ] {
        let spec = read(kind, &image());
        assert_eq!((spec.port, spec.healthy_within_s), (expected, 120));
    }
    let refused = spec::read(&about("http"), &image()).unwrap_err();
    assert!(refused.0.starts_with("port is missing"), "{refused}");
    let with_port = HostedSpec {
        port: Some(80),
        ..image()
    };
    assert_eq!(read("http", &with_port).port, 80);
}

#[test]
fn what_is_shown_is_what_was_asked_for_but_for_secrets() {
    let wanted = whole();
    let spec = read("neuron", &wanted);
    let Software::Container(container) = &spec.software else {
        panic!("{spec:?}")
    };
    assert_eq!(container.memory_bytes, Some(64 * 1024 * 1024));
    assert_eq!(container.login.as_ref().unwrap().password, "hunter2");
    let mut expected = wanted;
    expected.registry_password = None;
    expected
        .environment
        .insert("DB_PASSWORD".into(), MASKED.into());
    assert_eq!(spec::shown(&spec), expected);

    let spec = read("neuron", &snap());
    let expected = HostedSpec {
        port: Some(7000),
        healthy_within_s: Some(120),
        ..snap()
    };
    assert_eq!(spec::shown(&spec), expected);
}

#[test]
fn what_a_service_is_made_of_is_kept_sealed_for_that_service() {
    let secrets = SecretBox::new(&[7; 32]).unwrap();
    let (id, other) = (ServiceId::generate(), ServiceId::generate());
    let spec = read("neuron", &whole());
    let sealed = spec::seal(&secrets, id, &spec).unwrap();
    for secret in ["hunter2", "hunter3", "emqx"] {
        assert!(!sealed.contains(secret));
    }
    assert_eq!(spec::open(&secrets, id, &sealed).unwrap(), spec);
    assert!(spec::open(&secrets, other, &sealed).is_err());
}

#[test]
fn what_cannot_be_is_told_what_would_be_right() {
    let with = |change: &dyn Fn(&mut HostedSpec)| {
        let mut wanted = image();
        change(&mut wanted);
        wanted
    };
    let volume = |name: &str, path: &str| HostedVolume {
        name: name.into(),
        path: path.into(),
    };
    let port = HostedPort {
        container: 1,
        host: 2,
        udp: false,
    };
    for (wanted, expected) in [
        (HostedSpec::default(), "image is missing"),
        (
            with(&|w| w.snap = Some("x".into())),
            "image and snap are both given",
        ),
        (
            with(&|w| w.image = Some("a b".into())),
            "image must have 1 to 255",
        ),
        (
            with(&|w| w.channel = Some("edge".into())),
            "channel is for snaps only",
        ),
        (with(&|w| w.port = Some(0)), "port is 0"),
        (
            with(&|w| w.healthy_within_s = Some(3601)),
            "healthy_within_s is 3601",
        ),
        (
            with(&|w| w.registry_user = Some("x".into())),
            "registry_user and registry_password belong together",
        ),
        (
            with(&|w| w.command = vec![String::new(); 65]),
            "command has 65 entries; at most 64",
        ),
        (
            with(&|w| w.environment = [("1A".to_owned(), String::new())].into()),
            "environment: \"1A\" cannot name",
        ),
        (
            with(&|w| w.ports = vec![port, port]),
            "ports: the device's port 2 is given twice",
        ),
        (
            with(&|w| w.volumes = vec![volume("Data", "/d")]),
            "volumes: \"Data\" cannot name one",
        ),
        (
            with(&|w| w.volumes = vec![volume("data", "d")]),
            "volumes: \"d\" is no absolute path",
        ),
        (
            with(&|w| w.volumes = vec![volume("data", "/a/../b")]),
            "volumes: \"/a/../b\" is no absolute path",
        ),
        (
            with(&|w| w.volumes = vec![volume("a", "/d"), volume("b", "/d")]),
            "volumes: \"/d\" is given twice",
        ),
        (with(&|w| w.memory_mib = Some(5)), "memory_mib must be"),
        (with(&|w| w.cpu_millis = Some(9)), "cpu_millis must be"),
        (
            with(&|w| w.command = vec!["x".repeat(4000); 9]),
            "the service's variables, command and so on take",
        ),
        (
            HostedSpec {
                snap: Some("A".into()),
                ..HostedSpec::default()
            },
            "snap: \"A\" is no snap's name",
        ),
        (
            HostedSpec {
                memory_mib: Some(64),
                ..snap()
            },
            "memory_mib is for containers only",
        ),
    ] {
        let refused = spec::read(&about("neuron"), &wanted).unwrap_err();
        assert!(refused.0.starts_with(expected), "{refused}");
    }
}

#[test]
fn keys_need_a_folder_that_is_known_or_named() {
    let with = |kind, authentication, key_folder| About {
        authentication,
        key_folder,
        ..about(kind)
    };
    let token = ServiceAuthentication::Token;
    let folder = |about: About<'_>, wanted: &HostedSpec| {
        let spec = spec::read(&about, wanted);
        spec.map(|spec| spec.keys.map(|keys| keys.folder))
    };
    let known = folder(with("neuronex", token, None), &image());
    assert_eq!(known, Ok(Some("/opt/neuronex/etc".into())));
    let named = folder(with("neuron", token, Some("/certs")), &image());
    assert_eq!(named, Ok(Some("/certs".into())));
    assert_eq!(folder(about("neuron"), &image()), Ok(None));
    for (about, wanted, expected) in [
        (
            with("neuron", token, None),
            image(),
            "key_folder is missing; give the folder in which Neuron",
        ),
        (
            with("neuronex", token, None),
            snap(),
            "key_folder is missing",
        ),
        (
            with("neuron", token, Some("certs")),
            image(),
            "key_folder: \"certs\" is no absolute path",
        ),
        (
            with("neuron", ServiceAuthentication::None, Some("/certs")),
            image(),
            "key_folder is for the authentication \"token\" only",
        ),
        (
            with("neuron", ServiceAuthentication::Basic, None),
            image(),
            "authentication: a hosted service",
        ),
    ] {
        let refused = folder(about, &wanted).unwrap_err();
        assert!(refused.0.starts_with(expected), "{refused}");
    }
}

#[test]
fn an_upgrade_changes_the_image_or_the_channel_and_nothing_else() {
    let before = read("neuron", &whole());
    let after = spec::upgraded(before.clone(), "emqx/neuron:2.7.0").unwrap();
    assert_eq!(spec::made_of(&after), "emqx/neuron:2.7.0");
    assert_eq!(
        spec::upgraded(after, "emqx/neuron:2.6.3"),
        Ok(before.clone())
    );
    let after = spec::upgraded(read("neuron", &snap()), "2.7/edge").unwrap();
    assert_eq!(spec::made_of(&after), "neuron 2.7/edge");
    assert!(spec::upgraded(before, "").is_err());
}

#[test]
fn what_an_agent_says_is_taken_within_limits() {
    let one = |number: usize| wire::Hosted {
        service: format!("s{number}").parse().unwrap(),
        generation: 3,
        step: wire::Step::Returned,
        running: true,
        present: "x:1".into(),
        message: "no".into(),
    };
    let (capability, services) = from_wire(wire::Hosting {
        engine: Some(wire::Engine {
            name: "docker".into(),
            version: "26.1".into(),
        }),
        snaps: true,
        problem: "x".repeat(9999),
        services: (0..99).map(one).collect(),
    });
    assert_eq!(capability.engine, Some(("docker".into(), "26.1".into())));
    assert_eq!(capability.problem.len(), 500);
    assert_eq!(services.len(), wire::MAX_HOSTED);
    let (offer, said) = &services[0];
    assert_eq!((offer.as_str(), said.step), ("s0", Step::Returned));
    assert_eq!((said.generation, &*said.message), (3, "no"));
}
