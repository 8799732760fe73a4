//! First in, first out: [`Fifo`].

use alloc::collections::VecDeque;

/// First in, first out (ACH-38).
///
/// ```
/// use standpipe_core::chat::Fifo;
///
/// let mut fifo = Fifo::from_iter(["a", "b"]);
/// fifo.push("c");
/// assert_eq!((fifo.len(), fifo.first()), (3, Some(&"a")));
/// assert_eq!(fifo.pop(), Some("a"));
/// assert_eq!(fifo.into_iter().collect::<Vec<_>>(), ["b", "c"]);
/// assert!(Fifo::<u8>::new().is_empty());
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fifo<T> {
    items: VecDeque<T>,
}

impl<T> Fifo<T> {
    /// An empty one, which allocates nothing.
    pub const fn new() -> Self {
        Self { items: VecDeque::new() }
    }

    /// Appends an item (ACH-39).
    pub fn push(&mut self, item: T) {
        self.items.push_back(item);
    }

    /// Takes the oldest item out (ACH-40); `None` where there is none.
    pub fn pop(&mut self) -> Option<T> {
        self.items.pop_front()
    }

    /// The oldest item (ACH-41).
    pub fn first(&self) -> Option<&T> {
        self.items.front()
    }

    /// Whether there is no item (ACH-42).
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many items there are (ACH-43).
    pub fn len(&self) -> usize {
        self.items.len()
    }
}

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> FromIterator<T> for Fifo<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self { items: items.into_iter().collect() }
    }
}

impl<T> IntoIterator for Fifo<T> {
    type Item = T;
    type IntoIter = alloc::collections::vec_deque::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}
