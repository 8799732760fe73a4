//! A provider without cryptography: every secret, hash and signature is a constant, so that both sides agree whatever
//! becomes of a message on its way, and a fuzzer comes as far as it likes.

use std::sync::{Arc, OnceLock};

use rustls::crypto::tls12::Prf;
use rustls::crypto::tls13::HkdfUsingHmac;
use rustls::crypto::{
    ActiveKeyExchange, CipherSuiteCommon, CryptoProvider, GetRandomFailed, KeyExchangeAlgorithm, KeyProvider,
    SecureRandom, SharedSecret, SupportedKxGroup, WebPkiSupportedAlgorithms, hash, hmac,
};
use rustls::pki_types::{
    AlgorithmIdentifier, InvalidSignature, PrivateKeyDer, SignatureVerificationAlgorithm, alg_id,
};
use rustls::sign::{Signer, SigningKey};
use rustls::{
    CipherSuite, Error, NamedGroup, SignatureAlgorithm, SignatureScheme, SupportedCipherSuite,
    Tls12CipherSuite, Tls13CipherSuite,
};

use super::cipher::{Checksum, Version};

/// What every secret, hash, key, random number and signature is made of.
const CONSTANT: [u8; 32] = [0x5a; 32];
const SCHEME: SignatureScheme = SignatureScheme::ECDSA_NISTP256_SHA256;

static TLS13: Tls13CipherSuite = Tls13CipherSuite {
    common: CipherSuiteCommon {
        suite: CipherSuite::TLS13_AES_128_GCM_SHA256,
        hash_provider: &Constant,
        confidentiality_limit: u64::MAX,
    },
    hkdf_provider: &HkdfUsingHmac(&Constant),
    aead_alg: &Checksum,
    quic: None,
};

static TLS12: Tls12CipherSuite = Tls12CipherSuite {
    common: CipherSuiteCommon {
        suite: CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        hash_provider: &Constant,
        confidentiality_limit: u64::MAX,
    },
    prf_provider: &Constant,
    kx: KeyExchangeAlgorithm::ECDHE,
    sign: &[SCHEME],
    aead_alg: &Checksum,
};

/// The provider by which two sides agree on this version.
pub fn provider(version: Version) -> &'static CryptoProvider {
    static OLD: OnceLock<CryptoProvider> = OnceLock::new();
    static NEW: OnceLock<CryptoProvider> = OnceLock::new();
    match version {
        Version::Tls12 => OLD.get_or_init(|| with_suite(SupportedCipherSuite::Tls12(&TLS12))),
        Version::Tls13 => NEW.get_or_init(|| with_suite(SupportedCipherSuite::Tls13(&TLS13))),
    }
}

fn with_suite(suite: SupportedCipherSuite) -> CryptoProvider {
    CryptoProvider {
        cipher_suites: vec![suite],
        kx_groups: vec![&Constant],
        signature_verification_algorithms: WebPkiSupportedAlgorithms {
            all: &[&Constant],
            mapping: &[(SCHEME, &[&Constant])],
        },
        secure_random: &Constant,
        key_provider: &Constant,
    }
}

#[derive(Clone, Copy, Debug)]
struct Constant;

impl hash::Hash for Constant {
    fn start(&self) -> Box<dyn hash::Context> {
        Box::new(Self)
    }

    fn hash(&self, _: &[u8]) -> hash::Output {
        hash::Output::new(&CONSTANT)
    }

    fn output_len(&self) -> usize {
        CONSTANT.len()
    }

    fn algorithm(&self) -> hash::HashAlgorithm {
        hash::HashAlgorithm::SHA256
    }
}

impl hash::Context for Constant {
    fn fork_finish(&self) -> hash::Output {
        hash::Output::new(&CONSTANT)
    }

    fn fork(&self) -> Box<dyn hash::Context> {
        Box::new(Self)
    }

    fn finish(self: Box<Self>) -> hash::Output {
        hash::Output::new(&CONSTANT)
    }

    fn update(&mut self, _: &[u8]) {}
}

impl hmac::Hmac for Constant {
    fn with_key(&self, _: &[u8]) -> Box<dyn hmac::Key> {
        Box::new(Self)
    }

    fn hash_output_len(&self) -> usize {
        CONSTANT.len()
    }
}

impl hmac::Key for Constant {
    fn sign_concat(&self, _: &[u8], _: &[&[u8]], _: &[u8]) -> hmac::Tag {
        hmac::Tag::new(&CONSTANT)
    }

    fn tag_len(&self) -> usize {
        CONSTANT.len()
    }
}

impl Prf for Constant {
    fn for_key_exchange(
        &self,
        output: &mut [u8; 48],
        _: Box<dyn ActiveKeyExchange>,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<(), Error> {
        output.fill(CONSTANT[0]);
        Ok(())
    }

    fn for_secret(&self, output: &mut [u8], _: &[u8], _: &[u8], _: &[u8]) {
        output.fill(CONSTANT[0]);
    }
}

impl SupportedKxGroup for Constant {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Ok(Box::new(Self))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

impl ActiveKeyExchange for Constant {
    fn complete(self: Box<Self>, _: &[u8]) -> Result<SharedSecret, Error> {
        Ok(SharedSecret::from(&CONSTANT[..]))
    }

    fn pub_key(&self) -> &[u8] {
        &CONSTANT
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

impl SecureRandom for Constant {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        bytes.fill(CONSTANT[0]);
        Ok(())
    }
}

impl KeyProvider for Constant {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Ok(Arc::new(Self))
    }
}

impl SigningKey for Constant {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&SCHEME).then(|| Box::new(Self) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for Constant {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(CONSTANT.to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SCHEME
    }
}

impl SignatureVerificationAlgorithm for Constant {
    fn verify_signature(&self, _: &[u8], _: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        (signature == CONSTANT).then_some(()).ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P256
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA256
    }
}
