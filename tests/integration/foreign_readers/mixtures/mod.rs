//! Files that hold something in a way that one reader sees and another may not: five thousand of
//! them, the same on every run.

mod archives;
mod binary;
mod der;
mod text;

use keyproof::encoding::hex::from_hex;
use keyproof::request::Request;

use crate::support::read;

/// One file.
pub(crate) struct Mixture {
    /// How something is hidden in it.
    pub(crate) way: &'static str,
    /// What is hidden.
    pub(crate) kind: &'static str,
    /// What the applicant calls the file.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// One way to hide something in a file.
type Way = (&'static str, fn(&mut Dice, &Parts<'_>) -> Vec<u8>);

/// What a file is made of.
struct Parts<'a> {
    /// What it is by its look: what a reader is to see.
    base: &'a Base,
    /// What it holds besides.
    hidden: &'a Hidden,
}

struct Base {
    /// The request or certificate, if it is one; PEM or DER.
    bytes: Vec<u8>,
    is_text: bool,
}

struct Hidden {
    kind: &'static str,
    label: &'static str,
    der: Vec<u8>,
}

/// `count` files: every way with each kind of hidden object in each base, and each of these again
/// with other lengths, characters and places.
pub(crate) fn all(count: usize) -> Vec<Mixture> {
    let ways: Vec<Way> = [text::WAYS, binary::WAYS, archives::WAYS].concat();
    let (bases, hidden) = (bases(), hidden());
    (0..count)
        .map(|number| {
            let (way, round) = (number % ways.len(), number / ways.len());
            let base = &bases[(round / hidden.len()) % bases.len()];
            let hidden = &hidden[round % hidden.len()];
            let mut dice = Dice(number as u64);
            let (way, make) = ways[way];
            let bytes = make(&mut dice, &Parts { base, hidden });
            Mixture { way, kind: hidden.kind, name: name(way, &mut dice), bytes }
        })
        .collect()
}

/// Debris is told by its name too.
fn name(way: &str, dice: &mut Dice) -> String {
    match way {
        "behind the start of debris" => *dice.of(&["._request.pem", ".DS_Store", "Thumbs.db"]),
        _ => "request.pem",
    }
    .to_owned()
}

/// The same choices on every run: Knuth's MMIX generator.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        // The first numbers of neighbouring seeds are neighbours.
        for _ in 0..2 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            self.0 ^= self.0 >> 29;
        }
        (self.0 >> 33) as usize % bound.max(1)
    }

    fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    fn toss(&mut self) -> bool {
        self.below(2) == 0
    }
}

fn sample(path: &str) -> Vec<u8> {
    read(&std::path::Path::new(crate::ROOT).join("attestation-samples").join(path))
}

fn bases() -> Vec<Base> {
    let request = sample("yubico-piv/simulated-accept/request.pem");
    let text = "Dear CA,\n\nplease find our request below, and call us if something is missing.\n";
    let texts = [request.clone(), sample("yubico-piv/simulated-accept/device.pem"), text.into()];
    let mut bases: Vec<_> = texts.map(|bytes| Base { bytes, is_text: true }).into();
    bases.push(Base { bytes: crate::support::der(&request), is_text: false });
    bases.push(Base { bytes: Vec::new(), is_text: true });
    bases
}

/// Two of each kind, on a curve and RSA. The private keys are published ones.
fn hidden() -> Vec<Hidden> {
    let mut all = Vec::new();
    let mut add = |kind, label, der| all.push(Hidden { kind, label, der });
    for folder in ["simulated-accept-p256", "simulated-accept-rsa3072"] {
        let request = crate::support::der(&sample(&format!("yubico-piv/{folder}/request.pem")));
        let key = Request::from_der(&request).expect("a request");
        let key = key.public_key().expect("a key");
        add(
            "certificate",
            "CERTIFICATE",
            crate::support::der(&sample(&format!("yubico-piv/{folder}/attestation.pem"))),
        );
        add("public-key", "PUBLIC KEY", key.spki().to_vec());
        add("request", "CERTIFICATE REQUEST", request);
    }
    let key = |der: &str| from_hex(der).expect("hexadecimal");
    // RFC 6979 A.2.5, as RFC 5915 has it.
    add(
        "private-key",
        "EC PRIVATE KEY",
        key(concat!(
            "30770201010420c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
            "a00a06082a8648ce3d030107a1440342000460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6c",
            "e669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
        )),
    );
    // RFC 8410 10.3.
    add(
        "private-key",
        "PRIVATE KEY",
        key(
            "302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842",
        ),
    );
    all
}

/// The file of each kind as everyone writes it, which every reader must see.
pub(crate) fn controls() -> Vec<Mixture> {
    let mut controls = Vec::new();
    for hidden in hidden() {
        let pem = text::pem(hidden.label, &hidden.der).into_bytes();
        let mut add = |way, bytes| {
            controls.push(Mixture { way, kind: hidden.kind, name: "control".to_owned(), bytes });
        };
        add("control, PEM", pem);
        // Java reads no bare ECPrivateKey.
        if hidden.label != "EC PRIVATE KEY" {
            add("control, DER", hidden.der);
        }
    }
    controls
}
