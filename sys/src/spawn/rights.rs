//! What the child may do, and as whom: mask, limits, nice value, user and groups. All of it runs in the child.

use std::io;

use standpipe_core::process::{Limit, Resource};

use crate::fd::check;

pub(super) fn set_umask(bits: u32) -> io::Result<()> {
    // SAFETY: umask takes no pointers, and cannot fail.
    unsafe { libc::umask(bits as libc::mode_t) };
    Ok(())
}

pub(super) fn limit(resource: Resource, limit: Limit) -> io::Result<()> {
    let limit = libc::rlimit64 { rlim_cur: limit.soft, rlim_max: limit.hard };
    let resource = match resource {
        Resource::As => libc::RLIMIT_AS,
        Resource::Core => libc::RLIMIT_CORE,
        Resource::Cpu => libc::RLIMIT_CPU,
        Resource::Data => libc::RLIMIT_DATA,
        Resource::Fsize => libc::RLIMIT_FSIZE,
        Resource::Locks => libc::RLIMIT_LOCKS,
        Resource::Memlock => libc::RLIMIT_MEMLOCK,
        Resource::Msgqueue => libc::RLIMIT_MSGQUEUE,
        Resource::Nice => libc::RLIMIT_NICE,
        Resource::Nofile => libc::RLIMIT_NOFILE,
        Resource::Nproc => libc::RLIMIT_NPROC,
        Resource::Rss => libc::RLIMIT_RSS,
        Resource::Rtprio => libc::RLIMIT_RTPRIO,
        Resource::Rttime => libc::RLIMIT_RTTIME,
        Resource::Sigpending => libc::RLIMIT_SIGPENDING,
        Resource::Stack => libc::RLIMIT_STACK,
        _ => return Err(io::Error::from_raw_os_error(libc::EINVAL)),
    };
    // SAFETY: the limit lives for the call, which only reads it.
    check(unsafe { libc::setrlimit64(resource, &raw const limit) }).map(drop)
}

pub(super) fn set_nice(value: i32) -> io::Result<()> {
    // SAFETY: setpriority takes no pointers; 0 is the caller.
    check(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, value) }).map(drop)
}

/// Like the next two, not in memory that the parent shares: the C library would have all of its threads do the same.
pub(super) fn set_groups(groups: &[u32]) -> io::Result<()> {
    // SAFETY: the groups live for the call, which reads as many of them as is said.
    check(unsafe { libc::setgroups(groups.len() as _, groups.as_ptr()) }).map(drop)
}

pub(super) fn become_group(gid: u32) -> io::Result<()> {
    // SAFETY: setgid takes no pointers.
    check(unsafe { libc::setgid(gid) }).map(drop)
}

pub(super) fn become_user(uid: u32) -> io::Result<()> {
    // SAFETY: setuid takes no pointers.
    check(unsafe { libc::setuid(uid) }).map(drop)
}
