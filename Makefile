# Two targets do everything: `make demo` and `make test`. System packages are installed with apt,
# as root or through sudo, where they are missing.
SHELL := /bin/bash
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PACKAGES := gcc libc6-dev make libpcsclite-dev pkg-config
# Where there is no Rust: Debian's newest, which it keeps for browsers (of bookworm in its security archive).
RUST_PACKAGES := cargo-web rustc-web ca-certificates
# What tests run beside keyproof: readers of virtual cards (token_pcsc); a database, faults in system calls,
# another clock and another reader for the ledger; makers of keys and keystores (private_keys); a counter of
# instructions; other readers of requests and certificates (foreign_readers). `cargo test` alone leaves out,
# with a line, what needs one that is missing; `make test` installs them and demands them.
TEST_PACKAGES := pcscd vsmartcard-vpcd yubico-piv-tool opensc pcsc-tools iproute2 util-linux mount \
	yubikey-manager postgresql openssl strace faketime python3 python3-cryptography \
	default-jdk-headless libbcprov-java libbcpkix-java openssh-client putty-tools gnupg libnss3-tools softhsm2 age \
	bind9-utils valgrind libssl-dev libgnutls28-dev gnutls-bin python3-pip python3-jsonschema
# Programs that write what is read here, of pinned releases, each in a folder of its own: a file of packages each.
CLIENTS := $(basename $(notdir $(wildcard tests/clients/*.txt)))
# Without the program: nothing is counted but the library.
COUNT := cargo bench -p keyproof --no-default-features --bench instructions
INSTALL := $(SUDO) apt-get update && $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	apt-get install -y --no-install-recommends

.PHONY: demo test test-full check count bench facts system test-system test-clients

demo: system
	cargo build --release --quiet
	./scripts/demo.sh target/release/keyproof

test: system test-system test-clients
	KEYPROOF_THOROUGH=1 KEYPROOF_DEMAND_TOOLS=1 cargo test --all-targets
	RUSTDOC=$(CURDIR)/scripts/rustdoc.sh cargo test --doc
	$(COUNT)

# Every bit of every sample, in release mode: more than an hour.
test-full: system test-system test-clients
	KEYPROOF_FULL=1 KEYPROOF_DEMAND_TOOLS=1 cargo test --release --tests

check:
	cargo fmt --all --check
	cargo clippy --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items
	cargo check -p keyproof --no-default-features
	cargo check -p keyproof-cli --no-default-features
	cargo deny check licenses bans sources

# The instructions of the worst submission of each kind: the table of docs/threat-model.md.
count: system test-system
	$(COUNT)

bench: system
	cargo bench

# The bundle of facts of vendor-roots/, which is embedded in the program that is built next (docs/facts.md).
facts: system
	-KEYPROOF_WRITE_COMPILED=1 cargo test --quiet -p keyproof --lib embedded
	cargo run --quiet -p keyproof-cli --no-default-features -- facts build vendor-roots --output vendor-roots/facts.kpf

system:
	@{ command -v cc && command -v pkg-config && pkg-config --exists libpcsclite; } >/dev/null || \
	  { $(INSTALL) $(PACKAGES); }
	@command -v cargo >/dev/null || { $(INSTALL) $(RUST_PACKAGES); }

test-system:
	@{ command -v pcscd && command -v yubico-piv-tool && command -v ykman && command -v sc-hsm-tool && \
	  command -v ip && command -v strace && command -v faketime && command -v python3 && \
	  command -v openssl && command -v valgrind && /usr/bin/python3 -c 'import cryptography, jsonschema' && \
	  command -v keytool && command -v javac && \
	  ls /usr/include/openssl/x509.h /usr/include/gnutls/x509.h && \
	  command -v ssh-keygen && command -v puttygen && command -v gpg && command -v certutil && \
	  command -v certtool && /usr/bin/python3 -m pip --version && \
	  command -v softhsm2-util && command -v age && command -v dnssec-keygen && \
	  ls /usr/share/java/bcprov.jar /usr/share/java/bcpkix.jar && \
	  ls /usr/lib/postgresql/*/bin/initdb /usr/lib/pcsc/drivers/serial/libifdvpcd.so; } >/dev/null 2>&1 || \
	  { $(INSTALL) $(TEST_PACKAGES); }

test-clients: $(CLIENTS:%=target/clients/%/requirements.txt)

# With --no-deps: the list is the whole of what is installed.
target/clients/%/requirements.txt: tests/clients/%.txt
	@rm -rf $(@D)
	@/usr/bin/python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps \
	  --target $(@D) -r $<
	@cp $< $@
