use crate::{AgentId, Name, NameError, OfferName};

#[test]
fn an_id_prints_and_parses_as_the_same_text() {
    let id = AgentId::generate();
    assert_eq!(id.to_string().parse::<AgentId>(), Ok(id));
}

#[test]
fn a_bad_id_says_what_it_should_have_been() {
    let error = "gateway-7".parse::<AgentId>().unwrap_err().to_string();
    assert!(
        error.starts_with("\"gateway-7\" is not an agent id"),
        "{error}"
    );
}

#[test]
fn ids_made_later_sort_later() {
    let ids: Vec<_> = (0..100).map(|_| AgentId::generate()).collect();
    assert!(ids.is_sorted());
}

#[test]
fn names_are_checked_at_their_edges() {
    for good in ["a", "Halle 3 - Gateway_1", "上海 网关", &"x".repeat(50)] {
        assert_eq!(good.parse::<Name>().map(String::from), Ok(good.to_owned()));
    }
    assert_eq!("  ".parse::<Name>(), Err(NameError::Empty));
    assert_eq!("x".repeat(51).parse::<Name>(), Err(NameError::TooLong(51)));
    assert_eq!("a/b".parse::<Name>(), Err(NameError::Character('/')));
}

#[test]
fn offer_names_are_plain_labels() {
    assert!("neuron-2".parse::<OfferName>().is_ok());
    for bad in ["", "-a", "Neuron", "a b", &"x".repeat(33)] {
        assert!(bad.parse::<OfferName>().is_err(), "{bad}");
    }
}
