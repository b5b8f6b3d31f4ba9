use std::collections::HashSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn offer(text: &str) -> OfferName {
    text.parse().unwrap()
}

#[test]
fn a_single_offer_takes_the_agents_name_and_several_add_theirs() {
    let agent = name("Hall 3");
    assert_eq!(base_name(&agent, &offer("neuron"), 1), agent);
    assert_eq!(
        base_name(&agent, &offer("neuron"), 2).as_str(),
        "Hall 3 neuron"
    );
}

#[test]
fn a_long_name_is_cut_on_the_agents_side() {
    let long = name(&"x".repeat(50));
    let with_offer = base_name(&long, &offer("node-red"), 2);
    assert_eq!(with_offer.as_str(), format!("{} node-red", "x".repeat(41)));
    let widest = base_name(&long, &offer(&"y".repeat(32)), 2);
    assert_eq!(widest.as_str().chars().count(), 50);
}

#[test]
fn services_of_one_name_are_told_apart_by_their_agents() {
    let named = named_for(&name("Line"), &name("Hall 3"));
    assert_eq!(named.as_str(), "Line Hall 3");
    let long = named_for(&name(&"x".repeat(50)), &name("Hall 3"));
    assert_eq!(long.as_str(), format!("{} Hall 3", "x".repeat(43)));
    let widest = name(&"y".repeat(50));
    assert_eq!(named_for(&name("Line"), &widest), widest);
}

#[test]
fn a_taken_name_gets_the_first_free_number() {
    let base = name("Pump");
    let mut taken = HashSet::new();
    for expected in ["Pump", "Pump 2", "Pump 3"] {
        let free = free_name(&base, &taken);
        assert_eq!(free.as_str(), expected);
        taken.insert(free);
    }
    taken.remove(&name("Pump 2"));
    assert_eq!(free_name(&base, &taken).as_str(), "Pump 2");
}

#[test]
fn every_candidate_begins_as_promised() {
    for text in [
        "Pump".to_owned(),
        "x".repeat(50),
        format!("{}{}{}", "x".repeat(8), " ".repeat(29), "y"),
        "界".repeat(50),
    ] {
        for offers in [1, 2] {
            let agent = name(&text);
            let base = base_name(&agent, &offer(&"o".repeat(32)), offers);
            let mut taken = HashSet::new();
            for _ in 0..120 {
                let free = free_name(&base, &taken);
                let beginning = shared_beginning(&agent);
                assert!(free.as_str().starts_with(beginning), "{free}");
                assert!(taken.insert(free));
            }
        }
    }
}

fn address(text: &str) -> Result<Address, AddressError> {
    text.parse()
}

#[test]
fn an_address_is_printed_as_one_would_compare_it() {
    for (text, expected) in [
        ("neuron:7000", "neuron:7000"),
        (
            " Neuron.Plant-1.Example.COM:7000 ",
            "neuron.plant-1.example.com:7000",
        ),
        ("3com.com:80", "3com.com:80"),
        ("192.168.1.7:65535", "192.168.1.7:65535"),
        ("127.0.0.1:080", "127.0.0.1:80"),
        ("[FD00:0:0:0::7]:1", "[fd00::7]:1"),
        ("[::ffff:1.2.3.4]:8081", "[::ffff:1.2.3.4]:8081"),
    ] {
        assert_eq!(address(text).unwrap().to_string(), expected, "{text}");
    }
    let long = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
    assert!(address(&format!("{long}:1")).is_ok());
    let [name, v4, v6] = ["Hall-3:1", "10.0.0.1:2", "[::1]:3"].map(|text| address(text).unwrap());
    assert_eq!(name.host(), &Host::Name("hall-3".into()));
    assert_eq!(v4.host(), &Host::V4(Ipv4Addr::new(10, 0, 0, 1)));
    assert_eq!(v6.host(), &Host::V6(Ipv6Addr::LOCALHOST));
    assert_eq!([name.port(), v4.port(), v6.port()], [1, 2, 3]);
}

