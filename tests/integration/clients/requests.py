"""Writes requests as Python's cryptography and ykman do, to the folder that is named: of fresh keys, with
the release of cryptography that PYTHONPATH leads to."""

import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

BACKEND = default_backend()


class Session:
    """The one method of a PIV session that ykman's writer of requests calls."""

    def __init__(self, key):
        self.key = key

    def sign(self, _slot, _key_type, message, algorithm, _padding):
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(message, padding.PKCS1v15(), algorithm)
        return self.key.sign(message, ec.ECDSA(algorithm))


def by_cryptography(key, extended):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    if extended:
        usage = x509.KeyUsage(True, *[False] * 8)
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(key, hashes.SHA256(), BACKEND)


def by_ykman(key):
    from ykman.piv import generate_csr
    from yubikit.piv import SLOT

    return generate_csr(Session(key), SLOT.SIGNATURE, key.public_key(), "CN=Example")


def main(writer, folder):
    folder = pathlib.Path(folder)
    # ykman 4 writes requests of no larger RSA keys.
    bits = 2048 if writer == "ykman" else 3072
    keys = {
        "rsa": rsa.generate_private_key(65537, bits, BACKEND),
        "ec": ec.generate_private_key(ec.SECP256R1(), BACKEND),
    }
    for kind, key in keys.items():
        if writer == "ykman":
            requests = {kind: by_ykman(key)}
        else:
            requests = {kind: by_cryptography(key, False), kind + "-extended": by_cryptography(key, True)}
        for name, request in requests.items():
            pem = request.public_bytes(serialization.Encoding.PEM)
            (folder / (name + ".pem")).write_bytes(pem)


main(*sys.argv[1:])
