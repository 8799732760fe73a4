//! The child's session, process group and terminal: [`Group`].

use super::Command;

/// Which session or process group the child gets.
///
/// ```
/// use standpipe_core::process::{Command, Group};
///
/// let first = Command::new("yes").group(Group::New);
/// let second = Command::new("head").group(Group::Join(4711)); // the first one's number
/// assert!(first.leads_group() && !second.leads_group());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Group {
    /// The parent's.
    #[default]
    Inherit,
    /// A new process group in the parent's session, led by the child (setpgid(2)).
    New,
    /// The process group that this process leads, in the parent's session.
    Join(i32),
    /// A new session, and a new group in it, led by the child (setsid(2)). It has no controlling terminal unless
    /// [`Command::controlling_terminal`] gives it one.
    Session,
}

impl Command {
    /// The child's session or process group. Default: the parent's.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Group};
    ///
    /// assert!(Command::new("daemon").group(Group::Session).leads_group());
    /// ```
    #[must_use]
    pub fn group(mut self, group: Group) -> Self {
        self.group = group;
        self
    }

    /// Makes the terminal behind the parent's descriptor `number` the controlling terminal of the child's session, with the
    /// child's group in the foreground: Ctrl-C and a hang-up reach it, and `/dev/tty` is this terminal. It must be nobody's
    /// yet (TIOCSCTTY, ioctl_tty(2)), and the group [`Group::Session`].
    ///
    /// With this and the ordinary descriptors a child runs on a pseudo-terminal. Opening one is the driver's part
    /// (`standpipe_sys::pty`); here 5 is the side that the child is on:
    ///
    /// ```
    /// use standpipe_core::process::{Command, Group, Parent, Plan, PlanError, Step, Stdio};
    ///
    /// let shell = Command::new("/bin/sh")
    ///     .group(Group::Session)
    ///     .controlling_terminal(5)
    ///     .stdin(Stdio::Descriptor(5))
    ///     .stdout(Stdio::Descriptor(5))
    ///     .stderr(Stdio::Stdout);
    /// let plan = Plan::new(&shell, Parent::default())?;
    /// assert_eq!(plan.steps()[..2], [Step::NewSession, Step::ControllingTerminal { terminal: 5 }]);
    ///
    /// let error = Plan::new(&shell.group(Group::New), Parent::default()).unwrap_err();
    /// assert_eq!(error, PlanError::TerminalWithoutSession(5));
    /// # Ok::<(), PlanError>(())
    /// ```
    #[must_use]
    pub fn controlling_terminal(mut self, number: i32) -> Self {
        self.controlling_terminal = Some(number);
        self
    }

    /// Makes the child's process group the one in the foreground of the terminal behind the parent's descriptor
    /// `number`, so that it may read from it and is what Ctrl-C is for (tcsetpgrp(3)).
    /// The terminal is that of the parent's session, or the one that [`Command::controlling_terminal`] gives.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Group, Parent, Plan, Step};
    ///
    /// let editor = Command::new("/usr/bin/vi").group(Group::New).foreground(0);
    /// let plan = Plan::new(&editor, Parent::default())?;
    /// assert_eq!(plan.steps()[1], Step::Foreground { terminal: 0 });
    /// # Ok::<(), standpipe_core::process::PlanError>(())
    /// ```
    #[must_use]
    pub fn foreground(mut self, number: i32) -> Self {
        self.foreground = Some(number);
        self
    }

    /// Whether the child leads a process group of its own.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Group};
    ///
    /// assert!(!Command::new("cat").leads_group());
    /// assert!(!Command::new("cat").group(Group::Join(17)).leads_group());
    /// assert!(Command::new("cat").group(Group::Session).leads_group());
    /// ```
    pub fn leads_group(&self) -> bool {
        matches!(self.group, Group::New | Group::Session)
    }
}
