//! DSA keys of simulated modules and security officers, made anew for every case.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use num_bigint::BigUint;

use super::marshal::{KeyData, hex_number};
use crate::SimulateError;

/// Whose DSA key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DsaHolder {
    /// The module signs with it what it says of keys (KML).
    Module,
    /// The security officer (KNSO).
    Officer,
    /// Neither.
    Other,
}

/// The keys of one case.
pub(super) struct DsaKeyring(BTreeMap<DsaHolder, DsaPair>);

struct DsaPair {
    secret: BigUint,
    public: BigUint,
}

impl DsaKeyring {
    pub(super) fn generate() -> Result<Self, SimulateError> {
        let holders = [DsaHolder::Module, DsaHolder::Officer, DsaHolder::Other];
        let pair = |holder| {
            let secret = below_q()?;
            let public = hex_number(G).modpow(&secret, &hex_number(P));
            Ok((holder, DsaPair { secret, public }))
        };
        holders.into_iter().map(pair).collect::<Result<_, _>>().map(Self)
    }

    fn pair(&self, holder: DsaHolder) -> Result<&DsaPair, SimulateError> {
        self.0.get(&holder).ok_or(SimulateError::Cryptography)
    }

    pub(super) fn key(&self, holder: DsaHolder) -> Result<KeyData, SimulateError> {
        let y = self.pair(holder)?.public.clone();
        Ok(KeyData::Dsa { p: hex_number(P), q: hex_number(Q), g: hex_number(G), y })
    }

    /// r and s over SHA-256 of the message (FIPS 186-4 4.6).
    pub(super) fn sign(
        &self,
        holder: DsaHolder,
        message: &[u8],
    ) -> Result<(BigUint, BigUint), SimulateError> {
        let secret = &self.pair(holder)?.secret;
        let (p, q) = (hex_number(P), hex_number(Q));
        let nonce = below_q()?;
        let r = hex_number(G).modpow(&nonce, &p) % &q;
        let z = BigUint::from_bytes_be(digest::digest(&digest::SHA256, message).as_ref());
        let inverse = nonce.modinv(&q).ok_or(SimulateError::Cryptography)?;
        let s = (z + secret * &r) * inverse % &q;
        Ok((r, s))
    }
}

/// From 1 to below q, without a bias that anyone could see (FIPS 186-4 B.1.1).
fn below_q() -> Result<BigUint, SimulateError> {
    let mut octets = [0; 40];
    SystemRandom::new().fill(&mut octets).map_err(|_| SimulateError::Cryptography)?;
    let below = hex_number(Q) - 1_u32;
    Ok(BigUint::from_bytes_be(&octets) % below + 1_u32)
}

/// A group of 3072 and 256 bits, made for simulations (FIPS 186-4 A.1).
const P: &str = "d73506265cb305f450f1df2d108b7fe09409752c5269d316cc8c8712d5e577c5\
     9d78503f86bf079a85129ab6d8dc918318dbe4a2013b2d7a81cbef5dd189ab09\
     2a52395beb710f0806815ae9cf073e207e64754e9e70714de2d0b1395302ec97\
     104b7a61b2374dec298310bd0f986eaf7bf20b28590f5d96c1854a3d88feb70c\
     6a41a21c409e039bb49600da91eca57fe91992987edbdfd79fdcfe12814b7a30\
     ddf472df1323c27e6c43aa8fe2d48de0dc0cfa52aea52acb4a58bfec1c78e902\
     1ff97248439991089e75cce9edf994727f4e96d122a4089b15635b602be7912e\
     6b54943fa26551d9221e37b514e11134c5f44671b725c892da3947fbb6d12b77\
     9b5e41893bbe91baefb53585dd85d4f645f469cf2f277202968bb083533fce28\
     6252e5879c9bd0548cbae5414e3059ee6b7055079c2038cbeb9defea151b4c09\
     ecaabd30107ef016537f9029ee114237b89c94ba8949c785a7ca0cb09709d3bd\
     05d66c1ad44067adb797437e42baedc308297deac702304d5e60f7d140516fb7";
const Q: &str = "9625ed215661103fc3beee0a92a3b79a036f85b70c3fc3d753c2a5357f23af3d";
const G: &str = "542ba7bc1c46217d176933c14ec4df21572d06602646e897b08a07754af162d2\
     82cec1292441d29a479a2006612677685c3b804aa7996410a7a051cab6671d88\
     3b33d799885d53d91b23694f74166ddaeb03a697a291e6483889ed75d32ddd73\
     87d14766663456c00866df99c14b104ea873abcc8a818270e2d1317e1d3e2f2d\
     450426f710fb80e1e58de173719c5c3fe4f0d4fd01abeb1eb1fe04f2c448de85\
     779b540be15efb14c5234ed815ca0989a52c2115b07afe991af535ce7c6778f7\
     0fe46ea1e493bbd33ac22804ff240595fd70439fe892cee92cab057f37682d08\
     a93031d87e64abfaac0b371fad6102878d1c5a46ee9cd0a0a58af93d8cbace29\
     0be0c4343b237797a4e40523855ad5a76c18a112f6f39db4c32fe33e200512ef\
     a00c3d3204d0fd20c78cbce8120c43c8f282ad09afc5e18fec75ef4a58357d62\
     2b7e0ffaa1d2e33b2fa63b9b0789738d392f94caaac078f750059f9b4e6e2cb8\
     cd0b9952b007904dc4e6d7877c4ac6d27c6b56a6569a01b804c0b661ddfda3b6";
