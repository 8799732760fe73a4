//! Python's `ssl`, by scripts: [`command`].

use std::fs;
use std::process::Command;

use super::identity::{Identity, SUITE};
use crate::process;

/// Runs the script with the identity's folder as its first argument. Python 3.11 cannot choose suites of TLS 1.3, so OpenSSL is told
/// by its own configuration.
pub(super) fn command(identity: &Identity, script: &str) -> Result<Command, String> {
    let configuration = identity.folder().join("openssl.cnf");
    let text = format!("openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\nCiphersuites={SUITE}\n");
    fs::write(&configuration, text).map_err(|error| error.to_string())?;
    let mut command = Command::new(process::python());
    command.env("OPENSSL_CONF", configuration).args(["-c", script]).arg(identity.folder());
    Ok(command)
}
