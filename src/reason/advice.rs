//! Words for one kind of device, where those of the code would send somebody the wrong way: which
//! file of a format is missing and what exports it, and which keys a device can make at all.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Language, ReasonCode};

/// What replaces the words of a code.
pub(super) struct Advice {
    /// What is so, where the sentence of the code is not the whole of it.
    pub(super) sentence: Option<&'static str>,
    /// What staff do next.
    pub(super) hint: Cow<'static, str>,
    english: Cow<'static, str>,
    german: Cow<'static, str>,
}

impl Advice {
    /// What is known of the matter beyond its code, by the facts of the reason.
    pub(super) fn of(
        code: ReasonCode,
        detail: &BTreeMap<Cow<'static, str>, String>,
    ) -> Option<Self> {
        let by_format = || {
            let format = detail.get(FORMAT)?;
            BY_FORMAT.iter().find(|(of, name, _)| *of == code && name == format)
        };
        if let Some((_, _, [hint, english, german])) = by_format() {
            return Some(Self::fixed([hint, english, german]));
        }
        match code {
            ReasonCode::RequestMissing if detail.contains_key(SENT) => {
                let sentence = Some(WHAT_IS_NO_REQUEST);
                Some(Self { sentence, ..Self::fixed(ATTESTATION_AS_REQUEST) })
            }
            ReasonCode::KeySize | ReasonCode::KeyAlgorithm | ReasonCode::KeyCurve => {
                Some(Self::other_key(code, detail.get(MAKES)?))
            }
            ReasonCode::DeviceNotCertified => Self::other_module(detail.get(ASKED)?),
            _ => None,
        }
    }

    /// What the applicant is told.
    pub(super) fn into_words(self, language: Language) -> Cow<'static, str> {
        match language {
            Language::English => self.english,
            Language::German => self.german,
        }
    }

    fn fixed([hint, english, german]: [&'static str; 3]) -> Self {
        Self {
            sentence: None,
            hint: Cow::Borrowed(hint),
            english: Cow::Borrowed(english),
            german: Cow::Borrowed(german),
        }
    }

    /// The policy asks for more than the least that code signing does.
    fn other_module(asked: &str) -> Option<Self> {
        // Of the words of a reason none but the level reaches a letter.
        let level =
            ["3", "4"].into_iter().find(|it| has(asked, &format!("FIPS 140-3 level {it}")))?;
        let hint = format!(
            "Ask the applicant for a key in a module that is certified at level {level} of FIPS 140, or under Common Criteria at EAL 4+."
        );
        let english = format!(
            "This module, at this firmware, has no certification that we ask for: FIPS 140 level {level} or higher, or Common Criteria EAL 4+. Please make the key in a certified model, at a firmware that its certification names."
        );
        let german = format!(
            "Dieses Modul hat mit dieser Firmware keine Zertifizierung, die wir verlangen: FIPS 140 Level {level} oder höher, oder Common Criteria EAL 4+. Bitte erzeugen Sie den Schlüssel in einem zertifizierten Modell, mit einer Firmware, die dessen Zertifizierung nennt."
        );
        Some(Self {
            sentence: None,
            hint: hint.into(),
            english: english.into(),
            german: german.into(),
        })
    }

    /// The device can make no key like this one that would do, but perhaps another.
    fn other_key(code: ReasonCode, makes: &str) -> Self {
        // Of the words of a reason none but these reach a letter.
        let makes: Vec<&str> = CERTIFIABLE.into_iter().filter(|it| has(makes, it)).collect();
        let (english, german) = match code {
            ReasonCode::KeySize => (
                "RSA keys of this size cannot be certified for code signing.",
                "RSA-Schlüssel dieser Größe können für Code Signing nicht zertifiziert werden.",
            ),
            ReasonCode::KeyCurve => (
                "Keys on this curve cannot be certified.",
                "Schlüssel auf dieser Kurve können nicht zertifiziert werden.",
            ),
            _ => (
                "Keys of this algorithm cannot be certified for code signing.",
                "Schlüssel dieses Verfahrens können für Code Signing nicht zertifiziert werden.",
            ),
        };
        let (any, list) = (!makes.is_empty(), makes.join(", "));
        let hint = if any {
            format!(
                "Of the keys that are allowed, this device makes {list}, and no others. Ask for one of these, or for a key in another device."
            )
        } else {
            "This device makes no key that is allowed. Ask for a key in another device.".to_owned()
        };
        let english = if any {
            format!(
                "{english} Of those that can, your device makes {list}. Please make one of these, or make the key in another device."
            )
        } else {
            format!(
                "{english} Your device makes none that can. Please make the key in another device."
            )
        };
        let german = if any {
            format!(
                "{german} Von denen, die es können, erzeugt Ihr Gerät {list}. Bitte erzeugen Sie einen davon, oder den Schlüssel in einem anderen Gerät."
            )
        } else {
            format!(
                "{german} Ihr Gerät erzeugt keine, die es können. Bitte erzeugen Sie den Schlüssel in einem anderen Gerät."
            )
        };
        Self { sentence: None, hint: hint.into(), english: english.into(), german: german.into() }
    }
}

