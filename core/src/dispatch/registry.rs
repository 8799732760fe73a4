//! Machines by key: [`Registry`].

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};
use core::mem;

use crate::{Port, Ports};

/// Names a value of one registry. The place of a value that was removed is used again under another key, so an old key,
/// or an event that was on its way, never reaches the new value (traps ACO-T6 and ACO-T13).
///
/// As a token for mio or epoll it is one number together with a port.
///
/// ```
/// use standpipe_core::Port;
/// use standpipe_core::dispatch::{Key, Registry};
///
/// let mut registry = Registry::new();
/// let key = registry.insert("channel");
/// let port = Port::new(3);
/// assert_eq!(Key::of(key.token(port)), (key, port));
/// assert_ne!(key.token(port), Key::RESERVED_TOKEN);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    slot: u32,
    generation: u32,
}

/// A token holds the port in 5 bits, the slot in 28 and the generation in 31.
const PORT_BITS: u32 = Ports::CAPACITY.trailing_zeros();
const SLOT_BITS: u32 = 28;
const GENERATION_BITS: u32 = u64::BITS - PORT_BITS - SLOT_BITS;

/// A slot whose next key would bear it is not used again, so no key ever comes twice.
const LAST_GENERATION: u32 = (1 << GENERATION_BITS) - 1;

impl Key {
    /// The token of no key and port: for what else a loop waits for, such as its waker.
    pub const RESERVED_TOKEN: u64 = u64::MAX;

    /// The key and one of its ports as one number.
    pub const fn token(self, port: Port) -> u64 {
        let key = (self.generation as u64) << SLOT_BITS | self.slot as u64;
        key << PORT_BITS | port.index() as u64
    }

    /// The key and the port that a token stands for. Any number gives some; one that never was a token gives a key that
    /// names nothing.
    pub const fn of(token: u64) -> (Self, Port) {
        let port = Port::new((token & (Ports::CAPACITY as u64 - 1)) as u8);
        let key = token >> PORT_BITS;
        let slot = (key & ((1 << SLOT_BITS) - 1)) as u32;
        (Self { slot, generation: (key >> SLOT_BITS) as u32 }, port)
    }

    /// The place, for tables beside a registry.
    pub(super) const fn slot(self) -> u32 {
        self.slot
    }
}

impl Debug for Key {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}v{})", self.slot, self.generation)
    }
}

/// A table whose keys go stale with their values. Every operation on one value is O(1), and none takes memory once the
/// table has been as full as it gets.
///
/// asyncore's map is by descriptor number: whoever is given a number again receives what was meant for its former owner.
///
/// ```
/// use standpipe_core::dispatch::Registry;
///
/// let mut registry = Registry::new();
/// let (first, second) = (registry.insert('a'), registry.insert('b'));
/// assert_eq!((registry.get(first), registry.len()), (Some(&'a'), 2));
/// *registry.get_mut(second).unwrap() = 'c';
/// assert_eq!(registry.remove(first), Some('a'));
///
/// // The place is used again, the key is not.
/// let third = registry.insert('d');
/// assert!(!registry.contains(first) && registry.contains(third));
/// assert_eq!(registry.get(first), None);
/// assert_eq!(registry.remove(first), None);
///
/// registry.iter_mut().for_each(|(_, value)| value.make_ascii_uppercase());
/// assert_eq!(registry.iter().collect::<Vec<_>>(), [(third, &'D'), (second, &'C')]);
/// registry.retain(|key, _| key == second);
/// assert_eq!(registry.keys().collect::<Vec<_>>(), [second]);
/// assert!(!registry.is_empty() && registry.len() < Registry::<char>::CAPACITY);
/// ```
#[derive(Clone)]
pub struct Registry<T> {
    places: Vec<Place<T>>,
    /// The place that is filled next, the first of a chain.
    free: Option<u32>,
    len: usize,
}

#[derive(Clone)]
struct Place<T> {
    /// Of the key that is valid, or that will be next.
    generation: u32,
    content: Content<T>,
}

