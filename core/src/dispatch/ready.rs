//! Who has work: [`Ready`].

use alloc::vec::Vec;

use super::Key;
use crate::BUDGET;

/// The queue of those who have work: each key once, first come first served, and nobody twice before all others who stood
/// in the queue.
///
/// A turn is bounded by a budget of bytes. Who has not come to an end by then is pushed again, behind the others: with `n`
/// in the queue nobody waits for more than `n` turns, however busy one of them is.
///
/// A *round* is who stands in the queue when it begins. A loop serves one round, then asks the kernel for events, without
/// waiting where somebody still stands here, and begins the next.
///
/// Its size is that of the registry whose keys it holds. All operations are O(1), and take no memory once the highest place
/// was here.
///
/// ```
/// use standpipe_core::dispatch::{Ready, Registry};
///
/// let mut registry = Registry::new();
/// let (busy, quiet) = (registry.insert("busy"), registry.insert("quiet"));
/// let mut ready = Ready::default();
/// assert!(ready.push(busy) && ready.push(quiet));
/// assert!(!ready.push(busy), "it stands there already");
/// assert_eq!((ready.len(), ready.contains(busy)), (2, true));
///
/// ready.begin_round();
/// let turn = ready.next_turn().unwrap();
/// assert_eq!(turn.key(), busy);
/// ready.push(busy);
/// assert_eq!(ready.next_turn().map(|turn| turn.key()), Some(quiet));
/// assert!(ready.next_turn().is_none(), "the round is over");
///
/// // Who was taken out of the registry is taken out of here.
/// assert!(ready.remove(busy) && ready.is_empty());
///
/// ready.set_budget(4096);
/// ready.push(quiet);
/// ready.begin_round();
/// assert_eq!(ready.next_turn().unwrap().left(), 4096);
/// ```
#[derive(Clone, Debug)]
pub struct Ready {
    /// By the slots of the keys: the neighbours of the one who stands in the queue.
    places: Vec<Option<Place>>,
    first: Option<Slot>,
    last: Option<Slot>,
    /// The last one of this round; `None` when it is over.
    round: Option<Slot>,
    len: usize,
    budget: usize,
}

/// A place by its number, as keys have it.
type Slot = u32;

#[derive(Clone, Copy, Debug)]
struct Place {
    key: Key,
    before: Option<Slot>,
    after: Option<Slot>,
}

impl Default for Ready {
    /// An empty queue with turns of [`BUDGET`] bytes.
    fn default() -> Self {
        Self::new(BUDGET)
    }
}

impl Ready {
    /// An empty queue with turns of this many bytes.
    pub const fn new(budget: usize) -> Self {
        Self { places: Vec::new(), first: None, last: None, round: None, len: 0, budget }
    }

    /// Puts a key at the end of the queue, unless it stands there already. Whether it does now and did not before.
    ///
    /// A stale key of the same place gives up its own. The key must be a registry's: one that is read from just any token
    /// may name a place far off, which costs memory.
    pub fn push(&mut self, key: Key) -> bool {
        if self.contains(key) {
            return false;
        }
        let slot = key.slot();
        if self.places.len() <= slot as usize {
            self.places.resize(slot as usize + 1, None);
        }
        if let Some(stale) = self.places[slot as usize] {
            self.remove(stale.key);
        }
        self.places[slot as usize] = Some(Place { key, before: self.last, after: None });
        self.link(self.last, Some(slot));
        self.last = Some(slot);
        self.len += 1;
        true
    }

    /// Takes a key out of the queue. Whether it stood there.
    pub fn remove(&mut self, key: Key) -> bool {
        if !self.contains(key) {
            return false;
        }
        let Some(place) = self.places[key.slot() as usize].take() else { return false };
        self.link(place.before, place.after);
        match place.after.and_then(|after| self.place(after)) {
            Some(after) => after.before = place.before,
            None => self.last = place.before,
        }
        if self.round == Some(key.slot()) {
            self.round = place.before;
        }
        self.len -= 1;
        true
    }

    /// Begins a round: who stands in the queue now is served in it.
    pub fn begin_round(&mut self) {
        self.round = self.last;
    }

    /// Takes the next one of the round out of the queue; `None` when all of them had their turn.
    pub fn next_turn(&mut self) -> Option<Turn> {
        self.round?;
        let first = self.first?;
        let key = self.place(first)?.key;
        self.remove(key);
        Some(Turn { key, left: self.budget })
    }

    /// Whether the key stands in the queue.
    pub fn contains(&self, key: Key) -> bool {
        self.places.get(key.slot() as usize).copied().flatten().is_some_and(|place| place.key == key)
    }

    /// How many stand in the queue.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nobody stands in the queue: only then may a loop wait.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Sets how many bytes a turn may move, from the next one on.
    pub fn set_budget(&mut self, budget: usize) {
        self.budget = budget;
    }

    /// Makes `after` the one behind `before`, or the first.
    fn link(&mut self, before: Option<Slot>, after: Option<Slot>) {
        match before.and_then(|before| self.place(before)) {
            Some(before) => before.after = after,
            None => self.first = after,
        }
    }

    fn place(&mut self, slot: Slot) -> Option<&mut Place> {
        self.places.get_mut(slot as usize)?.as_mut()
    }
}

/// One's turn: who, and how many bytes it may still move.
///
/// ```
/// use standpipe_core::dispatch::{Ready, Registry, Turn};
///
/// let mut registry = Registry::new();
/// let key = registry.insert(());
/// let mut ready = Ready::new(1000);
/// ready.push(key);
/// ready.begin_round();
/// let mut turn: Turn = ready.next_turn().unwrap();
/// assert_eq!((turn.key(), turn.left()), (key, 1000));
/// assert!(turn.spend(600));
/// assert!(!turn.spend(600), "others come first now");
/// assert_eq!(turn.left(), 0);
/// ready.push(turn.key());
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub struct Turn {
    key: Key,
    left: usize,
}

impl Turn {
    /// Whose turn it is.
    pub const fn key(&self) -> Key {
        self.key
    }

    /// How many bytes may still be moved: the budget for [`advance`](crate::advance()).
    pub const fn left(&self) -> usize {
        self.left
    }

    /// For loops that do without `advance`: counts bytes that were moved. Whether the turn may go on.
    #[must_use]
    pub const fn spend(&mut self, bytes: usize) -> bool {
        self.left = self.left.saturating_sub(bytes);
        self.left > 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::Registry;
    use super::*;

    #[test]
    fn a_place_is_small() {
        assert_eq!(size_of::<Option<Place>>(), 24);
    }

    #[test]
    fn a_place_that_is_used_again_and_again_keeps_one_entry() {
        let mut registry = Registry::new();
        let mut ready = Ready::default();
        let other = registry.insert(());
        ready.push(other);
        for _ in 0..1000 {
            let key = registry.insert(());
            ready.push(key);
            registry.remove(key);
        }
        assert_eq!((ready.len(), ready.places.len()), (2, 2));
        ready.begin_round();
        assert_eq!(ready.next_turn().map(|turn| turn.key()), Some(other));
    }
}
