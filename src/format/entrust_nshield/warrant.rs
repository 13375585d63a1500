//! The warrant of a module: a list of certificates in DDDS, from Entrust's root down to what Entrust
//! says of the module. Reading it proves nothing.

use num_bigint::BigUint;

use super::ddds::{Members, Value};
use super::fault::Fault;
use super::ncore::KeyData;
use crate::public_key::Curve;
use crate::trust::{Claimed, StatementSignature};

/// The name of the root, in the bundle and at the head of the warrant.
pub(super) const ROOT: &str = "KWARN-1";

/// Certificates in a warrant. Genuine ones have two.
const MOST: usize = 8;

/// A warrant.
#[derive(Clone, Debug)]
pub(super) struct Warrant<'a> {
    /// From the root down.
    pub(super) delegations: Vec<Signed<'a, Delegation>>,
    pub(super) module: Signed<'a, ModuleInformation<'a>>,
}

/// A certificate that lets another key of Entrust's sign.
#[derive(Clone, Debug)]
pub(super) struct Delegation {
    pub(super) key: KeyData,
}

/// The certificate of a module.
#[derive(Clone, Debug)]
pub(super) struct ModuleInformation<'a> {
    pub(super) issued: Issued,
    /// KLF2, the module's long-term key.
    pub(super) key: KeyData,
    pub(super) serial: &'a str,
    pub(super) physical_serial: Option<&'a str>,
    /// What the module is approved for, as it stands there: `FIPS140 2 3 MultiChipEmbedded`.
    pub(super) approvals: Vec<String>,
}

/// How a module came by its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Issued {
    /// When it was made.
    AtFactory,
    /// In the field, on the word of an older key (DSA with 1024 bits).
    InField,
}

/// One certificate of the list.
#[derive(Clone, Debug)]
pub(super) struct Signed<'a, T> {
    pub(super) payload: Claimed<'a, T>,
    pub(super) signature: StatementSignature,
}

impl<'a> Warrant<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let value = Value::read(bytes)?;
        let list = value.list().ok_or(Fault::Malformed("not a list"))?;
        let [root, delegations @ .., module] = list else {
            return Err(Fault::Malformed("a list without a certificate"));
        };
        match root.symbol() {
            Some(ROOT) => {}
            Some(other) => return Err(Fault::unknown("root", other)),
            None => return Err(Fault::Malformed("a list without the name of its root")),
        }
        if list.len() > MOST {
            return Err(Fault::Malformed("more certificates than any warrant has"));
        }
        let delegation = |value| Signed::read(value, Delegation::read);
        let delegations = delegations.iter().map(delegation).collect::<Result<_, _>>()?;
        Ok(Self { delegations, module: Signed::read(module, ModuleInformation::read)? })
    }
}

impl Delegation {
    fn read(payload: &[u8]) -> Result<Self, Fault> {
        let payload = Value::read(payload)?;
        let kind = kind(&payload)?;
        if kind != "Delegation" {
            return Err(Fault::unknown("certificate", kind));
        }
        let members = payload.members(&["WarrantCertificateType", "DelegateKey", "SigMech"])?;
        check_mechanism(members.value("SigMech")?)?;
        Ok(Self { key: key(members.value("DelegateKey")?)? })
    }
}

impl<'a> ModuleInformation<'a> {
    fn read(payload: &'a [u8]) -> Result<Self, Fault> {
        let payload = Value::read(payload)?;
        let issued = match kind(&payload)? {
            "ModuleInformation" => Issued::AtFactory,
            "FieldUpgradeModuleInformation" => Issued::InField,
            other => return Err(Fault::unknown("certificate", other)),
        };
        let members = payload.members(&[
            "WarrantCertificateType",
            "KLF2pub",
            "KLF2mech",
            "ElectronicSerialNumber",
            "PhysicalSerialNumber",
            "Approvals",
        ])?;
        check_mechanism(members.value("KLF2mech")?)?;
        Ok(Self {
            key: key(members.value("KLF2pub")?)?,
            serial: members.text("ElectronicSerialNumber")?,
            physical_serial: match members.optional("PhysicalSerialNumber") {
                Some(_) => Some(members.text("PhysicalSerialNumber")?),
                None => None,
            },
            approvals: approvals(members)?,
            issued,
        })
    }
}

