//! [`Registry`]: a map from keys that never come twice.

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use standpipe_core::dispatch::{Key, Registry};
use standpipe_core::{Port, Ports};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Insert,
    /// Each by the order in which keys were given.
    Remove(u8),
    Change(u8),
    /// A token that may never have been one.
    Token(u64),
    /// Keeps the values of which this divides none.
    Retain(u8),
    /// Takes so many out and drops the rest.
    Drain(u8),
}

#[derive(Default)]
struct Model {
    values: BTreeMap<Key, u32>,
    /// All keys that were ever given.
    keys: Vec<Key>,
    next: u32,
}

impl Model {
    fn key(&self, index: u8) -> Option<Key> {
        self.keys.get(usize::from(index) % self.keys.len().max(1)).copied()
    }
}

/// Checks any history.
pub fn check(bytes: &[u8]) {
    let Some(((), ops)) = super::read::<(), Op>(bytes) else { return };
    let mut registry = Registry::new();
    let mut model = Model::default();
    for op in ops {
        apply(&mut registry, &mut model, op);
        for key in &model.keys {
            assert_eq!(registry.get(*key), model.values.get(key), "{key:?} after {op:?}");
            assert_eq!(registry.contains(*key), model.values.contains_key(key));
        }
        let all: BTreeMap<_, _> = registry.iter().map(|(key, value)| (key, *value)).collect();
        assert_eq!(all, model.values);
        assert_eq!((registry.len(), registry.is_empty()), (all.len(), all.is_empty()));
        assert_eq!(registry.keys().count(), all.len());
    }
}

fn apply(registry: &mut Registry<u32>, model: &mut Model, op: Op) {
    match op {
        Op::Insert => {
            model.next += 1;
            let key = registry.insert(model.next);
            assert!(!model.keys.contains(&key), "{key:?} comes twice");
            let port = Port::new((model.next % Ports::CAPACITY as u32) as u8);
            assert_eq!(Key::of(key.token(port)), (key, port));
            model.keys.push(key);
            model.values.insert(key, model.next);
        }
        Op::Remove(index) => {
            let Some(key) = model.key(index) else { return };
            assert_eq!(registry.remove(key), model.values.remove(&key));
        }
        Op::Change(index) => {
            let Some(key) = model.key(index) else { return };
            let (value, known) = (registry.get_mut(key), model.values.get_mut(&key));
            assert_eq!(value, known);
            value.into_iter().chain(known).for_each(|value| *value += 1000);
            registry.iter_mut().for_each(|(key, value)| assert_eq!(Some(&*value), model.values.get(&key)));
        }
        Op::Token(token) => {
            let (key, port) = Key::of(token);
            assert_eq!(key.token(port), token);
            assert_eq!(registry.get(key), model.values.get(&key));
        }
        Op::Retain(divisor) => {
            let divisor = u32::from(divisor % 8) + 1;
            registry.retain(|key, value| {
                assert_eq!(Some(&*value), model.values.get(&key));
                *value % divisor != 0
            });
            model.values.retain(|_, value| *value % divisor != 0);
        }
        Op::Drain(most) => {
            let mut drain = registry.drain();
            for (key, value) in drain.by_ref().take(most.into()) {
                assert_eq!(model.values.remove(&key), Some(value));
            }
            assert_eq!(drain.len(), model.values.len());
            model.values.clear();
        }
    }
}
