//! Reading a tree into a type, going on past what is wrong.
//!
//! serde stops at the first error. So each error is noted, its path put on the list of what is stood in for, and the
//! whole read again. Stand-ins are read last, so that everything else beside them has been seen when one of them does not do.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde::de::{DeserializeOwned, Deserializer, Visitor};

use super::MAX_PROBLEMS;
use super::access::Children;
use super::environment::Environment;
use super::fault::{At, Cause, Fault, not_one_of, shown};
use super::fill::Filler;
use super::problem::{Place, Problem, Problems, join};
use super::section::{entries_of, fields_of};
use super::tree::{Kind, Node};
use super::variant::Variant;

/// The most times a tree is read: each round finds one problem, or gives up one level.
const MAX_ROUNDS: usize = 4 * MAX_PROBLEMS;

/// One reading of a configuration.
pub(super) struct Reading<'a> {
    pub(super) environment: &'a Environment,
    filled: RefCell<BTreeSet<String>>,
    found: RefCell<Problems>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(environment: &'a Environment) -> Self {
        Self {
            environment,
            filled: RefCell::default(),
            found: RefCell::default(),
        }
    }

    /// The value, if there was a way to make one, and what is wrong. With a problem the value may hold stand-ins.
    pub(super) fn run<T: DeserializeOwned>(self, root: &Node) -> (Option<T>, Problems) {
        for _ in 0..MAX_ROUNDS {
            let value = Value {
                reading: &self,
                node: root.clone(),
                path: Vec::new(),
            };
            match T::deserialize(value) {
                Ok(value) => return (Some(value), self.found.into_inner()),
                Err(fault) if self.note(&fault, root) => {}
                Err(_) => break,
            }
        }
        (None, self.found.into_inner())
    }

    pub(super) fn problem(&self, place: &Place, key: &str, message: impl Into<String>) {
        self.found.borrow_mut().push(Problem {
            place: place.clone(),
            key: key.to_owned(),
            message: message.into(),
        });
    }

    pub(super) fn fill(&self, path: String) -> bool {
        self.filled.borrow_mut().insert(path)
    }

    pub(super) fn is_filled(&self, path: &str) -> bool {
        self.filled.borrow().contains(path)
    }

    /// Notes what is wrong and what to stand in for; false when there is nothing left to try.
    fn note(&self, fault: &Fault, root: &Node) -> bool {
        let At { place, path } = fault.at.clone().unwrap_or_else(|| At {
            place: root.place.clone(),
            path: String::new(),
        });
        match &fault.cause {
            Cause::Wrong(message) => {
                self.problem(&place, &path, message.as_str());
                !path.is_empty() && self.fill(path)
            }
            Cause::Missing(key) => {
                let path = join(&path, key);
                self.problem(&place, &path, "is missing");
                self.fill(path)
            }
            Cause::NoFiller => !path.is_empty() && self.fill(path),
        }
    }
}

/// A node and how to get there.
#[derive(Clone)]
pub(super) struct Value<'r> {
    pub(super) reading: &'r Reading<'r>,
    pub(super) node: Node,
    pub(super) path: Vec<String>,
}

/// A value, or a stand-in for one.
pub(super) enum Source<'r> {
    Value(Value<'r>),
    /// With what is around it: if the stand-in does not do, that is stood in for.
    Filler(At),
}

impl<'r> Value<'r> {
    pub(super) fn at(&self) -> At {
        At {
            place: self.node.place.clone(),
            path: self.path.join("."),
        }
    }

    pub(super) fn below(&self, key: &str, node: Node) -> Self {
        let mut path = self.path.clone();
        path.push(key.to_owned());
        Self {
            reading: self.reading,
            node,
            path,
        }
    }

    /// The values with these keys, what is stood in for last.
    pub(super) fn sources<K>(&self, children: Vec<(K, Self)>) -> Vec<(K, Source<'r>)> {
        let (filled, given): (Vec<_>, Vec<_>) = children
            .into_iter()
            .partition(|(_, child)| child.reading.is_filled(&child.path.join(".")));
        let given = given
            .into_iter()
            .map(|(key, child)| (key, Source::Value(child)));
        let filled = filled
            .into_iter()
            .map(|(key, _)| (key, Source::Filler(self.at())));
        given.chain(filled).collect()
    }

