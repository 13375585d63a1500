//! The access control list with which a key was generated (M_ACL): who may do what with it, for ever,
//! as no list can be widened without the permission that the list itself gives.

use super::fault::Fault;
use super::ncore::{KeyHash, Reader};
use super::well_known::is_well_known;
use super::world::World;

/// An access control list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Acl {
    groups: Vec<Group>,
}

/// What the list comes to in a world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rights {
    /// What whoever holds the key may do with it, by bit.
    pub(super) permissions: u32,
    /// What the security officer may do besides, by bit.
    pub(super) of_officer: u32,
    /// In which ways the key may leave the world, by whoever holds it or by anyone.
    pub(super) ways_out: Vec<String>,
    /// The administrators of the world may recover it.
    pub(super) recoverable: bool,
    /// How it is kept at rest; the least of all ways.
    pub(super) protection: Option<Protection>,
    /// What the list says whose meaning is not known, though nobody gains a right by it.
    pub(super) unknown: Vec<String>,
}

/// How a key is kept at rest, from the least protection upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Protection {
    /// By the module alone: whoever may use the module may use the key.
    Module,
    /// By a passphrase.
    Softcard,
    /// By cards of operators.
    CardSet,
}

impl Protection {
    /// In Entrust's words.
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Module => "module-protected",
            Self::Softcard => "softcard-protected",
            Self::CardSet => "cardset-protected",
        }
    }
}

/// Permissions (M_Act_OpPermissions_Details_perms), from the lowest bit. No other bit is known.
const PERMISSIONS: [&str; 16] = [
    "DuplicateHandle",
    "UseAsCertificate",
    "ExportAsPlain",
    "GetAppData",
    "SetAppData",
    "ReduceACL",
    "ExpandACL",
    "Encrypt",
    "Decrypt",
    "Verify",
    "UseAsBlobKey",
    "UseAsKM",
    "Sign",
    "GetACL",
    "UseAsLoaderKey",
    "SignModuleCert",
];

const EXPORT_AS_PLAIN: u32 = 0x4;
const EXPAND_ACL: u32 = 0x40;
/// The key takes other keys in: it decrypts what becomes a key inside the module.
pub(super) const USE_AS_BLOB_KEY: u32 = 0x400;
pub(super) const SIGN: u32 = 0x1000;

/// SetAppData, UseAsKM and UseAsLoaderKey, which Entrust forbids for an attested key.
const FORBIDDEN: u32 = 0x4810;

/// The names of permissions.
pub(super) fn names(permissions: u32) -> impl Iterator<Item = &'static str> {
    let bits = (0..u32::BITS).map(move |bit| permissions & (1_u32 << bit) != 0);
    PERMISSIONS.into_iter().zip(bits).filter(|(_, has)| *has).map(|(name, _)| name)
}

impl Acl {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let groups = reader.count()?;
        let groups = (0..groups).map(|_| Group::read(reader)).collect::<Result<_, _>>()?;
        Ok(Self { groups })
    }

    /// All that anyone is permitted in any group.
    pub(super) fn permissions(&self) -> u32 {
        self.groups.iter().fold(0, |permissions, group| permissions | group.permissions())
    }

    /// What it comes to in that world.
    ///
    /// # Errors
    /// If a right is not known here, or one that Entrust forbids.
    pub(super) fn rights(&self, world: &World) -> Result<Rights, Fault> {
        let known = world.well_known.iter().map(|name| format!("{name} is a well-known key"));
        let mut rights = Rights { ways_out: known.collect(), ..Rights::default() };
        for group in &self.groups {
            if group.certifiers.is_empty() {
                for action in &group.actions {
                    rights.add(action, world)?;
                }
            } else if group.certifiers.iter().all(|certifier| *certifier == world.officer) {
                rights.recoverable = true;
                rights.of_officer |= group.permissions();
            } else {
                return Err(Fault::unknown("certifier", "a key of no known holder"));
            }
        }
        Ok(rights)
    }
}

