//! Which of the two ways is taken.

use std::os::fd::AsRawFd;

use standpipe_core::Done;
use standpipe_core::process::Command;
use standpipe_sys::exit::ChildExit;

use crate::descriptors::gives_high_numbers;
use crate::support::{isolated, output, reaped, refusal, start};
use crate::system::refuse;

/// The fast way gives a pidfd, the portable one a pipe.
pub(crate) fn is_portable(exit: &ChildExit) -> bool {
    let link = format!("/proc/self/fd/{}", exit.descriptor().as_raw_fd());
    std::fs::read_link(link).expect("it is open").to_string_lossy().starts_with("pipe:")
}

fn works_portably() {
    let exit = start(&Command::shell("exit 3"));
    assert!(is_portable(&exit));
    assert_eq!(reaped(&exit), Done::Ok(3 << 8));
    assert_eq!(output(Command::new("ls").arg("/proc/self/fd")), "0\n1\n2\n3\n");
    assert!(refusal(&Command::new("/no/such/program")).is_not_found());
}

#[test]
fn the_fast_way_is_taken_unless_it_is_switched_off() {
    let exit = start(&Command::new("true"));
    assert_eq!(is_portable(&exit), cfg!(standpipe_force_portable));
    assert_eq!(reaped(&exit), Done::Ok(0));
}

#[test]
fn a_kernel_without_close_range_is_served() {
    isolated("fallback::a_kernel_without_close_range_is_served", || {
        refuse(libc::SYS_close_range, None, libc::ENOSYS);
        works_portably();
    });
}

#[test]
fn a_filter_that_refuses_close_range_is_served() {
    isolated("fallback::a_filter_that_refuses_close_range_is_served", || {
        refuse(libc::SYS_close_range, None, libc::EPERM);
        works_portably();
    });
}

#[test]
fn a_kernel_that_refuses_a_pidfd_is_served() {
    isolated("fallback::a_kernel_that_refuses_a_pidfd_is_served", || {
        refuse(libc::SYS_clone, Some(libc::CLONE_PIDFD as u32), libc::EINVAL);
        works_portably();
    });
}

#[test]
fn a_kernel_that_refuses_to_fetch_a_descriptor_is_served() {
    isolated("fallback::a_kernel_that_refuses_to_fetch_a_descriptor_is_served", || {
        refuse(libc::SYS_pidfd_getfd, None, libc::EPERM);
        gives_high_numbers();
    });
}
