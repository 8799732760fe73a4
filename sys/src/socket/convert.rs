//! From and into the standard library's types: [`convert_socket`](crate::convert_socket).

/// Conversions of a backend's socket, made from and dereferencing to a [`Socket`](crate::socket::Socket), from and into the standard library's
/// types. Into them it is given back where it is of another family or type. It has a method `into_fd`.
#[doc(hidden)]
#[macro_export]
macro_rules! convert_socket {
    ($socket:ident) => {
        $crate::convert_socket! {
            $socket
            ::std::net::TcpStream: INET INET6, SOCK_STREAM false;
            ::std::net::TcpListener: INET INET6, SOCK_STREAM true;
            ::std::net::UdpSocket: INET INET6, SOCK_DGRAM false;
            ::std::os::unix::net::UnixStream: UNIX, SOCK_STREAM false;
            ::std::os::unix::net::UnixListener: UNIX, SOCK_STREAM true;
            ::std::os::unix::net::UnixDatagram: UNIX, SOCK_DGRAM false;
        }

        impl From<$socket> for ::std::os::fd::OwnedFd {
            fn from(socket: $socket) -> Self {
                socket.into_fd()
            }
        }
    };
    ($socket:ident $($theirs:ty: $($family:ident)+, $kind:ident $listens:literal;)*) => {
        $(
            impl From<$theirs> for $socket {
                fn from(theirs: $theirs) -> Self {
                    $crate::socket::Socket::of(theirs.into(), $crate::socket::$kind).into()
                }
            }

            /// Gives the socket back where it is of another family or type.
            impl TryFrom<$socket> for $theirs {
                type Error = $socket;

                fn try_from(socket: $socket) -> Result<Self, $socket> {
                    let families = [$($crate::socket::Family::$family),+];
                    if !socket.is(&families, $crate::socket::$kind, $listens) {
                        return Err(socket);
                    }
                    Ok(socket.into_fd().into())
                }
            }
        )*
    };
}
