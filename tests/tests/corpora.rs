//! The fuzzers' corpora, replayed as ordinary tests.

use std::fs;
use std::path::{Path, PathBuf};

use standpipe_tests::model::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

#[test]
fn every_seed_passes() {
    for (name, check) in TARGETS {
        let seeds = fs::read_dir(fuzz().join("corpus").join(name)).expect("each target has a corpus");
        let seeds: Vec<_> = seeds.map(|seed| seed.expect("a readable entry").path()).collect();
        assert!(!seeds.is_empty(), "{name} has no seed");
        for seed in seeds {
            println!("{}", seed.display());
            check(&fs::read(seed).expect("a readable seed"));
        }
    }
}

#[test]
fn every_check_has_a_fuzz_target() {
    for (name, _) in TARGETS {
        let target = fuzz().join("fuzz_targets").join(name).with_extension("rs");
        let text = fs::read_to_string(target).expect("each check has a target");
        assert!(text.contains(&format!("check(\"{name}\", bytes)")), "{name}");
    }
}