#[derive(Clone)]
enum Content<T> {
    Value(T),
    Free { next: Option<u32> },
}

impl<T> Registry<T> {
    /// How many values a registry can hold: 2^28.
    pub const CAPACITY: usize = 1 << SLOT_BITS;

    /// An empty one. It takes no memory yet.
    pub const fn new() -> Self {
        Self { places: Vec::new(), free: None, len: 0 }
    }

    /// Takes a value in.
    ///
    /// # Panics
    /// When it holds [`Registry::CAPACITY`] values.
    pub fn insert(&mut self, value: T) -> Key {
        let slot = self.free.unwrap_or_else(|| self.grow());
        let place = &mut self.places[slot as usize];
        if let Content::Free { next } = mem::replace(&mut place.content, Content::Value(value)) {
            self.free = next;
        }
        self.len += 1;
        Key { slot, generation: place.generation }
    }

    fn grow(&mut self) -> u32 {
        assert!(self.places.len() < Self::CAPACITY, "a registry holds at most {} values", Self::CAPACITY);
        self.places.push(Place { generation: 0, content: Content::Free { next: None } });
        (self.places.len() - 1) as u32
    }

    /// The value with this key.
    pub fn get(&self, key: Key) -> Option<&T> {
        let place = self.places.get(key.slot as usize)?;
        place.value().filter(|_| place.generation == key.generation)
    }

    /// The value with this key, to be changed.
    pub fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let place = self.places.get_mut(key.slot as usize)?;
        let is_valid = place.generation == key.generation;
        place.value_mut().filter(|_| is_valid)
    }

    /// Takes the value with this key out. The key is stale from then on.
    pub fn remove(&mut self, key: Key) -> Option<T> {
        let place =
            self.places.get_mut(key.slot as usize).filter(|place| place.generation == key.generation)?;
        let content = mem::replace(&mut place.content, Content::Free { next: self.free });
        let Content::Value(value) = content else {
            place.content = content;
            return None;
        };
        self.len -= 1;
        place.generation += 1;
        if place.generation < LAST_GENERATION {
            self.free = Some(key.slot);
        }
        Some(value)
    }

    /// Whether there is a value with this key.
    pub fn contains(&self, key: Key) -> bool {
        self.get(key).is_some()
    }

    /// How many values there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no value.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All values with their keys, in the order of places.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        let places = (0..).zip(&self.places);
        places.filter_map(|(slot, place)| {
            let key = Key { slot, generation: place.generation };
            place.value().map(|value| (key, value))
        })
    }

    /// All values with their keys, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Key, &mut T)> {
        let places = (0..).zip(&mut self.places);
        places.filter_map(|(slot, place)| {
            let key = Key { slot, generation: place.generation };
            place.value_mut().map(|value| (key, value))
        })
    }

    /// The keys of all values.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.iter().map(|(key, _)| key)
    }

    /// Removes every value for which the answer is no.
    pub fn retain(&mut self, mut keep: impl FnMut(Key, &mut T) -> bool) {
        for slot in 0..self.places.len() {
            if let Some((key, value)) = self.at(slot)
                && !keep(key, value)
            {
                self.remove(key);
            }
        }
    }

    /// Takes every value out. What one of them comes to does not keep the others from their turn, and when the iterator is
    /// dropped the rest is removed as well (ACO-68).
    ///
    /// ```
    /// use standpipe_core::dispatch::Registry;
    ///
    /// let mut channels = Registry::new();
    /// channels.insert("first");
    /// channels.insert("second");
    /// assert_eq!(channels.drain().count(), 2);
    /// assert!(channels.is_empty());
    /// ```
    pub fn drain(&mut self) -> Drain<'_, T> {
        Drain { registry: self, slot: 0 }
    }

    fn at(&mut self, slot: usize) -> Option<(Key, &mut T)> {
        let place = self.places.get_mut(slot)?;
        let key = Key { slot: slot as u32, generation: place.generation };
        place.value_mut().map(|value| (key, value))
    }
}

