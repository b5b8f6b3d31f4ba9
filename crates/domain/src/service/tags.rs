//! How many tags services may have. A tag exists while a service of its project bears it, so nothing is made or deleted by itself.

use std::collections::BTreeSet;

use crate::selection::{BadTag, Tag};

/// How many tags services may have, and how long those may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TagLimits {
    /// The longest tag, in characters.
    pub max_chars: usize,
    /// The most tags of a service.
    pub per_service: usize,
    /// The most different tags of a project's services.
    pub per_project: usize,
}

/// Why a service does not get its tags.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TagRefusal {
    /// It cannot be a tag.
    #[error(transparent)]
    Bad(#[from] BadTag),
    /// It is longer than tags may be here.
    #[error("the tag \"{tag}\" has more than {max} characters")]
    TooLong {
        /// The tag.
        tag: Tag,
        /// The most characters.
        max: usize,
    },
    /// The service would have too many.
    #[error("a service may have {max} tags, and this one would have {wanted}")]
    TooMany {
        /// How many it would have.
        wanted: usize,
        /// How many it may have.
        max: usize,
    },
    /// The project would have too many.
    #[error(
        "the services of a project may have {max} different tags, and with these they would have {wanted}; use one that is there"
    )]
    TooManyInProject {
        /// How many there would be.
        wanted: usize,
        /// How many there may be.
        max: usize,
    },
}

impl Default for TagLimits {
    fn default() -> Self {
        Self {
            max_chars: Tag::MAX_CHARS,
            per_service: 10,
            per_project: 100,
        }
    }
}

impl TagLimits {
    /// Words as people give them.
    ///
    /// # Errors
    /// One is no tag, or too long; or they are more than a service may have.
    pub fn read<'a>(
        &self,
        words: impl IntoIterator<Item = &'a str>,
    ) -> Result<BTreeSet<Tag>, TagRefusal> {
        let mut tags = BTreeSet::new();
        for word in words {
            let tag: Tag = word.parse()?;
            if tag.as_str().chars().count() > self.max_chars {
                let max = self.max_chars;
                return Err(TagRefusal::TooLong { tag, max });
            }
            tags.insert(tag);
        }
        self.of_service(tags.len())?;
        Ok(tags)
    }

    /// Whether a service may have so many.
    ///
    /// # Errors
    /// It may not.
    pub const fn of_service(&self, wanted: usize) -> Result<(), TagRefusal> {
        let max = self.per_service;
        if wanted > max {
            return Err(TagRefusal::TooMany { wanted, max });
        }
        Ok(())
    }

    /// Whether the services of a project may have so many different ones.
    ///
    /// # Errors
    /// They may not.
    pub const fn of_project(&self, wanted: usize) -> Result<(), TagRefusal> {
        let max = self.per_project;
        if wanted > max {
            return Err(TagRefusal::TooManyInProject { wanted, max });
        }
        Ok(())
    }
}
