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
