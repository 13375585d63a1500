"""Writes keys in the layouts for which no tool is packaged, from their published descriptions.

Usage: private_keys.py RSA.pem EC.pem FOLDER
"""

import base64
import os
import struct
import sys

from cryptography.hazmat.primitives.serialization import load_pem_private_key


def octets(number, size=None):
    return number.to_bytes(size or (number.bit_length() + 7) // 8, "big")


def text(number, size=None):
    return base64.urlsafe_b64encode(octets(number, size)).rstrip(b"=").decode()


def plain(number):
    return base64.b64encode(octets(number)).decode()


rsa_file, ec_file, folder = sys.argv[1:]
rsa = load_pem_private_key(open(rsa_file, "rb").read(), None).private_numbers()
ec = load_pem_private_key(open(ec_file, "rb").read(), None).private_numbers()
public = rsa.public_numbers


def write(name, content):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


# RFC 7517, RFC 7518 6.2 and 6.3.
coordinates = f'"x":"{text(ec.public_numbers.x, 32)}","y":"{text(ec.public_numbers.y, 32)}"'
write("jwk-ec.json", f'{{"kty":"EC","crv":"P-256",{coordinates},"d":"{text(ec.private_value, 32)}"}}')
write("public-jwk-ec.json", f'{{"kty":"EC","crv":"P-256",{coordinates}}}')
members = ",\n  ".join(
    f'"{name}": "{text(value)}"'
    for name, value in [
        ("n", public.n), ("e", public.e), ("d", rsa.d), ("p", rsa.p), ("q", rsa.q),
        ("dp", rsa.dmp1), ("dq", rsa.dmq1), ("qi", rsa.iqmp),
    ]
)
write("jwks-rsa.json", f'{{"keys": [{{\n  "kty": "RSA",\n  {members}\n}}]}}')

# .NET, RSA.ToXmlString(true).
elements = "".join(
    f"<{name}>{plain(value)}</{name}>"
    for name, value in [
        ("Modulus", public.n), ("Exponent", public.e), ("P", rsa.p), ("Q", rsa.q),
        ("DP", rsa.dmp1), ("DQ", rsa.dmq1), ("InverseQ", rsa.iqmp), ("D", rsa.d),
    ]
)
write("rsa.xml", f"<RSAKeyValue>{elements}</RSAKeyValue>")
numbers = f"<Modulus>{plain(public.n)}</Modulus><Exponent>{plain(public.e)}</Exponent>"
write("public-rsa.xml", f"<RSAKeyValue>{numbers}</RSAKeyValue>")

# bcrypt.h: BCRYPT_RSAKEY_BLOB in its two private forms and its public one, BCRYPT_ECCKEY_BLOB.
def rsa_blob(magic, *values):
    sizes = [len(octets(value)) for value in (public.e, public.n, rsa.p, rsa.q)]
    if magic == b"RSA1":
        sizes[2:] = [0, 0]
    header = magic + struct.pack("<5I", public.n.bit_length(), *sizes)
    return header + b"".join(octets(value) for value in values)


write("cng-rsa.blob", rsa_blob(b"RSA2", public.e, public.n, rsa.p, rsa.q))
full = (public.e, public.n, rsa.p, rsa.q, rsa.dmp1, rsa.dmq1, rsa.iqmp, rsa.d)
write("cng-rsa-full.blob", rsa_blob(b"RSA3", *full))
write("public-cng-rsa.blob", rsa_blob(b"RSA1", public.e, public.n))
point = octets(ec.public_numbers.x, 32) + octets(ec.public_numbers.y, 32)
write("cng-ec.blob", b"ECS2" + struct.pack("<I", 32) + point + octets(ec.private_value, 32))
write("public-cng-ec.blob", b"ECS1" + struct.pack("<I", 32) + point)

# A file below Crypto/Keys of a Windows profile: blobs of the Data Protection API.
provider = bytes.fromhex("d08c9ddf0115d1118c7a00c04fc297eb")
write("windows-profile.key", struct.pack("<2I", 1, 0) + b"k\0" * 20
      + struct.pack("<I", 1) + provider + os.urandom(400))


# OpenSC, sc-hsm-tool.c, wrap_key: wrapped key, PrivateKeyType of PKCS #15, certificate.
def value(tag, content):
    return bytes([tag, 0x82]) + struct.pack(">H", len(content)) + content


# CardContact's key blob: name of the wrapping key, type, default algorithm, encrypted key, CMAC.
blob = os.urandom(8) + bytes.fromhex("0c000a04007f00070202020203") + os.urandom(300)
description = value(0x30, bytes.fromhex("0c0161"))
request = value(0x67, os.urandom(200))
write("sc-hsm-wrapped.bin", value(0x30, value(0x04, blob) + value(0xA0, description) + request))
write("sc-hsm-blob.bin", blob)

# RFC 5958 2: AsymmetricKeyPackage of one key.
with open(os.path.join(folder, "ed25519-pkcs8.der"), "rb") as file:
    write("package.der", value(0x30, file.read()))

# SoftHSM, DBObject.cpp: the database of a token that was made with objectstore.backend = db.
import sqlite3

with sqlite3.connect(os.path.join(folder, "softhsm.sqlite3")) as database:
    database.execute("create table object (id integer primary key)")
    database.execute("create table attribute_binary (value blob, type integer, object_id integer)")
    database.execute("insert into attribute_binary values (?, 17, 1)", (octets(ec.private_value),))