impl Rights {
    /// What anyone may do who holds the key.
    fn add(&mut self, action: &Action, world: &World) -> Result<(), Fault> {
        match action {
            Action::Permissions(permissions) => {
                if permissions & FORBIDDEN != 0 {
                    let names = names(permissions & FORBIDDEN).collect::<Vec<_>>().join(", ");
                    return Err(Fault::unknown("permissions", names));
                }
                // Whoever may expand the list may add the right to export.
                let ways_out = names(permissions & (EXPORT_AS_PLAIN | EXPAND_ACL));
                self.ways_out.extend(ways_out.map(|name| format!("permission {name}")));
                self.permissions |= permissions;
            }
            Action::MakeBlob(blob) => {
                let protection = blob.protection()?;
                let weakest = self.protection.map_or(protection, |known| known.min(protection));
                self.protection = Some(weakest);
                self.ways_out.extend(blob.way_out(world).map(str::to_owned));
                self.unknown.extend(blob.unknown());
            }
            Action::MakeArchiveBlob { key } => match (key, world.recovery) {
                (Some(key), _) if is_well_known(key) => {
                    self.ways_out.push("archive under a well-known key".to_owned());
                }
                (Some(key), Some(recovery)) if *key == recovery => self.recoverable = true,
                (Some(_), _) => {
                    let way = "archive under another key than the world's recovery key";
                    self.ways_out.push(way.to_owned());
                }
                (None, _) => self.ways_out.push("archive under any key".to_owned()),
            },
            Action::DeriveKey { mechanism: PUBLIC_FROM_PRIVATE } => {}
            Action::DeriveKey { mechanism } => {
                return Err(Fault::unknown("derivation", mechanism));
            }
        }
        Ok(())
    }
}

/// DeriveMech_PublicFromPrivate.
const PUBLIC_FROM_PRIVATE: u32 = 29;

/// A group of actions, and who must certify each use of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    /// Anyone, if there is none.
    certifiers: Vec<KeyHash>,
    actions: Vec<Action>,
}

impl Group {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        // 0x2 asks for fresh certificates, and 0x20 for a record of uses: neither has a field.
        let flags = flags(reader, "group-flags", 0x6f)?;
        for _ in 0..reader.count()? {
            use_limit(reader)?;
        }
        let actions = reader.count()?;
        let actions = (0..actions).map(|_| Action::read(reader)).collect::<Result<_, _>>()?;
        let mut certifiers = Vec::new();
        if flags & 0x1 != 0 {
            certifiers.push(reader.hash()?);
        }
        if flags & 0x4 != 0 {
            certifiers.push(reader.hash()?);
            // Its mechanism.
            reader.word()?;
        }
        if flags & 0x8 != 0 {
            // The one module in which the group holds.
            reader.text()?;
        }
        if flags & 0x40 != 0 {
            certifiers.push(reader.key_hash_ex()?);
            reader.word()?;
        }
        Ok(Self { certifiers, actions })
    }

    fn permissions(&self) -> u32 {
        self.actions.iter().fold(0, |permissions, action| match action {
            Action::Permissions(more) => permissions | more,
            _ => permissions,
        })
    }
}

/// How often, or how long, a group may be used: less than without it.
fn use_limit(reader: &mut Reader<'_>) -> Result<(), Fault> {
    match reader.word()? {
        1 | 6 => {
            reader.hash()?;
        }
        3 => {}
        other => return Err(Fault::unknown("use-limit", other)),
    }
    reader.word().map(|_| ())
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    /// What the key may be used for.
    Permissions(u32),
    /// Encrypt the key, to be kept.
    MakeBlob(MakeBlob),
    /// Encrypt it to another key; to any, if none is named.
    MakeArchiveBlob { key: Option<KeyHash> },
    /// Make another key of it.
    DeriveKey { mechanism: u32 },
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct MakeBlob {
    /// Under the module key alone.
    module_alone: bool,
    /// Under no module key but the null one.
    null_module_key: bool,
    /// The module key that it must be; any, if none is named.
    module_key: Option<KeyHash>,
    /// The token under which it may be besides.
    token: Option<KeyHash>,
    /// What is said of that token.
    token_is: Option<TokenParameters>,
}

/// A token (M_TokenParams).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TokenParameters {
    flags: u32,
    /// Shares needed, and shares in all.
    shares: (u32, u32),
}

