//! Deadlines: [`Timers`].

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use super::{Key, Registry};
use crate::Moment;

/// Names one deadline of one [`Timers`]. It is stale once the deadline has been cancelled or has expired, and never names a
/// later one.
///
/// ```
/// use standpipe_core::Moment;
/// use standpipe_core::dispatch::{TimerKey, Timers};
///
/// let mut timers = Timers::new();
/// let old: TimerKey = timers.set(Moment::ORIGIN, "first");
/// timers.cancel(old);
/// assert_ne!(timers.set(Moment::ORIGIN, "second"), old);
/// assert_eq!(timers.cancel(old), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TimerKey(Key);

/// Deadlines, each with a value that says whose or what for. To set, change or cancel one is O(log n) and takes no memory
/// once as many have been there; the next one is O(1). What is cancelled is gone at once, so any number of deadlines that
/// never come about cost nothing.
///
/// They expire in order of time, those of one moment in the order in which they were set.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::Moment;
/// use standpipe_core::dispatch::Timers;
///
/// let at = |seconds| Moment::ORIGIN + Duration::from_secs(seconds);
/// let mut timers = Timers::new();
/// let idle = timers.set(at(60), "idle");
/// let close = timers.set(at(5), "close");
/// timers.set(at(5), "drain");
/// assert_eq!((timers.earliest(), timers.at(idle), timers.len()), (Some(at(5)), Some(at(60)), 3));
/// assert_eq!(timers.get(idle), Some(&"idle"));
///
/// // Traffic puts the idle limit off.
/// assert!(timers.change(idle, at(90)));
/// assert_eq!(timers.cancel(close), Some("close"));
///
/// assert_eq!(timers.expired(at(60)).map(|(_, what)| what).collect::<Vec<_>>(), ["drain"]);
/// assert_eq!(timers.expired(at(90)).next(), Some((idle, "idle")));
/// assert!(timers.is_empty() && !timers.change(idle, at(99)));
/// ```
#[derive(Clone)]
pub struct Timers<T> {
    deadlines: Registry<Deadline<T>>,
    /// A binary heap: none is before the one at half its index.
    heap: Vec<Entry>,
    /// Numbers each setting, for the order within a moment.
    settings: u64,
}

#[derive(Clone)]
struct Deadline<T> {
    value: T,
    /// Where in the heap its entry is.
    index: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: Moment,
    setting: u64,
    key: Key,
}

impl<T> Timers<T> {
    /// No deadlines.
    pub const fn new() -> Self {
        Self { deadlines: Registry::new(), heap: Vec::new(), settings: 0 }
    }

    /// Sets a deadline.
    pub fn set(&mut self, at: Moment, value: T) -> TimerKey {
        let index = self.heap.len();
        let key = self.deadlines.insert(Deadline { value, index });
        let setting = self.next_setting();
        self.heap.push(Entry { at, setting, key });
        self.lift(index);
        TimerKey(key)
    }

    /// Puts a deadline at another moment, as if it were set only now. Whether it was still there.
    pub fn change(&mut self, key: TimerKey, at: Moment) -> bool {
        let Some(index) = self.index(key) else { return false };
        let setting = self.next_setting();
        self.heap[index] = Entry { at, setting, key: key.0 };
        self.settle(index);
        true
    }

    /// Takes a deadline away and gives back its value, where it was still there.
    pub fn cancel(&mut self, key: TimerKey) -> Option<T> {
        let Deadline { value, index } = self.deadlines.remove(key.0)?;
        self.heap.swap_remove(index);
        if index < self.heap.len() {
            self.settle(index);
        }
        Some(value)
    }

    /// Keeps a deadline in step with [`Machine::wake`](crate::Machine::wake): sets, changes or cancels the one that is
    /// held, or leaves it as it is.
    ///
    /// ```
    /// use standpipe_core::Moment;
    /// use standpipe_core::dispatch::Timers;
    ///
    /// let (mut timers, mut held) = (Timers::new(), None);
    /// for wake in [None, Some(Moment::from_nanos(5)), Some(Moment::from_nanos(9)), None] {
    ///     timers.follow(&mut held, wake, "machine");
    ///     assert_eq!((timers.earliest(), held.is_some()), (wake, wake.is_some()));
    /// }
    /// ```
    pub fn follow(&mut self, held: &mut Option<TimerKey>, wake: Option<Moment>, value: T) {
        match (*held, wake) {
            (Some(key), None) => {
                self.cancel(key);
                *held = None;
            }
            (Some(key), Some(at)) if self.at(key) == Some(at) || self.change(key, at) => {}
            (_, Some(at)) => *held = Some(self.set(at, value)),
            (None, None) => {}
        }
    }

