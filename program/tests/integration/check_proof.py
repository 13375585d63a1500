"""Checks a C2SP tlog-proof of one record with nothing but Python: record, proof, verifier key."""
import base64, hashlib, sys

record, proof, vkey = (open(name, "rb").read() for name in sys.argv[1:4])
head, _, checkpoint = proof.decode().partition("\n\n")
kind, index, *hashes = head.split("\n")
assert kind == "c2sp.org/tlog-proof@v1"
index = int(index.removeprefix("index "))
origin, size, root = checkpoint.split("\n")[:3]
size, root = int(size), base64.b64decode(root)
assert origin == vkey.decode().split("+")[0] and 0 <= index < size

def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()

# RFC 9162 2.1.3.2
fn, sn, r = index, size - 1, hashlib.sha256(b"\x00" + record).digest()
for p in (base64.b64decode(text) for text in hashes):
    assert sn != 0
    if fn & 1 or fn == sn:
        r = node(p, r)
        while not fn & 1 and fn != 0:
            fn, sn = fn >> 1, sn >> 1
    else:
        r = node(r, p)
    fn, sn = fn >> 1, sn >> 1
assert sn == 0 and r == root, "the record is not in the ledger"
print(f"record {index} of {size} in {origin}")
