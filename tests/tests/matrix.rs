//! What every machine does at a glance, as it was last looked at and agreed to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use standpipe_tests::matrix::SKETCHES;

/// With this variable set, what is found is written down instead of compared.
const DRAW: &str = "STANDPIPE_DRAW";

const SNAPSHOTS: &str = "tests/snapshots";
const PAGES: &str = "docs/machines";

fn path(folder: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join(file)
}

/// How a file differs from what it should be.
fn difference(file: &Path, expected: &str) -> Option<String> {
    if std::env::var_os(DRAW).is_some() {
        fs::write(file, expected).expect("it can be written");
        return None;
    }
    let found = fs::read_to_string(file).unwrap_or_default();
    let first = found.lines().chain([""]).zip(expected.lines().chain([""]));
    let line = first.enumerate().find(|(_, (found, expected))| found != expected);
    let (number, (found, expected)) = line.or((found != expected).then_some((0, ("", ""))))?;
    Some(format!("{}:{}: '{found}' should be '{expected}'", file.display(), number + 1))
}

#[test]
fn every_machine_does_what_is_written_down() {
    let mut differences = Vec::new();
    for (name, explore) in SKETCHES {
        let matrix = explore();
        differences.extend(difference(&path(SNAPSHOTS, &format!("{name}.txt")), &matrix.text(name)));
        differences.extend(difference(&path(PAGES, &format!("{name}.md")), &matrix.page(name)));
    }
    let advice = format!("look at what {DRAW}=1 cargo test -p standpipe-tests --test matrix changes");
    assert!(differences.is_empty(), "{}\n{advice}", differences.join("\n"));
}

#[test]
fn nothing_is_written_down_of_what_is_not_there() {
    let known: BTreeSet<String> = SKETCHES.iter().map(|(name, _)| (*name).into()).collect();
    for folder in [SNAPSHOTS, PAGES] {
        let files = fs::read_dir(path(folder, "")).expect("the folder is there");
        let stems = files.map(|file| file.expect("an entry").path().with_extension(""));
        let found: BTreeSet<String> =
            stems.map(|path| path.file_name().expect("a name").to_string_lossy().into()).collect();
        assert_eq!(found, known, "{folder}");
    }
}
