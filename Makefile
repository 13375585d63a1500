# Two targets do everything: `make demo` and `make test`. System packages are installed with apt,
# as root or through sudo, where they are missing.
SHELL := /bin/bash
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PACKAGES := gcc libc6-dev make

.PHONY: demo test test-full check bench system

demo: system
	cargo build --release --quiet
	./scripts/demo.sh target/release/keyproof

test: system
	cargo test --all-targets
	cargo test --doc

# Every bit of every sample, in release mode: some twenty minutes.
test-full: system
	KEYPROOF_FULL=1 cargo test --release --tests

check:
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items
	cargo check --lib --no-default-features
	cargo deny check licenses bans sources

bench: system
	cargo bench

system:
	@command -v cc >/dev/null || { $(SUDO) apt-get update && $(SUDO) apt-get install -y --no-install-recommends $(PACKAGES); }
	@command -v cargo >/dev/null || { echo "Rust is missing: see https://rustup.rs" >&2; exit 1; }
