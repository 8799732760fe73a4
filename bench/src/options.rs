//! What the command line says: [`Options`].

use std::path::PathBuf;

/// How a workload is run.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Reduced amounts and one round without warm-up, with every table and row.
    pub(crate) short: bool,
    /// Counted rounds.
    pub(crate) rounds: usize,
    /// Where the tables and their samples go.
    pub(crate) out: PathBuf,
    /// The command of this workspace.
    pub(crate) standpipe: PathBuf,
    /// The command line, to be told beside the tables; where files lie is nobody else's.
    pub(crate) command: String,
    only: Vec<String>,
    warms_up: bool,
}

/// Whose rows are functions of this program, which the first round would find cold. Those of all others are processes, which are
/// warmed up, or are measured from their start.
const WARMED_UP: [&str; 1] = ["scan"];

/// Counted rounds where nothing is said, in a short run and in a full one.
const ROUNDS: (usize, usize) = (1, 7);

/// How the options begin that name a path.
const PATHS: [&str; 2] = ["out=", "standpipe="];

impl Options {
    /// Reads what comes after the workload.
    pub(crate) fn parse(workload: &str, arguments: &[String]) -> Result<Self, String> {
        let mut options = Self {
            short: false,
            rounds: 0,
            out: package().join("results"),
            standpipe: package().join("../target/release/standpipe"),
            command: format!("standpipe-bench {workload}"),
            only: Vec::new(),
            warms_up: WARMED_UP.contains(&workload),
        };
        for argument in arguments {
            options.take(argument)?;
            if !PATHS.iter().any(|name| argument.starts_with(name)) {
                options.command += &format!(" {argument}");
            }
        }
        if options.rounds == 0 {
            options.rounds = if options.short { ROUNDS.0 } else { ROUNDS.1 };
        }
        Ok(options)
    }

    fn take(&mut self, argument: &str) -> Result<(), String> {
        match argument.split_once('=') {
            None if argument == "short" => self.short = true,
            Some(("rounds", number)) => {
                self.rounds = number.parse().map_err(|_| format!("'{number}' is no number of rounds"))?;
            }
            Some(("only", words)) => self.only = words.split(',').map(str::to_owned).collect(),
            Some(("out", folder)) => self.out = folder.into(),
            Some(("standpipe", path)) => self.standpipe = path.into(),
            _ => return Err(format!("'{argument}' is no option")),
        }
        Ok(())
    }

    /// Whether a peer is to run.
    pub(crate) fn keeps(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|word| name.contains(word.as_str()))
    }

    /// The same, with no peer left out.
    pub(crate) fn keeping_all(&self) -> Self {
        Self { only: Vec::new(), ..self.clone() }
    }

    /// Whether a round is run that is not counted.
    pub(crate) fn warms_up(&self) -> bool {
        self.warms_up && !self.short
    }

    /// The amount of work for a run.
    pub(crate) fn amount<T>(&self, short: T, full: T) -> T {
        if self.short { short } else { full }
    }
}

/// Where this package lies: cargo tells when it runs the program, which else is started there.
pub(crate) fn package() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// The folders that `out=` and `into=` name, or else these of this package.
pub(crate) fn folders(arguments: &[String], usual: [&str; 2]) -> Result<[PathBuf; 2], String> {
    let mut folders = usual.map(|folder| package().join(folder));
    for argument in arguments {
        match argument.split_once('=') {
            Some(("out", folder)) => folders[0] = folder.into(),
            Some(("into", folder)) => folders[1] = folder.into(),
            _ => return Err(format!("'{argument}' is no option here: [out=FOLDER] [into=FOLDER]")),
        }
    }
    Ok(folders)
}
