//! Who is woken when a connection counts no longer.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use standpipe_core::socket::ListenOptions;
use standpipe_core::{BUDGET, Moment, advance};
use standpipe_sys::socket::{Admissions, bind};
use standpipe_sys::{PortIo, Readiness, ThreadPool};

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Woken {
    fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Accepts what has come.
fn run(admissions: &mut Admissions) {
    let (listen, ends) = admissions.parts();
    let (mut ready, mut pool) = (Readiness::default(), ThreadPool);
    let mut io = PortIo::new(ends, &mut ready, &mut pool, ());
    let _ = advance(listen, &mut io, Moment::ORIGIN, BUDGET);
}

#[test]
fn a_connection_wakes_by_its_end_only_where_it_was_counted() {
    let bound = bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let server = SocketAddr::from(([127, 0, 0, 1], bound.local().port().expect("it has one")));
    let limits = ListenOptions { max_connections: 1, max_per_address: 1, ..ListenOptions::default() };
    let mut admissions = Admissions::new(bound, limits);
    let woken = Arc::new(Woken::default());
    admissions.set_waker(&woken.clone().into());

    let _first = TcpStream::connect(server).expect("it listens");
    run(&mut admissions);
    assert!(admissions.take_uncounted().is_some());
    assert_eq!((admissions.parts().0.active(), woken.times()), (0, 0), "it has counted for nobody");

    let _second = TcpStream::connect(server).expect("it listens");
    run(&mut admissions);
    let (_accepted, slot) = admissions.take().expect("there is room for one, and the address has none");
    assert_eq!((admissions.parts().0.active(), woken.times()), (1, 0));
    drop(slot);
    assert_eq!(woken.times(), 1);
}
