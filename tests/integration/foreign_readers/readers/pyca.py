"""What Python's cryptography finds in files: every loader, PEM and DER, over the whole file and
from each later boundary on, as a program reads that looks for the next object itself.

Paths and lines as in openssl.c.
"""

import sys
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs7

# Far more than one file of the test holds.
MOST = 64
BOUNDARY = b"-----BEGIN "


def whole(it):
    return it.public_bytes(Encoding.DER)


def key(it):
    return it.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def secret(_):
    return None


def private(load):
    return lambda data: load(data, None)


LOADERS = [
    ("request", "x509_csr", whole, x509.load_pem_x509_csr, x509.load_der_x509_csr),
    ("certificate", "x509_certificate", whole, x509.load_pem_x509_certificate, x509.load_der_x509_certificate),
    ("public-key", "public_key", key, serialization.load_pem_public_key, serialization.load_der_public_key),
    (
        "private-key",
        "private_key",
        secret,
        private(serialization.load_pem_private_key),
        private(serialization.load_der_private_key),
    ),
    (
        "certificate",
        "pkcs7_certificates",
        whole,
        pkcs7.load_pem_pkcs7_certificates,
        pkcs7.load_der_pkcs7_certificates,
    ),
]


def objects(load, encode, data):
    """What one loader finds, as DER. What it finds and cannot encode is an error of this program."""
    try:
        found = load(data)
    # Anything may be raised, a panic of its Rust part among them.
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        return []
    found = found if isinstance(found, list) else [found]
    out = []
    for it in found:
        try:
            out.append(encode(it))
        except ValueError:
            # Parsed lazily: what is wrong shows where it is used.
            continue
    return out


def views(data):
    yield data
    at = data.find(BOUNDARY, 1)
    for _ in range(MOST):
        if at < 0:
            return
        yield data[at:]
        at = data.find(BOUNDARY, at + 1)


def read_file(data):
    loaders = list(LOADERS)
    if hasattr(x509, "load_pem_x509_certificates"):
        loaders.append(("certificate", "x509_certificates", whole, x509.load_pem_x509_certificates, None))
    for kind, name, encode, pem, der in loaders:
        for view in views(data):
            for it in objects(pem, encode, view):
                yield kind, "load_pem_" + name, it
        if der is not None:
            for it in objects(der, encode, data):
                yield kind, "load_der_" + name, it


def main():
    warnings.simplefilter("ignore")
    count = 0
    for line in sys.stdin:
        with open(line.rstrip("\n"), "rb") as file:
            data = file.read()
        for kind, how, der in sorted(set(read_file(data)), key=str):
            print(count, kind, how, "-" if der is None else der.hex(), sep="\t")
        count += 1
    print("done", count, sep="\t")


main()
