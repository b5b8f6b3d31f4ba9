//! What each edge product's API says: how it is called, whether it accepts us and why not, how it fares, what harms it.
//!
//! One file for each product ([`product`] finds it); a new product is a new file. Products make [`Call`]s and read
//! [`Answer`]s. [`Examination`] finds out, call by call, whether a service proves our authentication, and if not, what has to
//! be put right where. A [`Configuration`] is a product's whole configuration as one document, and [`fill`] makes one
//! of a template.
//!
//! What it does not do: it sends nothing, signs nothing and reads no clock; and it knows neither devices, nor how a service
//! is reached, nor where anything is kept.

mod anything;
mod call;
mod clock;
mod configuration;
mod credential;
mod ekuiper;
mod examination;
mod excerpt;
mod finding;
mod hazards;
mod hocon;
mod kind;
mod nanomq;
mod neuron;
mod neuronex;
mod product;
mod prometheus;
mod template;

pub use call::{Answer, Call, MAX_BODY_BYTES, MAX_CONFIGURATION_BYTES, Unreachable};
pub use clock::{Apart, CLOCK_TOLERANCE_S};
pub use configuration::{
    Configuration, ConfigurationError, Difference, Extent, Form, MAX_DIFFERENCES, names_a_secret,
};
pub use credential::{Claims, Credential, TOKEN_LIFE_S};
pub use examination::{Attempt, Examination, MAX_ATTEMPTS, Presented};
pub use finding::{Finding, Verdict, Wanted, Weight};
pub use hazards::{Hazard, MASKED, mask, serialised, validate};
pub use kind::{Kind, UnknownKind};
pub use product::{Figure, Health, KeyPlace, Product, Reading, Tactics, product};
pub use template::{
    MAX_NAME_CHARS, MAX_PLACEHOLDERS, MAX_TEMPLATE_BYTES, TemplateError, fill, placeholders,
};

#[cfg(test)]
mod tests;
