//! Where the process that asks stands.

use std::fs;
use std::io::{self, ErrorKind};

/// Parent, group, session, terminal and its foreground group, as proc_pid_stat(5) has them. A group or session whose
/// leader is outside of our pid namespace has the number 0 there, which the types of rustix cannot hold.
pub fn place() -> io::Result<[i32; 5]> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    read(&stat).ok_or_else(|| io::Error::new(ErrorKind::InvalidData, stat))
}

/// The fields that follow the name, which ends with the last parenthesis, and the state.
fn read(stat: &str) -> Option<[i32; 5]> {
    let (_, fields) = stat.rsplit_once(')')?;
    let numbers: Vec<i32> = fields.split_whitespace().skip(1).take(5).flat_map(str::parse).collect();
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_what_it_likes() {
        assert_eq!(read("7 (a ) b) R 1 0 0 34816 -1 4194304"), Some([1, 0, 0, 34816, -1]));
        assert_eq!(read("7 (cut) R 1 0"), None);
    }
}
