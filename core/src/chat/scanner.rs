//! The search for terminators in a stream: [`Scanner`].

use bytes::Bytes;

use super::literal::Short;
use super::matcher::{Matcher, Step};
use super::terminator::Terminator;

/// Finds terminators while bytes pass, and keeps none of them (ACH-15 to ACH-19).
///
/// What could still become a terminator is held back across chunks. It is a part of the terminator itself, so it is handed
/// out from there when it turns out to be data: constant memory, whatever comes. N bytes take at most 2 N looks, however
/// they are cut; see [`Scanner::steps`].
///
/// The terminator may be changed between any two pieces, in mid-chunk as well. It then governs every byte that was not
/// handed out yet, but for a match whose data was: that stays found (ACH-09).
///
/// ```
/// use standpipe_core::chat::{Piece, Scanner, Terminator};
///
/// // A length, a blank, and so many bytes.
/// let mut scanner = Scanner::new(Terminator::from(b" "));
/// let (mut message, mut messages) = (Vec::new(), Vec::new());
/// for chunk in ["5 he", "llo3", " abc"] {
///     let mut rest = chunk.as_bytes();
///     loop {
///         let (used, piece) = scanner.scan(rest);
///         rest = &rest[used..];
///         match piece {
///             Piece::Data(data) | Piece::Unterminated(data) => message.extend_from_slice(data),
///             Piece::Found(_) => {
///                 let message = String::from_utf8(std::mem::take(&mut message))?;
///                 match message.parse::<u64>() {
///                     Ok(length) if scanner.remaining().is_none() => scanner.set_terminator(length),
///                     _ => scanner.set_terminator(b" "),
///                 }
///                 messages.push(message);
///             }
///             Piece::More => break,
///         }
///     }
/// }
/// assert_eq!(messages, ["5", "hello", "3", "abc"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Scanner {
    matcher: Matcher,
    /// Bytes that were held under another terminator and are to be searched for this one, from `at` on.
    carry: Bytes,
    at: usize,
    /// A match of another terminator, whose data was handed out.
    settled: Option<u32>,
    /// Whether the two have to be looked at: the terminator was changed.
    is_changed: bool,
    /// The terminator where it is that short, while one message after the other ends in the input: nothing is held then.
    short: Option<Short>,
}

