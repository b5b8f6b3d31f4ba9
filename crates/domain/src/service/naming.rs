//! How the services are called that come with agents. The names of services that people add are theirs to choose.

use std::collections::HashSet;

use edgeward_ids::{Name, OfferName};

/// How a service is called before others of that name are considered.
///
/// An agent's only service has the agent's name; otherwise the offer follows it: `Hall 3 neuron`. Cut to
/// [`Name::MAX_CHARS`] characters, on the agent's side, so that the offer stays readable.
pub fn base_name(agent: &Name, offer: &OfferName, offers: usize) -> Name {
    if offers <= 1 {
        agent.clone()
    } else {
        with_ending(agent, offer.as_str())
    }
}

/// The first free name: `base`, then `base 2`, `base 3` and so on, cut to [`Name::MAX_CHARS`] characters.
///
/// `taken` are the names in the project that begin with the agent's [`shared_beginning`]; others do not matter.
pub fn free_name(base: &Name, taken: &HashSet<Name>) -> Name {
    if !taken.contains(base) {
        return base.clone();
    }
    // One candidate more than there are names, so that one of them is free.
    (2..=taken.len() + 2)
        .map(|number| with_ending(base, &number.to_string()))
        .find(|candidate| !taken.contains(candidate))
        .unwrap_or_else(|| base.clone())
}

/// What every name begins with that a service of an agent of this name can get, numbered or not.
pub fn shared_beginning(agent: &Name) -> &str {
    let text = agent.as_str();
    let end = text
        .char_indices()
        .nth(Name::MAX_CHARS - OfferName::MAX_CHARS - 1)
        .map_or(text.len(), |(at, _)| at);
    text[..end].trim_end()
}

/// How one of several services is called that were given this name together, each with its agent's behind: `Line Hall 3`.
pub fn named_for(base: &Name, agent: &Name) -> Name {
    with_ending(base, agent.as_str())
}

/// `base ending`, with `base` cut so that it fits.
fn with_ending(base: &Name, ending: &str) -> Name {
    let room = Name::MAX_CHARS.saturating_sub(ending.chars().count() + 1);
    let cut: String = base.as_str().chars().take(room).collect();
    format!("{} {ending}", cut.trim_end())
        .parse()
        .unwrap_or_else(|_| base.clone())
}
