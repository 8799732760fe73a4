//! Names of alerts (SSL-54, SSL-55).

use standpipe_core::Alert;
use standpipe_tests::python::Python;

/// Those of the original that bear another name in the registry.
const OTHERWISE: &[(&str, &str)] = &[("user_cancelled", "user_canceled")];

#[test]
fn alerts_have_the_originals_names() {
    let script = "
import ssl
for name in dir(ssl):
    if name.startswith('ALERT_DESCRIPTION_'): print('%s %d' % (name[18:].lower(), getattr(ssl, name)))
";
    for python in Python::with_module("ssl") {
        let told = python.lines(script);
        assert_eq!(told.len(), 27, "Python {}", python.version);
        for line in told {
            let (name, number) = line.split_once(' ').expect("a name and a number");
            let other = OTHERWISE.iter().find(|(original, _)| *original == name);
            let name = other.map_or(name, |(_, registered)| registered);
            let number: u8 = number.parse().expect("a number");
            assert_eq!(Alert::from(number).name(), Some(name), "Python {}", python.version);
        }
    }
}
