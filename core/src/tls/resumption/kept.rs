//! So many things by key: [`Kept`].

use alloc::collections::BTreeMap;
use core::borrow::Borrow;

/// A map that holds a bounded number of things; what was put in first goes first.
pub(super) struct Kept<K, V> {
    limit: usize,
    /// When the next one comes, counted.
    next: u64,
    by_key: BTreeMap<K, (u64, V)>,
    by_age: BTreeMap<u64, K>,
}

impl<K: Ord + Clone, V> Kept<K, V> {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, next: 0, by_key: BTreeMap::new(), by_age: BTreeMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Puts something in, as the newest. How many had to go for it, itself where nothing is held at all.
    pub(super) fn insert(&mut self, key: K, value: V) -> u64 {
        self.remove(&key);
        self.by_age.insert(self.next, key.clone());
        self.by_key.insert(key, (self.next, value));
        self.next += 1;
        let mut gone = 0;
        while self.len() > self.limit {
            self.remove_oldest();
            gone += 1;
        }
        gone
    }

    pub(super) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.by_key.get(key).map(|(_, value)| value)
    }

    pub(super) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.by_key.get_mut(key).map(|(_, value)| value)
    }

    pub(super) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (age, value) = self.by_key.remove(key)?;
        self.by_age.remove(&age);
        Some(value)
    }

    pub(super) fn oldest(&self) -> Option<&V> {
        self.by_age.first_key_value().and_then(|(_, key)| self.get(key))
    }

    pub(super) fn remove_oldest(&mut self) {
        if let Some((_, key)) = self.by_age.pop_first() {
            self.by_key.remove(&key);
        }
    }

    pub(super) fn clear(&mut self) {
        self.by_key.clear();
        self.by_age.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Kept;

    #[test]
    fn what_came_first_goes_first() {
        let mut kept = Kept::new(2);
        assert_eq!(["a", "b", "c"].map(|key| kept.insert(key, key)), [0, 0, 1]);
        assert_eq!((kept.get("a"), kept.oldest(), kept.len()), (None, Some(&"b"), 2));
        assert_eq!(kept.insert("b", "again"), 0, "it is the newest now");
        assert_eq!(kept.insert("d", "d"), 1);
        assert_eq!((kept.get("c"), kept.get("b")), (None, Some(&"again")));
        assert_eq!((kept.remove("b"), kept.len()), (Some("again"), 1));
        assert_eq!(kept.by_age.len(), 1, "what was taken out leaves nothing behind");
    }

    #[test]
    fn nothing_is_held_where_nothing_may_be() {
        let mut kept = Kept::new(0);
        assert_eq!((kept.insert("a", 1), kept.len(), kept.by_age.len()), (1, 0, 0));
    }
}
