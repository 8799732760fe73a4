//! The small indices by which a machine names its descriptors: [`Port`] and [`Ports`].

/// One of a machine's outlets: whatever stands behind one descriptor (a socket, one end of a pipe, a child's exit).
///
/// Each machine documents which of its ports is which. A machine has at most [`Ports::CAPACITY`] of them.
///
/// ```
/// use standpipe_core::Port;
///
/// let port = Port::new(2);
/// assert_eq!(port.index(), 2);
/// assert!(Port::first(3).any(|one| one == port));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Port(u8);

impl Port {
    /// The port with this index.
    ///
    /// # Panics
    /// When `index` is not below [`Ports::CAPACITY`].
    pub const fn new(index: u8) -> Self {
        assert!((index as usize) < Ports::CAPACITY);
        Self(index)
    }

    /// The index, for a driver's own table.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The first `count` ports, in order.
    pub fn first(count: u8) -> impl Iterator<Item = Self> {
        (0..count).map(Self::new)
    }
}

/// A set of ports.
///
/// ```
/// use standpipe_core::{Port, Ports};
///
/// let mut ports = Ports::default();
/// ports.insert(Port::new(2));
/// ports.insert(Port::new(0));
/// ports.remove(Port::new(0));
/// assert!(ports.contains(Port::new(2)) && !ports.contains(Port::new(0)));
/// assert!(!ports.is_empty() && ports.iter().count() < Ports::CAPACITY);
/// assert_eq!(ports.iter().map(Port::index).collect::<Vec<_>>(), [2]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Ports(u32);

impl Ports {
    /// How many ports a machine can have.
    pub const CAPACITY: usize = 32;

    /// Adds a port.
    pub fn insert(&mut self, port: Port) {
        self.0 |= 1 << port.0;
    }

    /// Takes a port out.
    pub fn remove(&mut self, port: Port) {
        self.0 &= !(1 << port.0);
    }

    /// Whether the port is in the set.
    pub const fn contains(self, port: Port) -> bool {
        self.0 & (1 << port.0) != 0
    }

    /// Whether no port is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The ports of the set, lowest first.
    pub fn iter(self) -> impl Iterator<Item = Port> {
        let mut left = self.0;
        core::iter::from_fn(move || {
            let first = (left != 0).then(|| left.trailing_zeros())?;
            left &= left - 1;
            Some(Port(first as u8))
        })
    }
}
