"""What `sdkms-cli key-attestation` prints: the folder of the argument holds the service's answer, and gets the
file.

The client's own code from the answer on. No request is sent.
"""

import contextlib
import pathlib
import sys

from sdkms.v1.api_client import ApiClient
from sdkms_cli import __main__ as client

folder = pathlib.Path(sys.argv[1])


class Answer:
    """In the place of the HTTP response."""

    data = (folder / "answer.json").read_text()


def make_request(auth, api, method, body):
    return ApiClient().deserialize(Answer, "KeyAttestationResponse")


client.make_request = make_request
with open(folder / "printed.json", "w") as file, contextlib.redirect_stdout(file):
    client.key_attestation(kid=None, name="signer")
