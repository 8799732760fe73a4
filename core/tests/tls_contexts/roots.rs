//! What is trusted, told.

use standpipe_core::tls::{Roots, TlsError};

use super::made::{Authority, params};

/// SSL-85, SSL-92.
#[test]
fn what_is_trusted_is_told_as_it_came() {
    let [one, other] = ["one", "other"].map(Authority::root);
    let mut roots = one.roots();
    roots.add_pem(other.pem.as_bytes()).expect("a certificate");
    let (leaf, _) = one.issue(params(&["localhost"]));
    roots.add_der(leaf.clone()).expect("it can be trusted for itself");
    assert!(matches!(roots.add_der(b"no certificate".to_vec()), Err(TlsError::Root(_))));

    let told: Vec<&[u8]> = roots.certificates().collect();
    assert_eq!(told.len(), 3, "what was refused is not among them");
    assert_eq!(told[2], leaf);
    let mut again = Roots::default();
    told.iter().for_each(|der| again.add_der(der.to_vec()).expect("a certificate"));
    assert!(again.certificates().eq(roots.certificates()));
}
