//! [`BufferedReader`] and [`BufferedWriter`]: pieces are taken as from a vector that holds everything, and what is written
//! comes out in order, when it is due.

use arbitrary::Arbitrary;
use standpipe_core::Window;
use standpipe_core::socket::{BufferedReader, BufferedWriter, Buffering, Lines, ReadError, Taken};

#[derive(Arbitrary, Clone, Debug)]
enum Op {
    Feed(Vec<u8>),
    Fill(u8),
    Eof,
    Read(u8),
    ReadToEnd,
    Line,
    LineUpTo(u8),
    Lines(u8),
}

/// A copy of a [`Taken`] that owns what it has.
#[derive(PartialEq, Debug)]
enum Came {
    Bytes(Vec<u8>),
    End,
    Wait,
    Over,
}

fn came(taken: Result<Taken<'_>, ReadError>) -> Came {
    match taken {
        Ok(Taken::Bytes(bytes)) => Came::Bytes(bytes.into()),
        Ok(Taken::End) => Came::End,
        Ok(Taken::Wait) => Came::Wait,
        Err(_) => Came::Over,
    }
}

#[derive(Debug)]
struct Model {
    unread: Vec<u8>,
    ended: bool,
    limit: usize,
}

impl Model {
    /// Takes so many bytes, or all at the end, if there are enough of them; `asked` with what would be there then.
    fn take(&mut self, n: Option<usize>, asked: usize, all: usize) -> Came {
        let n = match n {
            Some(n) => n,
            None if self.ended => self.unread.len(),
            None if all > self.limit => return Came::Over,
            None => return Came::Wait,
        };
        if n == 0 && asked > 0 {
            return Came::End;
        }
        Came::Bytes(self.unread.drain(..n).collect())
    }

    fn read(&mut self, size: usize) -> Came {
        let enough = (self.unread.len() >= size).then_some(size);
        self.take(enough, size, size)
    }

    fn read_to_end(&mut self) -> Came {
        self.take(None, 1, self.unread.len() + 1)
    }

    fn line(&mut self, most: usize) -> Came {
        let end = self.unread.iter().position(|byte| *byte == b'\n').map(|index| index + 1);
        let enough = end.unwrap_or(usize::MAX).min(most);
        let enough = Some(enough).filter(|enough| *enough <= self.unread.len());
        self.take(enough, most, self.unread.len() + 1)
    }

    fn lines(&mut self, hint: usize) -> (Vec<Vec<u8>>, bool) {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        while lines.concat().len() < hint {
            match self.line(usize::MAX) {
                Came::Bytes(line) => lines.push(line),
                Came::End => return (lines, true),
                Came::Wait | Came::Over => return (lines, false),
            }
        }
        (lines, true)
    }
}

fn buffering(choice: u8) -> Buffering {
    Buffering::from_bufsize(i64::from(choice % 8) - 1)
}

/// Checks any history of reads.
pub fn check(bytes: &[u8]) {
    let Some(((choice, limit), ops)) = super::read::<(u8, u8), Op>(bytes) else { return };
    let limit = usize::from(limit) + 1;
    let mut reader = BufferedReader::new(buffering(choice)).with_limit(limit);
    let mut model = Model { unread: Vec::new(), ended: false, limit };
    for op in ops {
        match &op {
            Op::Feed(bytes) => {
                let taken = reader.feed(bytes);
                let room = if model.ended { 0 } else { limit - model.unread.len() };
                assert_eq!(taken, bytes.len().min(room));
                model.unread.extend(&bytes[..taken]);
            }
            Op::Fill(n) => fill(&mut reader, &mut model, usize::from(*n)),
            Op::Eof => {
                reader.handle_eof();
                model.ended = true;
            }
            Op::Read(size) => {
                let (got, want) = (came(reader.read((*size).into())), model.read((*size).into()));
                assert_eq!(got, want);
                let exact = usize::from(*size) - model.unread.len().min((*size).into());
                assert!(got != Came::Wait || room(&mut reader) <= exact, "nothing is read ahead");
            }
            Op::ReadToEnd => assert_eq!(came(reader.read_to_end()), model.read_to_end()),
            Op::Line => {
                let got = came(reader.readline(None));
                assert_eq!(got, model.line(usize::MAX));
                let one = got != Came::Wait || buffering(choice) != Buffering::Unbuffered;
                assert!(one || room(&mut reader) == 1, "nothing is read ahead");
            }
            Op::LineUpTo(size) => {
                assert_eq!(came(reader.readline(Some((*size).into()))), model.line((*size).into()));
            }
            Op::Lines(hint) => {
                let mut lines = Lines::up_to((*hint).into());
                let done = reader.readlines(&mut lines).unwrap_or(false);
                assert_eq!((lines.into_lines(), done), model.lines((*hint).into()));
            }
        }
        assert_eq!(reader.buffered(), model.unread, "after {op:?}");
        assert_eq!(reader.is_at_end(), model.ended && model.unread.is_empty());
    }
    assert_eq!(reader.into_buffered(), model.unread);
}

