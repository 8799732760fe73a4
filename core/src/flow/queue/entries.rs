//! What waits behind what was copied first: [`Entries`].

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use bytes::Bytes;

use super::Producer;

pub(super) enum Entry {
    Bytes(Bytes),
    /// So many bytes of the store.
    Stored(usize),
    Producer(Box<dyn Producer + Send + Sync>),
}

/// Entries in order. Most connections never have one, so all of it stands aside.
#[expect(clippy::box_collection, reason = "an idle connection has room for a pointer, not for a collection")]
pub(super) struct Entries(Option<Box<VecDeque<Entry>>>);

/// So many places are kept while there are no entries.
const KEPT: usize = 8;

impl Entries {
    pub(super) const NONE: Self = Self(None);

    fn all(&mut self) -> &mut VecDeque<Entry> {
        self.0.get_or_insert_default()
    }

    pub(super) fn push_back(&mut self, entry: Entry) {
        self.all().push_back(entry);
    }

    pub(super) fn push_front(&mut self, entry: Entry) {
        self.all().push_front(entry);
    }

    pub(super) fn pop_front(&mut self) {
        let _ = self.0.as_mut().and_then(|all| all.pop_front());
    }

    pub(super) fn front(&self) -> Option<&Entry> {
        self.0.as_ref()?.front()
    }

    pub(super) fn front_mut(&mut self) -> Option<&mut Entry> {
        self.0.as_mut()?.front_mut()
    }

    pub(super) fn back_mut(&mut self) -> Option<&mut Entry> {
        self.0.as_mut()?.back_mut()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|all| all.is_empty())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter().flat_map(|all| all.iter())
    }

    /// Gives up places that so few entries need not have.
    pub(super) fn trim(&mut self) {
        if let Some(all) = &mut self.0 {
            all.shrink_to(KEPT);
        }
    }

    pub(super) fn clear(&mut self) {
        if let Some(all) = &mut self.0 {
            all.clear();
        }
    }
}
