//! [`Ready`]: a queue without duplicates, in rounds, in which nobody waits for more turns than there were others.

use std::collections::VecDeque;

use arbitrary::Arbitrary;
use standpipe_core::dispatch::{Key, Ready, Registry};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Insert,
    /// Out of the registry, and out of the queue as well or not. Each by the order in which keys were given.
    Forget(u8, bool),
    Push(u8),
    Remove(u8),
    BeginRound,
    /// A turn that moves this many bytes at once, again and again, and is pushed again where it has not come to its end.
    Turn(u8, bool),
}

struct Waiting {
    key: Key,
    /// Whether the round had begun already when it was pushed.
    later: bool,
    /// How many turns of others it may still have to wait for.
    patience: usize,
}

#[derive(Default)]
struct Model {
    queue: VecDeque<Waiting>,
    keys: Vec<Key>,
}

impl Model {
    fn contains(&self, key: Key) -> bool {
        self.queue.iter().any(|waiting| waiting.key == key)
    }

    fn remove(&mut self, key: Key) -> bool {
        let was_there = self.contains(key);
        self.queue.retain(|waiting| waiting.key != key);
        was_there
    }

    fn next(&mut self) -> Option<Key> {
        self.queue.front().filter(|waiting| !waiting.later)?;
        let next = self.queue.pop_front()?.key;
        for waiting in &mut self.queue {
            waiting.patience = waiting.patience.checked_sub(1).expect("nobody waits for longer");
        }
        Some(next)
    }

    fn key(&self, index: u8) -> Option<Key> {
        self.keys.get(usize::from(index) % self.keys.len().max(1)).copied()
    }
}

/// Checks any history, keys of values that are gone included.
pub fn check(bytes: &[u8]) {
    let Some((budget, ops)) = super::read::<u8, Op>(bytes) else { return };
    let mut registry = Registry::new();
    let mut ready = Ready::new(budget.into());
    let mut model = Model::default();
    for op in ops {
        apply(&mut registry, &mut ready, &mut model, budget, op);
        assert_eq!(
            (ready.len(), ready.is_empty()),
            (model.queue.len(), model.queue.is_empty()),
            "after {op:?}"
        );
        assert!(model.keys.iter().all(|key| ready.contains(*key) == model.contains(*key)), "after {op:?}");
    }
    ready.begin_round();
    let rest: Vec<_> = std::iter::from_fn(|| ready.next_turn()).map(|turn| turn.key()).collect();
    assert_eq!(rest, model.queue.iter().map(|waiting| waiting.key).collect::<Vec<_>>());
}

fn apply(registry: &mut Registry<()>, ready: &mut Ready, model: &mut Model, budget: u8, op: Op) {
    match op {
        Op::Insert => model.keys.push(registry.insert(())),
        Op::Forget(index, told) => {
            let Some(key) = model.key(index) else { return };
            registry.remove(key);
            if told {
                assert_eq!(ready.remove(key), model.remove(key));
            }
        }
        // What is gone is not pushed: its owner has looked it up.
        Op::Push(index) => {
            let Some(key) = model.key(index).filter(|key| registry.contains(*key)) else { return };
            push(registry, ready, model, key);
        }
        Op::Remove(index) => {
            let Some(key) = model.key(index) else { return };
            assert_eq!(ready.remove(key), model.remove(key));
        }
        Op::BeginRound => {
            ready.begin_round();
            model.queue.iter_mut().for_each(|waiting| waiting.later = false);
        }
        Op::Turn(bytes, again) => {
            let turn = ready.next_turn();
            assert_eq!(turn.as_ref().map(|turn| turn.key()), model.next());
            let Some(mut turn) = turn else { return };
            assert_eq!(turn.left(), usize::from(budget));
            let mut moved = usize::from(bytes);
            while turn.spend(bytes.into()) && bytes > 0 {
                moved += usize::from(bytes);
            }
            assert!(bytes == 0 || (usize::from(budget)..usize::from(budget) + 256).contains(&moved));
            if again && registry.contains(turn.key()) {
                push(registry, ready, model, turn.key());
            }
        }
    }
}

fn push(registry: &Registry<()>, ready: &mut Ready, model: &mut Model, key: Key) {
    let is_new = !model.contains(key);
    assert_eq!(ready.push(key), is_new);
    let gave_up: Vec<_> =
        model.queue.iter().map(|waiting| waiting.key).filter(|other| !ready.contains(*other)).collect();
    assert!(gave_up.len() <= 1 && gave_up.iter().all(|other| is_new && !registry.contains(*other)));
    gave_up.into_iter().for_each(|other| assert!(model.remove(other)));
    if is_new {
        model.queue.push_back(Waiting { key, later: true, patience: model.queue.len() });
    }
}
