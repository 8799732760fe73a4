//! One address for several threads: [`Bound::share`].

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use socket2::{SockRef, Socket, Type};

use super::listen::BACKLOG;
use super::{Acceptor, Bound, Endpoint};

impl Bound {
    /// The same address for so many threads, each of which accepts from its own.
    ///
    /// A TCP address gets a socket for each (`SO_REUSEPORT`, socket(7)), between which Linux spreads what comes; a program of the same
    /// user that asks for the same may join in from now on. A Unix path, a socket that was inherited, and any address elsewhere
    /// has one socket still: the first accepts, and deals what comes to all of them in turn, itself included. Who has not taken the
    /// last one yet is passed over.
    ///
    /// ```
    /// use standpipe_sys::socket::bind;
    ///
    /// let shares = bind(&"127.0.0.1:0".parse()?)?.share(4)?;
    /// assert_eq!(shares.len(), 4);
    /// assert!(shares.iter().all(|share| share.local() == shares[0].local()));
    /// assert!(bind(&shares[0].local().to_string().parse()?).is_err()); // it is taken all the same
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The descriptor limit.
    pub fn share(self, count: usize) -> io::Result<Vec<Self>> {
        if self.is_own_tcp && is_spread() { self.beside(count) } else { self.dealt(count) }
    }

    /// The first is bound alone and listens, so the address was free; who joins it finds it shared.
    fn beside(self, count: usize) -> io::Result<Vec<Self>> {
        let first = SockRef::from(self.acceptor.descriptor());
        if count > 1 {
            first.set_reuse_port(true)?;
        }
        let others = (1..count).map(|_| another(&first)).collect::<io::Result<Vec<_>>>()?;
        Ok(std::iter::once(self).chain(others).collect())
    }

    fn dealt(mut self, count: usize) -> io::Result<Vec<Self>> {
        let local = self.local.clone();
        let hands = (1..count).map(|_| self.acceptor.deal()).collect::<io::Result<Vec<_>>>()?;
        let others =
            hands.into_iter().map(|acceptor| Self { acceptor, local: local.clone(), is_own_tcp: false });
        Ok(std::iter::once(self).chain(others).collect())
    }
}

/// Whether the system spreads connections between sockets with one address. Others have the option, and give all to one.
const fn is_spread() -> bool {
    cfg!(target_os = "linux") && !cfg!(standpipe_force_portable)
}

fn another(first: &SockRef<'_>) -> io::Result<Bound> {
    let address = first.local_addr()?;
    let socket = Socket::new(address.domain(), Type::STREAM.nonblocking().cloexec(), None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(first.only_v6()?)?;
    }
    socket.bind(&address)?;
    socket.listen(BACKLOG)?;
    let fd: OwnedFd = socket.into();
    let local = Endpoint::local(fd.as_fd());
    Ok(Bound { acceptor: Acceptor::new(fd, None), local, is_own_tcp: true })
}
