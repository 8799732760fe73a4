//! The wire between both sides, on which somebody sees and edits the records.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::sides::connection;

/// Makes of a record what goes on in its place: nothing, another one, or several.
type Edit = Box<dyn FnMut(Vec<u8>) -> Vec<u8> + Send>;

/// Who sits at the wire.
pub(super) struct Wire {
    towards_us: Arc<Mutex<Option<Edit>>>,
    /// What each of our records was, by its type, and how long.
    sent: Arc<Mutex<Vec<(u8, usize)>>>,
}

/// The type of a record that holds an alert, as the first byte of it says.
pub(super) const ALERT: u8 = 21;
/// That of one that holds a message of the handshake.
pub(super) const HANDSHAKE: u8 = 22;
/// That of one that holds data, and in TLS 1.3 of whatever is encrypted.
pub(super) const DATA: u8 = 23;

/// A record's type, version and length.
const HEADER: usize = 5;

impl Wire {
    /// A connection over such a wire: our end, and the other one.
    pub(super) fn new() -> (TcpStream, TcpStream, Self) {
        let (ours, near) = connection();
        let (theirs, far) = connection();
        let wire = Self { towards_us: Arc::default(), sent: Arc::default() };
        let (edit, seen) = (wire.towards_us.clone(), wire.sent.clone());
        let clone = |socket: &TcpStream| socket.try_clone().expect("descriptors are left");
        relay(clone(&far), clone(&near), move |record| match &mut *edit.lock().expect("no panic") {
            Some(edit) => edit(record),
            None => record,
        });
        relay(near, far, move |record| {
            seen.lock().expect("no panic").push((record[0], record.len() - HEADER));
            record
        });
        (ours, super::sides::bounded(theirs), wire)
    }

    /// Edits what comes to us from now on.
    pub(super) fn edit(&self, edit: impl FnMut(Vec<u8>) -> Vec<u8> + Send + 'static) {
        *self.towards_us.lock().expect("no panic") = Some(Box::new(edit));
    }

    /// What each of our records so far was, by its type, and how long.
    pub(super) fn sent(&self) -> Vec<(u8, usize)> {
        self.sent.lock().expect("no panic").clone()
    }
}

/// Until either end is gone, and as long as nobody waits for the other direction.
fn relay(mut from: TcpStream, mut to: TcpStream, mut edit: impl FnMut(Vec<u8>) -> Vec<u8> + Send + 'static) {
    thread::spawn(move || {
        while let Ok(record) = read(&mut from) {
            if to.write_all(&edit(record)).is_err() {
                break;
            }
        }
        // Whoever is gone has nothing left to be told.
        let _ = to.shutdown(Shutdown::Write);
        let _ = from.shutdown(Shutdown::Read);
    });
}

/// The next whole record.
fn read(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut record = vec![0; HEADER];
    from.read_exact(&mut record)?;
    let len = usize::from(u16::from_be_bytes([record[3], record[4]]));
    record.resize(HEADER + len, 0);
    from.read_exact(&mut record[HEADER..])?;
    Ok(record)
}
