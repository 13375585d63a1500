//! Attribute types (Marvell's `attest.h` names; PKCS #11 numbers where they are PKCS #11's).

pub(crate) const CLASS: u32 = 0x0000;
pub(crate) const LABEL: u32 = 0x0003;
pub(crate) const KEY_TYPE: u32 = 0x0100;
pub(crate) const ID: u32 = 0x0102;
pub(crate) const SENSITIVE: u32 = 0x0103;
pub(crate) const SIGN: u32 = 0x0108;
pub(crate) const MODULUS: u32 = 0x0120;
pub(crate) const MODULUS_BITS: u32 = 0x0121;
pub(crate) const PUBLIC_EXPONENT: u32 = 0x0122;
pub(crate) const EXTRACTABLE: u32 = 0x0162;
pub(crate) const LOCAL: u32 = 0x0163;
pub(crate) const NEVER_EXTRACTABLE: u32 = 0x0164;
pub(crate) const ALWAYS_SENSITIVE: u32 = 0x0165;
pub(crate) const KCV: u32 = 0x0173;
pub(crate) const EKCV: u32 = 0x1003;
pub(crate) const SPLITTABLE: u32 = 0x8000_0002;
pub(crate) const IS_SPLIT: u32 = 0x8000_0003;