    /// The earliest deadline: how long a loop may wait.
    pub fn earliest(&self) -> Option<Moment> {
        self.heap.first().map(|entry| entry.at)
    }

    /// When a deadline is, where it is still there.
    pub fn at(&self, key: TimerKey) -> Option<Moment> {
        self.index(key).map(|index| self.heap[index].at)
    }

    /// The value of a deadline, where it is still there.
    pub fn get(&self, key: TimerKey) -> Option<&T> {
        self.deadlines.get(key.0).map(|deadline| &deadline.value)
    }

    /// Takes out, one by one, what is due at this moment. What is not taken stays due.
    ///
    /// Who sets deadlines between one and the next asks anew for each (`expired(now).next()`), and sets them later than
    /// `now`, since others are due again at once.
    pub fn expired(&mut self, now: Moment) -> impl Iterator<Item = (TimerKey, T)> {
        core::iter::from_fn(move || {
            let key = self.heap.first().filter(|entry| entry.at <= now).map(|entry| TimerKey(entry.key))?;
            self.cancel(key).map(|value| (key, value))
        })
    }

    /// How many deadlines there are.
    pub const fn len(&self) -> usize {
        self.deadlines.len()
    }

    /// Whether there is no deadline.
    pub const fn is_empty(&self) -> bool {
        self.deadlines.is_empty()
    }

    fn index(&self, key: TimerKey) -> Option<usize> {
        self.deadlines.get(key.0).map(|deadline| deadline.index)
    }

    fn next_setting(&mut self) -> u64 {
        self.settings += 1;
        self.settings
    }

    /// Brings an entry to its place, whichever way.
    fn settle(&mut self, index: usize) {
        let index = self.lift(index);
        self.sink(index);
    }

    /// Brings an entry up past whatever is after it.
    fn lift(&mut self, mut index: usize) -> usize {
        while index > 0 {
            let above = (index - 1) / 2;
            if self.heap[above] <= self.heap[index] {
                break;
            }
            self.heap.swap(above, index);
            self.placed(index);
            index = above;
        }
        self.placed(index);
        index
    }

    /// Brings an entry down past whatever is before it.
    fn sink(&mut self, mut index: usize) {
        while let Some(below) =
            self.earliest_below(index).filter(|below| self.heap[*below] < self.heap[index])
        {
            self.heap.swap(index, below);
            self.placed(index);
            index = below;
        }
        self.placed(index);
    }

    fn earliest_below(&self, index: usize) -> Option<usize> {
        let (left, right) = (2 * index + 1, 2 * index + 2);
        match (self.heap.get(left), self.heap.get(right)) {
            (Some(a), Some(b)) if b < a => Some(right),
            (Some(_), _) => Some(left),
            (None, _) => None,
        }
    }

    /// Tells a deadline where its entry is. One that moves on is told when it has come to its place.
    fn placed(&mut self, index: usize) {
        if let Some(deadline) = self.deadlines.get_mut(self.heap[index].key) {
            deadline.index = index;
        }
    }
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Debug> Debug for Timers<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut entries = self.heap.clone();
        entries.sort_unstable();
        let deadlines = entries.iter().map(|entry| (entry.at, self.get(TimerKey(entry.key))));
        f.debug_list().entries(deadlines).finish()
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    /// The idle limits of a hundred connections, put off at each of a hundred thousand messages.
    #[test]
    fn churn_takes_no_memory() {
        let mut timers = Timers::new();
        let mut keys: Vec<_> = (0..100).map(|n| timers.set(Moment::from_nanos(n), n)).collect();
        let room = (timers.heap.capacity(), timers.deadlines.len());
        for n in 0..100_000_u64 {
            let key = &mut keys[n as usize % 100];
            let at = Moment::ORIGIN + Duration::from_millis(n * 7919 % 1000);
            if n % 3 == 0 {
                timers.cancel(*key);
                *key = timers.set(at, n);
            } else {
                assert!(timers.change(*key, at));
            }
            assert_eq!((timers.heap.len(), timers.len()), (100, 100));
        }
        assert_eq!((timers.heap.capacity(), timers.deadlines.len()), room);
    }
}