fn has(list: &str, name: &str) -> bool {
    list.split(", ").any(|one| one == name)
}

/// The fact that names the format, where the words depend on it.
pub(crate) const FORMAT: &str = "format";

/// The fact that lists what the device makes of what is allowed, joined by commas.
pub(crate) const MAKES: &str = "makes";

/// The fact that lists the certifications that are asked for, joined by commas.
pub(crate) const ASKED: &str = "asked";

/// The fact that names what came in place of the request.
pub(crate) const SENT: &str = "sent";

/// The keys that can be certified (CSBR 6.1.5.2), as results name them, in the sizes that devices make.
const CERTIFIABLE: [&str; 6] =
    ["RSA 3072", "RSA 4096", "RSA 8192", "ECDSA P-256", "ECDSA P-384", "ECDSA P-521"];

const WHAT_IS_NO_REQUEST: &str =
    "No certification request was sent: what was named as one is an attestation, or a part of one.";

const ATTESTATION_AS_REQUEST: [&str; 3] = [
    "What was named with --request belongs to an attestation. Name the certification request there; without one, ask for it.",
    "What you sent as the certification request is an attestation, or a part of one. Please send the certification request (CSR) itself too, signed by the attested key.",
    "Was Sie als Zertifikatsanforderung gesendet haben, ist eine Attestierung oder ein Teil davon. Bitte senden Sie auch die Zertifikatsanforderung (CSR) selbst, signiert vom attestierten Schlüssel.",
];

