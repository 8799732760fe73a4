//! What a session's bytes lie in: [`Input`] with its four cursors, and [`Output`].

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::{LENT_SIZE, Lend, Loan};

/// Room in front of the ciphertext for the plaintext of its first record. Every later one fits because the records
/// before it have made more room than their plaintext took. What follows the first header lies at a multiple of 16, as the
/// memory does that rustls copies it to: elsewhere such a copy may be slow, as it may be of sealed records.
pub(super) const HEAD: usize = (16 << 10) + 16 - HEADER;

/// What a record's header takes (RFC 8446, 5.2; RFC 5246, 6.2.3).
const HEADER: usize = 5;

/// Received bytes in one lent buffer: plaintext to be consumed, then a gap, then ciphertext to be opened.
///
/// `plain_start <= plain_end <= cipher_start <= cipher_end <= LENT_SIZE`.
#[derive(Debug, Default)]
pub(super) struct Input {
    buffer: Option<Box<[u8]>>,
    plain_start: usize,
    plain_end: usize,
    cipher_start: usize,
    cipher_end: usize,
    /// How many bytes at the end of the ciphertext are the beginning of a record.
    begun: usize,
    /// They themselves, put aside while no buffer is owned.
    aside: Vec<u8>,
}

/// Plaintext room and the ciphertext behind it, borrowed apart.
pub(super) struct Parts<'a> {
    pub(super) plain: &'a mut [u8],
    pub(super) cipher: &'a mut [u8],
}

/// The length of the record that begins here, as its header announces it.
fn record_len(bytes: &[u8]) -> Option<usize> {
    let header = bytes.first_chunk::<HEADER>()?;
    Some(HEADER + usize::from(u16::from_be_bytes([header[3], header[4]])))
}

/// Whether more can be said of a record that was begun with so many fresh bytes: they belong to its header, by which it
/// may be refused, or its last one is among them.
fn comes_to_something(begun: &[u8], fresh: usize) -> bool {
    record_len(begun).is_none_or(|len| len <= begun.len() + fresh)
}

/// How many bytes at the end are the beginning of a record.
fn begun(mut bytes: &[u8]) -> usize {
    while let Some(rest) = record_len(bytes).and_then(|len| bytes.get(len..)) {
        bytes = rest;
    }
    bytes.len()
}

impl Input {
    /// What was read elsewhere.
    pub(super) fn begun_with(bytes: Vec<u8>) -> Self {
        Self { begun: begun(&bytes), aside: bytes, ..Self::default() }
    }

    /// The plaintext.
    pub(super) fn plain(&self) -> &[u8] {
        self.buffer.as_ref().map_or(&[], |buffer| &buffer[self.plain_start..self.plain_end])
    }

    pub(super) fn consume(&mut self, n: usize) {
        assert!(n <= self.plain_end - self.plain_start, "no more can be consumed than lies here");
        self.plain_start += n;
    }

    pub(super) fn has_plain(&self) -> bool {
        self.plain_start < self.plain_end
    }

    /// Where the next read goes: behind the ciphertext. Only while no plaintext lies here.
    pub(super) fn window(&mut self, lend: &mut dyn Lend) -> &mut [u8] {
        debug_assert!(!self.has_plain());
        if self.buffer.is_none() {
            self.buffer = Some(lend.take());
        }
        self.room()
    }

    /// Of a buffer that is owned.
    fn room(&mut self) -> &mut [u8] {
        let Some(buffer) = &mut self.buffer else { return &mut [] };
        let held = self.cipher_end - self.cipher_start;
        // What was put aside will be copied in front of what is read.
        let start = HEAD + self.aside.len();
        if self.cipher_start != start {
            buffer.copy_within(self.cipher_start..self.cipher_end, start);
        }
        (self.plain_start, self.plain_end) = (0, 0);
        (self.cipher_start, self.cipher_end) = (start, start + held);
        &mut buffer[start + held..]
    }

    /// The window, as room in a buffer that is not owned yet. Where one is owned, which is while the engine holds on to
    /// records in it, what comes will be copied there.
    pub(super) fn take_window(&mut self, lend: &mut dyn Lend) -> Loan {
        let held = if self.buffer.is_some() { self.cipher_end - self.cipher_start } else { 0 };
        Loan { buffer: lend.take(), start: HEAD + self.aside.len() + held, end: LENT_SIZE }
    }

