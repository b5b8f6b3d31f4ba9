//! Handing out the values of a section or list one by one. A value's type may refuse it after it was read; that is located here.

use std::vec::IntoIter;

use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess};

use super::de::Source;
use super::fault::Fault;

/// The children of one value, in the order in which they are read.
pub(super) struct Children<'r, K> {
    left: IntoIter<(K, Source<'r>)>,
    current: Option<Source<'r>>,
}

impl<'r, K> Children<'r, K> {
    pub(super) fn new(children: Vec<(K, Source<'r>)>) -> Self {
        Self {
            left: children.into_iter(),
            current: None,
        }
    }
}

impl<'de, 'r, K: IntoDeserializer<'de, Fault>> MapAccess<'de> for Children<'r, K> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some((key, value)) = self.left.next() else {
            return Ok(None);
        };
        self.current = Some(value);
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        match self.current.take() {
            Some(source) => read(source, seed),
            None => Err(Fault::wrong("a value was asked for before its key")),
        }
    }
}

impl<'de, K> SeqAccess<'de> for Children<'_, K> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        match self.left.next() {
            Some((_, source)) => read(source, seed).map(Some),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.len())
    }
}

fn read<'de, S: DeserializeSeed<'de>>(source: Source<'_>, seed: S) -> Result<S::Value, Fault> {
    match source {
        Source::Value(value) => {
            let at = value.at();
            seed.deserialize(Source::Value(value))
                .map_err(|fault| fault.located(&at.place, &at.path))
        }
        Source::Filler(around) => seed
            .deserialize(Source::Filler(around.clone()))
            .map_err(|_| Fault::no_filler(around)),
    }
}
