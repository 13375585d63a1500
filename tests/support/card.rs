//! A virtual card: the PIV application of a YubiKey and a SmartCard-HSM, over whatever bytes it is
//! given. It answers in process, or to pcscd over the protocol of vpcd.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use keyproof::collect::{CardTransport, TransportError};
use keyproof_simulator::KeyKind;

/// The answers to reset: of a YubiKey 5, and of a SmartCard-HSM (OpenSC, `card-sc-hsm.c`).
pub const PIV_ATR: &[u8] = &[
    0x3b, 0xfd, 0x13, 0x00, 0x00, 0x81, 0x31, 0xfe, 0x15, 0x80, 0x73, 0xc0, 0x21, 0xc0, 0x57, 0x59,
    0x75, 0x62, 0x69, 0x4b, 0x65, 0x79, 0x40,
];
pub const HSM_ATR: &[u8] = &[
    0x3b, 0xde, 0x18, 0xff, 0x81, 0x91, 0xfe, 0x1f, 0xc3, 0x80, 0x31, 0x81, 0x54, 0x48, 0x53, 0x4d,
    0x31, 0x73, 0x80, 0x21, 0x40, 0x81, 0x07, 0x1c,
];

const PIV: &[u8] = &[0xa0, 0, 0, 3, 8];
const HSM: &[u8] = &[0xe8, 0x2b, 6, 1, 4, 1, 0x81, 0xc3, 0x1f, 2, 1];
const OPENPGP: &[u8] = &[0xd2, 0x76, 0, 1, 0x24, 1];
const MANAGEMENT: &[u8] = &[0xa0, 0, 0, 5, 0x27, 0x47, 0x11, 0x17];
const OTP: &[u8] = &[0xa0, 0, 0, 5, 0x27, 0x20, 1];

/// Signs a hash as the key in the card would.
pub type Signer = Box<dyn FnMut(&[u8]) -> Vec<u8> + Send>;

/// What lies in a PIV slot.
#[derive(Clone, Default)]
pub struct SlotContent {
    /// The answer to ATTEST; without it the card refuses.
    pub attestation: Option<Vec<u8>>,
    /// The answer to GET METADATA.
    pub metadata: Vec<u8>,
}

/// The card.
#[derive(Default)]
pub struct VirtualCard {
    pub atr: Vec<u8>,
    pub firmware: Option<[u8; 3]>,
    pub serial: [u8; 4],
    pub piv_properties: Vec<u8>,
    pub slots: BTreeMap<u8, SlotContent>,
    /// Objects of GET DATA: what stands after tag 53 and its length.
    pub objects: BTreeMap<[u8; 3], Vec<u8>>,
    /// Control information and files of a SmartCard-HSM.
    pub hsm: Option<Vec<u8>>,
    pub files: BTreeMap<u16, Vec<u8>>,
    /// The control information of files, as of keys CCxx.
    pub information: BTreeMap<u16, Vec<u8>>,
    /// The answers to the question for key domains, by number; beyond them 6A86. Empty: 6D00.
    pub domains: Vec<Vec<u8>>,
    /// The identifier of an OpenPGP application.
    pub openpgp: Option<Vec<u8>>,
    pub pin: Vec<u8>,
    pub tries: u8,
    pub signer: Option<Signer>,
    /// Gives no answer to this instruction: only where a reader is between.
    pub silent_to: Option<u8>,
    selected: Vec<u8>,
    verified: bool,
    rest: Vec<u8>,
    chained: Vec<u8>,
}

fn status(sw: u16) -> Vec<u8> {
    sw.to_be_bytes().to_vec()
}

fn done(data: &[u8]) -> Vec<u8> {
    [data, &[0x90, 0]].concat()
}

/// Tag, length, value.
pub fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let length = match length {
        0..=0x7f => vec![length as u8],
        0x80..=0xff => vec![0x81, length as u8],
        _ => vec![0x82, (length >> 8) as u8, length as u8],
    };
    [&[tag][..], &length, value].concat()
}

/// The value of the one element of `bytes`, if its tag is that.
fn value(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (length, content) = match bytes.strip_prefix(&[tag])? {
        [0x82, high, low, content @ ..] => (usize::from(*high) << 8 | usize::from(*low), content),
        [0x81, length, content @ ..] | [length @ 0..=0x7f, content @ ..] => {
            (usize::from(*length), content)
        }
        _ => return None,
    };
    (content.len() == length).then_some(content)
}

