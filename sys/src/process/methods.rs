//! The methods of every backend's commands and pipelines, written once: macros, since a method that needs no import must be
//! of the type's own crate.

/// What a backend's command, a tuple struct around [`Prepared`](crate::process::Prepared), is told before it is run.
#[doc(hidden)]
#[macro_export]
macro_rules! command_methods {
    ($name:ident) => {
        impl $name {
            /// Runs the program with no arguments.
            pub fn new(program: impl AsRef<::std::ffi::OsStr>) -> Self {
                Self::from(::standpipe_core::process::Command::new($crate::process::bytes(program)))
            }

            /// Runs the line by `/bin/sh -c`. Quoting what is put into the line is the caller's task.
            pub fn shell(line: impl AsRef<::std::ffi::OsStr>) -> Self {
                Self::from(::standpipe_core::process::Command::shell($crate::process::bytes(line)))
            }

            /// Adds an argument.
            #[must_use]
            pub fn arg(self, arg: impl AsRef<::std::ffi::OsStr>) -> Self {
                self.map(|spec| spec.arg($crate::process::bytes(arg)))
            }

            /// Adds arguments.
            #[must_use]
            pub fn args<A: AsRef<::std::ffi::OsStr>>(self, args: impl IntoIterator<Item = A>) -> Self {
                self.map(|spec| spec.args(args.into_iter().map($crate::process::bytes)))
            }

            /// Runs this program instead of argument 0, which the child still sees as its name.
            #[must_use]
            pub fn executable(self, program: impl AsRef<::std::path::Path>) -> Self {
                self.map(|spec| spec.executable($crate::process::bytes(program.as_ref())))
            }

            /// Sets an environment variable.
            #[must_use]
            pub fn env(
                self,
                name: impl AsRef<::std::ffi::OsStr>,
                value: impl AsRef<::std::ffi::OsStr>,
            ) -> Self {
                self.map(|spec| spec.env($crate::process::bytes(name), $crate::process::bytes(value)))
            }

            /// Takes an environment variable away.
            #[must_use]
            pub fn env_remove(self, name: impl AsRef<::std::ffi::OsStr>) -> Self {
                self.map(|spec| spec.env_remove($crate::process::bytes(name)))
            }

            /// Starts from an empty environment.
            #[must_use]
            pub fn env_clear(self) -> Self {
                self.map(::standpipe_core::process::Command::env_clear)
            }

            /// The child's working directory.
            #[must_use]
            pub fn current_dir(self, path: impl AsRef<::std::path::Path>) -> Self {
                self.map(|spec| spec.directory($crate::process::bytes(path.as_ref())))
            }

            /// The child's standard input.
            #[must_use]
            pub fn stdin(self, stdio: ::standpipe_core::process::Stdio) -> Self {
                self.map(|spec| spec.stdin(stdio))
            }

            /// The child's standard output.
            #[must_use]
            pub fn stdout(self, stdio: ::standpipe_core::process::Stdio) -> Self {
                self.map(|spec| spec.stdout(stdio))
            }

            /// The child's standard error.
            #[must_use]
            pub fn stderr(self, stdio: ::standpipe_core::process::Stdio) -> Self {
                self.map(|spec| spec.stderr(stdio))
            }

            /// Gives the child this descriptor at this number.
            #[must_use]
            pub fn fd(self, number: i32, descriptor: impl Into<::std::os::fd::OwnedFd>) -> Self {
                Self(self.0.give(descriptor.into(), |spec, source| {
                    spec.descriptor(number, ::standpipe_core::process::Stdio::Descriptor(source))
                }))
            }

            /// Whether descriptors that are not listed are closed in the child. Default: yes.
            #[must_use]
            pub fn close_fds(self, close: bool) -> Self {
                self.map(|spec| spec.close_fds(close))
            }

            /// A new process group, led by the child.
            #[must_use]
            pub fn process_group(self) -> Self {
                self.map(|spec| spec.group(::standpipe_core::process::Group::New))
            }

            /// A new session, led by the child.
            #[must_use]
            pub fn session(self) -> Self {
                self.map(|spec| spec.group(::standpipe_core::process::Group::Session))
            }

            /// The child's session or process group; the two above are the usual ones.
            #[must_use]
            pub fn group(self, group: ::standpipe_core::process::Group) -> Self {
                self.map(|spec| spec.group(group))
            }

            /// Runs it on a new pseudo-terminal, which all of its standard streams are and which controls its session:
            /// [`Stdio::Terminal`](::standpipe_core::process::Stdio::Terminal) for each of them. What is typed goes to [`Child::stdin`](crate::Child::stdin), all that is shown
            /// comes from [`Child::stdout`](crate::Child::stdout).
            #[must_use]
            pub fn terminal(self) -> Self {
                let all = [0, 1, 2];
                all.into_iter().fold(self, |command, number| {
                    command.map(|spec| spec.descriptor(number, ::standpipe_core::process::Stdio::Terminal))
                })
            }

            /// Makes this terminal the controlling one of the child's session, which must be a new one. [`pty`](standpipe_sys::pty()) opens
            /// one; the child gets it at its standard streams by [`Command::fd`]. The command holds it until it is dropped, and so
            /// long the other side sees no end.
            #[must_use]
            pub fn controlling_terminal(self, terminal: impl Into<::std::os::fd::OwnedFd>) -> Self {
                Self(self.0.give(terminal.into(), ::standpipe_core::process::Command::controlling_terminal))
            }

            /// Brings the child's process group to the foreground of the terminal behind this process's descriptor.
            #[must_use]
            pub fn foreground(self, number: i32) -> Self {
                self.map(|spec| spec.foreground(number))
            }

            /// The child's user. Its group must be given as well; it has no supplementary groups but those that are given.
            #[must_use]
            pub fn uid(self, uid: u32) -> Self {
                self.map(|spec| spec.uid(uid))
            }

            /// The child's group.
            #[must_use]
            pub fn gid(self, gid: u32) -> Self {
                self.map(|spec| spec.gid(gid))
            }

            /// The child's supplementary groups.
            #[must_use]
            pub fn groups(self, groups: impl IntoIterator<Item = u32>) -> Self {
                self.map(|spec| spec.groups(groups))
            }

            /// The permission bits that files made by the child do not get.
            #[must_use]
            pub fn umask(self, bits: u32) -> Self {
                self.map(|spec| spec.umask(bits))
            }

            /// Limits what the child may use of a resource. Not to be taken for [`Command::limit`], the bound on what is collected.
            #[must_use]
            pub fn resource_limit(
                self,
                resource: ::standpipe_core::process::Resource,
                limit: ::standpipe_core::process::Limit,
            ) -> Self {
                self.map(|spec| spec.resource_limit(resource, limit))
            }

            /// The child's nice value: the value itself, from −20 to 19, and not an increment.
            #[must_use]
            pub fn nice(self, value: i32) -> Self {
                self.map(|spec| spec.nice(value))
            }

            /// What the child keeps of this process's signals, and what it ignores and blocks. Default: nothing.
            #[must_use]
            pub fn signals(self, signals: ::standpipe_core::signal::ChildSignals) -> Self {
                self.map(|spec| spec.signals(signals))
            }

            /// Sends the child this signal when the thread that spawned it ends.
            #[must_use]
            pub fn die_with_parent(self, signal: ::standpipe_core::signal::Signal) -> Self {
                self.map(|spec| spec.die_with_parent(signal))
            }

            /// What standard input gets before it is closed. It becomes a pipe, unless it is a terminal.
            #[must_use]
            pub fn input(self, input: impl Into<::standpipe_core::Bytes>) -> Self {
                Self(self.0.input(input))
            }

            fn map(
                self,
                change: impl FnOnce(::standpipe_core::process::Command) -> ::standpipe_core::process::Command,
            ) -> Self {
                Self(self.0.map(change))
            }
        }

        $crate::term_methods! { $name }

        impl From<::standpipe_core::process::Command> for $name {
            fn from(spec: ::standpipe_core::process::Command) -> Self {
                Self(spec.into())
            }
        }
    };
}

