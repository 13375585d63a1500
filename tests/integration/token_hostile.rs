//! Cards that lie: each ends in a named error or a named reason, after a bounded number of commands,
//! and none in a satisfied requirement that is not so.

use std::collections::BTreeMap;

use crate::support::card::{
    SimulatedToken, VirtualCard, simulated_smart_card_hsm, simulated_yubikey, tlv,
};
use crate::support::{TIME, at, codes, facts_and, verifier};
use keyproof::collect::apdu::Session;
use keyproof::collect::token::TokenKind;
use keyproof::collect::{
    CardTransport, CollectError, Collection, TransportError, Wanted, collect, identify,
};
use keyproof::{Input, InputRole, Limits, Submission, Verdict};

type Answer = Result<Vec<u8>, TransportError>;
type Lie = Box<dyn FnMut(&mut VirtualCard, usize, &[u8]) -> Answer>;

/// A card that answers what its lie makes of it, and counts what is sent.
struct Liar<'a> {
    card: VirtualCard,
    lie: Lie,
    sent: &'a mut usize,
}

impl CardTransport for Liar<'_> {
    fn transmit(&mut self, command: &[u8]) -> Answer {
        *self.sent += 1;
        (self.lie)(&mut self.card, *self.sent, command)
    }
}

/// What must come of it.
enum Outcome {
    /// An error whose words contain this.
    Error(&'static str),
    /// Files that are judged with this among the reasons.
    Reason(&'static str),
    /// No keys, this in the list of what cannot be attested.
    Without(&'static str),
    /// A token that is not read at all.
    NotRead(&'static str),
}

use Outcome::{Error, NotRead, Reason, Without};

fn read(card: VirtualCard, lie: Lie, sent: &mut usize) -> Result<Collection, CollectError> {
    let mut liar = Liar { card, lie, sent };
    collect(&mut Session::new(&mut liar), Wanted::All)
}

fn check(name: &str, token: SimulatedToken, lie: Lie, outcome: &Outcome) {
    let since = std::time::Instant::now();
    let mut sent = 0;
    let collected = read(token.card, lie, &mut sent);
    assert!(sent <= 2048, "{name}: {sent} commands");
    assert!(since.elapsed().as_secs() < 5, "{name}");
    match (outcome, collected) {
        (Error(words), Err(error)) => {
            assert!(error.to_string().contains(words), "{name}: {error}");
        }
        (NotRead(id), Err(CollectError::WithoutAttestation { id: known, .. })) => {
            assert_eq!(known, *id, "{name}");
        }
        (Without(words), Ok(collection)) => {
            assert!(collection.contents.keys.is_empty(), "{name}");
            assert!(
                collection.contents.without.iter().any(|key| key.why.contains(words)),
                "{name}"
            );
        }
        (Reason(code), Ok(collection)) => {
            let mut files = token.beside;
            files.push(("request.pem".to_owned(), token.request));
            for key in &collection.contents.keys {
                files.extend(key.files.iter().map(|it| (it.name.clone(), it.bytes.clone())));
            }
            files.extend(collection.contents.common.into_iter().map(|it| (it.name, it.bytes)));
            let inputs =
                files.into_iter().map(|(name, bytes)| Input { name, bytes, role: InputRole::Any });
            let submission = Submission::unpack(inputs.collect(), &Limits::default());
            let result = verifier(facts_and(&token.anchors)).appraise(&submission, at(TIME));
            assert!(codes(&result).contains(code), "{name}: {:?}", codes(&result));
            assert_eq!(result.verdict(), Verdict::Reject, "{name}");
        }
        (_, Ok(collection)) => panic!("{name}: {} keys were read", collection.contents.keys.len()),
        (_, Err(error)) => panic!("{name}: {error}"),
    }
}

fn ok(answer: &[u8]) -> Answer {
    Ok([answer, &[0x90, 0]].concat())
}

/// Lies in answer to one instruction, and is honest otherwise.
fn to(instruction: u8, mut answer: impl FnMut(&[u8], Vec<u8>) -> Answer + 'static) -> Lie {
    Box::new(move |card, _, command| {
        let honest = card.process(command);
        if command[1] == instruction { answer(command, honest) } else { Ok(honest) }
    })
}

/// Changes the card before command number `when`.
fn at_command(when: usize, mut change: impl FnMut(&mut VirtualCard) + 'static) -> Lie {
    Box::new(move |card, number, command| {
        if number == when {
            change(card);
        }
        Ok(card.process(command))
    })
}

/// Changes the card before anything is sent.
fn card(change: impl FnMut(&mut VirtualCard) + 'static) -> Lie {
    at_command(1, change)
}

fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn set_device(card: &mut VirtualCard, object: Vec<u8>) {
    card.objects = BTreeMap::from([([0x5f, 0xff, 1], object)]);
}

#[test]
fn a_lying_yubikey_is_found_out() {
    const SW_61: [u8; 2] = [0x61, 0xff];
    let table: Vec<(&str, Lie, Outcome)> = vec![
        (
            "endless 61 with data",
            Box::new(|card, _, command| match command[1] {
                0xf9 | 0xc0 => Ok([&[0x30; 200][..], &SW_61].concat()),
                _ => Ok(card.process(command)),
            }),
            Error("more than 16384 bytes"),
        ),
        (
            "endless 61 of single bytes",
            Box::new(|card, _, command| match command[1] {
                0xf9 | 0xc0 => Ok([&[0x30][..], &SW_61].concat()),
                _ => Ok(card.process(command)),
            }),
            Error("more than 128 pieces"),
        ),
        (
            "61 without data",
            Box::new(|card, _, command| match command[1] {
                0xf9 | 0xc0 => Ok(SW_61.to_vec()),
                _ => Ok(card.process(command)),
            }),
            Error("in pieces without content"),
        ),
        ("endless 6C", to(0xf7, |_, _| Ok(vec![0x6c, 0x10])), Error("status 6C10")),
        ("an empty answer", to(0xf7, |_, _| Ok(Vec::new())), Error("without a status word")),
        ("an answer of one byte", to(0xf7, |_, _| Ok(vec![0x90])), Error("without a status word")),
        ("an answer of 64 KiB", to(0xf7, |_, _| ok(&[0; 1 << 16])), Error("more than 16384 bytes")),
        ("an answer beyond any form", to(0xf7, |_, _| ok(&[0; 1 << 17])), Error("longer than any")),
        ("a status of nothing", to(0xf7, |_, _| Ok(vec![0xde, 0xad])), Error("status DEAD")),
        (
            "a wrong length in 53",
            to(0xcb, |_, _| ok(&[0x53, 0x82, 0xff, 0xff, 0x70, 1, 0])),
            Error("of a wrong length"),
        ),
        (
            "a wrong length in 70",
            to(0xcb, |_, _| ok(&tlv(0x53, &[0x70, 0x20, 0x30]))),
            Error("of a wrong length"),
        ),
        (
            "an endless length",
            to(0xcb, |_, _| ok(&[0x53, 0x84, 0xff, 0xff, 0xff, 0xff])),
            Error("of a wrong length"),
        ),
        (
            "two certificates in one object",
            card(|card| {
                set_device(card, [tlv(0x70, &[0x30, 0]), tlv(0x70, &[0x30, 0])].concat());
            }),
            Error("two certificates"),
        ),
        (
            "a gzip member cut off",
            card(|card| {
                set_device(card, [tlv(0x70, &gzip(b"cut off")[..20]), tlv(0x71, &[1])].concat());
            }),
            Error("damaged where it is compressed"),
        ),
        (
            "a gzip bomb that is whole",
            card(|card| {
                set_device(card, [tlv(0x70, &gzip(&vec![0; 1 << 20])), tlv(0x71, &[1])].concat());
            }),
            Error("more than 16384 bytes"),
        ),
        (
            "an unknown compression",
            card(|card| {
                set_device(card, [tlv(0x70, &[0x30, 0]), tlv(0x71, &[7])].concat());
            }),
            Error("compressed in an unknown way"),
        ),
        (
            "the attestation of another slot",
            card(|card| {
                let (slot, content) = card.slots.pop_first().unwrap();
                card.slots.insert(if slot == 0x9a { 0x9c } else { 0x9a }, content);
            }),
            Error("the attestation is of another slot"),
        ),
        (
            "metadata says imported, and it attests",
            card(|card| {
                let slot = card.slots.values_mut().next().unwrap();
                slot.metadata = [tlv(1, &[0x11]), tlv(3, &[2])].concat();
            }),
            Error("said to be imported"),
        ),
        (
            "metadata states another key",
            card(|card| {
                let slot = card.slots.values_mut().next().unwrap();
                slot.metadata = [tlv(3, &[1]), tlv(4, &tlv(0x86, &[4; 65]))].concat();
            }),
            Error("not the key of the slot"),
        ),
        (
            "metadata says generated, and attest refuses",
            card(|card| {
                card.slots.values_mut().next().unwrap().attestation = None;
            }),
            Without("refuses to attest"),
        ),
        (
            "an attestation that is no certificate",
            to(0xf9, |_, _| ok(&[4, 1, 0])),
            Error("not one certificate"),
        ),
        (
            "bytes after the attestation",
            to(0xf9, |_, honest| match honest.as_slice() {
                [0x6a, 0x80] => Ok(honest),
                _ => ok(&[0x30, 0, 0]),
            }),
            Error("of a wrong length"),
        ),
        (
            "an attestation of zeros",
            to(0xf9, |_, honest| match honest.as_slice() {
                [0x6a, 0x80] => Ok(honest),
                _ => ok(&[0x30, 2, 5, 0]),
            }),
            Reason("input.pem-label"),
        ),
        (
            "another serial number at the end",
            Box::new({
                let mut asked = 0;
                move |card, _, command| {
                    asked += usize::from(command[1] == 0xf8);
                    if command[1] == 0xf8 && asked > 1 {
                        return ok(&[9, 9, 9, 9]);
                    }
                    Ok(card.process(command))
                }
            }),
            Error("the card changed"),
        ),
        (
            "removal in the middle",
            Box::new(|card, number, command| {
                if number > 12 { Err(TransportError::Removed) } else { Ok(card.process(command)) }
            }),
            Error("was removed"),
        ),
        (
            "another program resets the card",
            Box::new(|card, number, command| {
                if number > 12 {
                    Err(TransportError::Interrupted)
                } else {
                    Ok(card.process(command))
                }
            }),
            Error("another program took the token over"),
        ),
        ("a version of four bytes", to(0xfd, |_, _| ok(&[5, 4, 3, 0])), Error("not three bytes")),
        (
            "firmware before attestation",
            card(|card| card.firmware = Some([4, 2, 8])),
            NotRead("yubikey-before-4.3"),
        ),
        (
            "a Nitrokey 3",
            card(|card| {
                card.firmware = Some([6, 6, 6]);
                card.serial = [0, 0x52, 0xf7, 0x43];
            }),
            NotRead("nitrokey-3"),
        ),
        (
            "a PIV card of another maker",
            card(|card| card.firmware = None),
            NotRead("other-piv-card"),
        ),
    ];
    assert!(table.len() >= 20);
    for (name, lie, outcome) in table {
        check(name, simulated_yubikey(), lie, &outcome);
    }
}

#[test]
fn a_lying_smart_card_hsm_is_found_out() {
    let table: Vec<(&str, Lie, Outcome)> = vec![
        ("half a file name", to(0x58, |_, _| ok(&[0xce])), Error("half a file name")),
        ("10 000 files", to(0x58, |_, _| ok(&[0xcc; 20_000])), Error("more than 16384 bytes")),
        ("2000 files", to(0x58, |_, _| ok(&[0xcc; 4000])), Error("more than 1024 files")),
        ("a file named twice", to(0x58, |_, _| ok(&[0xce, 3, 0xce, 3])), Error("a file twice")),
        (
            "100 keys",
            to(0x58, |_, _| ok(&(1..=100).flat_map(|key| [0xce, key]).collect::<Vec<u8>>())),
            Error("more than 64 keys"),
        ),
        (
            "endless READ BINARY",
            to(0xb1, |_, _| ok(&[0x67, 0x82, 0xff, 0xff, 0])),
            Error("more than"),
        ),
        ("empty pieces", to(0xb1, |_, _| ok(&[])), Error("is empty")),
        (
            "no certificates",
            card(|card| {
                card.files.remove(&0x2f02);
            }),
            Error("status 6A82"),
        ),
        (
            "certificates that change between reads",
            Box::new({
                let mut reads = 0;
                move |card, _, command| {
                    if command[1] == 0xb1 && command[2..4] == [0x2f, 2] && command[7..9] == [0, 0] {
                        reads += 1;
                        if reads == 3 {
                            card.files.get_mut(&0x2f02).unwrap()[60] ^= 1;
                        }
                    }
                    Ok(card.process(command))
                }
            }),
            Error("the card changed"),
        ),
        (
            "a request that changes while it is read",
            to(0xb1, |command, mut honest| {
                if command[2] == 0xce && command[7..9] != [0, 0] {
                    honest[0] ^= 1;
                }
                Ok(honest)
            }),
            Reason("attestation.outer-signature-invalid"),
        ),
        (
            "a certificate over the request",
            card(|card| {
                card.files.insert(0xce03, vec![0x30, 2, 5, 0]);
            }),
            Without("which is lost"),
        ),
        (
            "a certificate of the card in place of the request",
            card(|card| {
                let certificates = card.files[&0x2f02].clone();
                card.files.insert(0xce03, certificates);
            }),
            Without("no authenticated request"),
        ),
        (
            "the request of another card",
            card(|card| {
                let other = simulated_smart_card_hsm().card.files[&0xce03].clone();
                card.files.insert(0xce03, other);
            }),
            Reason("attestation.outer-signature-invalid"),
        ),
        (
            "an imitation",
            card(|card| {
                card.hsm = Some(vec![0x6f, 0x07, 0x85, 0x05, 0, 0, 0xff, 5, 0]);
            }),
            NotRead("pico-hsm"),
        ),
        (
            "control information of a wrong length",
            card(|card| {
                card.hsm = Some(vec![0x6f, 0x70, 0x85]);
            }),
            Error("of a wrong length"),
        ),
        (
            "every application is there",
            Box::new(|_, _, command| match command[1] {
                0xa4 => ok(&[]),
                _ => Ok(vec![0x6d, 0]),
            }),
            Error("status 6D00"),
        ),
        ("success, whatever is asked", Box::new(|_, _, _| ok(&[])), Error("empty")),
    ];
    for (name, lie, outcome) in table {
        check(name, simulated_smart_card_hsm(), lie, &outcome);
    }
}

#[test]
fn cards_of_openpgp_get_their_answer() {
    for (maker, id) in [
        ([0x00, 0x05], "nitrokey-pro-storage"),
        ([0xf5, 0x17], "nitrokey-start"),
        ([0x00, 0x0f], "nitrokey-3"),
        ([0x00, 0x0b], "openpgp-card"),
    ] {
        let mut identifier = vec![0xd2, 0x76, 0, 1, 0x24, 1, 3, 4];
        identifier.extend(maker);
        identifier.extend([0, 0, 0, 1, 0, 0]);
        let mut card = VirtualCard::default();
        card.openpgp = Some(identifier);
        let token = identify(&mut Session::new(&mut card)).unwrap();
        assert_eq!(token.description.kind, TokenKind::WithoutAttestation(id));
        let facts = crate::support::facts();
        assert!(facts.without_attestation.devices().iter().any(|device| device.id == id));
    }
}
