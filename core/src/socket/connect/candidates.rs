//! The order of candidates: [`interleave`].

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Puts candidates in the order in which they are to be tried (RFC 8305, section 4): families take turns, beginning with
/// the family of the first candidate, of which `first` come before any other. Within a family the order stays, since it
/// is the resolver's preference (RFC 6724).
///
/// The RFC proposes 1 for `first`, or 2 to favour the first family. 0 is taken as 1.
///
/// ```
/// use standpipe_core::socket::interleave;
///
/// let found = vec!["a6", "b6", "c6", "a4", "b4"];
/// let is_v6 = |candidate: &&str| candidate.ends_with('6');
/// assert_eq!(interleave(found, 1, is_v6), ["a6", "a4", "b6", "b4", "c6"]);
/// ```
pub fn interleave<T, F: PartialEq>(candidates: Vec<T>, first: usize, family: impl Fn(&T) -> F) -> Vec<T> {
    let Some(preferred) = candidates.first().map(&family) else { return candidates };
    let count = candidates.len();
    let of_first = |candidate: &T| family(candidate) == preferred;
    let (firsts, others): (VecDeque<T>, VecDeque<T>) = candidates.into_iter().partition(of_first);
    let (mut firsts, mut others) = (firsts, others);
    let mut order = Vec::with_capacity(count);
    order.extend(firsts.drain(..first.clamp(1, firsts.len())));
    while order.len() < count {
        order.extend(others.pop_front());
        order.extend(firsts.pop_front());
    }
    order
}