    /// `n` bytes were read into the window that was taken out; [`Input::filled`] is to be told of them. What was put aside
    /// may have become less since.
    pub(super) fn give_window(&mut self, mut window: Loan, n: usize) -> Option<Loan> {
        if self.buffer.is_some() {
            let room = self.room();
            room[..n].copy_from_slice(&window.bytes()[..n]);
            return Some(window);
        }
        let start = HEAD + self.aside.len();
        if window.start != start {
            window.buffer.copy_within(window.start..window.start + n, start);
        }
        (self.plain_start, self.plain_end) = (0, 0);
        (self.cipher_start, self.cipher_end) = (start, start);
        self.buffer = Some(window.buffer);
        None
    }

    /// `n` bytes were read into the window. `false` when they only add to a record that nothing more is known of: there
    /// is nothing to open then, and nothing is moved but these bytes.
    pub(super) fn filled(&mut self, n: usize) -> bool {
        assert!(n <= LENT_SIZE - self.cipher_end, "no more can come than the window has room for");
        let Some(buffer) = self.buffer.as_mut() else { return false };
        let fresh = self.cipher_end;
        self.cipher_end += n;
        if self.aside.is_empty() {
            self.begun = begun(&buffer[fresh - self.begun..self.cipher_end]);
            return true;
        }
        let start = self.cipher_start - self.aside.len();
        if !comes_to_something(&self.aside, n) {
            self.aside.extend_from_slice(&buffer[self.cipher_start..self.cipher_end]);
            self.begun = self.aside.len();
            self.reserve_record();
            self.cipher_end = self.cipher_start;
            return false;
        }
        buffer[start..self.cipher_start].copy_from_slice(&self.aside);
        self.cipher_start = start;
        self.begun = begun(&buffer[start..self.cipher_end]);
        self.aside = Vec::new();
        true
    }

    /// Makes room for the record at once, so that its bytes are appended without being moved again.
    fn reserve_record(&mut self) {
        let len = record_len(&self.aside).unwrap_or(HEADER);
        self.aside.reserve_exact(len.saturating_sub(self.aside.len()));
    }

    /// What is to be shown to the engine: every byte it has not discarded, wherever that lies.
    pub(super) fn parts(&mut self) -> Parts<'_> {
        match &mut self.buffer {
            Some(buffer) if self.aside.is_empty() => {
                let (front, back) = buffer.split_at_mut(self.cipher_start);
                let cipher = &mut back[..self.cipher_end - self.cipher_start];
                Parts { plain: &mut front[self.plain_end..], cipher }
            }
            _ => Parts { plain: &mut [], cipher: &mut self.aside },
        }
    }

    /// The engine has put `plain` bytes into the plaintext room and is done with the first `discard` of the ciphertext.
    pub(super) fn opened(&mut self, plain: usize, discard: usize) {
        self.plain_end += plain;
        if self.aside.is_empty() {
            self.cipher_start += discard;
        } else {
            self.aside.drain(..discard);
        }
        debug_assert!(self.plain_end <= self.cipher_start && self.cipher_start <= self.cipher_end);
    }

    /// How many bytes of whole records lie here. Once the engine was run, these are what it holds on to: pieces of a
    /// handshake message, or as many bytes as it has left standing for records without content.
    pub(super) fn joining(&mut self) -> usize {
        let begun = self.begun;
        self.parts().cipher.len().saturating_sub(begun)
    }

    /// Drops everything that is not opened.
    pub(super) fn drop_cipher(&mut self) {
        self.cipher_end = self.cipher_start;
        self.begun = 0;
        self.aside = Vec::new();
    }

    /// Takes everything that is not opened.
    pub(super) fn take_cipher(&mut self) -> Vec<u8> {
        let cipher = self.parts().cipher.to_vec();
        self.drop_cipher();
        cipher
    }

    /// Gives the buffer back when no plaintext lies in it. The beginning of a record is put aside; records that the
    /// engine holds on to keep the buffer, since it wants to see them again and again.
    pub(super) fn settle(&mut self, lend: &mut dyn Lend) {
        if self.buffer.is_some() && (self.joining() == 0 || !self.aside.is_empty()) {
            self.put_aside(lend);
        }
    }

    /// Gives the buffer back when no plaintext lies in it, whatever else does: the engine is not shown that again, or only
    /// later.
    pub(super) fn put_aside(&mut self, lend: &mut dyn Lend) {
        if self.has_plain() {
            return;
        }
        let Some(buffer) = self.buffer.take() else { return };
        if self.cipher_start < self.cipher_end {
            self.aside.extend_from_slice(&buffer[self.cipher_start..self.cipher_end]);
            self.reserve_record();
        }
        (self.plain_start, self.plain_end, self.cipher_start, self.cipher_end) = (0, 0, 0, 0);
        lend.give(buffer);
    }
}