/// The SHA-256 in a block of RSASSA-PKCS1-v1_5 (RFC 8017 9.2) of that many octets.
fn unpadded(block: &[u8], octets: usize) -> Option<&[u8]> {
    let info = keyproof::encoding::hex::from_hex("3031300d060960864801650304020105000420").unwrap();
    let (start, hash) = block.split_at_checked(octets.checked_sub(32)?)?;
    let fill = start.strip_prefix(&[0, 1])?.strip_suffix(info.as_slice())?.strip_suffix(&[0])?;
    (hash.len() == 32 && fill.iter().all(|octet| *octet == 0xff)).then_some(hash)
}

/// A command as ISO/IEC 7816-4 5.1 has it: data, and how many bytes may come back.
fn parse(command: &[u8]) -> Option<(Vec<u8>, usize)> {
    let body = command.get(4..)?;
    Some(match body {
        [] => (Vec::new(), 256),
        [le] => (Vec::new(), if *le == 0 { 256 } else { usize::from(*le) }),
        [0, _, _] => (Vec::new(), 65536),
        [0, high, low, rest @ ..] => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            (rest.get(..length)?.to_vec(), 65536)
        }
        [length, rest @ ..] => {
            let data = rest.get(..usize::from(*length))?;
            match rest.get(usize::from(*length)..)? {
                [] | [0] => (data.to_vec(), 256),
                [le] => (data.to_vec(), usize::from(*le)),
                _ => return None,
            }
        }
    })
}

impl VirtualCard {
    /// A YubiKey of firmware 5.4.3 with one key.
    pub fn yubikey(
        serial: u32,
        slot: u8,
        attestation: &[u8],
        device: &[u8],
        algorithm: u8,
    ) -> Self {
        let object = [tlv(0x70, device), tlv(0x71, &[0]), tlv(0xfe, &[])].concat();
        let metadata = [tlv(1, &[algorithm]), tlv(2, &[2, 1]), tlv(3, &[1])].concat();
        let content = SlotContent { attestation: Some(attestation.to_vec()), metadata };
        let firmware = Some([5, 4, 3]);
        Self {
            atr: PIV_ATR.to_vec(),
            firmware,
            serial: serial.to_be_bytes(),
            piv_properties: vec![
                0x61, 0x11, 0x4f, 6, 0, 0, 0x10, 0, 1, 0, 0x79, 7, 0x4f, 5, 0xa0, 0, 0, 3, 8,
            ],
            slots: BTreeMap::from([(slot, content)]),
            objects: BTreeMap::from([([0x5f, 0xff, 1], object)]),
            pin: b"123456\xff\xff".to_vec(),
            tries: 3,
            ..Self::default()
        }
    }

    /// A SmartCard-HSM of version 3.5 with one key.
    pub fn smart_card_hsm(certificates: &[u8], number: u8, request: &[u8]) -> Self {
        let file = 0xce00 | u16::from(number);
        Self {
            atr: HSM_ATR.to_vec(),
            hsm: Some(vec![0x6f, 0x07, 0x85, 0x05, 0, 0, 0, 3, 5]),
            files: BTreeMap::from([(0x2f02, certificates.to_vec()), (file, request.to_vec())]),
            information: BTreeMap::from([(
                0xcc00 | u16::from(number),
                tlv(0x6f, &tlv(0xa5, &tlv(0x91, &[0x70, 0x73]))),
            )]),
            domains: vec![status(0x6a88)],
            pin: b"648219".to_vec(),
            tries: 3,
            ..Self::default()
        }
    }

    fn reset(&mut self) {
        self.selected.clear();
        self.verified = false;
        self.rest.clear();
        self.chained.clear();
    }

    /// One command.
    pub fn process(&mut self, command: &[u8]) -> Vec<u8> {
        let Some((data, expected)) = parse(command) else { return status(0x6700) };
        let [class, instruction, p1, p2, ..] = command else { return status(0x6700) };
        if class & 0x10 != 0 {
            self.chained.extend(data);
            return status(0x9000);
        }
        let data = [std::mem::take(&mut self.chained), data].concat();
        let answer = if *instruction == 0xc0 {
            done(&std::mem::take(&mut self.rest))
        } else {
            self.answer(*instruction, *p1, *p2, &data)
        };
        let (content, sw) = answer.split_at(answer.len() - 2);
        if content.len() <= expected {
            return answer;
        }
        let (now, later) = content.split_at(expected);
        self.rest = later.to_vec();
        let left = u8::try_from(later.len()).unwrap_or(0);
        assert_eq!(sw, [0x90, 0]);
        [now, &[0x61, left]].concat()
    }