/// What a [`Scanner`] comes upon, in order. The example is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// Bytes of the message, never none. Where a message is cut into pieces means nothing (ACH-20).
    Data(&'a [u8]),
    /// The message ends here. Which byte string of the terminator has come, from 0.
    Found(u32),
    /// Only from [`Scanner::finish`]: bytes of a message that nothing ends any more.
    Unterminated(&'a [u8]),
    /// The whole input was used.
    More,
}

impl Scanner {
    /// Looks for this terminator.
    pub fn new(terminator: Terminator) -> Self {
        Self {
            matcher: Matcher::new(terminator),
            carry: Bytes::new(),
            at: 0,
            settled: None,
            is_changed: false,
            short: None,
        }
    }

    /// Searches the input for the next piece, and says how many of its bytes were used. The caller gives the others again,
    /// until there is [`Piece::More`].
    #[inline]
    pub fn scan<'a>(&'a mut self, input: &'a [u8]) -> (usize, Piece<'a>) {
        if self.short.is_some() {
            if self.matcher.take_announced() {
                return (0, Piece::Found(0));
            }
            if let Some((to, used)) = self.matcher.pass_short(&mut self.short, input) {
                if to == 0 {
                    return (used, Piece::Found(0));
                }
                self.matcher.announce();
                return (used, Piece::Data(&input[..to]));
            }
        }
        if input.len() < 2 && !self.is_changed {
            match input {
                [] if self.matcher.is_at_rest() => return (0, Piece::More),
                [byte] if self.matcher.passes(*byte) => return (1, Piece::Data(input)),
                _ => {}
            }
        }
        self.scan_in_steps(input)
    }

    /// The stream has ended: hands out what was held back, until there is [`Piece::More`] (ACH-T2).
    ///
    /// That is a match that was held back for a longer one, or bytes that would only be a terminator with others behind them:
    /// those are [`Piece::Unterminated`].
    ///
    /// ```
    /// use standpipe_core::chat::{Piece, Scanner, Terminator};
    ///
    /// let mut scanner = Scanner::new(Terminator::CRLF);
    /// assert_eq!(scanner.scan(b"ab\r"), (3, Piece::Data(b"ab")));
    /// assert_eq!(scanner.finish(), Piece::Unterminated(b"\r"));
    /// assert_eq!(scanner.finish(), Piece::More);
    /// ```
    pub fn finish(&mut self) -> Piece<'_> {
        if self.is_changed {
            if let Some(which) = self.settled.take() {
                return Piece::Found(which);
            }
            let from = self.at;
            match self.step_carry() {
                Step::More => self.drop_carry(),
                Step::Data(n) => return Piece::Data(&self.carry[from..from + n]),
                step => return self.piece(step, &[]),
            }
        }
        let unterminated = !self.matcher.will_find();
        match self.matcher.end() {
            Step::Held if unterminated => Piece::Unterminated(self.matcher.freed()),
            step => self.piece(step, &[]),
        }
    }

    /// Looks for another terminator from now on. What was held back is searched for it.
    pub fn set_terminator(&mut self, terminator: impl Into<Terminator>) {
        let held = self.matcher.held_len();
        if self.carry.is_empty() {
            self.carry = self.matcher.held();
            self.at = 0;
        } else {
            // All that was read since the last change lies in there.
            self.at -= held;
        }
        // What is found stays found where the data before it was handed out already.
        let is_settled = self.matcher.take_announced();
        self.settled = self.settled.or_else(|| is_settled.then(|| self.matcher.found().index()));
        self.is_changed = true;
        self.short = None;
        self.matcher.reset(terminator.into());
    }

    /// The terminator, as it was set.
    ///
    /// ```
    /// use standpipe_core::chat::{Scanner, Terminator};
    ///
    /// let mut scanner = Scanner::new(Terminator::LF);
    /// scanner.set_terminator(5);
    /// assert_eq!(scanner.terminator(), &Terminator::count(5));
    /// ```
    pub fn terminator(&self) -> &Terminator {
        self.matcher.terminator()
    }

    /// How many bytes of a count are still to come (ACH-10); 0 from then on. `None` where the terminator is no count.
    ///
    /// ```
    /// use standpipe_core::chat::{Piece, Scanner, Terminator};
    ///
    /// let mut scanner = Scanner::new(Terminator::count(5));
    /// assert_eq!(scanner.scan(b"abc"), (3, Piece::Data(b"abc")));
    /// assert_eq!(scanner.remaining(), Some(2));
    /// ```
    pub fn remaining(&self) -> Option<u64> {
        self.matcher.remaining()
    }

    /// How many bytes were used and not handed out: they could become a terminator, or have become one that is told next.
    ///
    /// ```
    /// use standpipe_core::chat::{Piece, Scanner, Terminator};
    ///
    /// let mut scanner = Scanner::new(Terminator::from(b"\r\n.\r\n"));
    /// assert_eq!(scanner.scan(b"text\r\n"), (6, Piece::Data(b"text")));
    /// assert_eq!(scanner.held(), 2);
    /// ```
    pub fn held(&self) -> usize {
        self.carry.len() - self.at + self.matcher.held_len()
    }

    /// How often a byte was looked at so far. For N bytes that is at most 2 N, and at most twice as much again for the bytes
    /// that are held when the terminator is changed.
    ///
    /// ```
    /// use standpipe_core::chat::{Scanner, Terminator};
    ///
    /// let mut scanner = Scanner::new(Terminator::from(b"aaab"));
    /// (0..1000).for_each(|_| drop(scanner.scan(b"a")));
    /// assert!(scanner.steps() <= 2000);
    /// ```
    pub fn steps(&self) -> u64 {
        self.matcher.steps()
    }

    /// Apart, so that [`Scanner::scan`] is small enough to be put in place: a piece that is handed over in memory costs a line of 16
    /// bytes half as much as its search (16 ns of a call, 10.5 in place, on an AMD EPYC).
    #[inline(never)]
    fn scan_in_steps<'a>(&'a mut self, input: &'a [u8]) -> (usize, Piece<'a>) {
        if self.is_changed {
            return self.scan_changed(input);
        }
        let (used, step) = self.matcher.step(input);
        if matches!(step, Step::Data(_)) && self.matcher.will_find() {
            self.short = self.matcher.short();
        }
        (used, self.piece(step, input))
    }

    fn scan_changed<'a>(&'a mut self, input: &'a [u8]) -> (usize, Piece<'a>) {
        if let Some(which) = self.settled.take() {
            return (0, Piece::Found(which));
        }
        let from = self.at;
        match self.step_carry() {
            Step::More => {
                self.drop_carry();
                let (used, step) = self.matcher.step(input);
                (used, self.piece(step, input))
            }
            Step::Data(n) => (0, Piece::Data(&self.carry[from..from + n])),
            step => (0, self.piece(step, input)),
        }
    }

    /// Nothing is left of what came before the last change.
    fn drop_carry(&mut self) {
        (self.carry, self.at, self.is_changed) = (Bytes::new(), 0, false);
    }

    fn step_carry(&mut self) -> Step {
        let (used, step) = self.matcher.step(&self.carry[self.at..]);
        self.at += used;
        step
    }

    #[inline]
    fn piece<'a>(&'a self, step: Step, input: &'a [u8]) -> Piece<'a> {
        match step {
            Step::Data(n) => Piece::Data(&input[..n]),
            Step::Held => Piece::Data(self.matcher.freed()),
            Step::Found => Piece::Found(self.matcher.found().index()),
            Step::More => Piece::More,
        }
    }
}
