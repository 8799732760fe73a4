//! [`Timers`]: against a list that is searched from one end to the other.

use arbitrary::Arbitrary;
use standpipe_core::Moment;
use standpipe_core::dispatch::{TimerKey, Timers};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Set(u8),
    /// Each by the order in which keys were given.
    Change(u8, u8),
    Cancel(u8),
    /// Keeps one deadline in step.
    Follow(Option<u8>),
    /// Takes so many of those that are due.
    Expire(u8, u8),
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Deadline {
    key: TimerKey,
    at: Moment,
    value: u32,
}

#[derive(Default)]
struct Model {
    /// In the order in which they were set.
    deadlines: Vec<Deadline>,
    keys: Vec<TimerKey>,
    next: u32,
    held: Option<TimerKey>,
}

impl Model {
    fn position(&self, key: TimerKey) -> Option<usize> {
        self.deadlines.iter().position(|deadline| deadline.key == key)
    }

    fn key(&self, index: u8) -> Option<TimerKey> {
        self.keys.get(usize::from(index) % self.keys.len().max(1)).copied()
    }

    fn change(&mut self, key: TimerKey, at: Moment) -> bool {
        let position = self.position(key);
        position.into_iter().for_each(|position| {
            let deadline = self.deadlines.remove(position);
            self.deadlines.push(Deadline { at, ..deadline });
        });
        position.is_some()
    }

    /// The earliest, of several the one that was set first.
    fn earliest(&self) -> Option<Deadline> {
        let earliest = self.deadlines.iter().map(|deadline| deadline.at).min()?;
        self.deadlines.iter().find(|deadline| deadline.at == earliest).copied()
    }

    fn expire(&mut self, now: Moment) -> Option<(TimerKey, u32)> {
        let due = self.earliest().filter(|deadline| deadline.at <= now)?;
        self.deadlines.retain(|deadline| *deadline != due);
        Some((due.key, due.value))
    }

    fn set(&mut self, key: TimerKey, at: Moment) {
        assert!(!self.keys.contains(&key), "{key:?} comes twice");
        self.keys.push(key);
        self.deadlines.push(Deadline { key, at, value: self.next });
    }
}

fn moment(at: u8) -> Moment {
    Moment::from_nanos(at.into())
}

/// Checks any history.
pub fn check(bytes: &[u8]) {
    let Some(((), ops)) = super::read::<(), Op>(bytes) else { return };
    let mut timers = Timers::new();
    let mut model = Model::default();
    for op in ops {
        apply(&mut timers, &mut model, op);
        assert_eq!(timers.earliest(), model.earliest().map(|deadline| deadline.at), "after {op:?}");
        assert_eq!((timers.len(), timers.is_empty()), (model.deadlines.len(), model.deadlines.is_empty()));
        for key in &model.keys {
            let deadline = model.position(*key).map(|position| model.deadlines[position]);
            assert_eq!(timers.at(*key), deadline.map(|deadline| deadline.at), "after {op:?}");
            assert_eq!(timers.get(*key).copied(), deadline.map(|deadline| deadline.value));
        }
    }
    let rest: Vec<_> = timers.expired(moment(u8::MAX)).collect();
    let expected: Vec<_> = std::iter::from_fn(|| model.expire(moment(u8::MAX))).collect();
    assert_eq!(rest, expected);
}

fn apply(timers: &mut Timers<u32>, model: &mut Model, op: Op) {
    match op {
        Op::Set(at) => {
            model.next += 1;
            model.set(timers.set(moment(at), model.next), moment(at));
        }
        Op::Change(index, at) => {
            let Some(key) = model.key(index) else { return };
            assert_eq!(timers.change(key, moment(at)), model.change(key, moment(at)));
        }
        Op::Cancel(index) => {
            let Some(key) = model.key(index) else { return };
            let known = model.position(key).map(|position| model.deadlines.remove(position).value);
            assert_eq!(timers.cancel(key), known);
        }
        Op::Follow(wake) => follow(timers, model, wake.map(moment)),
        Op::Expire(now, most) => {
            let expired: Vec<_> = timers.expired(moment(now)).take(most.into()).collect();
            let expected: Vec<_> =
                std::iter::from_fn(|| model.expire(moment(now))).take(most.into()).collect();
            assert_eq!(expired, expected);
        }
    }
}

fn follow(timers: &mut Timers<u32>, model: &mut Model, wake: Option<Moment>) {
    model.next += 1;
    let position = model.held.and_then(|key| model.position(key));
    let before = position.map(|position| model.deadlines[position]);
    let mut held = model.held;
    timers.follow(&mut held, wake, model.next);
    match (before, wake) {
        (None, None) => {}
        (Some(before), None) => model.deadlines.retain(|deadline| *deadline != before),
        (Some(before), Some(at)) if before.at == at => {}
        (Some(before), Some(at)) => assert!(model.change(before.key, at)),
        (None, Some(at)) => model.set(held.expect("one was set"), at),
    }
    assert_eq!(held.is_some(), wake.is_some());
    model.held = held;
}