    fn answer(&mut self, instruction: u8, p1: u8, p2: u8, data: &[u8]) -> Vec<u8> {
        if instruction == 0xa4 && p1 == 4 {
            return self.select(data);
        }
        match (self.selected.as_slice(), instruction) {
            (MANAGEMENT, 0x1d) => {
                let version = self.firmware.unwrap();
                let configuration = [
                    tlv(1, &[2, 0x3b]),
                    tlv(2, &self.serial),
                    tlv(3, &[2, 0x3b]),
                    tlv(4, &[1]),
                    tlv(5, &version),
                ]
                .concat();
                done(&[&[configuration.len() as u8][..], &configuration].concat())
            }
            (_, 0x20) => self.verify(data),
            (PIV | OTP | MANAGEMENT, 0xfd) => match self.firmware {
                Some(firmware) => done(&firmware),
                None => status(0x6d00),
            },
            (PIV, 0xf8) => done(&self.serial),
            (PIV, 0xf7) if p2 == 0x9b => {
                done(&[tlv(1, &[3]), tlv(2, &[0, 1]), tlv(5, &[1])].concat())
            }
            (PIV, 0xf7) if matches!(p2, 0x80 | 0x81) => {
                done(&[tlv(1, &[0xff]), tlv(5, &[1]), tlv(6, &[3, self.tries])].concat())
            }
            (PIV, 0xf7) => match self.slots.get(&p2) {
                Some(slot) => done(&slot.metadata),
                None => status(0x6a88),
            },
            (PIV, 0xf9) => match self.slots.get(&p1).and_then(|slot| slot.attestation.as_ref()) {
                Some(attestation) => done(attestation),
                None => status(0x6a80),
            },
            (PIV, 0xcb) => match data {
                [0x5c, 3, a, b, c] => match self.objects.get(&[*a, *b, *c]) {
                    Some(object) => done(&tlv(0x53, object)),
                    None => status(0x6a82),
                },
                [0x5c, 1, 0x7e] => done(&[
                    0x7e, 0x12, 0x4f, 0x0b, 0xa0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0, 0x5f, 0x2f, 2,
                    0x40, 0,
                ]),
                _ => status(0x6a82),
            },
            (PIV, 0x87) => self.authenticate(p1, p2, data),
            (HSM, 0xb1) => self.read_binary(p1, p2, data),
            (HSM, 0x58) => {
                done(&self.files.keys().flat_map(|file| file.to_be_bytes()).collect::<Vec<_>>())
            }
            (HSM, 0x52) if p1 == 0 => match self.domains.get(usize::from(p2)) {
                Some(answer) => answer.clone(),
                None if self.domains.is_empty() => status(0x6d00),
                None => status(0x6a86),
            },
            (HSM, 0xa4) => {
                let file = data.try_into().map_or(0, u16::from_be_bytes);
                match self.information.get(&file) {
                    Some(information) => done(information),
                    None if self.files.contains_key(&file) => {
                        let length = self.files[&file].len() as u16;
                        done(&tlv(0x6f, &tlv(0x80, &length.to_be_bytes())))
                    }
                    None => status(0x6a82),
                }
            }
            (HSM, 0x68) if !self.verified => status(0x6982),
            (HSM, 0x68) => match (&mut self.signer, p2) {
                (Some(signer), 0x70) => done(&signer(data)),
                (Some(signer), 0x33) => {
                    done(&signer(keyproof::encoding::hex::Sha256::of(data).as_bytes()))
                }
                _ => status(0x6a88),
            },
            (OPENPGP, 0xca) if p2 == 0x4f => done(self.openpgp.as_ref().unwrap()),
            _ => status(0x6d00),
        }
    }

