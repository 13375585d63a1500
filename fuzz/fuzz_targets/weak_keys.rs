//! Whatever pages come, a list of weak keys is refused, or a key is found, absent or not to be known; and
//! what is found in text is found in the pages that it compiles to.
#![no_main]

use std::sync::LazyLock;

use keyproof::encoding::hex::from_hex;
use keyproof::public_key::PublicKey;
use keyproof::public_key::admission::{CompromisedKeys, compile};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<Vec<PublicKey>> = LazyLock::new(|| {
    [
        "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        "301c300d06092a864886f70d0101010500030b003008020300c001020103",
    ]
    .iter()
    .map(|spki| PublicKey::from_spki(&from_hex(spki).unwrap()).unwrap())
    .collect()
});

fuzz_target!(|bytes: &[u8]| {
    let mut paged = CompromisedKeys::default();
    if paged.add_pages(bytes.to_vec()).is_ok() {
        for key in KEYS.iter() {
            let _ = paged.lookup(key);
        }
    }
    let Ok(pages) = compile("list", bytes) else {
        return;
    };
    let (mut text, mut compiled) = (CompromisedKeys::default(), CompromisedKeys::default());
    let keys = text.add_list("list", bytes).expect("what was compiled was read");
    assert_eq!(compiled.add_pages(pages), Ok(keys));
    for key in KEYS.iter() {
        assert_eq!(text.lookup(key), compiled.lookup(key));
    }
});
