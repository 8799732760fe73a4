//! Who the child is: its user and its groups.

use super::Command;

impl Command {
    /// The child's user, real, effective and saved (setuid(2)). Default: the parent's. The parent must be privileged.
    ///
    /// Nothing of the parent's rights is left behind by mistake: the group must be given as well ([`Command::gid`]), and
    /// the child has no supplementary groups but those that [`Command::groups`] gives. The environment stays as it is,
    /// `HOME` and `USER` with it.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Parent, Plan, PlanError, Step};
    ///
    /// let nobody = Command::new("/bin/true").uid(65534);
    /// assert_eq!(Plan::new(&nobody, Parent::default()), Err(PlanError::UserWithoutGroup(65534)));
    ///
    /// let plan = Plan::new(&nobody.gid(65534), Parent::default())?;
    /// let order = [Step::Groups(vec![]), Step::GroupId(65534), Step::UserId(65534)];
    /// assert!(plan.steps().windows(3).any(|steps| steps == order));
    /// # Ok::<(), PlanError>(())
    /// ```
    #[must_use]
    pub fn uid(mut self, uid: u32) -> Self {
        self.extras.uid = Some(uid);
        self
    }

    /// The child's group, real, effective and saved (setgid(2)). Default: the parent's. Not to be taken for its process
    /// group, which is [`Command::group`].
    ///
    /// ```
    /// use standpipe_core::process::{Command, Parent, Plan, Step};
    ///
    /// let plan = Plan::new(&Command::new("/bin/true").gid(100), Parent::default())?;
    /// assert!(plan.steps().contains(&Step::GroupId(100)));
    /// # Ok::<(), standpipe_core::process::PlanError>(())
    /// ```
    #[must_use]
    pub fn gid(mut self, gid: u32) -> Self {
        self.extras.gid = Some(gid);
        self
    }

    /// The child's supplementary groups, in place of the parent's (setgroups(2)). Default: the parent's, or none where the
    /// child has another user.
    ///
    /// ```
    /// use standpipe_core::process::{Command, Parent, Plan, Step};
    ///
    /// let plan = Plan::new(&Command::new("/bin/true").groups([4, 27]), Parent::default())?;
    /// assert!(plan.steps().contains(&Step::Groups(vec![4, 27])));
    /// # Ok::<(), standpipe_core::process::PlanError>(())
    /// ```
    #[must_use]
    pub fn groups(mut self, groups: impl IntoIterator<Item = u32>) -> Self {
        self.extras.groups = Some(groups.into_iter().collect());
        self
    }
}
