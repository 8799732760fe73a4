//! Putting descriptors at their numbers without clobbering a source: a parallel assignment made sequential.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::step::Step;

/// Appends the steps after which every target stands for what its source stood for before.
///
/// A target that is nobody's source any more can be filled at once. Where only cycles are left, one of their sources is
/// parked, which makes its number such a target. Each cycle costs one step more than it has members.
/// `None` where a parking place is needed and there is none.
pub(super) fn solve(sources: &BTreeMap<i32, i32>, parking: Option<i32>, steps: &mut Vec<Step>) -> Option<()> {
    let kept = sources.iter().filter(|(target, source)| target == source);
    steps.extend(kept.map(|(target, _)| Step::Keep { number: *target }));
    let mut left: BTreeMap<i32, i32> =
        sources.iter().filter(|(target, source)| target != source).map(|(t, s)| (*t, *s)).collect();
    let mut parked = false;
    while let Some((&first, _)) = left.first_key_value() {
        match left.keys().copied().find(|target| !left.values().any(|source| source == target)) {
            Some(target) => {
                steps.extend(left.remove(&target).map(|from| Step::Duplicate { from, to: target }));
            }
            None => {
                let parking = parking?;
                parked = true;
                steps.push(Step::Duplicate { from: first, to: parking });
                for source in left.values_mut().filter(|source| **source == first) {
                    *source = parking;
                }
            }
        }
    }
    if parked {
        let number = parking.unwrap_or_default() as u32;
        steps.push(Step::Close { first: number, last: number });
    }
    Some(())
}

/// The lowest number from 3 up that is neither a source nor a target: a parking place where whatever the parent has
/// there is closed in the child in any case.
pub(super) fn unused(sources: &BTreeMap<i32, i32>) -> i32 {
    (3..).find(|number| !is_taken(*number, sources)).unwrap_or(i32::MAX)
}

/// Whether the number is a source or a target, and therefore no parking place.
pub(super) fn is_taken(number: i32, sources: &BTreeMap<i32, i32>) -> bool {
    sources.contains_key(&number) || sources.values().any(|source| *source == number)
}
