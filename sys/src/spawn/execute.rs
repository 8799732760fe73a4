//! Becoming the program, in the child: [`execute`].

use std::ffi::{CStr, c_char};
use std::io;
use std::ptr::null_mut;

use standpipe_core::process::Program;

/// How long a program that is open for writing is waited for, in milliseconds, try by try.
const PAUSES: [u8; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Tries the candidates in order, as execvp(3) does, and tells why the most promising of them could not be run.
///
/// Both arrays end with null.
pub(super) fn execute(program: &Program, argv: &[*const c_char], environment: &[*const c_char]) -> io::Error {
    let mut told = libc::ENOENT;
    for path in &program.candidates {
        let error = execute_patiently(path, argv, environment);
        match error.raw_os_error() {
            Some(libc::ENOENT | libc::ENOTDIR) if told == libc::EACCES => {}
            Some(errno @ (libc::ENOENT | libc::ENOTDIR | libc::EACCES)) => told = errno,
            _ => return error,
        }
    }
    io::Error::from_raw_os_error(told)
}

/// A program that was just written can still be open for writing in a sibling: a child that has copied the descriptor
/// and has not reached its own program yet (ETXTBSY). That passes, so it is waited for.
fn execute_patiently(path: &CStr, argv: &[*const c_char], environment: &[*const c_char]) -> io::Error {
    for pause in PAUSES {
        let error = execve(path, argv, environment);
        if error.raw_os_error() != Some(libc::ETXTBSY) {
            return error;
        }
        sleep(pause);
    }
    execve(path, argv, environment)
}

fn execve(path: &CStr, argv: &[*const c_char], environment: &[*const c_char]) -> io::Error {
    // SAFETY: the path is a C string; both arrays are pointers to C strings of the plan and end with null.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), environment.as_ptr()) };
    io::Error::last_os_error()
}

fn sleep(milliseconds: u8) {
    let time = libc::timespec { tv_sec: 0, tv_nsec: libc::c_long::from(milliseconds) * 1_000_000 };
    // SAFETY: the time lives for the call, and what is left of it is not asked for.
    unsafe { libc::nanosleep(&raw const time, null_mut()) };
}