    fn select(&mut self, application: &[u8]) -> Vec<u8> {
        let known = |aid: &[u8]| aid.starts_with(application) || application.starts_with(aid);
        let is_piv = !self.piv_properties.is_empty();
        let (selected, answer) = if is_piv && known(PIV) {
            (PIV, self.piv_properties.clone())
        } else if is_piv && self.firmware.is_some() && known(MANAGEMENT) {
            (MANAGEMENT, b"Virtual mgr - FW version 5.4.3".to_vec())
        } else if let Some(firmware) = self.firmware.filter(|_| is_piv && known(OTP)) {
            (OTP, [&firmware[..], &[0, 0, 0]].concat())
        } else if let Some(control) = self.hsm.as_ref().filter(|_| known(HSM)) {
            (HSM, control.clone())
        } else if self.openpgp.is_some() && known(OPENPGP) {
            (OPENPGP, Vec::new())
        } else {
            return status(0x6a82);
        };
        self.selected = selected.to_vec();
        done(&answer)
    }

    fn verify(&mut self, data: &[u8]) -> Vec<u8> {
        if data.is_empty() {
            return status(if self.verified { 0x9000 } else { 0x63c0 | u16::from(self.tries) });
        }
        if self.tries == 0 {
            return status(0x6983);
        }
        if data == self.pin {
            (self.verified, self.tries) = (true, 3);
            return status(0x9000);
        }
        self.tries -= 1;
        status(0x63c0 | u16::from(self.tries))
    }

    /// `7C { 82, 81 data }` (NIST SP 800-73-4 part 2, table 7), with the algorithm of the key alone:
    /// a hash for an elliptic curve, the padded block for RSA.
    fn authenticate(&mut self, algorithm: u8, slot: u8, template: &[u8]) -> Vec<u8> {
        let has_key =
            self.slots.get(&slot).is_some_and(|it| it.metadata.starts_with(&[1, 1, algorithm]));
        if !has_key {
            return status(0x6a80);
        }
        if !self.verified {
            return status(0x6982);
        }
        let Some(data) = value(template, 0x7c)
            .and_then(|content| content.strip_prefix(&[0x82, 0]))
            .and_then(|rest| value(rest, 0x81))
        else {
            return status(0x6a80);
        };
        let hash = match algorithm {
            0x05 => unpadded(data, 384),
            0x07 => unpadded(data, 256),
            _ => Some(data),
        };
        match (&mut self.signer, hash) {
            (Some(signer), Some(hash)) => done(&tlv(0x7c, &tlv(0x82, &signer(hash)))),
            _ => status(0x6a80),
        }
    }

    fn read_binary(&self, high: u8, low: u8, data: &[u8]) -> Vec<u8> {
        let Some(content) = self.files.get(&u16::from_be_bytes([high, low])) else {
            return status(0x6a82);
        };
        let [0x54, 2, o1, o2] = data else { return status(0x6a80) };
        let offset = usize::from(u16::from_be_bytes([*o1, *o2]));
        match content.get(offset..) {
            // Pieces of 231 bytes, as of a card behind secure messaging.
            Some(rest) if rest.len() > 231 => done(&rest[..231]),
            Some(rest) => [rest, &[0x62, 0x82]].concat(),
            None => status(0x6b00),
        }
    }

    /// Serves vpcd until it goes away: bodies with a length of two bytes before them.
    pub fn serve(&mut self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        loop {
            let mut length = [0; 2];
            stream.read_exact(&mut length)?;
            let mut body = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut body)?;
            let answer = match body.as_slice() {
                [0..=2] => {
                    self.reset();
                    continue;
                }
                [4] => self.atr.clone(),
                [_, instruction, ..] if self.silent_to == Some(*instruction) => {
                    std::thread::sleep(std::time::Duration::from_secs(60));
                    continue;
                }
                command => self.process(command),
            };
            let length = u16::try_from(answer.len()).expect("an answer of vpcd");
            stream.write_all(&[&length.to_be_bytes()[..], &answer].concat())?;
        }
    }
}

impl CardTransport for VirtualCard {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        Ok(self.process(command))
    }
}

/// A simulated token: the card, and the other files of its case.
pub struct SimulatedToken {
    pub card: VirtualCard,
    pub request: Vec<u8>,
    /// Name and bytes of what is not on the card: the certificate of an issuing authority.
    pub beside: Vec<(String, Vec<u8>)>,
    pub anchors: String,
}