/// The flags of a token that are known; 4 tells a softcard.
const TOKEN_FLAGS: u32 = 0x7;

impl Action {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        match reader.word()? {
            1 => flags(reader, "permissions", 0xffff).map(Self::Permissions),
            2 => MakeBlob::read(reader).map(Self::MakeBlob),
            3 => {
                let flags = flags(reader, "archive-flags", 0x3)?;
                // How the archive is encrypted.
                reader.word()?;
                let key = optional(flags & 0x1, || reader.hash())?;
                optional(flags & 0x2, || blob_file(reader))?;
                Ok(Self::MakeArchiveBlob { key })
            }
            5 | 47 => {
                flags(reader, "derivation-flags", 0)?;
                // As what the key takes part.
                reader.word()?;
                let mechanism = reader.word()?;
                match reader.word()? {
                    0 => Ok(Self::DeriveKey { mechanism }),
                    others => Err(Fault::unknown("derivation-with", others)),
                }
            }
            other => Err(Fault::unknown("action", other)),
        }
    }
}

impl MakeBlob {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        // 0x2 lets other module keys than the first have it, which the hash then names.
        let flags = flags(reader, "blob-flags", 0x7f)?;
        let module_key = optional(flags & 0x4, || reader.hash())?;
        let token = optional(flags & 0x8, || reader.hash())?;
        let token_is = optional(flags & 0x10, || {
            let (flags, needed, all) = (reader.word()?, reader.word()?, reader.word()?);
            // The time after which the token is gone.
            reader.word()?;
            Ok(TokenParameters { flags, shares: (needed, all) })
        })?;
        optional(flags & 0x40, || blob_file(reader))?;
        Ok(Self {
            module_alone: flags & 0x1 != 0,
            null_module_key: flags & 0x20 != 0,
            module_key,
            token,
            token_is,
        })
    }

    /// How the blob can be read outside of the world.
    fn way_out(&self, world: &World) -> Option<&'static str> {
        match self.module_key {
            _ if self.null_module_key => Some("blob under a token of the null module key"),
            None => Some("blob under any module key"),
            Some(key) if is_well_known(&key) => Some("blob under a well-known module key"),
            Some(key) if key != world.module_key => Some("blob under another module key"),
            Some(_) if self.token.is_some_and(|token| is_well_known(&token)) => {
                Some("blob under a well-known token")
            }
            Some(_) => None,
        }
    }

    /// What is said of the token and not known.
    fn unknown(&self) -> Option<String> {
        let token = self.token_is?;
        let (needed, all) = token.shares;
        if token.flags & !TOKEN_FLAGS != 0 {
            Some(format!("token flags {:#x}", token.flags))
        } else if needed == 0 || needed > all {
            Some(format!("token of {needed} of {all} shares"))
        } else {
            None
        }
    }

    fn protection(&self) -> Result<Protection, Fault> {
        match (self.module_alone, self.token, self.token_is) {
            (true, ..) => Ok(Protection::Module),
            (false, Some(_), Some(token)) if token.flags & 0x4 != 0 => Ok(Protection::Softcard),
            (false, Some(_), Some(_)) => Ok(Protection::CardSet),
            (false, None, _) => Err(Fault::unknown("blob", "under neither module nor token")),
            (false, Some(_), None) => Err(Fault::unknown("blob", "under a token of unknown kind")),
        }
    }
}

