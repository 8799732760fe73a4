//! Places for connections that several listeners share: [`Places`].

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use standpipe_core::socket::{Admission, ListenOptions, PerAddress};
use standpipe_core::{Done, Fault};

use crate::Control;

/// Places for connections under one limit, and one for each address, that listeners in several threads share.
///
/// A listener takes a place before it accepts, so there are never more connections than places. One that finds none is woken when
/// a place is free again.
#[derive(Clone, Debug)]
pub struct Places(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: usize,
    most_per_address: usize,
    taken: AtomicUsize,
    served: AtomicUsize,
    by_address: [Mutex<PerAddress>; SHARDS],
    /// Those who have found no place.
    waiting: Mutex<Vec<Control>>,
    somebody_waits: AtomicBool,
    /// How many fronts have accepted one for which something has run out, and what that was.
    short: AtomicUsize,
    run_out: Mutex<Option<Fault>>,
    aborts: AtomicBool,
}

/// So that threads which accept from different addresses seldom meet.
const SHARDS: usize = 16;

/// Where a listener takes its places, and what wakes it.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    places: Places,
    waker: Control,
}

/// A front has accepted a connection for which something has run out. Until it is dropped nobody accepts another one, which would take
/// what this one needs.
#[derive(Debug)]
pub(crate) struct Short(Arc<Shared>);

/// The place of one connection. Dropping it makes room for another.
#[derive(Debug)]
pub(crate) struct Place {
    shared: Arc<Shared>,
    address: Option<IpAddr>,
    is_served: bool,
}

impl Places {
    /// As many as these limits allow.
    pub fn new(options: &ListenOptions) -> Self {
        Self(Arc::new(Shared {
            most: options.max_connections,
            most_per_address: options.max_per_address,
            taken: AtomicUsize::new(0),
            served: AtomicUsize::new(0),
            by_address: [const { Mutex::new(PerAddress::new()) }; SHARDS],
            waiting: Mutex::default(),
            somebody_waits: AtomicBool::new(false),
            short: AtomicUsize::new(0),
            run_out: Mutex::default(),
            aborts: AtomicBool::new(false),
        }))
    }

    /// How many are taken. One that is only taken to see whether somebody waits counts as well.
    pub fn taken(&self) -> usize {
        self.0.taken.load(Ordering::SeqCst)
    }

    /// How many of them by connections that are being served.
    pub fn served(&self) -> usize {
        self.0.served.load(Ordering::SeqCst)
    }

    /// What all of them do at once is told once.
    pub(crate) fn is_first_to_abort(&self) -> bool {
        !self.0.aborts.swap(true, Ordering::SeqCst)
    }

    pub(crate) fn seat(&self, waker: Control) -> Seat {
        Seat { places: self.clone(), waker }
    }

    fn take(&self) -> Option<Box<Place>> {
        let one_more = |taken| (taken < self.0.most).then_some(taken + 1);
        self.0.taken.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more).ok()?;
        Some(Box::new(Place { shared: self.0.clone(), address: None, is_served: false }))
    }
}

impl Seat {
    /// A place; where there is none, its listener is woken when there may be one.
    ///
    /// # Errors
    /// What the listener is to be told: that there is no place, or what has run out for somebody else.
    pub(crate) fn take(&self) -> Result<Box<Place>, Done> {
        self.try_take().or_else(|_| {
            self.places.0.wait(&self.waker);
            // One may have become free before anybody knew that we wait.
            self.try_take()
        })
    }

    fn try_take(&self) -> Result<Box<Place>, Done> {
        match self.places.0.run_out() {
            Some(fault) => Err(Done::Failed(fault)),
            None => self.places.take().ok_or(Done::Ok(0)),
        }
    }

    /// What it shares with others.
    pub(crate) fn places(&self) -> &Places {
        &self.places
    }

    /// What wakes its listener.
    pub(crate) fn waker(&self) -> Control {
        self.waker.clone()
    }

    /// Something has run out for a connection of its listener, which is woken when one of anybody's has ended.
    pub(crate) fn run_short(&self, fault: Fault) -> Short {
        let shared = &self.places.0;
        *lock(&shared.run_out) = Some(fault);
        shared.short.fetch_add(1, Ordering::SeqCst);
        shared.wait(&self.waker);
        Short(shared.clone())
    }
}

impl Short {
    /// What has ended since was not enough.
    pub(crate) fn wait_again(&self, seat: &Seat) {
        self.0.wait(&seat.waker);
    }
}

impl Drop for Short {
    fn drop(&mut self) {
        self.0.short.fetch_sub(1, Ordering::SeqCst);
        self.0.wake();
    }
}

impl Shared {
    fn run_out(&self) -> Option<Fault> {
        match self.short.load(Ordering::SeqCst) {
            0 => None,
            _ => *lock(&self.run_out),
        }
    }

    fn wait(&self, waker: &Control) {
        let mut waiting = lock(&self.waiting);
        if !waiting.iter().any(|other| other.is_same(waker)) {
            waiting.push(waker.clone());
        }
        self.somebody_waits.store(true, Ordering::SeqCst);
    }

