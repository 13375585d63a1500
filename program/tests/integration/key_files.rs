//! Key files and keystores, made by the tools that people make them with; and public files of
//! similar form. What no tool writes is made by `private_keys.py` from its published layout.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// A file, by the name that says how it was made.
pub struct KeyFile {
    pub name: String,
    pub bytes: Vec<u8>,
    pub holds: Holds,
}

/// What it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Key,
    Wrapped,
    Perhaps,
}

/// All that was made.
pub struct Made {
    pub keys: Vec<KeyFile>,
    pub public: Vec<KeyFile>,
}

/// The tools, each with the Debian package that it is in.
const TOOLS: [(&str, &str); 12] = [
    ("openssl", "openssl"),
    ("keytool", "default-jre-headless"),
    ("ssh-keygen", "openssh-client"),
    ("puttygen", "putty-tools"),
    ("gpg", "gnupg"),
    ("certutil", "libnss3-tools"),
    ("pk12util", "libnss3-tools"),
    ("softhsm2-util", "softhsm2"),
    ("age", "age"),
    ("age-keygen", "age"),
    ("dnssec-keygen", "bind9-utils"),
    ("python3", "python3-cryptography"),
];

/// Bouncy Castle, of the package libbcprov-java.
const BOUNCY_CASTLE: &str = "/usr/share/java/bcprov.jar";

/// Makes the files, once for all tests of a program. Without the tools a test says so and passes;
/// where they are demanded their absence is a failure.
pub fn make() -> Option<&'static Made> {
    static MADE: OnceLock<Option<Made>> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut missing: Vec<_> = TOOLS
            .iter()
            .filter(|(tool, _)| !is_installed(tool))
            .map(|(_, package)| *package)
            .collect();
        if !Path::new(BOUNCY_CASTLE).exists() {
            missing.push("libbcprov-java");
        }
        if missing.is_empty() {
            return Some(Workshop::open().make());
        }
        crate::support::left_out(
            &format!("{} not installed", missing.join(", ")),
            "KEYPROOF_DEMAND_TOOLS",
        );
        None
    })
    .as_ref()
}

fn is_installed(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(tool).exists())
}

/// The folder in which everything is made.
struct Workshop {
    folder: TempDir,
    made: Made,
}

impl Workshop {
    fn open() -> Self {
        let made = Made { keys: Vec::new(), public: Vec::new() };
        Self { folder: tempfile::tempdir().unwrap(), made }
    }

    fn make(mut self) -> Made {
        self.openssl();
        self.java();
        self.ssh();
        self.openpgp();
        self.tokens();
        self.others();
        self.layouts();
        self.made
    }