fn room(reader: &mut BufferedReader) -> usize {
    reader.window().room()
}

/// As a driver reads: into the window, as much as comes.
fn fill(reader: &mut BufferedReader, model: &mut Model, n: usize) {
    let left = model.limit - model.unread.len();
    match reader.window() {
        Window::Append { into, max } => {
            assert!(max <= left && !model.ended);
            let piece: Vec<u8> =
                (0..n.min(max)).map(|index| if index % 7 == 6 { b'\n' } else { b'x' }).collect();
            into.extend(&piece);
            model.unread.extend(&piece);
        }
        window => assert!(window.room() == 0 && (left == 0 || model.ended)),
    }
}

#[derive(Arbitrary, Clone, Debug)]
enum Put {
    Write(Vec<u8>),
    Lines(Vec<Vec<u8>>),
    Flush,
    Sent(u8),
    Close,
}

/// Checks any history of writes.
pub fn check_writer(bytes: &[u8]) {
    let Some(((choice, limit), ops)) = super::read::<(u8, u8), Put>(bytes) else { return };
    let (buffering, limit) = (buffering(choice), usize::from(limit) + 1);
    let mut writer = BufferedWriter::new(buffering).with_limit(limit);
    let (mut unsent, mut due, mut closed) = (Vec::new(), 0, false);
    let put = |piece: &[u8], unsent: &mut Vec<u8>, due: &mut usize| {
        let taken = piece.len().min(limit - unsent.len());
        unsent.extend(&piece[..taken]);
        let enough = match buffering {
            Buffering::Unbuffered => true,
            Buffering::Line => piece[..taken].contains(&b'\n') || unsent.len() >= 8192,
            buffering => unsent.len() >= buffering.size(),
        };
        if enough || unsent.len() == limit {
            *due = unsent.len();
        }
        taken
    };
    for op in ops {
        match &op {
            Put::Write(piece) => match writer.write(piece) {
                Ok(taken) => assert_eq!(taken, put(piece, &mut unsent, &mut due)),
                Err(_) => assert!(closed),
            },
            Put::Lines(pieces) if !closed => {
                let mut all = 0;
                for piece in pieces {
                    let taken = put(piece, &mut unsent, &mut due);
                    all += taken;
                    if taken < piece.len() {
                        break;
                    }
                }
                assert_eq!(writer.writelines(pieces.iter().map(Vec::as_slice)), Ok(all));
            }
            Put::Lines(_) => {}
            Put::Flush => {
                writer.flush();
                due = unsent.len();
            }
            Put::Sent(n) => {
                let n = usize::from(*n).min(due);
                writer.handle_written(n);
                unsent.drain(..n);
                due -= n;
            }
            Put::Close => {
                writer.close();
                (due, closed) = (unsent.len(), true);
            }
        }
        assert_eq!((writer.pending(), writer.unsent()), (&unsent[..due], &unsent[..]), "after {op:?}");
        assert_eq!(writer.is_flushed(), unsent.is_empty());
    }
    assert_eq!(writer.into_unsent(), unsent);
}