fn approvals(members: Members<'_, '_>) -> Result<Vec<String>, Fault> {
    let Some(value) = members.optional("Approvals") else {
        return Ok(Vec::new());
    };
    let list = value.list().ok_or(Fault::Malformed("approvals that are no list"))?;
    Ok(list.iter().map(Value::describe).collect())
}

impl<'a, T> Signed<'a, T> {
    fn read(value: &Value<'a>, read: fn(&'a [u8]) -> Result<T, Fault>) -> Result<Self, Fault> {
        let members = value.members(&["Payload", "Signature"])?;
        let signature = members.block("Signature")?.to_vec();
        let signature = StatementSignature::EcdsaSha512(signature);
        Ok(Self { payload: Claimed::read(members.block("Payload")?, read)?, signature })
    }
}

/// The kind of a certificate, whatever else it has.
fn kind<'a>(payload: &Value<'a>) -> Result<&'a str, Fault> {
    let Value::Map(members) = payload else {
        return Err(Fault::Malformed("a certificate that is no map"));
    };
    let kind = members.iter().find(|(key, _)| key.symbol() == Some("WarrantCertificateType"));
    kind.and_then(|(_, kind)| kind.symbol()).ok_or(Fault::Malformed("a certificate without a kind"))
}

/// `['ECDSA', ['EMSA1', 'SHA512']]`.
fn check_mechanism(value: &Value<'_>) -> Result<(), Fault> {
    let hash = Value::List(vec![Value::Symbol("EMSA1"), Value::Symbol("SHA512")]);
    match value.list() {
        Some([Value::Symbol("ECDSA"), it]) if *it == hash => Ok(()),
        _ => Err(Fault::unknown("mechanism", value.describe())),
    }
}

