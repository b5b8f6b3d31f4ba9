//! What an answer tells of whoever gave it, whichever product was asked for.

use crate::product::{Product, Reading};
use crate::{Answer, excerpt};

/// Whether only this product answers so.
pub(super) fn recognises(product: &dyn Product, answer: &Answer) -> bool {
    product.version(answer).is_some()
        || !matches!(
            product.read(answer),
            Reading::Accepted | Reading::Failing | Reading::Foreign
        )
}

/// What an answer is, for people.
pub(super) fn answered(answer: &Answer) -> String {
    let status = answer.status.as_u16();
    match &answer.location {
        Some(location) if answer.status.is_redirection() => {
            format!(
                "{status}, a redirect to {}",
                excerpt::printable(place(location))
            )
        }
        _ if answer.is_page() => format!("{status} with a web page"),
        _ if answer.body.is_empty() => format!("{status} with nothing"),
        _ => format!("{status} with \"{}\"", excerpt::of(answer)),
    }
}

/// Scheme and host of an address; a path without them as it is. What follows could carry what we sent.
fn place(location: &str) -> &str {
    let end = match location.find("://") {
        Some(scheme) => location[scheme + 3..]
            .find(['/', '?', '#'])
            .map(|end| scheme + 3 + end),
        None => location.find(['?', '#']),
    };
    &location[..end.unwrap_or(location.len())]
}
