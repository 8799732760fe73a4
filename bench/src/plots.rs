//! The tables as pictures, drawn from the samples that lie beside them: [`run`].

mod chart;
mod figures;

use std::fs;
use std::path::{Path, PathBuf};

use figures::Drawn;

use crate::options::folders;
use crate::report::Report;

/// Draws every table whose samples lie in the first folder into the second one, an SVG for each workload.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let [results, into] = folders(arguments, ["results", "../docs/performance"])?;
    fs::create_dir_all(&into).map_err(|error| format!("{}: {error}", into.display()))?;
    let mut samples = json_files(&results).map_err(|error| format!("{}: {error}", results.display()))?;
    samples.sort();
    for file in samples {
        let tables: Vec<Drawn> = Report::read(&file)?.tables.iter().map(Drawn::from).collect();
        let picture = into.join(file.with_extension("svg").file_name().expect("it has a name"));
        fs::write(&picture, chart::svg(&tables))
            .map_err(|error| format!("{}: {error}", picture.display()))?;
        println!("{}", picture.display());
    }
    Ok(())
}

fn json_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let paths: Vec<_> = paths.collect::<Result<_, _>>()?;
    Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect())
}
