//! Pythons to ask: [`originals`].

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const PROGRAM: &str = include_str!("original.py");

/// A Python that answers questions.
pub(crate) struct Original {
    name: &'static str,
}

/// An operation and its arguments.
pub(crate) type Question = (&'static str, Vec<Vec<u8>>);

/// What it said.
#[derive(Debug)]
pub(crate) struct Answer(String);

impl Answer {
    /// What it returned, unless it raised an error.
    pub(crate) fn value(&self) -> Option<String> {
        self.0.strip_prefix("ok ").map(String::from)
    }

    pub(crate) fn number(&self) -> u32 {
        self.value().and_then(|value| value.parse().ok()).expect("a number")
    }
}

/// The Pythons that are installed. Python 2.7 is the original itself and seldom there any more; without Python 3 the test
/// counts as skipped.
pub(crate) fn originals() -> Vec<Original> {
    let mut found = Vec::new();
    for name in ["python3", "python2.7"] {
        let original = Original { name };
        match original.command().arg("--version").stderr(Stdio::null()).stdout(Stdio::null()).status() {
            Ok(status) if status.success() => found.push(original),
            _ if name == "python3" => skip("python3 is not installed"),
            _ => println!("not looked at: {name} is not installed"),
        }
    }
    found
}

fn skip(reason: &str) {
    eprintln!("skipped: {reason}");
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/skips.txt");
    let list = std::env::var_os("STANDPIPE_SKIPS").map_or_else(default, Into::into);
    let file = OpenOptions::new().create(true).append(true).open(list);
    file.and_then(|mut file| writeln!(file, "{reason}")).expect("the list of skips can be written");
}

impl Original {
    fn command(&self) -> Command {
        let mut command = Command::new(self.name);
        // Where pyenv's shims stand before the real thing, one has to be chosen.
        command.env("PYENV_VERSION", if self.is_old() { "2.7.18" } else { "system" });
        command
    }

    /// Whether it is Python 2.
    pub(crate) fn is_old(&self) -> bool {
        self.name == "python2.7"
    }

    /// Its answers to all of the questions, from one process.
    pub(crate) fn ask(&self, questions: &[Question]) -> Vec<Answer> {
        let mut asked = self.command();
        let asked = asked.args(["-c", PROGRAM]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut asked = asked.expect("Python starts");
        let mut input = asked.stdin.take().expect("it is piped");
        let lines: String = questions.iter().map(line).collect();
        let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
        let output = asked.wait_with_output().expect("Python ends");
        writer.join().expect("no panic").expect("Python reads all questions");
        assert!(output.status.success());
        let output = String::from_utf8(output.stdout).expect("Python answers in ASCII");
        let answers: Vec<Answer> = output.lines().map(|line| Answer(line.into())).collect();
        assert_eq!(answers.len(), questions.len(), "each question has an answer");
        answers
    }
}

fn line((operation, arguments): &Question) -> String {
    let hex = |argument: &Vec<u8>| argument.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let arguments: String = arguments.iter().map(|argument| format!(" {}", hex(argument))).collect();
    format!("{operation}{arguments}\n")
}

impl fmt::Display for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