/// The file in which a blob must be kept.
fn blob_file(reader: &mut Reader<'_>) -> Result<(), Fault> {
    let flags = flags(reader, "blob-file-flags", 0x3)?;
    optional(flags & 0x1, || reader.word())?;
    optional(flags & 0x2, || reader.hash())?;
    Ok(())
}

fn flags(reader: &mut Reader<'_>, what: &'static str, known: u32) -> Result<u32, Fault> {
    match reader.word()? {
        flags if flags & !known == 0 => Ok(flags),
        flags => Err(Fault::unknown(what, format!("{:#x}", flags & !known))),
    }
}

/// A field that is there if its flag is set.
fn optional<T>(flag: u32, read: impl FnOnce() -> Result<T, Fault>) -> Result<Option<T>, Fault> {
    if flag == 0 { Ok(None) } else { read().map(Some) }
}

#[cfg(test)]
mod tests {
    use super::{Acl, Protection, Rights, names};
    use crate::claims::OperatingMode;
    use crate::encoding::hex::Sha256;
    use crate::encoding::hex::from_hex;
    use crate::format::entrust_nshield::fault::Fault;
    use crate::format::entrust_nshield::ncore::{KeyHash, read_all};
    use crate::format::entrust_nshield::world::World;

    const HKM: [u32; 5] = [0x0b0b_0b0b; 5];
    const HKNSO: [u32; 5] = [0x0c0c_0c0c; 5];
    const HKRE: [u32; 5] = [0x0d0d_0d0d; 5];
    const OTHER: [u32; 5] = [0x0e0e_0e0e; 5];
    const NONE: [&str; 0] = [];

    fn world(recovery: bool) -> World {
        World {
            module_key: [0x0b; 20],
            officer: [0x0c; 20],
            officer_spki_sha256: Sha256::of(b"officer"),
            recovery: recovery.then_some([0x0d; 20]),
            mode: OperatingMode::NonFips,
            well_known: Vec::new(),
            unknown: None,
        }
    }