impl<T> Place<T> {
    fn value(&self) -> Option<&T> {
        match &self.content {
            Content::Value(value) => Some(value),
            Content::Free { .. } => None,
        }
    }

    fn value_mut(&mut self) -> Option<&mut T> {
        match &mut self.content {
            Content::Value(value) => Some(value),
            Content::Free { .. } => None,
        }
    }
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Debug> Debug for Registry<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// The values of a registry, on their way out: [`Registry::drain`].
///
/// ```
/// use standpipe_core::dispatch::{Drain, Registry};
///
/// let mut registry = Registry::new();
/// ["one", "two", "three"].map(|name| registry.insert(name));
/// let close = |name: &str| if name == "one" { Err("it is busy") } else { Ok(()) };
/// let failures: Vec<_> = registry.drain().filter_map(|(_, name)| close(name).err()).collect();
/// assert_eq!((failures, registry.is_empty()), (vec!["it is busy"], true));
///
/// // One that gives up on the way leaves nothing behind either.
/// registry.insert("four");
/// let rest: Drain<'_, &str> = registry.drain();
/// drop(rest);
/// assert!(registry.is_empty());
/// ```
pub struct Drain<'a, T> {
    registry: &'a mut Registry<T>,
    slot: usize,
}

impl<T> Iterator for Drain<'_, T> {
    type Item = (Key, T);

    fn next(&mut self) -> Option<(Key, T)> {
        while self.slot < self.registry.places.len() {
            let key = self.registry.at(self.slot).map(|(key, _)| key);
            self.slot += 1;
            if let Some(key) = key {
                return self.registry.remove(key).map(|value| (key, value));
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.registry.len, Some(self.registry.len))
    }
}

impl<T> ExactSizeIterator for Drain<'_, T> {}

impl<T> Drop for Drain<'_, T> {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

impl<T: Debug> Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Drain").field(&self.registry).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_up_before_a_key_comes_twice() {
        let mut registry = Registry::new();
        let first = registry.insert('a');
        registry.remove(first);
        registry.places[0].generation = LAST_GENERATION - 1;
        let last = registry.insert('b');
        assert_eq!((last.slot, last.generation), (0, LAST_GENERATION - 1));
        registry.remove(last);
        let next = registry.insert('c');
        assert_eq!((next.slot, next.generation), (1, 0));
        assert_eq!(registry.iter().collect::<Vec<_>>(), [(next, &'c')]);
        assert!(!registry.contains(last) && registry.insert('d').slot == 2);
    }

    #[test]
    fn every_key_and_port_is_one_token_and_none_is_the_reserved_one() {
        for slot in [0, 1, (1 << SLOT_BITS) - 1] {
            for generation in [0, 1, LAST_GENERATION - 1] {
                for port in Port::first(Ports::CAPACITY as u8) {
                    let key = Key { slot, generation };
                    assert_eq!(Key::of(key.token(port)), (key, port));
                    assert_ne!(key.token(port), Key::RESERVED_TOKEN);
                }
            }
        }
    }

    #[test]
    fn a_key_is_as_large_as_its_token() {
        assert_eq!((size_of::<Key>(), size_of::<super::super::TimerKey>()), (8, 8));
    }

    #[test]
    fn a_warm_registry_takes_no_memory() {
        let mut registry = Registry::new();
        let keys: Vec<_> = (0..100).map(|n| registry.insert(n)).collect();
        keys.into_iter().for_each(|key| assert!(registry.remove(key).is_some()));
        let room = registry.places.capacity();
        for round in 0..1000 {
            let keys: Vec<_> = (0..100).map(|n| registry.insert(n + round)).collect();
            keys.into_iter().rev().for_each(|key| assert!(registry.remove(key).is_some()));
        }
        assert_eq!((registry.places.len(), registry.places.capacity()), (100, room));
    }
}