/// Words by code and format: the hint, English, German.
#[rustfmt::skip]
const BY_FORMAT: &[(ReasonCode, &str, [&str; 3])] = &[
    // `az keyvault key get-attestation` of azure-cli.
    (ReasonCode::ChainIncomplete, "azure-managed-hsm", [
        "Ask for the answer of the service anew and whole, as `az keyvault key get-attestation` writes it; all certificates are in it.",
        "A certificate of the attestation is missing. Please fetch the attestation again with az keyvault key get-attestation, and send the file as it is: all certificates are in it.",
        "Ein Zertifikat der Attestierung fehlt. Bitte rufen Sie die Attestierung noch einmal mit az keyvault key get-attestation ab und senden Sie die Datei, wie sie ist: Alle Zertifikate stehen darin."]),
    (ReasonCode::ChainIncomplete, "crypto4a-qasm", [
        "Ask for the whole attestation message; the certificates of the module are in it.",
        "A certificate of the attestation is missing. Please send the whole attestation message as the module wrote it: its certificates are in it.",
        "Ein Zertifikat der Attestierung fehlt. Bitte senden Sie die ganze Attestierungsnachricht, wie das Modul sie geschrieben hat: Seine Zertifikate stehen darin."]),
    (ReasonCode::ChainIncomplete, "entrust-nshield", [
        "Ask for the whole bundle that `nfkmattest bundle` writes; the warrant is in it.",
        "A part of the attestation is missing. Please send the whole bundle, as nfkmattest bundle writes it.",
        "Ein Teil der Attestierung fehlt. Bitte senden Sie das ganze Paket, wie nfkmattest bundle es schreibt."]),
    (ReasonCode::ChainIncomplete, "fortanix-dsm", [
        "Ask for the whole answer of the key attestation; the member authority_chain has three certificates.",
        "A certificate of the attestation is missing. Please send the whole answer of the key attestation, with its three authority certificates.",
        "Ein Zertifikat der Attestierung fehlt. Bitte senden Sie die ganze Antwort der Schlüsselattestierung mit ihren drei Zertifikaten der ausstellenden Stellen."]),
    // https://cloud.google.com/sdk/gcloud/reference/kms/keys/versions/get-certificate-chain
    (ReasonCode::ChainIncomplete, "google-cloud-hsm", [
        "Ask for the certificate chains of the key version, all of them: `gcloud kms keys versions get-certificate-chain`, or the file …-combined-chain.pem of the zip that the console offers under “Verify attestation”.",
        "The certificates that belong to the attestation are missing. Please also send the certificate chains of the key version, all of them: gcloud kms keys versions get-certificate-chain writes them, and in the zip that the console offers under Verify attestation they are the file combined-chain.pem.",
        "Die Zertifikate zur Attestierung fehlen. Bitte senden Sie auch alle Zertifikatsketten der Schlüsselversion: gcloud kms keys versions get-certificate-chain schreibt sie, und in dem Zip, das die Konsole unter Verify attestation anbietet, sind sie die Datei combined-chain.pem."]),
    // Marvell, "LiquidSecurity Software Key Attestation".
    (ReasonCode::ChainIncomplete, "marvell-liquidsecurity", [
        "Ask for Marvell's certificates of the partition and of its card, both, beside the file that `Cfm2Util` wrote; an owner's certificates of the same names do not stand in for them.",
        "A certificate of the card is missing. Please send the certificates that Marvell issued for the partition and for its card, beside the attestation file.",
        "Ein Zertifikat der Karte fehlt. Bitte senden Sie neben der Attestierungsdatei die Zertifikate, die Marvell für die Partition und für ihre Karte ausgestellt hat."]),
    (ReasonCode::ChainIncomplete, "securosys-primus", [
        "Ask for every file of the attestation: the XML, its signature (.sig), and the certificates (PrimusHSM_Attestation.crt).",
        "A file of the attestation is missing. Please send all of them: the XML document, its signature (the file that ends in .sig), and the certificates of the attestation key and the device.",
        "Eine Datei der Attestierung fehlt. Bitte senden Sie alle: das XML-Dokument, seine Signatur (die Datei mit der Endung .sig) und die Zertifikate des Attestierungsschlüssels und des Geräts."]),
    // File EF 2F02: OpenSC, sc-hsm-tool.c and card-sc-hsm.c.
    (ReasonCode::ChainIncomplete, "smartcard-hsm", [
        "Ask for the device certificate and that of its issuer (file 2F02 of the device), or for one file with all three: `sc-hsm-tool --export-for-pub-key-auth attestation.pka --key-reference N`.",
        "The certificate of the device is missing. Please send file 2F02 of the device as well; or export attestation and certificates together, with the number of your key behind -i: sc-hsm-tool -e attestation.pka -i 1",
        "Das Zertifikat des Geräts fehlt. Bitte senden Sie auch die Datei 2F02 des Geräts; oder exportieren Sie Attestierung und Zertifikate zusammen, mit der Nummer Ihres Schlüssels hinter -i: sc-hsm-tool -e attestation.pka -i 1"]),
    (ReasonCode::ChainIncomplete, "thales-luna", [
        "Ask for the whole file that `cmu getpkc` writes; the certificates of the module are in it.",
        "A certificate of the confirmation is missing. Please send the whole file that cmu getpkc writes.",
        "Ein Zertifikat der Bestätigung fehlt. Bitte senden Sie die ganze Datei, die cmu getpkc schreibt."]),
    // https://docs.yubico.com/software/yubikey/tools/ykman/OpenPGP_Commands.html
    (ReasonCode::ChainIncomplete, "yubico-openpgp", [
        "Ask for the certificate of slot ATT of the OpenPGP application, which is not that of PIV slot f9: `ykman openpgp certificates export ATT device.pem`.",
        "The certificate that signed the attestation is missing. Please also send the certificate of the slot ATT of the OpenPGP application (not that of PIV slot f9): ykman openpgp certificates export ATT device.pem",
        "Das Zertifikat, das die Attestierung signiert hat, fehlt. Bitte senden Sie auch das Zertifikat des Slots ATT der OpenPGP-Anwendung (nicht das des PIV-Slots f9): ykman openpgp certificates export ATT device.pem"]),
    // https://developers.yubico.com/PIV/Introduction/PIV_attestation.html
    (ReasonCode::ChainIncomplete, "yubico-piv", [
        "Ask for the certificate of PIV slot f9: `ykman piv certificates export f9 device.pem`, or `yubico-piv-tool -a read-certificate -s f9 -o device.pem`.",
        "The certificate that signed the attestation is missing. Please also send the certificate of the PIV slot f9: ykman piv certificates export f9 device.pem",
        "Das Zertifikat, das die Attestierung signiert hat, fehlt. Bitte senden Sie auch das Zertifikat des PIV-Slots f9: ykman piv certificates export f9 device.pem"]),
    (ReasonCode::ChainIncomplete, "yubico-yubihsm2", [
        "Ask for opaque object 0 of the device, the certificate of its attestation key: `yubihsm-shell -a get-opaque -i 0 --outformat PEM --out device.pem`.",
        "The certificate that signed the attestation is missing. Please also send the opaque object 0 of the device: yubihsm-shell -a get-opaque -i 0 --outformat PEM --out device.pem",
        "Das Zertifikat, das die Attestierung signiert hat, fehlt. Bitte senden Sie auch das Opaque-Objekt 0 des Geräts: yubihsm-shell -a get-opaque -i 0 --outformat PEM --out device.pem"]),
    (ReasonCode::AttestationLayoutUnconfirmed, "crypto4a-qasm", [
        "The envelope of the message is not as modules write it: ask for the message anew and unedited, and report it to the maintainers.",
        "The attestation message is not as modules write it. Please export it again, and send the file unedited.",
        "Die Attestierungsnachricht ist nicht so, wie Module sie schreiben. Bitte exportieren Sie sie noch einmal und senden Sie die Datei unverändert."]),
    (ReasonCode::AttestationLayoutUnconfirmed, "google-cloud-hsm", [
        "Ask for the attestation of a new key version, which has the present form, or weigh this one; and report it to the maintainers.",
        "The attestation is of an old form. Please make a new key version, and send its attestation: it will be of the present form.",
        "Die Attestierung hat eine alte Form. Bitte erzeugen Sie eine neue Schlüsselversion und senden Sie deren Attestierung: Sie wird die heutige Form haben."]),
    (ReasonCode::AttestationLayoutUnconfirmed, "securosys-primus", [
        "Ask for the attestation of a key that was generated as it is, without approvals for its use, or weigh this one; and report it to the maintainers.",
        "The attestation is of an unusual form. Please generate a key that is not derived and needs no approvals for its use, and send its attestation.",
        "Die Attestierung hat eine ungewöhnliche Form. Bitte erzeugen Sie einen Schlüssel, der nicht abgeleitet ist und für seine Benutzung keine Freigaben braucht, und senden Sie seine Attestierung."]),
];

