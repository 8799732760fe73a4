//! What the child may use, and how it stands among others: [`Resource`], [`Limit`].

use core::fmt::{self, Display, Formatter};

use super::Command;

/// What the system can limit of a process (setrlimit(2)).
///
/// ```
/// use standpipe_core::process::Resource;
///
/// assert_eq!(Resource::parse("nofile"), Some(Resource::Nofile));
/// assert_eq!(Resource::parse("files"), None);
/// assert_eq!(Resource::Nproc.to_string(), "nproc");
/// assert!(Resource::ALL.iter().all(|resource| Resource::parse(resource.name()) == Some(*resource)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Resource {
    /// Address space, in bytes.
    As,
    /// A core dump, in bytes.
    Core,
    /// Processor time, in seconds: SIGXCPU at the soft limit, SIGKILL at the hard one.
    Cpu,
    /// The data segment, in bytes.
    Data,
    /// A file that is written, in bytes: SIGXFSZ beyond it.
    Fsize,
    /// File locks. Without effect since Linux 2.4.
    Locks,
    /// Memory that is locked, in bytes.
    Memlock,
    /// POSIX message queues of the user, in bytes.
    Msgqueue,
    /// How far a nice value may be lowered: 20 less the value.
    Nice,
    /// Descriptors: one above the highest number. The plan's own moves come before the limit.
    Nofile,
    /// Processes of the user. A child whose user has as many already cannot run its program (EAGAIN, execve(2)).
    Nproc,
    /// Resident pages. Without effect since Linux 2.4.30.
    Rss,
    /// The highest real-time priority.
    Rtprio,
    /// Processor time of a real-time process between two blocking calls, in microseconds.
    Rttime,
    /// Signals queued for the user.
    Sigpending,
    /// The stack, in bytes; arguments and environment may take a quarter of it.
    Stack,
}

/// A soft limit, which is what counts, and a hard one, up to which a process may raise its own soft limit. Sizes, times and
/// counts as their [`Resource`] has them.
///
/// ```
/// use standpipe_core::process::Limit;
///
/// assert_eq!(Limit::at(64), Limit { soft: 64, hard: 64 });
/// assert_eq!(Limit::NONE, Limit { soft: Limit::INFINITY, hard: Limit::INFINITY });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Limit {
    /// The soft limit.
    pub soft: u64,
    /// The hard limit, not below the soft one. Only a privileged parent may raise it.
    pub hard: u64,
}

impl Limit {
    /// No bound, in the place of a number (`RLIM_INFINITY`).
    pub const INFINITY: u64 = u64::MAX;

    /// Neither a soft nor a hard limit.
    pub const NONE: Self = Self::at(Self::INFINITY);

    /// The same number for both.
    pub const fn at(most: u64) -> Self {
        Self { soft: most, hard: most }
    }
}

impl Resource {
    /// Every resource, by name.
    pub const ALL: &[Self] = &[
        Self::As,
        Self::Core,
        Self::Cpu,
        Self::Data,
        Self::Fsize,
        Self::Locks,
        Self::Memlock,
        Self::Msgqueue,
        Self::Nice,
        Self::Nofile,
        Self::Nproc,
        Self::Rss,
        Self::Rtprio,
        Self::Rttime,
        Self::Sigpending,
        Self::Stack,
    ];

    /// The name, as prlimit(1) has its options: that of the constant without `RLIMIT_`, in small letters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::As => "as",
            Self::Core => "core",
            Self::Cpu => "cpu",
            Self::Data => "data",
            Self::Fsize => "fsize",
            Self::Locks => "locks",
            Self::Memlock => "memlock",
            Self::Msgqueue => "msgqueue",
            Self::Nice => "nice",
            Self::Nofile => "nofile",
            Self::Nproc => "nproc",
            Self::Rss => "rss",
            Self::Rtprio => "rtprio",
            Self::Rttime => "rttime",
            Self::Sigpending => "sigpending",
            Self::Stack => "stack",
        }
    }

    /// The resource with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|resource| resource.name() == name)
    }
}

impl Display for Resource {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Command {
    /// Sets a limit for the child and its own children (setrlimit(2)). Default: the parent's. It is set with the parent's
    /// rights, before the child becomes another user.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Limit, Parent, Plan, PlanError, Resource, Step};
    ///
    /// let limit = Limit { soft: 64, hard: 128 };
    /// let command = Command::new("/bin/true").resource_limit(Resource::Nofile, limit);
    /// let plan = Plan::new(&command, Parent::default())?;
    /// assert!(plan.steps().contains(&Step::Limit { resource: Resource::Nofile, limit }));
    ///
    /// let upside_down = command.resource_limit(Resource::Cpu, Limit { soft: 2, hard: 1 });
    /// assert_eq!(Plan::new(&upside_down, Parent::default()), Err(PlanError::Limit(Resource::Cpu)));
    /// # Ok::<(), PlanError>(())
    /// ```
    #[must_use]
    pub fn resource_limit(mut self, resource: Resource, limit: Limit) -> Self {
        self.extras.limits.insert(resource, limit);
        self
    }

    /// The child's nice value, −20 to 19: the value itself and not an increment of the parent's, which is the default
    /// (setpriority(2)). A lower value than the parent's takes privilege, or a [`Resource::Nice`] that allows it.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Parent, Plan, PlanError, Step};
    ///
    /// let plan = Plan::new(&Command::new("/bin/true").nice(10), Parent::default())?;
    /// assert!(plan.steps().contains(&Step::Nice(10)));
    /// assert_eq!(Plan::new(&Command::new("true").nice(20), Parent::default()), Err(PlanError::Nice(20)));
    /// # Ok::<(), PlanError>(())
    /// ```
    #[must_use]
    pub fn nice(mut self, value: i32) -> Self {
        self.extras.nice = Some(value);
        self
    }

    /// The permission bits that files made by the child do not get, at most `0o777` (umask(2)). Default: the parent's.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Parent, Plan, PlanError, Step};
    ///
    /// let plan = Plan::new(&Command::new("/bin/true").umask(0o077), Parent::default())?;
    /// assert!(plan.steps().contains(&Step::Umask(0o077)));
    /// assert_eq!(Plan::new(&Command::new("true").umask(0o1000), Parent::default()), Err(PlanError::Umask(0o1000)));
    /// # Ok::<(), PlanError>(())
    /// ```
    #[must_use]
    pub fn umask(mut self, bits: u32) -> Self {
        self.extras.umask = Some(bits);
        self
    }
}