    /// Runs a script in the folder, which must succeed.
    fn run(&self, script: &str) {
        let output = Command::new("sh")
            .args(["-euc", script])
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("GNUPGHOME", self.folder.path().join("gnupg"))
            .env("SOFTHSM2_CONF", self.folder.path().join("softhsm.conf"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{script}\n{text}");
    }

    fn keys(&mut self, holds: Holds, names: &[&str]) {
        for name in names {
            let bytes = std::fs::read(self.folder.path().join(name)).unwrap();
            assert!(!bytes.is_empty(), "{name}");
            let name = name.replace('/', "-");
            self.made.keys.push(KeyFile { name, bytes, holds });
        }
    }

    fn private(&mut self, names: &[&str]) {
        self.keys(Holds::Key, names);
    }

    fn perhaps(&mut self, names: &[&str]) {
        self.keys(Holds::Perhaps, names);
    }

    fn public(&mut self, names: &[&str]) {
        for name in names {
            let bytes = std::fs::read(self.folder.path().join(name)).unwrap();
            let name = (*name).to_owned();
            // What it would hold, were it taken for a key.
            self.made.public.push(KeyFile { name, bytes, holds: Holds::Key });
        }
    }

    fn openssl(&mut self) {
        self.run(
            "openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa-pkcs8.pem
             openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec-pkcs8.pem
             openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -outform DER -out ec521-sec1.der
             openssl genpkey -algorithm ED25519 -out ed25519-pkcs8.pem
             openssl pkey -in rsa-pkcs8.pem -outform DER -out rsa-pkcs8.der
             openssl pkey -in ed25519-pkcs8.pem -outform DER -out ed25519-pkcs8.der
             openssl pkcs8 -topk8 -in rsa-pkcs8.pem -passout pass:x -out rsa-encrypted.pem
             openssl pkcs8 -topk8 -in ec-pkcs8.pem -passout pass:x -scrypt -outform DER -out ec-encrypted.der
             openssl pkcs8 -topk8 -in ec-pkcs8.pem -passout pass:x -v1 PBE-SHA1-3DES -outform DER -out ec-pkcs12-pbe.der
             openssl rsa -traditional -in rsa-pkcs8.pem -out rsa-pkcs1.pem
             openssl rsa -traditional -in rsa-pkcs8.pem -outform DER -out rsa-pkcs1.der
             openssl rsa -traditional -in rsa-pkcs8.pem -aes256 -passout pass:x -out rsa-pkcs1-encrypted.pem
             openssl ec -in ec-pkcs8.pem -out ec-sec1.pem
             openssl ec -in ec-pkcs8.pem -outform DER -out ec-sec1.der
             openssl pkey -in rsa-pkcs8.pem -text -noout -out rsa-printed.txt
             openssl pkey -in ec-pkcs8.pem -text -noout -out ec-printed.txt
             openssl rsa -in rsa-pkcs8.pem -outform MSBLOB -out rsa.snk
             openssl rsa -in rsa-pkcs8.pem -outform PVK -pvk-none -out rsa.pvk
             openssl rsa -in rsa-pkcs8.pem -outform PVK -pvk-strong -passout pass:x -provider legacy -provider default -out rsa-encrypted.pvk
             for key in rsa ec; do
               openssl req -x509 -key $key-pkcs8.pem -subj /CN=x -out $key-certificate.pem
               openssl pkcs12 -export -inkey $key-pkcs8.pem -in $key-certificate.pem -passout pass:x -out $key.p12
             done
             openssl pkcs12 -export -inkey ec-pkcs8.pem -nocerts -passout pass:x -keypbe NONE -out ec-plain.p12
             openssl pkcs12 -export -nokeys -in ec-certificate.pem -passout pass:x -out certificates-encrypted.p12
             openssl pkcs12 -export -nokeys -in ec-certificate.pem -passout pass:x -certpbe NONE -out truststore.p12
             openssl req -new -key ec-pkcs8.pem -subj /CN=x -out request.pem
             openssl x509 -in rsa-certificate.pem -outform DER -out certificate.der
             openssl pkey -in rsa-pkcs8.pem -pubout -out public-rsa.pem
             openssl pkey -in ec-pkcs8.pem -pubout -text -out public-ec.txt
             openssl rsa -in rsa-pkcs8.pem -RSAPublicKey_out -outform DER -out public-pkcs1.der
             openssl rsa -in rsa-pkcs8.pem -pubout -outform MSBLOB -out public-rsa.blob
             openssl crl2pkcs7 -nocrl -certfile rsa-certificate.pem -outform DER -out certificates.p7b",
        );
        self.private(&[
            "rsa-pkcs8.pem",
            "ec-pkcs8.pem",
            "ec521-sec1.der",
            "ed25519-pkcs8.pem",
            "rsa-pkcs8.der",
            "ed25519-pkcs8.der",
            "rsa-encrypted.pem",
            "ec-encrypted.der",
            "ec-pkcs12-pbe.der",
            "rsa-pkcs1.pem",
            "rsa-pkcs1.der",
            "rsa-pkcs1-encrypted.pem",
            "ec-sec1.pem",
            "ec-sec1.der",
            "rsa-printed.txt",
            "ec-printed.txt",
            "rsa.snk",
            "rsa.pvk",
            "rsa-encrypted.pvk",
            "rsa.p12",
            "ec.p12",
            "ec-plain.p12",
        ]);
        self.perhaps(&["certificates-encrypted.p12"]);
        self.public(&[
            "truststore.p12",
            "rsa-certificate.pem",
            "request.pem",
            "certificate.der",
            "public-rsa.pem",
            "public-ec.txt",
            "public-pkcs1.der",
            "public-rsa.blob",
            "certificates.p7b",
        ]);
    }

    /// Java's own stores and Bouncy Castle's, which only its provider writes.
    fn java(&mut self) {
        self.run(&format!(
            "bc='-providerpath {BOUNCY_CASTLE} -provider org.bouncycastle.jce.provider.BouncyCastleProvider'
             key='-genkeypair -alias k -dname CN=x -storepass changeit -keypass changeit'
             keytool $key -keyalg RSA -storetype JKS -keystore rsa.jks
             keytool $key -keyalg EC -storetype JKS -keystore ec.jks
             keytool $key -keyalg EC -storetype JCEKS -keystore ec.jceks
             keytool $key -keyalg RSA -storetype PKCS12 -keystore rsa-java.p12
             keytool $key -keyalg EC -storetype BKS -keystore ec.bks $bc
             keytool $key -keyalg RSA -storetype UBER -keystore rsa.uber $bc
             keytool $key -keyalg EC -storetype BCFKS -keystore ec.bcfks $bc
             keytool -genseckey -keyalg AES -keysize 256 -alias s -storepass changeit -keypass changeit \
                 -storetype JCEKS -keystore secret.jceks
             trust='-importcert -noprompt -alias c -storepass changeit -file certificate.der'
             keytool $trust -storetype JKS -keystore truststore.jks
             keytool $trust -storetype JCEKS -keystore truststore.jceks
             keytool $trust -storetype BKS -keystore truststore.bks $bc"
        ));
        self.private(&["rsa.jks", "ec.jks", "ec.jceks", "secret.jceks", "rsa-java.p12", "ec.bks"]);
        self.perhaps(&["rsa.uber", "ec.bcfks"]);
        self.public(&["truststore.jks", "truststore.jceks", "truststore.bks"]);
    }

    fn ssh(&mut self) {
        self.run(
            "ssh-keygen -q -t ed25519 -N '' -f ssh-ed25519
             ssh-keygen -q -t ecdsa -N 'a passphrase' -f ssh-ecdsa-encrypted
             ssh-keygen -q -t rsa -b 2048 -N '' -m PEM -f ssh-rsa-pem
             puttygen ssh-ed25519 -O private -o ed25519.ppk
             touch empty
             echo 'a passphrase' > passphrase
             puttygen ssh-rsa-pem -O private --new-passphrase passphrase -o rsa-encrypted.ppk
             puttygen ssh-rsa-pem -O private --ppk-param version=2 --new-passphrase empty -o rsa-2.ppk
             puttygen ssh-rsa-pem -O private-sshcom --new-passphrase empty -o rsa-ssh2
             puttygen ssh-ed25519 -O public -o public-ssh2
             sed '/-----/d' ssh-ed25519 | base64 -d > ssh-ed25519.bin
             sed -e '/----/d' -e '/: /d' rsa-ssh2 | base64 -d > rsa-ssh2.bin",
        );
        self.private(&[
            "ssh-ed25519",
            "ssh-ed25519.bin",
            "ssh-ecdsa-encrypted",
            "ssh-rsa-pem",
            "ed25519.ppk",
            "rsa-encrypted.ppk",
            "rsa-2.ppk",
            "rsa-ssh2",
            "rsa-ssh2.bin",
        ]);
        self.public(&["ssh-ed25519.pub", "ssh-rsa-pem.pub", "public-ssh2"]);
    }

    fn openpgp(&mut self) {
        self.run(
            "mkdir -m 700 gnupg
             gpg='gpg --batch --quiet --pinentry-mode loopback'
             $gpg --passphrase '' --quick-gen-key rsa@x rsa2048
             $gpg --passphrase '' --quick-gen-key eddsa@x ed25519
             $gpg --passphrase secret --quick-gen-key ecdsa@x nistp256
             $gpg --export-secret-keys rsa@x > rsa.gpg
             $gpg --export-secret-keys eddsa@x > eddsa.gpg
             $gpg --passphrase secret --export-secret-keys ecdsa@x > ecdsa-encrypted.gpg
             $gpg --armor --export-secret-keys rsa@x > rsa.asc
             sed 's/PRIVATE/PUBLIC/' rsa.asc > rsa-mislabelled.asc
             $gpg --export rsa@x > public-rsa.gpg
             $gpg --export eddsa@x > public-eddsa.gpg
             $gpg --armor --export ecdsa@x > public-ecdsa.asc
             echo text | $gpg --local-user rsa@x --detach-sign > signature-rsa.gpg
             cp gnupg/pubring.kbx public-keyring.kbx
             number=0
             for file in gnupg/private-keys-v1.d/*.key; do
               number=$((number + 1)); cp $file gnupg-$number.key
             done
             gpgconf --kill gpg-agent",
        );
        self.private(&[
            "rsa.gpg",
            "eddsa.gpg",
            "ecdsa-encrypted.gpg",
            "rsa.asc",
            "rsa-mislabelled.asc",
            "gnupg-1.key",
            "gnupg-2.key",
            "gnupg-3.key",
        ]);
        self.public(&[
            "public-rsa.gpg",
            "public-eddsa.gpg",
            "public-ecdsa.asc",
            "signature-rsa.gpg",
            "public-keyring.kbx",
        ]);
    }

    /// NSS and SoftHSM; their databases do not say without a password whose keys they hold.
    fn tokens(&mut self) {
        self.run(
            "mkdir nss-sql nss-dbm tokens
             certutil -N -d sql:nss-sql --empty-password
             certutil -N -d dbm:nss-dbm --empty-password
             pk12util -i rsa.p12 -d sql:nss-sql -W x -K ''
             pk12util -i rsa.p12 -d dbm:nss-dbm -W x -K ''
             name=$(certutil -L -d sql:nss-sql | sed -n 's/  *u,u,u *$//p')
             pk12util -o nss.p12 -n \"$name\" -d sql:nss-sql -W x -K ''
             printf 'directories.tokendir = %s/tokens\\nobjectstore.backend = file\\n' \"$PWD\" > softhsm.conf
             softhsm2-util --init-token --free --label t --pin 1234 --so-pin 1234
             softhsm2-util --import ec-pkcs8.pem --token t --label k --id 01 --pin 1234
             cp tokens/*/token.object softhsm-token.object
             for file in tokens/*/*-*.object; do
               case $(od -An -tx1 -j24 -N8 $file | tr -d ' ') in
                 0000000000000003) cp $file softhsm-private.object ;;
                 0000000000000002) cp $file public-softhsm.object ;;
               esac
             done",
        );
        self.private(&["nss.p12", "softhsm-private.object"]);
        self.perhaps(&["nss-sql/key4.db", "nss-dbm/key3.db", "softhsm-token.object"]);
        self.public(&["public-softhsm.object"]);
    }

    fn others(&mut self) {
        self.run(
            "age-keygen -o age.txt
             recipient=$(age-keygen -y age.txt)
             echo $recipient > public-age.txt
             age -r $recipient -o identity.age age.txt
             age -a -r $recipient -o identity-armoured.age age.txt
             dnssec-keygen -K . -a ECDSAP256SHA256 ec.example
             dnssec-keygen -K . -a RSASHA256 -b 2048 rsa.example
             for key in ec rsa; do
               mv K$key.example.*.private $key-dnssec.private; mv K$key.example.*.key public-$key-dnssec.key
             done
             head -c 48 /dev/urandom | openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -out dkek-share.pbe",
        );
        self.private(&["age.txt", "ec-dnssec.private", "rsa-dnssec.private"]);
        self.perhaps(&["identity.age", "identity-armoured.age", "dkek-share.pbe"]);
        self.public(&["public-age.txt", "public-ec-dnssec.key", "public-rsa-dnssec.key"]);
    }

    fn layouts(&mut self) {
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/private_keys.py");
        self.run(&format!("python3 {} rsa-pkcs8.pem ec-pkcs8.pem .", script.display()));
        self.private(&[
            "jwk-ec.json",
            "jwks-rsa.json",
            "rsa.xml",
            "cng-rsa.blob",
            "cng-rsa-full.blob",
            "cng-ec.blob",
            "package.der",
        ]);
        self.keys(Holds::Wrapped, &["sc-hsm-wrapped.bin", "sc-hsm-blob.bin"]);
        self.perhaps(&["windows-profile.key", "softhsm.sqlite3"]);
        self.public(&[
            "public-jwk-ec.json",
            "public-rsa.xml",
            "public-cng-rsa.blob",
            "public-cng-ec.blob",
        ]);
    }
}