/// Sealed bytes on their way out, in one lent buffer; what the engine must place at once and does not fit, behind it.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// What was taken out and came back, before all else.
    front: Option<Loan>,
    buffer: Option<Box<[u8]>>,
    start: usize,
    end: usize,
    spill: Vec<u8>,
    /// Of what waits, what the engine has answered by itself.
    answers: usize,
}

impl Output {
    pub(super) fn is_empty(&self) -> bool {
        self.front().is_empty() && self.start == self.end && self.spill.is_empty()
    }

    fn front(&self) -> &[u8] {
        self.front.as_ref().map_or(&[], Loan::bytes)
    }

    /// How many bytes of answers have been placed since nothing waited.
    pub(super) fn answers(&self) -> usize {
        self.answers
    }

    /// What is to be written next.
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.buffer {
            _ if !self.front().is_empty() => self.front(),
            Some(buffer) if self.start < self.end => &buffer[self.start..self.end],
            _ => &self.spill,
        }
    }

    pub(super) fn written(&mut self, n: usize) {
        if let Some(front) = self.front.as_mut().filter(|front| !front.bytes().is_empty()) {
            front.skip(n);
        } else if self.start < self.end {
            assert!(n <= self.end - self.start, "no more can go than lies here");
            self.start += n;
        } else {
            self.spill.drain(..n);
        }
        if self.is_empty() {
            self.answers = 0;
        }
    }

    /// Takes out what is to be written next.
    pub(super) fn take(&mut self) -> Option<Loan> {
        let taken = self.take_first();
        if self.is_empty() {
            self.answers = 0;
        }
        taken
    }

    fn take_first(&mut self) -> Option<Loan> {
        if !self.front().is_empty() {
            return self.front.take();
        }
        let (start, end) = (core::mem::take(&mut self.start), core::mem::take(&mut self.end));
        if start < end {
            return self.buffer.take().map(|buffer| Loan { buffer, start, end });
        }
        let spill = core::mem::take(&mut self.spill).into_boxed_slice();
        let all = Loan { start: 0, end: spill.len(), buffer: spill };
        Some(all).filter(|all| !all.bytes().is_empty())
    }

    /// Puts back what was taken out and is not written yet, in front of what has been placed since.
    pub(super) fn give(&mut self, loan: Loan) {
        debug_assert!(self.front().is_empty(), "only one part is taken out at a time");
        self.front = Some(loan);
    }

    /// Drops everything.
    pub(super) fn clear(&mut self) {
        self.front.iter_mut().for_each(|front| front.start = front.end);
        (self.start, self.end, self.answers) = (0, 0, 0);
        self.spill = Vec::new();
    }

    /// Room for sealing; empty where something lies behind the buffer.
    pub(super) fn room(&mut self, lend: &mut dyn Lend) -> &mut [u8] {
        if !self.spill.is_empty() {
            return &mut [];
        }
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        if self.buffer.is_none() {
            let lent = lend.take();
            self.buffer = (!lent.is_empty()).then_some(lent);
        }
        self.buffer.as_mut().map_or(&mut [], |buffer| &mut buffer[self.end..])
    }

    pub(super) fn sealed(&mut self, n: usize) {
        self.end += n;
    }

    pub(super) fn answered(&mut self, n: usize) {
        self.end += n;
        self.answers += n;
    }

    /// Places bytes that cannot wait, behind the buffer.
    pub(super) fn spill(&mut self, len: usize) -> &mut [u8] {
        self.answers += len;
        let start = self.spill.len();
        self.spill.resize(start + len, 0);
        &mut self.spill[start..]
    }

    pub(super) fn settle(&mut self, lend: &mut dyn Lend) {
        if self.spill.is_empty() {
            self.spill = Vec::new();
        }
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.buffer.take().into_iter().for_each(|buffer| lend.give(buffer));
        }
        if self.front().is_empty() {
            self.front.take().into_iter().for_each(|front| front.give_back(lend));
        }
    }
}
