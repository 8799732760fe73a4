//! Unix addresses: [`UnixAddress`].

use alloc::vec::Vec;

use super::SocketAddressError;
use crate::socket::Family;

/// The address of a Unix socket (SOC-03, SOC-04). None of them is text: a path is bytes.
///
/// ```
/// use standpipe_core::socket::UnixAddress;
///
/// let path = UnixAddress::path("/run/x.sock")?;
/// assert_eq!(path.as_path(), Some(&b"/run/x.sock"[..]));
/// assert!(UnixAddress::path("x".repeat(108)).is_err());
/// let name = UnixAddress::abstract_name(b"a\0b")?; // embedded NULs are part of it
/// assert_eq!((name.as_abstract_name(), name.as_path()), (Some(&b"a\0b"[..]), None));
/// assert!(UnixAddress::UNNAMED.is_unnamed());
/// # Ok::<(), standpipe_core::socket::SocketAddressError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct UnixAddress(Kind);

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Kind {
    Unnamed,
    Path(Vec<u8>),
    Abstract(Vec<u8>),
}

impl UnixAddress {
    /// How many bytes the kernel has for a path or a name (`sizeof(sun_path)`).
    ///
    /// ```
    /// assert_eq!(standpipe_core::socket::UnixAddress::ROOM, 108);
    /// ```
    pub const ROOM: usize = 108;

    /// Of a socket that is not bound, as a client's is. Binding to it makes the kernel choose an abstract name.
    pub const UNNAMED: Self = Self(Kind::Unnamed);

    /// A path in the file system: 1 to 107 bytes, so that a NUL fits behind it.
    ///
    /// # Errors
    /// [`SocketAddressError::Long`]; [`SocketAddressError::Nul`]; [`SocketAddressError::Short`] without any byte.
    pub fn path(path: impl AsRef<[u8]>) -> Result<Self, SocketAddressError> {
        let path = path.as_ref();
        if path.is_empty() {
            return Err(SocketAddressError::Short { family: Family::UNIX, len: 0, wanted: 1 });
        }
        if path.contains(&0) {
            return Err(SocketAddressError::Nul);
        }
        fits(path, Self::ROOM - 1)?;
        Ok(Self(Kind::Path(path.into())))
    }

    /// A name without a file, up to 107 bytes of any value (Linux). The NUL that marks it is not part of it.
    ///
    /// # Errors
    /// [`SocketAddressError::Long`].
    pub fn abstract_name(name: impl AsRef<[u8]>) -> Result<Self, SocketAddressError> {
        let name = name.as_ref();
        fits(name, Self::ROOM - 1)?;
        Ok(Self(Kind::Abstract(name.into())))
    }

    /// The path, where it has one.
    pub fn as_path(&self) -> Option<&[u8]> {
        match &self.0 {
            Kind::Path(path) => Some(path),
            _ => None,
        }
    }

    /// The abstract name, where it has one.
    pub fn as_abstract_name(&self) -> Option<&[u8]> {
        match &self.0 {
            Kind::Abstract(name) => Some(name),
            _ => None,
        }
    }

    /// Whether it has no name at all.
    pub fn is_unnamed(&self) -> bool {
        self.0 == Kind::Unnamed
    }

    /// What stands behind the family. The kernel itself may tell a path that fills all of the room.
    pub(super) fn from_room(room: &[u8]) -> Result<Self, SocketAddressError> {
        fits(room, Self::ROOM + 1)?;
        match room {
            [] => Ok(Self::UNNAMED),
            [0, name @ ..] => Self::abstract_name(name),
            path => {
                let path = path.split(|byte| *byte == 0).next().unwrap_or_default();
                fits(path, Self::ROOM)?;
                Ok(Self(Kind::Path(path.into())))
            }
        }
    }

    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) {
        match &self.0 {
            Kind::Unnamed => {}
            Kind::Path(path) => {
                bytes.extend_from_slice(path);
                if path.len() < Self::ROOM {
                    bytes.push(0);
                }
            }
            Kind::Abstract(name) => {
                bytes.push(0);
                bytes.extend_from_slice(name);
            }
        }
    }
}

fn fits(bytes: &[u8], most: usize) -> Result<(), SocketAddressError> {
    if bytes.len() > most {
        return Err(SocketAddressError::Long { family: Family::UNIX, len: bytes.len(), most });
    }
    Ok(())
}