fn simulated(
    format: &str,
    kind: KeyKind,
) -> (BTreeMap<String, Vec<u8>>, keyproof_simulator::Keyring) {
    use keyproof_simulator::{Options, formats};
    let mut keyring = super::keyring();
    let options = Options { key: Some(kind), ..Options::new(super::at(super::TIME)) };
    let format = formats().iter().find(|it| it.name == format).unwrap();
    let simulation = format.build_with(&options, &mut keyring).unwrap();
    let files = simulation.files.into_iter().map(|file| (file.name, file.bytes)).collect();
    (files, keyring)
}

fn signer(mut keyring: keyproof_simulator::Keyring, kind: KeyKind) -> Signer {
    Box::new(move |hash| keyring.sign_hash(kind, hash).unwrap())
}

/// The slot that an attestation names, and the serial number it states.
fn slot_and_serial(attestation: &[u8]) -> (u8, u32) {
    let certificate = keyproof::encoding::x509::Certificate::from_der(attestation).unwrap();
    let subject = certificate.subject().to_string();
    let slot = u8::from_str_radix(subject.rsplit(' ').next().unwrap(), 16).unwrap();
    (slot, 28_557_046)
}

/// A YubiKey over made-up data, with a P-256 key.
pub fn simulated_yubikey() -> SimulatedToken {
    simulated_yubikey_with(KeyKind::P256)
}

/// The same with a key of that kind.
pub fn simulated_yubikey_with(kind: KeyKind) -> SimulatedToken {
    // SP 800-78-4 table 6-2; 05 is Yubico's.
    let algorithm = match kind {
        KeyKind::P384 => 0x14,
        KeyKind::Rsa2048 => 0x07,
        KeyKind::Rsa3072 => 0x05,
        _ => 0x11,
    };
    let (mut files, keyring) = simulated("yubico-piv", kind);
    let attestation = super::der(&files["attestation.pem"]);
    let device = super::der(&files["device.pem"]);
    let (slot, serial) = slot_and_serial(&attestation);
    let mut card = VirtualCard::yubikey(serial, slot, &attestation, &device, algorithm);
    card.signer = Some(signer(keyring, kind));
    SimulatedToken {
        card,
        request: files["request.pem"].clone(),
        anchors: String::from_utf8(files["anchors.yaml"].clone()).unwrap(),
        beside: vec![("issuing-ca.pem".to_owned(), files.remove("issuing-ca.pem").unwrap())],
    }
}

/// A YubiKey over a bundled sample.
pub fn bundled_yubikey() -> VirtualCard {
    let folder = std::path::Path::new(crate::ROOT)
        .join("attestation-samples/yubico-piv/simulated-accept-p256");
    let attestation = super::der(&super::read(&folder.join("attestation.pem")));
    let device = super::der(&super::read(&folder.join("device.pem")));
    let (slot, serial) = slot_and_serial(&attestation);
    VirtualCard::yubikey(serial, slot, &attestation, &device, 0x11)
}

/// A SmartCard-HSM over a bundled sample.
pub fn bundled_smart_card_hsm() -> VirtualCard {
    let folder = std::path::Path::new(crate::ROOT)
        .join("attestation-samples/smartcard-hsm/simulated-without-fault-p256");
    let file = |name: &str| super::read(&folder.join(name));
    let certificates = [file("device.cvcert"), file("issuing.cvcert")].concat();
    VirtualCard::smart_card_hsm(&certificates, 3, &file("attestation.cvreq"))
}

/// A SmartCard-HSM over made-up data, with a P-256 key.
pub fn simulated_smart_card_hsm() -> SimulatedToken {
    simulated_smart_card_hsm_with(KeyKind::P256)
}

/// The same with a key of that kind.
pub fn simulated_smart_card_hsm_with(kind: KeyKind) -> SimulatedToken {
    let (files, keyring) = simulated("smartcard-hsm", kind);
    let certificates = [&files["device.cvcert"][..], &files["issuing.cvcert"]].concat();
    let mut card = VirtualCard::smart_card_hsm(&certificates, 3, &files["attestation.cvreq"]);
    card.signer = Some(signer(keyring, kind));
    SimulatedToken {
        card,
        request: files["request.pem"].clone(),
        anchors: String::from_utf8(files["anchors.yaml"].clone()).unwrap(),
        beside: Vec::new(),
    }
}
