//! The originals, in a process of their own that is given many cases at once.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Case, End, Step, Told};

/// A Python that may have `asynchat`.
pub(crate) struct Python {
    program: &'static str,
    /// Told to a chooser between several of them, which others overlook.
    version: &'static str,
    /// Whether its absence counts as a test that was not made.
    is_wanted: bool,
}

/// The original itself, which few machines still have.
pub(crate) const TWO: Python = Python { program: "python2.7", version: "2.7.18", is_wanted: false };

/// Its last form; Python 3.12 has it no more.
pub(crate) const THREE: Python = Python { program: "python3", version: "", is_wanted: true };

impl Python {
    /// What it tells of each case; `None` where it is not here.
    pub(crate) fn tell(&self, cases: &[Case]) -> Option<Vec<Vec<Told>>> {
        let input: String = cases.iter().map(|case| format!("{}\n", line(case))).collect();
        let output = self.run("scan", input)?;
        Some(output.lines().map(|line| line.split_whitespace().map(told).collect()).collect())
    }

    /// Its `find_prefix_at_end` of each pair; `None` where it is not here.
    pub(crate) fn prefixes(&self, pairs: &[(Vec<u8>, Vec<u8>)]) -> Option<Vec<usize>> {
        let input = pairs.iter().map(|(haystack, needle)| format!("{} {}\n", hex(haystack), hex(needle)));
        let output = self.run("prefix", input.collect())?;
        Some(output.lines().map(|line| line.parse().expect("a length")).collect())
    }

    fn run(&self, what: &str, input: String) -> Option<String> {
        if !self.has_asynchat() {
            self.skip();
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chat_originals/asynchat_tells.py");
        let mut child = self.command().arg(script).arg(what).spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let feeder = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().expect("it ends");
        feeder.join().expect("no panic").expect("it reads");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8(output.stdout).expect("text"))
    }

    fn has_asynchat(&self) -> bool {
        let found = self.command().args(["-c", "import asynchat"]).output();
        found.is_ok_and(|output| output.status.success())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        if !self.version.is_empty() {
            command.env("PYENV_VERSION", self.version);
        }
        command.args(["-W", "ignore"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Past the capture of the test's output, and for CI into the list that it counts.
    fn skip(&self) {
        let reason = format!("chat_originals: {} has no asynchat", self.program);
        let _ = writeln!(std::io::stderr(), "skipped: {reason}");
        let list = std::env::var_os("STANDPIPE_SKIPS").filter(|_| self.is_wanted);
        if let Some(list) = list {
            let file = std::fs::OpenOptions::new().create(true).append(true).open(list);
            file.and_then(|mut file| writeln!(file, "{reason}")).expect("the list can be written");
        }
    }
}

fn line(case: &Case) -> String {
    let next: Vec<String> = case.next.iter().map(end).collect();
    let mut text = format!("{} {}", end(&case.first), next.join(","));
    for step in &case.steps {
        let _ = match step {
            Step::Chunk(chunk) => write!(text, " d{}", hex(chunk)),
            Step::Set(to) => write!(text, " t{}", end(to)),
        };
    }
    text
}

fn end(end: &End) -> String {
    match end {
        End::None => "n".to_owned(),
        End::Count(count) => format!("c{count}"),
        End::Bytes(bytes) => format!("b{}", hex(bytes)),
    }
}

fn told(word: &str) -> Told {
    match word.strip_prefix('d') {
        Some(digits) => Told::Data(bytes(digits)),
        None => Told::Found,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len()).step_by(2).map(|at| &digits[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}
