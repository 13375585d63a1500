"""What `az keyvault key get-attestation` writes of a service's answer: the folder of its argument holds
the answer, and gets the files.

The client's own code from the answer on: its model of the key, its command, and its printer. No request
is sent.
"""

import json
import pathlib
import sys

from azure.cli.command_modules.keyvault._command_type import _encode_hex
from azure.cli.command_modules.keyvault.custom import get_key_attestation
from azure.keyvault.keys import KeyVaultKey
from azure.keyvault.keys._generated.models import KeyBundle
from knack.output import format_json, format_yaml
from knack.util import CommandResultItem, todict

folder = pathlib.Path(sys.argv[1])


class Client:
    """In the place of the client that asks the service."""

    def __init__(self, answer):
        self.answer = answer

    def get_key_attestation(self, name, version):
        return KeyVaultKey._from_key_bundle(KeyBundle(self.answer))


def write(name, answer):
    file = folder / f"{name}.file.json"
    get_key_attestation(Client(answer), "signer", None, str(file))
    # Without --file the command's result is printed, as every result of the command group is.
    printed = _encode_hex(get_key_attestation(Client(answer), "signer"))
    result = CommandResultItem(todict(printed))
    (folder / f"{name}.printed.json").write_text(format_json(result))
    (folder / f"{name}.printed.yaml").write_text(format_yaml(result))


answer = json.loads((folder / "answer.json").read_text())
write("whole", answer)
del answer["attributes"]["attestation"]["publicKeyAttestation"]
write("without-public", answer)
