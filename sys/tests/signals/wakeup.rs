//! Descriptors that the caller has chosen.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use standpipe_core::signal::{Disposition, Signal, Woken};
use standpipe_sys::fd;
use standpipe_sys::signals::{self, Arrivals, Ignored, WakeupError, WakeupFd, disposition, raise};

use crate::alone::{alone, put};

#[test]
fn what_cannot_be_woken_is_refused() {
    alone(what_cannot_be_woken_is_refused, || {
        let wakeup = |fd: std::os::fd::BorrowedFd<'_>| WakeupFd::new(fd, Signal::USR1.into());
        let null = File::open("/dev/null").unwrap();
        assert!(matches!(wakeup(null.as_fd()), Err(WakeupError::NoPipe(_))));
        let (read, write) = fd::pipe().unwrap();
        assert!(matches!(wakeup(write.as_fd()), Err(WakeupError::Blocking)));
        fd::set_nonblocking(read.as_fd()).unwrap();
        assert!(matches!(wakeup(read.as_fd()), Err(WakeupError::NotForWriting)));
        fd::set_nonblocking(write.as_fd()).unwrap();
        assert!(matches!(WakeupFd::new(&write, Signal::KILL.into()), Err(WakeupError::Signal(_))));
        assert_eq!(disposition(Signal::USR1).unwrap(), Disposition::Default);
        assert!(wakeup(write.as_fd()).is_ok());
    });
}

#[test]
fn a_full_descriptor_is_awake_already_and_a_set_loses_nothing() {
    alone(a_full_descriptor_is_awake_already_and_a_set_loses_nothing, || {
        let (mut read, write) = UnixStream::pair().unwrap();
        write.set_nonblocking(true).unwrap();
        let wakeup = WakeupFd::new(&write, [Signal::USR1, Signal::USR2].into()).unwrap();
        let arrivals = Arrivals::new([Signal::USR1, Signal::USR2].into(), Ignored::Leave).unwrap();
        (0..10_000).for_each(|_| raise(Signal::USR1).unwrap());
        raise(Signal::USR2).unwrap();
        assert_eq!(arrivals.take(), [Signal::USR1, Signal::USR2].into());
        drop((wakeup, write));
        let mut bytes = Vec::new();
        read.read_to_end(&mut bytes).unwrap();
        assert!(bytes.len() < 10_000, "or it was never full");
        assert_eq!(Woken::decode(&bytes), Woken { signals: Signal::USR1.into(), unknown: 0 });
    });
}

#[test]
fn a_socket_whose_peer_is_gone_is_no_failure() {
    alone(a_socket_whose_peer_is_gone_is_no_failure, || {
        put(Signal::PIPE, libc::SIG_DFL);
        let (read, write) = UnixStream::pair().unwrap();
        write.set_nonblocking(true).unwrap();
        let _wakeup = WakeupFd::new(&write, Signal::USR1.into()).unwrap();
        drop(read);
        raise(Signal::USR1).unwrap();
        assert!(!signals::pending().contains(Signal::PIPE));
    });
}

#[test]
fn a_closed_set_says_so_and_stays_readable() {
    alone(a_closed_set_says_so_and_stays_readable, || {
        let arrivals = Arrivals::new(Signal::USR1.into(), Ignored::Leave).unwrap();
        let closer = arrivals.closer();
        raise(Signal::USR1).unwrap();
        closer.close();
        closer.close();
        assert_eq!(arrivals.take(), Signal::USR1.into());
        assert!(arrivals.take().is_empty() && arrivals.is_closed());
        assert!(standpipe_sys::is_ready(arrivals.as_fd(), standpipe_core::Side::Read));
    });
}