/// Whether the words of a reason depend on the format of the evidence.
pub(crate) fn differs_by_format(code: ReasonCode) -> bool {
    BY_FORMAT.iter().any(|(of, _, _)| *of == code)
}

#[cfg(test)]
mod tests {
    use super::super::applicant::tests::{is_free_of_ours, names_every_clause};
    use super::super::{Language, Reason, ReasonCode};
    use super::{BY_FORMAT, CERTIFIABLE, FORMAT, MAKES, SENT};

    fn words(reason: &Reason) -> [String; 3] {
        let say = |language| reason.to_applicant(language).unwrap().into_owned();
        [reason.hint().into_owned(), say(Language::English), say(Language::German)]
    }

    #[test]
    fn every_word_for_an_applicant_is_free_of_ours() {
        let mut reasons: Vec<Reason> = BY_FORMAT
            .iter()
            .map(|(code, format, _)| Reason::new(*code).with(FORMAT, *format))
            .collect();
        reasons.push(Reason::new(ReasonCode::RequestMissing).with(SENT, "x"));
        for makes in ["ECDSA P-256, ECDSA P-384", ""] {
            for code in [ReasonCode::KeySize, ReasonCode::KeyCurve, ReasonCode::KeyAlgorithm] {
                reasons.push(Reason::new(code).with(MAKES, makes));
            }
        }
        for reason in &reasons {
            let [hint, english, german] = words(reason);
            assert_ne!(hint, reason.code().hint(), "{}", reason.code());
            assert!(english.is_ascii(), "{english}");
            for text in [english, german] {
                // Options of the applicant's own tools are no words of ours.
                let text = text.replace("--outformat PEM --out ", "");
                assert!(is_free_of_ours(&text), "{text}");
                assert!(names_every_clause(&text), "{text}");
            }
        }
    }

    #[test]
    fn what_a_device_makes_is_told_and_nothing_else_that_stands_there() {
        let reason = |makes: &str| Reason::new(ReasonCode::KeySize).with(MAKES, makes);
        let [hint, english, german] = words(&reason("ECDSA P-256, <b>RSA 1, RSA 3072x"));
        for text in [&hint, &english, &german] {
            assert!(text.contains("ECDSA P-256") && !text.contains("RSA 3072"), "{text}");
            assert!(!text.contains('<'), "{text}");
        }
        let [hint, english, _] = words(&reason("Ed25519"));
        assert!(hint.contains("makes no key") && english.contains("another device"));
        for known in CERTIFIABLE {
            assert!(words(&reason(known))[0].contains(known));
        }
    }
}