/// `['ECDSA', 'Public', 'NISTP521', [x, y]]`.
fn key(value: &Value<'_>) -> Result<KeyData, Fault> {
    use Value::{List, Number, Symbol};
    if let Some([Symbol("ECDSA"), Symbol("Public"), Symbol("NISTP521"), List(point)]) = value.list()
        && let [Number(x), Number(y)] = point.as_slice()
    {
        let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
        return Ok(KeyData::Ec { curve: Curve::P521, x, y });
    }
    Err(Fault::unknown("key", "not a public key for ECDSA on P-521"))
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::{Fault, Issued, Warrant};
    use crate::format::entrust_nshield::ncore::KeyData;
    use crate::format::entrust_nshield::written::{
        block, list, map, mechanism, string, symbol, warrant_key,
    };
    use crate::public_key::Curve;

    fn key() -> Vec<u8> {
        let (x, y) = (BigUint::from(2_u32), BigUint::from(3_u32));
        warrant_key(&KeyData::Ec { curve: Curve::P521, x, y })
    }

    fn signed(payload: &[u8]) -> Vec<u8> {
        map(&[("Payload", block(payload)), ("Signature", block(&[1; 132]))])
    }

    fn delegation() -> Vec<(&'static str, Vec<u8>)> {
        vec![
            ("WarrantCertificateType", symbol("Delegation")),
            ("DelegateKey", key()),
            ("SigMech", mechanism()),
        ]
    }

    fn module() -> Vec<(&'static str, Vec<u8>)> {
        vec![
            ("WarrantCertificateType", symbol("ModuleInformation")),
            ("ElectronicSerialNumber", string("AB-1")),
            ("KLF2pub", key()),
            ("KLF2mech", mechanism()),
        ]
    }

    fn warrant(
        delegation: &[(&'static str, Vec<u8>)],
        module: &[(&'static str, Vec<u8>)],
    ) -> Vec<u8> {
        list(&[symbol("KWARN-1"), signed(&map(delegation)), signed(&map(module))])
    }

    fn fault_of(bytes: &[u8]) -> Fault {
        Warrant::read(bytes).unwrap_err()
    }

    #[test]
    fn a_warrant_leads_from_the_root_to_a_module() {
        let bytes = warrant(&delegation(), &module());
        let read = Warrant::read(&bytes).unwrap();
        let of = read.module.payload.outside();
        assert_eq!((read.delegations.len(), of.serial), (1, "AB-1"));
        assert_eq!(of.issued, Issued::AtFactory);
        assert_eq!(of.physical_serial, None);
        assert!(of.approvals.is_empty());
        let mut in_field = module();
        in_field[0].1 = symbol("FieldUpgradeModuleInformation");
        let bytes = warrant(&delegation(), &in_field);
        assert_eq!(Warrant::read(&bytes).unwrap().module.payload.outside().issued, Issued::InField);
    }

    #[test]
    fn the_list_has_root_and_module() {
        let module = signed(&map(&module()));
        assert!(Warrant::read(&list(&[symbol("KWARN-1"), module.clone()])).is_ok());
        let other_root = fault_of(&list(&[symbol("KWARN-2"), module.clone()]));
        assert_eq!(other_root, Fault::unknown("root", "KWARN-2"));
        for bytes in [
            list(&[]),
            list(&[symbol("KWARN-1")]),
            list(&[string("KWARN-1"), module.clone()]),
            map(&[]),
            symbol("KWARN-1"),
            list(&[vec![symbol("KWARN-1")], vec![module; 8]].concat()),
        ] {
            assert!(matches!(fault_of(&bytes), Fault::Malformed(_)), "{bytes:02x?}");
        }
        // Neither stands in the other's place.
        let swapped = warrant(&super::tests::module(), &delegation());
        assert_eq!(fault_of(&swapped), Fault::unknown("certificate", "ModuleInformation"));
    }

    #[test]
    fn every_member_is_known_there_and_of_its_kind() {
        for at in 0..module().len() {
            let mut without = module();
            without.remove(at);
            let fault = fault_of(&warrant(&delegation(), &without));
            assert!(matches!(fault, Fault::Malformed(_)), "{at}: {fault:?}");
            let mut other = module();
            other[at].1 = vec![1];
            assert!(Warrant::read(&warrant(&delegation(), &other)).is_err(), "{at}");
        }
        for at in 0..delegation().len() {
            let mut without = delegation();
            without.remove(at);
            let fault = fault_of(&warrant(&without, &module()));
            assert!(matches!(fault, Fault::Malformed(_)), "{at}: {fault:?}");
        }
        for name in ["PhysicalSerialNumber", "Approvals"] {
            let wrong = [module(), vec![(name, vec![1])]].concat();
            let fault = fault_of(&warrant(&delegation(), &wrong));
            assert!(matches!(fault, Fault::Malformed(_)), "{name}: {fault:?}");
        }
        let more = [module(), vec![("Firmware", string("1"))]].concat();
        let fault = fault_of(&warrant(&delegation(), &more));
        assert_eq!(fault, Fault::unknown("member", "Firmware"));
    }

    #[test]
    fn only_ecdsa_on_p521_with_sha512_signs() {
        let weaker = list(&[symbol("ECDSA"), list(&[symbol("EMSA1"), symbol("SHA1")])]);
        let mut with_weaker = delegation();
        with_weaker[2].1 = weaker;
        let fault = fault_of(&warrant(&with_weaker, &module()));
        assert_eq!(fault, Fault::unknown("mechanism", "ECDSA EMSA1 SHA1"));
        let point = list(&[vec![0xf4, 0xc5, 1, 2], vec![0xf4, 0xc5, 1, 3]]);
        for parts in [["ECDSA", "Public", "NISTP256"], ["ECDSA", "Private", "NISTP521"]] {
            let mut names: Vec<_> = parts.into_iter().map(symbol).collect();
            names.push(point.clone());
            let mut other = module();
            other[2].1 = list(&names);
            let fault = fault_of(&warrant(&delegation(), &other));
            assert!(matches!(fault, Fault::Unknown { what: "key", .. }), "{fault:?}");
        }
    }
}