    fn bytes(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn read(words: &[u32]) -> Result<Acl, Fault> {
        read_all(&bytes(words), Acl::read)
    }

    /// One group that anyone may use, of one action.
    fn of(action: &[u32]) -> Result<Rights, Fault> {
        read(&[&[1, 0, 0, 1], action].concat())?.rights(&world(true))
    }

    fn fault_of(result: Result<Rights, Fault>) -> &'static str {
        match result {
            Err(Fault::Unknown { what, .. }) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_ordinary_signing_key_stays_in_its_world() {
        let kept = [&[2, 7][..], &HKM].concat();
        let acl = [&[2, 0, 0, 1, 1, 0xb02b, 0, 0, 1][..], &kept].concat();
        let rights = read(&acl).unwrap().rights(&world(false)).unwrap();
        let expected = Rights {
            permissions: 0xb02b,
            protection: Some(Protection::Module),
            ..Rights::default()
        };
        assert_eq!(rights, expected);
        let words: Vec<_> = names(0xb02b).collect();
        let expected = [
            "DuplicateHandle",
            "UseAsCertificate",
            "GetAppData",
            "ReduceACL",
            "Sign",
            "GetACL",
            "SignModuleCert",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn the_right_to_export_is_seen_and_the_right_to_give_it() {
        for permission in [0x4, 0x40] {
            let ways_out = of(&[1, 0x1000 | permission]).unwrap().ways_out;
            let name = names(permission).next().unwrap();
            assert_eq!(ways_out, [format!("permission {name}")]);
        }
        assert_eq!(of(&[1, 0x1000]).unwrap().ways_out, NONE);
    }

    #[test]
    fn what_entrust_forbids_is_refused() {
        for permission in [0x10, 0x800, 0x4000] {
            assert_eq!(fault_of(of(&[1, 0x1000 | permission])), "permissions");
        }
        assert_eq!(fault_of(of(&[1, 0x1_1000])), "permissions");
        assert_eq!(of(&[1, 0x1400]).unwrap().permissions, 0x1400);
    }

    #[test]
    fn a_blob_is_under_the_module_key_of_the_world() {
        let under = |flags: u32, fields: &[u32]| of(&[&[2, flags], fields].concat());
        assert_eq!(under(0x5, &HKM).unwrap().ways_out, NONE);
        let way_out = |flags, fields: &[u32]| under(flags, fields).unwrap().ways_out.concat();
        assert_eq!(way_out(0x5, &OTHER), "blob under another module key");
        assert_eq!(way_out(0x1, &[]), "blob under any module key");
        assert_eq!(way_out(0x25, &HKM), "blob under a token of the null module key");
        assert_eq!(fault_of(under(0x4, &HKM)), "blob");
        assert_eq!(fault_of(under(0xc, &[HKM, OTHER].concat())), "blob");
        assert_eq!(fault_of(under(0x85, &HKM)), "blob-flags");
        let token = |flags: u32, needed| [&HKM[..], &OTHER, &[flags, needed, 1, 0]].concat();
        let rights = |flags, needed| under(0x1c, &token(flags, needed)).unwrap();
        for (flags, protection) in [(0x7, Protection::Softcard), (0x3, Protection::CardSet)] {
            let rights = rights(flags, 1);
            assert_eq!((rights.protection, rights.unknown), (Some(protection), Vec::new()));
        }
        assert_eq!(rights(0x8, 1).unknown, ["token flags 0x8"]);
        assert_eq!(rights(0x3, 0).unknown, ["token of 0 of 1 shares"]);
        assert_eq!(rights(0x3, 2).unknown, ["token of 2 of 1 shares"]);
        assert_eq!(fault_of(under(0x45, &[&HKM[..], &[4]].concat())), "blob-file-flags");
        let in_file = [&HKM[..], &[3, 0], &OTHER].concat();
        assert_eq!(under(0x45, &in_file).unwrap().ways_out, NONE);
    }

    /// Entrust, application note “Security World keys”: the null module keys are constant, and named in
    /// lists by 0 and by 1 with 19 octets of 0, or like any key by the hash of their material.
    #[test]
    fn what_is_under_a_well_known_key_is_open_to_all() {
        for known in [
            "c2be99fe1c77f1b75d48e2fd2df8dffc0c969bcb",
            "1d572201be533ebc89f30fdd8f3fac6ca3395bf0",
            "0000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000",
        ] {
            let known: KeyHash = from_hex(known).unwrap().try_into().unwrap();
            // Even if the officer says that the world is under it.
            let world = World { module_key: known, recovery: Some(known), ..world(true) };
            let rights = |head: &[u32], hashes: &[&KeyHash], tail: &[u32]| {
                let hashes: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_vec()).collect();
                let acl = [bytes(&[1, 0, 0, 1]), bytes(head), hashes, bytes(tail)].concat();
                read_all(&acl, Acl::read).unwrap().rights(&world).unwrap()
            };
            let module_alone = rights(&[2, 0x5], &[&known], &[]);
            assert_eq!(module_alone.ways_out, ["blob under a well-known module key"]);
            let archive = rights(&[3, 1, 225], &[&known], &[]);
            assert_eq!(archive.ways_out, ["archive under a well-known key"]);
            assert!(!archive.recoverable);
            let world = World { module_key: [0x0b; 20], ..world.clone() };
            let token = [&bytes(&[1, 0, 0, 1, 2, 0x1c])[..], &[0x0b; 20], &known].concat();
            let token = [token, bytes(&[3, 1, 1, 0])].concat();
            let token = read_all(&token, Acl::read).unwrap().rights(&world).unwrap();
            assert_eq!(token.ways_out, ["blob under a well-known token"]);
        }
    }

    #[test]
    fn the_weakest_protection_counts() {
        let token = [&[2, 0x1c][..], &HKM, &OTHER, &[0x3, 1, 1, 0]].concat();
        let module = [&[2, 0x5][..], &HKM].concat();
        let both = [&[1, 0, 0, 2][..], &token, &module].concat();
        let rights = read(&both).unwrap().rights(&world(true)).unwrap();
        assert_eq!(rights.protection, Some(Protection::Module));
    }

    #[test]
    fn an_archive_is_for_the_recovery_key_of_the_world() {
        let archive = [&[3, 1, 225][..], &HKRE].concat();
        let rights = of(&archive).unwrap();
        assert!(rights.recoverable && rights.ways_out.is_empty());
        let another = ["archive under another key than the world's recovery key"];
        assert_eq!(of(&[&[3, 1, 225][..], &OTHER].concat()).unwrap().ways_out, another);
        assert_eq!(of(&[3, 0, 0]).unwrap().ways_out, ["archive under any key"]);
        // In a world without recovery no archive key is known.
        let acl = [&[1, 0, 0, 1][..], &archive].concat();
        assert_eq!(read(&acl).unwrap().rights(&world(false)).unwrap().ways_out, another);
        assert_eq!(fault_of(of(&[3, 4, 0])), "archive-flags");
    }

    #[test]
    fn what_the_officer_must_certify_makes_a_key_recoverable() {
        let group = |flags: u32, certifier: &[u32]| {
            let acl = [&[1, flags, 0, 1, 1, 0x207d][..], certifier].concat();
            read(&acl)?.rights(&world(false))
        };
        let officers = Rights { of_officer: 0x207d, recoverable: true, ..Rights::default() };
        assert_eq!(group(0x3, &HKNSO), Ok(officers.clone()));
        assert_eq!(group(0x4, &[&HKNSO[..], &[170]].concat()), Ok(officers.clone()));
        assert_eq!(group(0x40, &[&[44][..], &HKNSO, &[170]].concat()), Ok(officers));
        assert_eq!(fault_of(group(0x1, &OTHER)), "certifier");
        assert_eq!(fault_of(group(0x5, &[&HKNSO[..], &OTHER, &[170]].concat())), "certifier");
        assert_eq!(fault_of(group(0x10, &[])), "group-flags");
        assert_eq!(fault_of(group(0x80, &[])), "group-flags");
    }

    #[test]
    fn only_the_public_half_is_derived() {
        assert_eq!(of(&[5, 0, 0, 29, 0]), Ok(Rights::default()));
        assert_eq!(of(&[47, 0, 0, 29, 0]), Ok(Rights::default()));
        for (action, what) in [
            ([5, 0, 0, 3, 0], "derivation"),
            ([5, 1, 0, 29, 0], "derivation-flags"),
            ([5, 0, 0, 29, 1], "derivation-with"),
            ([4, 0, 0, 0, 0], "action"),
        ] {
            assert_eq!(fault_of(of(&action)), what);
        }
    }

    #[test]
    fn limits_and_the_serial_number_of_a_module_only_take_away() {
        let limits = [&[1, 0x8, 3, 1][..], &OTHER, &[1, 3, 60, 6], &OTHER, &[1]].concat();
        let acl = [bytes(&limits), bytes(&[1, 1, 0x1000, 3]), b"ab\0\0".to_vec()].concat();
        let rights = read_all(&acl, Acl::read).unwrap().rights(&world(true)).unwrap();
        assert_eq!(rights, Rights { permissions: 0x1000, ..Rights::default() });
        let unknown = [1, 0, 1, 2, 60, 0];
        assert_eq!(read(&unknown), Err(Fault::unknown("use-limit", 2)));
    }

    #[test]
    fn cut_off_lists_are_refused() {
        let whole = [&[1, 0, 0, 1, 2, 7][..], &HKM].concat();
        let whole = bytes(&whole);
        for end in 0..whole.len() {
            let cut = read_all(&whole[..end], Acl::read);
            assert!(matches!(cut, Err(Fault::Malformed(_))), "{end}");
        }
        assert!(read(&[u32::MAX]).is_err());
    }
}