    pub(super) fn located<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        let At { place, path } = self.at();
        result.map_err(|fault| fault.located(&place, &path))
    }

    fn text(&self, expected: &str) -> Result<&str, Fault> {
        match &self.node.kind {
            Kind::Scalar { text, .. } => Ok(text),
            other => Err(Fault::wrong(format!(
                "expected {expected}, found {}",
                other.describe()
            ))),
        }
    }

    fn items(&self) -> Result<Vec<Node>, Fault> {
        match (&self.node.kind, &self.node.place) {
            (Kind::Seq(items), _) => Ok(items.clone()),
            (Kind::Null, _) => Ok(Vec::new()),
            // A list in one environment variable.
            (Kind::Scalar { text, .. }, place @ Place::Variable(_)) => Ok(text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Node::plain(item, place.clone()))
                .collect()),
            (other, _) => Err(Fault::wrong(format!(
                "expected a list, found {}",
                other.describe()
            ))),
        }
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ty;)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let expected = format!("a whole number from {} to {}", <$type>::MIN, <$type>::MAX);
            self.located(self.text(&expected).and_then(|text| {
                let number = text
                    .parse::<$type>()
                    .map_err(|_| Fault::wrong(format!("expected {expected}, found \"{}\"", shown(text))))?;
                visitor.$visit(number)
            }))
        }
    )+};
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Fault;

    integers! {
        deserialize_i8 visit_i8 i8; deserialize_i16 visit_i16 i16; deserialize_i32 visit_i32 i32; deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128; deserialize_u8 visit_u8 u8; deserialize_u16 visit_u16 u16; deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64; deserialize_u128 visit_u128 u128;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.kind {
            Kind::Null => self.located(visitor.visit_unit()),
            Kind::Seq(_) => self.deserialize_seq(visitor),
            Kind::Map(_) => self.deserialize_map(visitor),
            Kind::Scalar { text, plain: true } => self.located(if let Ok(truth) = text.parse() {
                visitor.visit_bool(truth)
            } else if let Ok(number) = text.parse() {
                visitor.visit_i64(number)
            } else if let Ok(number) = text.parse() {
                visitor.visit_f64(number)
            } else {
                visitor.visit_str(text)
            }),
            Kind::Scalar { text, .. } => self.located(visitor.visit_str(text)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.located(self.text("true or false").and_then(|text| match text {
            "true" | "True" | "TRUE" => visitor.visit_bool(true),
            "false" | "False" | "FALSE" => visitor.visit_bool(false),
            _ => Err(Fault::wrong(format!(
                "expected true or false, found \"{}\"",
                shown(text)
            ))),
        }))
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.located(self.text("a number").and_then(|text| {
            let number = text.parse().map_err(|_| {
                Fault::wrong(format!("expected a number, found \"{}\"", shown(text)))
            })?;
            visitor.visit_f64(number)
        }))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.located(self.text("a text").and_then(|text| visitor.visit_str(text)))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.kind {
            Kind::Null => self.located(visitor.visit_none()),
            _ => {
                let at = self.at();
                visitor
                    .visit_some(self)
                    .map_err(|fault| fault.located(&at.place, &at.path))
            }
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let at = self.at();
        visitor
            .visit_newtype_struct(self)
            .map_err(|fault| fault.located(&at.place, &at.path))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.located(self.items().and_then(|items| {
            let children = items
                .into_iter()
                .enumerate()
                .map(|(index, node)| ((), self.below(&index.to_string(), node)));
            visitor.visit_seq(Children::new(self.sources(children.collect())))
        }))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.located(
            entries_of(&self)
                .and_then(|children| visitor.visit_map(Children::new(self.sources(children)))),
        )
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.located(
            fields_of(&self, fields).and_then(|fields| visitor.visit_map(Children::new(fields))),
        )
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (name, content) = match &self.node.kind {
            Kind::Map(entries) if entries.len() == 1 => {
                let entry = &entries[0];
                (
                    entry.key.clone(),
                    self.below(&entry.key, entry.value.clone()),
                )
            }
            _ => {
                let expected = format!("one of {}", variants.join(", "));
                let name = self.located(self.text(&expected))?.to_owned();
                let nothing = Node {
                    place: self.node.place.clone(),
                    kind: Kind::Null,
                };
                (
                    name,
                    Value {
                        node: nothing,
                        ..self.clone()
                    },
                )
            }
        };
        if !variants.contains(&name.as_str()) {
            return self.located(Err(Fault::wrong(not_one_of(&name, variants))));
        }
        self.located(visitor.visit_enum(Variant { name, content }))
    }

    serde::forward_to_deserialize_any! { bytes byte_buf unit unit_struct identifier ignored_any }
}

/// Hands everything on to the value or the stand-in.
macro_rules! forward {
    ($($method:ident ( $($argument:ident : $type:ty),* );)+) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Fault> {
            match self {
                Self::Value(value) => value.$method($($argument,)* visitor),
                Self::Filler(around) => Filler.$method($($argument,)* visitor).map_err(|_| Fault::no_filler(around)),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for Source<'_> {
    type Error = Fault;

    forward! {
        deserialize_any(); deserialize_bool(); deserialize_i8(); deserialize_i16(); deserialize_i32(); deserialize_i64();
        deserialize_i128(); deserialize_u8(); deserialize_u16(); deserialize_u32(); deserialize_u64(); deserialize_u128();
        deserialize_f32(); deserialize_f64(); deserialize_char(); deserialize_str(); deserialize_string(); deserialize_bytes();
        deserialize_byte_buf(); deserialize_option(); deserialize_unit(); deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str); deserialize_seq(); deserialize_tuple(length: usize);
        deserialize_tuple_struct(name: &'static str, length: usize); deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]); deserialize_identifier();
        deserialize_ignored_any();
    }
}
