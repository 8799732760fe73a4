//! What the child's descriptors stand for: [`Stdio`].

use super::{Command, Group};

/// What stands behind one of the child's descriptors.
///
/// ```
/// use standpipe_core::process::{Command, Stdio};
///
/// let command = Command::new("make")
///     .stdin(Stdio::Null)
///     .stdout(Stdio::Pipe)
///     .stderr(Stdio::Stdout)
///     .descriptor(7, Stdio::Descriptor(3));
/// assert_eq!(command.stdio(2), Some(Stdio::Stdout));
/// assert_eq!(command.stdio(9), None); // closed in the child
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Stdio {
    /// What the parent has at the same number. Of 0 to 2 those that are closed in the parent, or close-on-exec, are closed
    /// in the child; from 3 up it must be open, and close-on-exec is taken away.
    #[default]
    Inherit,
    /// The null device, opened by the child itself.
    Null,
    /// A new pipe, of which the driver keeps the other end.
    Pipe,
    /// A new pseudo-terminal, of which the driver keeps the other side: one for all of the child's descriptors that say
    /// so. Unless something else was said, the child gets a session of its own, and the terminal controls it.
    Terminal,
    /// The parent's descriptor with this number.
    Descriptor(i32),
    /// The same as the child's standard output. For standard error only (SUB-21).
    Stdout,
}

impl Command {
    /// The child's standard input. Default: inherited.
    #[must_use]
    pub fn stdin(self, stdio: Stdio) -> Self {
        self.descriptor(0, stdio)
    }

    /// The child's standard output. Default: inherited.
    #[must_use]
    pub fn stdout(self, stdio: Stdio) -> Self {
        self.descriptor(1, stdio)
    }

    /// The child's standard error. Default: inherited.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Stdio};
    ///
    /// let merged = Command::new("make").stderr(Stdio::Stdout);
    /// assert_eq!(merged.stdio(2), Some(Stdio::Stdout));
    /// ```
    #[must_use]
    pub fn stderr(self, stdio: Stdio) -> Self {
        self.descriptor(2, stdio)
    }

    /// What stands behind any of the child's descriptors. Sources may be any of the parent's numbers, those of other
    /// targets included: the plan solves every permutation.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Stdio};
    ///
    /// // Standard input and output change places.
    /// let swapped = Command::new("cat").descriptor(0, Stdio::Descriptor(1)).descriptor(1, Stdio::Descriptor(0));
    /// assert_eq!(swapped.stdio(0), Some(Stdio::Descriptor(1)));
    /// ```
    #[must_use]
    pub fn descriptor(mut self, number: i32, stdio: Stdio) -> Self {
        self.descriptors.insert(number, stdio);
        self
    }

    /// Puts a terminal, which the driver has open at `number`, behind every descriptor that is to be
    /// [`Stdio::Terminal`]. It becomes the controlling one of the child's session, which is a new one unless another
    /// [`Group`] was asked for.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Parent, Plan, Step, Stdio};
    ///
    /// let shell = Command::new("/bin/sh").stdin(Stdio::Terminal).stdout(Stdio::Terminal).on_terminal(5);
    /// assert_eq!(shell.stdio(1), Some(Stdio::Descriptor(5)));
    /// let plan = Plan::new(&shell, Parent::default())?;
    /// assert_eq!(plan.steps()[..2], [Step::NewSession, Step::ControllingTerminal { terminal: 5 }]);
    /// # Ok::<(), standpipe_core::process::PlanError>(())
    /// ```
    #[must_use]
    pub fn on_terminal(mut self, number: i32) -> Self {
        let terminals = self.descriptors.values_mut().filter(|stdio| **stdio == Stdio::Terminal);
        terminals.for_each(|stdio| *stdio = Stdio::Descriptor(number));
        if self.group == Group::Inherit {
            self.group = Group::Session;
        }
        if self.group == Group::Session {
            self.controlling_terminal.get_or_insert(number);
        }
        self
    }

    /// Whether every descriptor from 3 up that is not listed is closed in the child. Default: yes. With `false` those
    /// without close-on-exec stay open, at the price of a copy of the whole descriptor table.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Parent, Plan, Step};
    ///
    /// let old_way = Command::new("/bin/true").close_fds(false);
    /// let plan = Plan::new(&old_way, Parent::default())?;
    /// assert!(plan.steps().contains(&Step::Unshare { from: u32::MAX }), "nothing is closed");
    /// # Ok::<(), standpipe_core::process::PlanError>(())
    /// ```
    #[must_use]
    pub fn close_fds(mut self, close: bool) -> Self {
        self.close_fds = close;
        self
    }

    /// What stands behind the child's descriptor `number`; `None` where nothing was said.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Stdio};
    ///
    /// let command = Command::new("cat").stdin(Stdio::Null);
    /// assert_eq!((command.stdio(0), command.stdio(1)), (Some(Stdio::Null), None));
    /// ```
    pub fn stdio(&self, number: i32) -> Option<Stdio> {
        self.descriptors.get(&number).copied()
    }

    /// The descriptors that were said something about, lowest first.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Stdio};
    ///
    /// let command = Command::new("cat").stdout(Stdio::Pipe).stdin(Stdio::Null);
    /// assert_eq!(command.stdios().collect::<Vec<_>>(), [(0, Stdio::Null), (1, Stdio::Pipe)]);
    /// ```
    pub fn stdios(&self) -> impl Iterator<Item = (i32, Stdio)> + '_ {
        self.descriptors.iter().map(|(number, stdio)| (*number, *stdio))
    }

    /// The parent's descriptors that the command names, and that must be open when the child is spawned: those that stand
    /// behind the child's own, and the terminals. A number may come more than once.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Stdio};
    ///
    /// let command = Command::new("make")
    ///     .stdin(Stdio::Null)
    ///     .stderr(Stdio::Stdout) // with standard output as the parent has it
    ///     .descriptor(5, Stdio::Inherit)
    ///     .descriptor(6, Stdio::Descriptor(9))
    ///     .foreground(3);
    /// assert_eq!(command.sources().collect::<Vec<_>>(), [1, 5, 9, 3]);
    /// ```
    pub fn sources(&self) -> impl Iterator<Item = i32> + '_ {
        let inherits_output = matches!(self.stdio(1), None | Some(Stdio::Inherit));
        let behind = self.stdios().filter_map(move |(number, stdio)| match stdio {
            Stdio::Descriptor(source) => Some(source),
            Stdio::Inherit if number > 2 => Some(number),
            Stdio::Stdout if inherits_output => Some(1),
            _ => None,
        });
        behind.chain(self.controlling_terminal).chain(self.foreground)
    }
}
