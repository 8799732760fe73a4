//! Python 2.7, the original itself, and its successor, to be asked: [`Python`].

use std::io::ErrorKind;
use std::process::{Command, Stdio};

use crate::skip;

/// One that is installed.
#[derive(Debug)]
pub struct Python {
    program: &'static str,
    /// Which one: 2 is 2.7.
    pub version: u32,
}

impl Python {
    /// Those that are installed and have this module. A test for which there is no Python 3 counts as skipped.
    pub fn with_module(module: &str) -> Vec<Self> {
        let all = [Self { program: "python3", version: 3 }, Self { program: "python2.7", version: 2 }];
        all.into_iter().filter(|python| python.has(module)).collect()
    }

    /// Its name as a program.
    pub fn program(&self) -> &'static str {
        self.program
    }

    /// What its environment has to say. Where several versions live side by side under pyenv, this is how one is chosen.
    pub fn environment(&self) -> Option<(&'static str, &'static str)> {
        (self.version == 2).then_some(("PYENV_VERSION", "2.7.18"))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        command.envs(self.environment());
        command.args(["-W", "ignore"]).stdin(Stdio::null());
        command
    }

    fn has(&self, module: &str) -> bool {
        let found = match self.command().args(["-c", &format!("import {module}")]).output() {
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            found => found.expect("it can be started").status.success(),
        };
        if !found {
            self.skip(module);
        }
        found
    }

    /// The original is on few machines, so that alone is not counted as a check that was left out.
    fn skip(&self, module: &str) {
        let reason = format!("{module}: there is no {} to compare with", self.program);
        match self.version {
            2 => eprintln!("skipped {reason}"),
            _ => skip(&reason),
        }
    }

    /// The lines that a script prints.
    ///
    /// # Panics
    /// When it fails.
    pub fn lines(&self, script: &str) -> Vec<String> {
        self.run(&["-c", script])
    }

    /// The numbers that a script prints, one a line.
    ///
    /// # Panics
    /// When it fails, or prints something else.
    pub fn numbers(&self, script: &str) -> Vec<f64> {
        self.lines(script).iter().map(|line| line.parse().expect("a number")).collect()
    }

    /// The lines that come of these arguments.
    ///
    /// # Panics
    /// When it fails.
    pub fn run(&self, arguments: &[&str]) -> Vec<String> {
        let output = self.command().args(arguments).output().expect("it can be started");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", self.program);
        String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
    }
}
