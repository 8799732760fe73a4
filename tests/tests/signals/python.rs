//! The original and its successor, to be asked.

use std::env;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};

/// Those that are installed.
pub(crate) fn all() -> Vec<Python> {
    let all = [Python { program: "python3", version: 3 }, Python { program: "python2.7", version: 2 }];
    all.into_iter().filter(Python::is_there).collect()
}

pub(crate) struct Python {
    program: &'static str,
    pub(crate) version: u32,
}

impl Python {
    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        if self.version == 2 {
            // Where several versions live side by side under pyenv, this is how one is chosen.
            command.env("PYENV_VERSION", "2.7.18");
        }
        command.stdin(Stdio::null());
        command
    }

    fn is_there(&self) -> bool {
        let found = match self.command().args(["-c", "import signal"]).output() {
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            found => found.expect("it can be started").status.success(),
        };
        if !found {
            self.skip().expect("the list of skips can be written");
        }
        found
    }

    /// The original is on few machines, so that alone is not counted as a check that was left out.
    fn skip(&self) -> std::io::Result<()> {
        let reason = format!("signals: there is no {} to compare with", self.program);
        eprintln!("skipped {reason}");
        let Some(list) = env::var_os("STANDPIPE_SKIPS").filter(|_| self.version > 2) else { return Ok(()) };
        let mut list = OpenOptions::new().create(true).append(true).open(list)?;
        writeln!(list, "{reason}")
    }

    /// The lines that a script prints.
    pub(crate) fn lines(&self, script: &str) -> Vec<String> {
        let output = self.command().args(["-c", script]).output().expect("it can be started");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", self.program);
        String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
    }

    /// The numbers that a script prints, one a line.
    pub(crate) fn numbers(&self, script: &str) -> Vec<f64> {
        self.lines(script).iter().map(|line| line.parse().expect("a number")).collect()
    }
}