    /// Wakes all of them: whoever comes first may only have looked whether somebody waits.
    fn wake(&self) {
        if self.somebody_waits.swap(false, Ordering::SeqCst) {
            lock(&self.waiting).drain(..).for_each(|waker| waker.try_again());
        }
    }

    fn addresses(&self, address: IpAddr) -> MutexGuard<'_, PerAddress> {
        let octets = match address.to_canonical() {
            IpAddr::V4(v4) => v4.to_bits().into(),
            IpAddr::V6(v6) => v6.to_bits(),
        };
        // A prime: neighbours are in different ones, whatever is the same in all of them.
        let shard = octets % 65_537 % SHARDS as u128;
        lock(&self.by_address[shard as usize])
    }
}

impl Place {
    /// Whether its connection is served, now that it is known where it came from; `None` for one without an internet address, which
    /// no limit is for.
    pub(crate) fn admit(&mut self, address: Option<IpAddr>) -> Admission {
        let most = self.shared.most_per_address;
        let Some(address) = address.filter(|_| most < usize::MAX) else { return Admission::Serve };
        if !self.shared.addresses(address).admit(address, most) {
            return Admission::Refuse;
        }
        self.address = Some(address);
        Admission::Serve
    }

    /// Its connection is served from now on.
    pub(crate) fn serve(&mut self) {
        if !std::mem::replace(&mut self.is_served, true) {
            self.shared.served.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(address) = self.address {
            self.shared.addresses(address).release(address);
        }
        if self.is_served {
            self.shared.served.fetch_sub(1, Ordering::SeqCst);
        }
        self.shared.taken.fetch_sub(1, Ordering::SeqCst);
        self.shared.wake();
    }
}

/// A thread that panicked has left nothing half-done here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use standpipe_core::socket::{Admission, Listen, ListenOptions};
    use standpipe_core::{Done, Fault, FaultKind, Outcome, Window};

    use super::Places;
    use crate::control_pipe;

    #[test]
    fn there_are_no_more_than_the_limit_and_who_finds_none_is_woken() {
        let places = Places::new(&ListenOptions { max_connections: 2, ..Default::default() });
        let [(mut read, waker), (_other, other)] = [(); 2].map(|()| control_pipe().expect("a pipe"));
        let (seat, other) = (places.seat(waker), places.seat(other));
        let first = seat.take().expect("there are two");
        let _second = other.take().expect("there are two");
        assert!((0..100).all(|_| seat.take().is_err_and(|done| done == Done::Ok(0))));
        let mut bytes = [7; 200];
        assert_eq!(read.try_read(Window::Slice(&mut bytes)), Outcome::Blocked);
        drop(first);
        assert_eq!(read.try_read(Window::Slice(&mut bytes)), Outcome::Ready(1), "told once");
        assert_eq!((bytes[0], places.taken()), (Listen::AGAIN, 1));
        drop(seat.take().expect("one is free"));
        assert_eq!(read.try_read(Window::Slice(&mut bytes)), Outcome::Blocked, "nobody waits");
    }

    #[test]
    fn nobody_takes_a_place_while_one_waits_for_what_has_run_out() {
        let places = Places::new(&ListenOptions::default());
        let [(mut read, waker), (mut others, other)] = [(); 2].map(|()| control_pipe().expect("a pipe"));
        let (seat, other) = (places.seat(waker), places.seat(other));
        let served = seat.take().expect("no limit");
        let full = Fault::new(FaultKind::DescriptorLimit, 24);
        let short = seat.run_short(full);
        assert_eq!(other.take().err(), Some(Done::Failed(full)));
        drop(served);
        let mut bytes = [7; 9];
        assert_eq!(read.try_read(Window::Slice(&mut bytes)), Outcome::Ready(1), "there may be enough now");
        assert_eq!(others.try_read(Window::Slice(&mut bytes)), Outcome::Ready(1));
        assert_eq!(other.take().err(), Some(Done::Failed(full)), "it is not this one's turn");
        drop(short);
        assert_eq!(others.try_read(Window::Slice(&mut bytes)), Outcome::Ready(1));
        assert!(other.take().is_ok());
    }

    #[test]
    fn an_address_has_as_many_as_it_may_have_whoever_accepts() {
        let places = Places::new(&ListenOptions { max_per_address: 1, ..Default::default() });
        let [mut first, mut second, mut third] = [(); 3].map(|()| places.take().expect("no limit"));
        let mapped = "::ffff:192.0.2.1".parse().ok();
        assert_eq!(first.admit(mapped), Admission::Serve);
        assert_eq!(second.admit("192.0.2.1".parse().ok()), Admission::Refuse);
        assert_eq!(third.admit(None), Admission::Serve);
        first.serve();
        assert_eq!((places.taken(), places.served()), (3, 1));
        drop(first);
        assert_eq!(second.admit(mapped), Admission::Serve);
        assert_eq!((places.taken(), places.served()), (2, 0));
    }
}
