//! The variants of an enumeration: a bare word, or a section with one key whose value belongs to it.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
};

use super::de::Value;
use super::fault::Fault;
use super::tree::Kind;

/// The word, and what belongs to it.
pub(super) struct Variant<'r> {
    pub(super) name: String,
    pub(super) content: Value<'r>,
}

impl<'de, 'r> EnumAccess<'de> for Variant<'r> {
    type Error = Fault;
    type Variant = Value<'r>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Value<'r>), Fault> {
        Ok((
            seed.deserialize(self.name.into_deserializer())?,
            self.content,
        ))
    }
}

impl<'de> VariantAccess<'de> for Value<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.node.kind {
            Kind::Null => Ok(()),
            _ => self.located(Err(Fault::wrong("nothing may follow this word"))),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        let at = self.at();
        seed.deserialize(self)
            .map_err(|fault| fault.located(&at.place, &at.path))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_struct("", fields, visitor)
    }
}