/// What a backend's pipeline, a tuple struct around [`PreparedRow`](crate::process::PreparedRow), is made of and told before it
/// is run.
#[doc(hidden)]
#[macro_export]
macro_rules! pipeline_methods {
    ($name:ident, $command:ident) => {
        impl $name {
            /// Begins with this command.
            pub fn new(first: $command) -> Self {
                Self(first.0.into())
            }

            /// Then this one, which reads what the last one so far writes.
            #[must_use]
            pub fn pipe(self, next: $command) -> Self {
                Self(self.0.pipe(next.0))
            }

            /// What the first command's standard input gets before it is closed.
            #[must_use]
            pub fn input(self, input: impl Into<::standpipe_core::Bytes>) -> Self {
                Self(self.0.input(input))
            }
        }

        $crate::term_methods! { $name }

        impl $command {
            /// A row of this command alone, to begin one with.
            pub fn into_pipeline(self) -> $name {
                $name::new(self)
            }
        }

        impl ::std::ops::BitOr for $command {
            type Output = $name;

            fn bitor(self, next: Self) -> $name {
                $name::new(self).pipe(next)
            }
        }

        impl ::std::ops::BitOr<$command> for $name {
            type Output = Self;

            fn bitor(self, next: $command) -> Self {
                self.pipe(next)
            }
        }
    };
}

/// The limits of both.
#[doc(hidden)]
#[macro_export]
macro_rules! term_methods {
    ($name:ident) => {
        impl $name {
            /// How long the whole call may take before what runs is stopped. Default: no limit.
            #[must_use]
            pub fn timeout(self, wait: ::std::time::Duration) -> Self {
                Self(self.0.timeout(wait))
            }

            /// How many bytes of each output are collected before what runs is stopped. Default: 64 MiB.
            #[must_use]
            pub fn limit(self, bytes: usize) -> Self {
                Self(self.0.limit(bytes))
            }

            /// How what runs is stopped by a time-out or a limit: a child as is said, several always as a group. Default:
            /// SIGTERM, 5 s, SIGKILL.
            #[must_use]
            pub fn stop(self, stop: ::standpipe_core::process::Stop) -> Self {
                Self(self.0.stop(stop))
            }
        }
    };
}