#[test]
fn what_is_no_address_is_told_what_would_be_right() {
    use AddressError as E;
    let text = str::to_owned;
    let label = "a".repeat(64);
    let long = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(62));
    for (given, expected) in [
        ("", E::Empty),
        ("  ", E::Empty),
        ("http://gw:80", E::Scheme(text("http://gw:80"))),
        (
            "gw:80/",
            E::More {
                text: text("gw:80/"),
                found: '/',
            },
        ),
        (
            "me@gw:80",
            E::More {
                text: text("me@gw:80"),
                found: '@',
            },
        ),
        ("gw", E::NoPort(text("gw"))),
        ("192.168.1.7", E::NoPort(text("192.168.1.7"))),
        ("[::1]", E::NoPort(text("[::1]"))),
        ("::1", E::NoBrackets(text("::1"))),
        ("fd00::7:7000", E::NoBrackets(text("fd00::7:7000"))),
        ("gw:80:90", E::NoBrackets(text("gw:80:90"))),
        ("gw:", E::Port(text(""))),
        ("gw:0", E::Port(text("0"))),
        ("gw:65536", E::Port(text("65536"))),
        ("gw:+80", E::Port(text("+80"))),
        ("gw:8o", E::Port(text("8o"))),
        ("[::1]80", E::Port(text("80"))),
        ("[::1:80", E::V6(text("[::1:80"))),
        ("[fe80::1%eth0]:80", E::V6(text("fe80::1%eth0"))),
        ("[127.0.0.1]:80", E::V6(text("127.0.0.1"))),
        ("300.1.1.1:80", E::V4(text("300.1.1.1"))),
        ("1.2.3:80", E::V4(text("1.2.3"))),
        ("01.2.3.4:80", E::V4(text("01.2.3.4"))),
        (":80", E::Name(text(""))),
        ("gw.:80", E::Name(text("gw."))),
        ("-gw:80", E::Name(text("-gw"))),
        ("gw-.plant:80", E::Name(text("gw-.plant"))),
        ("my_gw:80", E::Name(text("my_gw"))),
        ("pumpe ü:80", E::Name(text("pumpe ü"))),
        (&format!("{label}:80"), E::Name(label.clone())),
        (
            &format!("{long}:80"),
            E::Name(long.chars().take(80).collect()),
        ),
    ] {
        assert_eq!(address(given), Err(expected), "{given}");
    }
    let said = address("gw").unwrap_err().to_string();
    assert_eq!(
        said,
        "the address \"gw\" has no port; write host:port, such as gw:7000"
    );
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z]([a-zA-Z0-9-]{0,20}[a-zA-Z0-9])?(\\.[a-z]{1,10}){0,3}",
        any::<Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<Ipv6Addr>().prop_map(|address| format!("[{address}]")),
    ]
}

proptest! {
    #[test]
    fn an_address_survives_its_text(host in host(), port in 1u16..) {
        let parsed = address(&format!("{host}:{port}")).unwrap();
        prop_assert_eq!(parsed.port(), port);
        prop_assert_eq!(address(&parsed.to_string()), Ok(parsed));
    }

    #[test]
    fn whatever_is_taken_for_an_address_survives_its_text(text in "[\\[\\]:.a1F0-9-]{0,24}") {
        if let Ok(parsed) = address(&text) {
            prop_assert_eq!(address(&parsed.to_string()), Ok(parsed));
        }
    }
}

#[test]
fn a_scheme_is_one_of_two_words() {
    for scheme in [Scheme::Http, Scheme::Https] {
        assert_eq!(scheme.to_string().parse(), Ok(scheme));
    }
    assert_eq!("HTTPS".parse(), Ok(Scheme::Https));
    assert!("mqtt".parse::<Scheme>().is_err());
}

#[test]
fn a_pin_is_64_digits_however_they_are_written() {
    let plain = "0a".repeat(32);
    let with_colons = vec!["0A"; 32].join(":");
    for text in [&plain, &with_colons, &format!(" {plain}\n")] {
        assert_eq!(Trust::pinned(text), Ok(Trust::Pinned(plain.clone())));
    }
    for text in ["", "0a", &"0g".repeat(32), &"0a".repeat(33)] {
        assert_eq!(Trust::pinned(text), Err(PinError), "{text}");
    }
}

#[test]
fn a_check_differs_by_what_was_found_and_not_by_when() {
    let check = Check {
        at: Moment::from_micros(1),
        answers: true,
        finding: None,
        version: Some("2.15.0".into()),
        keys: Some(vec![1]),
    };
    let later = Check {
        at: Moment::from_micros(2),
        ..check.clone()
    };
    assert!(!check.differs(&later));
    let unheard = Check {
        keys: None,
        ..later.clone()
    };
    assert!(!check.differs(&unheard), "what is not heard is no news");
    assert!(unheard.differs(&check));
    let finding = Some("{}".to_owned());
    for other in [
        Check {
            answers: false,
            ..check.clone()
        },
        Check {
            finding,
            ..check.clone()
        },
        Check {
            version: None,
            ..check.clone()
        },
        Check {
            keys: Some(vec![1, 2]),
            ..check.clone()
        },
    ] {
        assert!(check.differs(&other), "{other:?}");
    }
}

#[test]
fn tags_are_words_and_there_are_only_so_many() {
    let limits = TagLimits {
        max_chars: 6,
        per_service: 2,
        per_project: 3,
    };
    let read = |words: &[&str]| limits.read(words.iter().copied());
    let two = read(&["line-3", "hall", "hall"]).unwrap();
    assert_eq!(two.len(), 2, "the same word twice is one tag");
    assert!(matches!(read(&["Hall"]), Err(TagRefusal::Bad(_))));
    assert!(matches!(
        read(&["line-34"]),
        Err(TagRefusal::TooLong { max: 6, .. })
    ));
    assert_eq!(
        read(&["a", "b", "c"]),
        Err(TagRefusal::TooMany { wanted: 3, max: 2 })
    );
    assert_eq!(limits.of_project(3), Ok(()));
    assert_eq!(
        limits.of_project(4),
        Err(TagRefusal::TooManyInProject { wanted: 4, max: 3 })
    );
}
