//! Whether a read is tried once more before the reactor is asked: [`Guess`].

/// Where nothing more is there, a wait costs several system calls of the reactor's, and a read that fails costs one. Under load what is
/// missing has often come once the other tasks had their turn, so a task yields, and reads again. Where that was in vain, it
/// waits at once for the next few times: twice as many as the last time, and 64 at most. What comes in bulk is left to gather: to read
/// it in smaller pieces costs more than the wait. Who has only begun waits: to yield wakes another thread of the executor, where there is
/// one, and a short exchange is over before that has paid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guess {
    is_made: bool,
    /// The last read took more than a message has.
    is_bulk: bool,
    /// So many waits come before the next one.
    pause: u8,
    /// How many there were after the last that was wrong.
    last: u8,
}

const MOST: u8 = 64;

/// So many waits come before the first.
const BEGINNING: u8 = 8;

/// The most that a message has, as far as this is concerned.
const MESSAGE: usize = 4 << 10;

impl Default for Guess {
    fn default() -> Self {
        Self { is_made: false, is_bulk: false, pause: BEGINNING, last: 0 }
    }
}

impl Guess {
    /// So many bytes the last read took.
    pub(crate) fn took(&mut self, taken: usize) {
        self.is_bulk = taken > MESSAGE;
    }

    /// Whether to yield, and to read again after that. Whoever does tells what it came to.
    pub(crate) fn make(&mut self) -> bool {
        if self.is_made || self.is_bulk {
            return false;
        }
        match self.pause.checked_sub(1) {
            Some(left) => self.pause = left,
            None => self.is_made = true,
        }
        self.is_made
    }

    /// There was something to be read.
    pub(crate) fn found(&mut self) {
        if std::mem::take(&mut self.is_made) {
            self.last = 0;
        }
    }

    /// There was nothing: it is to wait.
    pub(crate) fn missed(&mut self) {
        if std::mem::take(&mut self.is_made) {
            self.last = (2 * self.last).clamp(1, MOST);
            self.pause = self.last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BEGINNING, Guess, MESSAGE, MOST};

    /// How many waits come before it is made again.
    fn waits(guess: &mut Guess) -> u8 {
        (0..=u8::MAX).find(|_| guess.make()).expect("it is made in the end")
    }

    #[test]
    fn who_was_wrong_waits_for_longer_each_time() {
        let mut guess = Guess::default();
        for expected in [BEGINNING, 1, 2, 4, 8, 16, 32, MOST, MOST] {
            assert_eq!(waits(&mut guess), expected);
            guess.missed();
        }
    }

    #[test]
    fn who_was_right_goes_on() {
        let mut guess = Guess::default();
        waits(&mut guess);
        guess.missed();
        assert_eq!(waits(&mut guess), 1);
        for _ in 0..3 {
            guess.found();
            assert_eq!(waits(&mut guess), 0);
        }
        guess.missed();
        assert_eq!(waits(&mut guess), 1);
    }

    #[test]
    fn what_comes_in_bulk_is_left_to_gather() {
        let mut guess = Guess::default();
        guess.took(MESSAGE + 1);
        assert!((0..=u8::MAX).all(|_| !guess.make()));
        guess.took(MESSAGE);
        assert_eq!(waits(&mut guess), BEGINNING);
    }

    #[test]
    fn it_is_made_once_and_what_was_not_guessed_changes_nothing() {
        let mut guess = Guess::default();
        guess.missed();
        guess.found();
        assert_eq!(waits(&mut guess), BEGINNING);
        assert!(!guess.make());
    }
}
