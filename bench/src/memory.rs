//! What memory processes hold, and held at most.

use std::fs::{read_to_string, write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// Bytes that a process holds: its proportional set size, so that what is shared counts once.
pub(crate) fn held(pid: &str) -> f64 {
    bytes(&format!("/proc/{pid}/smaps_rollup"), "Pss:")
}

/// Bytes that are resident now.
pub(crate) fn resident(pid: &str) -> f64 {
    bytes(&format!("/proc/{pid}/status"), "VmRSS:")
}

/// Bytes that were resident at most, since it started or since [`forget_peak`].
pub(crate) fn peak(pid: &str) -> f64 {
    bytes(&format!("/proc/{pid}/status"), "VmHWM:")
}

/// Lets the peak of a process begin anew, at what is resident now.
pub(crate) fn forget_peak(pid: &str) {
    // See proc_pid_clear_refs(5). Who may not has the peak since its start.
    let _ = write(format!("/proc/{pid}/clear_refs"), "5");
}

fn bytes(file: &str, field: &str) -> f64 {
    let text = read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.unwrap_or(0.0) * 1024.0
}

/// How often it is looked: rarely enough to cost next to nothing.
const EVERY: Duration = Duration::from_millis(50);

/// Looks again and again while work is done. What came of it, and the most that was seen; what has ended by then was seen
/// as well.
pub(crate) fn watched<T>(look: impl Fn() -> f64 + Sync, work: impl FnOnce() -> T) -> (T, f64) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut most: f64 = 0.0;
            loop {
                let last = over.load(Relaxed);
                most = most.max(look());
                if last {
                    return most;
                }
                std::thread::park_timeout(EVERY);
            }
        });
        let done = work();
        over.store(true, Relaxed);
        watcher.thread().unpark();
        (done, watcher.join().expect("it only looks"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_begins_anew() {
        let block = std::hint::black_box(vec![1_u8; 64 << 20]);
        let before = peak("self");
        drop(block);
        forget_peak("self");
        assert!(peak("self") < before);
        assert!(resident("self") > 0.0 && held("self") > 0.0);
    }

    #[test]
    fn the_most_that_is_seen_counts() {
        let looks = std::sync::atomic::AtomicUsize::new(0);
        let look = || [1.0, 3.0, 2.0][looks.fetch_add(1, Relaxed).min(2)];
        let (done, most) = watched(look, || std::thread::sleep(3 * EVERY));
        assert_eq!((done, most), ((), 3.0));
    }
}
