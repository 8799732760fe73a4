//! Certificates that their issuer has taken back.

use rcgen::{
    CertificateParams, CertificateRevocationListParams, Issuer, KeyIdMethod, KeyPair, RevokedCertParams,
    SerialNumber, date_time_ymd,
};
use standpipe_core::TlsReason;
use standpipe_core::tls::{Clients, Context, Identity, Revocation, RevocationDepth, Roots, TlsError, Trust};

use super::made::{Authority, Met, authority, options, params};

/// The numbers of a root's certificates: one it has revoked, and one it has not.
const REVOKED: u64 = 7;
const GOOD: u64 = 8;

/// A list by this issuer, which says what it has revoked and is out of date from this year on.
fn list(by: &Authority, revoked: &[u64], next: i32) -> Vec<u8> {
    made(by, revoked, next).der().to_vec()
}

fn made(by: &Authority, revoked: &[u64], next: i32) -> rcgen::CertificateRevocationList {
    let revoked = revoked.iter().map(|number| RevokedCertParams {
        serial_number: SerialNumber::from(*number),
        revocation_time: date_time_ymd(2020, 1, 1),
        reason_code: None,
        invalidity_date: None,
    });
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2020, 1, 1),
        next_update: date_time_ymd(next, 1, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: revoked.collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    list.signed_by(&by.issuer).expect("a list")
}

fn checking(lists: &[Vec<u8>]) -> Revocation {
    let mut revocation = Revocation::default();
    lists.iter().for_each(|list| revocation.add_der(list.clone()));
    revocation
}

fn numbered(mut params: CertificateParams, number: u64) -> CertificateParams {
    params.serial_number = Some(SerialNumber::from(number));
    params
}

/// A root, and roots that check by it.
struct Checked {
    root: Authority,
    roots: Roots,
}

fn checked(root: Authority, revocation: Revocation) -> Checked {
    let mut roots = root.roots();
    roots.set_revocation(revocation);
    Checked { root, roots }
}

impl Checked {
    /// What a client finds out about a server, and a server about a client, who is this one.
    fn verdicts(&self, own: impl Fn() -> Identity) -> [Option<TlsReason>; 2] {
        let Self { root, roots } = self;
        let server = Context::server(own(), None, options()).expect("a server's context");
        let client =
            Context::client(Trust::Roots(roots.clone()), None, options()).expect("a client's context");
        let [of_server, _] = Met::new(&client, &server).faults();

        let own = Context::client(Trust::Roots(root.roots()), Some(own()), options());
        let clients = Some(Clients::required(roots.clone()));
        let server =
            Context::server(root.identity(&["localhost"]), clients, options()).expect("a server's context");
        let [_, of_client] = Met::new(&own.expect("a client's context"), &server).faults();
        [of_server, of_client]
    }

    /// The verdicts on a certificate of the root itself.
    fn verdicts_on(&self, number: u64) -> [Option<TlsReason>; 2] {
        self.verdicts(|| {
            let (der, key) = self.root.issue(numbered(params(&["localhost"]), number));
            Identity::from_der(vec![der], key).expect("a pair")
        })
    }
}

/// SSL-44, SSL-104.
#[test]
fn who_was_revoked_is_refused_on_either_side() {
    let root = Authority::root("root");
    let revocation = checking(&[list(&root, &[REVOKED], 2040)]);
    let checked = checked(root, revocation);
    assert_eq!(checked.verdicts_on(REVOKED), [Some(TlsReason::Revoked); 2]);
    assert_eq!(checked.verdicts_on(GOOD), [None; 2]);
}

/// SSL-44.
#[test]
fn a_list_may_be_pem_and_lie_beside_certificates() {
    let root = Authority::root("root");
    let file = [root.pem.clone(), made(&root, &[REVOKED], 2040).pem().expect("text")].concat();
    let mut revocation = Revocation::default();
    revocation.add_pem(file.as_bytes()).expect("a list");
    let checked = checked(root, revocation);
    assert_eq!(checked.verdicts_on(REVOKED), [Some(TlsReason::Revoked); 2]);
    assert_eq!(checked.verdicts_on(GOOD), [None; 2]);
}

/// SSL-44.
#[test]
fn a_chain_is_looked_up_as_far_as_is_asked_for() {
    for (depth, expected) in
        [(RevocationDepth::Chain, Some(TlsReason::Revoked)), (RevocationDepth::Own, None)]
    {
        let root = Authority::root("root");
        let (between, key) = (numbered(authority("between"), REVOKED), KeyPair::generate().expect("a key"));
        let above = between.signed_by(&key, &root.issuer).expect("a certificate");
        let between = Authority { issuer: Issuer::new(between, key), pem: above.pem() };
        let above = above.der().to_vec();
        let mut revocation = checking(&[list(&root, &[REVOKED], 2040), list(&between, &[], 2040)]);
        revocation.depth = depth;
        let checked = checked(root, revocation);
        let verdicts = checked.verdicts(|| {
            let (der, key) = between.issue(params(&["localhost"]));
            Identity::from_der(vec![der, above.clone()], key).expect("a pair")
        });
        assert_eq!(verdicts, [expected; 2], "{depth:?}");
    }
}

/// SSL-44: a check fails where no list fits.
#[test]
fn who_is_on_no_list_is_refused_unless_allowed() {
    for (allows_unknown, expected) in [(false, Some(TlsReason::RevocationUnknown)), (true, None)] {
        let (root, other) = (Authority::root("root"), Authority::root("other"));
        let mut revocation = checking(&[list(&other, &[REVOKED], 2040)]);
        revocation.allows_unknown = allows_unknown;
        assert_eq!(checked(root, revocation).verdicts_on(REVOKED), [expected; 2]);
    }
}

/// SSL-44.
#[test]
fn an_outdated_list_says_nothing_unless_allowed() {
    for (allows_outdated, expected) in [(false, Some(TlsReason::RevocationUnknown)), (true, None)] {
        let root = Authority::root("root");
        let mut revocation = checking(&[list(&root, &[REVOKED], 2021)]);
        revocation.allows_outdated = allows_outdated;
        assert_eq!(checked(root, revocation).verdicts_on(GOOD), [expected; 2]);
    }
}

/// A list in somebody's name that he has not signed.
#[test]
fn a_forged_list_says_nothing() {
    let (root, forger) = (Authority::root("root"), Authority::root("root"));
    let revocation = checking(&[list(&forger, &[], 2040)]);
    assert_eq!(checked(root, revocation).verdicts_on(GOOD), [Some(TlsReason::RevocationUnknown); 2]);
}

#[test]
fn a_list_that_is_none_is_told_when_the_context_is_made() {
    for (lists, no_list) in [(vec![], true), (vec![b"no list".to_vec()], false)] {
        let checked = checked(Authority::root("root"), checking(&lists));
        let own = checked.root.identity(&["localhost"]);
        let server = Context::server(own, Some(Clients::optional(checked.roots.clone())), options());
        let client = Context::client(Trust::Roots(checked.roots), None, options());
        for error in [server.err(), client.err()] {
            match no_list {
                true => assert_eq!(error, Some(TlsError::NoRevocationList)),
                false => assert!(matches!(error, Some(TlsError::RevocationList(_))), "{error:?}"),
            }
        }
    }
}
