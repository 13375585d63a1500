#!/usr/bin/env python3
"""Lays out the places of a new format, empty: new-format.py NAME VENDOR PRODUCT

    new-format.py acme-vault acme "Acme Vault"

What is still missing afterwards, `cargo test one_name` says. CONTRIBUTING.md tells what belongs where.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = """# {name}

## What comes

## What is checked, in order

## What the evidence cannot show

## Sources
"""
FORMAT = """//! {product}.
//!
//! Format, to the byte: `docs/formats/{name}.md`.

use super::{{AttestationFormat, Evidence, InspectLine, Part, VerifiedEvidence}};
use crate::encoding::x509::Certificate;
use crate::reason::{{Reason, ReasonCode}};
use crate::time::Timestamp;
use crate::trust::TrustStore;

/// The format `{name}`.
#[derive(Debug)]
pub struct {camel};

impl AttestationFormat for {camel} {{
    fn name(&self) -> &'static str {{
        "{name}"
    }}

    fn recognizes(&self, _certificate: &Certificate) -> Part {{
        Part::Foreign
    }}

    fn inspect(&self, _certificate: &Certificate) -> Vec<InspectLine> {{
        Vec::new()
    }}

    fn verify<'a>(
        &self,
        _evidence: Evidence<'a>,
        _trust: &'a TrustStore,
        _time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {{
        Err(vec![Reason::new(ReasonCode::AttestationUnrecognized)])
    }}
}}
"""
SIMULATOR = """//! A simulated attestation of {product}: a draft, and what can be wrong with it.
"""
FACTS = {
    "anchors": "# Whom to believe: name and key of each, with two sources.\nvendor: {maker}\nanchors: []\n",
    "modules": "# What is certified.\nvendor: {maker}\nmodules: []\n",
    "advisories": "# What the manufacturer has published.\nvendor: {maker}\nadvisories: []\n",
}


def put(path, text):
    path = ROOT / path
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x") as file:
        file.write(text)
    print("made  ", path.relative_to(ROOT))


def line(path, pattern, new):
    """Puts a line before the first one of its kind that sorts after it, or after the last."""
    path = ROOT / path
    lines = path.read_text().splitlines(keepends=True)
    of_kind = [at for at, text in enumerate(lines) if re.match(pattern, text)]
    later = [at for at in of_kind if lines[at] > new]
    lines.insert(later[0] if later else of_kind[-1] + 1, new)
    path.write_text("".join(lines))
    print("line in", path.relative_to(ROOT))


def main(name, vendor, product):
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", name) or not re.fullmatch("[a-z0-9]+", vendor):
        sys.exit("a name is like acme-vault, and a vendor like acme")
    folder, camel = name.replace("-", "_"), name.title().replace("-", "")
    words = {"name": name, "product": product, "camel": camel, "maker": product.split()[0]}
    put(f"docs/formats/{name}.md", PAGE.format(**words))
    put(f"src/format/{folder}/mod.rs", FORMAT.format(**words))
    put(f"simulator/src/{folder}/mod.rs", SIMULATOR.format(**words))
    put(f"tests/expected/{name}.yaml", "# What must come out, a line each: see attestation-samples/README.md.\n")
    if not (ROOT / "vendor-roots" / vendor).exists():
        for kind, text in FACTS.items():
            put(f"vendor-roots/{vendor}/{kind}.yaml", text.format(**words))
        line("src/facts.rs", r"    vendor!\(", f'    vendor!("{vendor}" {{}}),\n')
    line("src/format/mod.rs", "pub mod ", f"pub mod {folder};\n")
    line("src/format/mod.rs", "    &[a-z]", f"    &{folder}::{camel},\n")
    line("simulator/src/lib.rs", "mod [a-z0-9]+_", f"mod {folder};\n")
    for page in ["README.md", "docs/formats/README.md"]:
        columns = (ROOT / page).read_text().split("| `azure-managed-hsm` |")[1].split("\n")[0].count("|")
        link = f"[docs/formats/{name}.md](docs/formats/{name}.md)" if page == "README.md" else f"[{name}.md]({name}.md)"
        middle = [product] + [""] * (columns - 2)
        line(page, r"\| `[a-z0-9-]+` \| .*\]\([a-z/]*[a-z0-9-]+\.md\) \|$", f"| `{name}` | {' | '.join(middle)} | {link} |\n")
    print("Then: a case and a family in the simulator and its line in formats(), samples, CHANGELOG.md.")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
