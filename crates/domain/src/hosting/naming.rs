//! How hosted services are offered.

use std::collections::HashSet;

use edgeward_ids::{Name, OfferName};

/// The longest name under which a hosted service is offered: containers and volumes are named by it, with more around it.
pub const MAX_OFFER_CHARS: usize = 24;

/// What a service is offered as whose name has no letter that an offer's could have.
const NAMELESS: &str = "service";

/// The name under which a hosted service of this name is offered: in small letters, with `-` for what an offer's name cannot have, and with
/// a number where another of the agent's offers is `taken`. None if no name is free, of which there are more than any agent has offers.
pub fn offer_name(name: &Name, taken: &HashSet<OfferName>) -> Option<OfferName> {
    let mut plain = String::new();
    for c in name.as_str().chars().flat_map(char::to_lowercase) {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            plain.push(c);
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
    }
    let plain = plain.trim_end_matches('-');
    let base = if plain.is_empty() { NAMELESS } else { plain };
    let numbered = |number: usize| {
        let ending = match number {
            1 => String::new(),
            number => format!("-{number}"),
        };
        let room = MAX_OFFER_CHARS - ending.len();
        let cut: String = base.chars().take(room).collect();
        format!("{}{ending}", cut.trim_end_matches('-'))
            .parse()
            .ok()
    };
    // One candidate more than there are names.
    (1..=taken.len() + 1)
        .filter_map(numbered)
        .find(|candidate| !taken.contains(candidate))
}
