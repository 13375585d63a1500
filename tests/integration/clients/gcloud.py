"""What gcloud prints of a CryptoKeyVersion: the folder of the first argument holds the answer of the API,
and gets the files.

gcloud itself cannot be had as a package. Its messages are google-apitools', whose own code decodes the answer
and encodes it here; its YAML is ruamel.yaml's with the settings of the Cloud SDK's
`googlecloudsdk/core/resource/yaml_printer.py`, and what `gcloud kms keys versions describe` takes out of it
is that of `command_lib`'s `surface/kms/keys/versions/describe.py`, both as recorded.
"""

import json
import pathlib
import sys

from apitools.base.protorpclite import messages
from apitools.base.py import encoding_helper
from ruamel import yaml


class CertificateChains(messages.Message):
    caviumCerts = messages.StringField(1, repeated=True)
    googleCardCerts = messages.StringField(2, repeated=True)
    googlePartitionCerts = messages.StringField(3, repeated=True)


class KeyOperationAttestation(messages.Message):
    class FormatValueValuesEnum(messages.Enum):
        CAVIUM_V1_COMPRESSED = 1
        CAVIUM_V2_COMPRESSED = 2

    certChains = messages.MessageField(CertificateChains, 1)
    content = messages.BytesField(2)
    format = messages.EnumField(FormatValueValuesEnum, 3)


class CryptoKeyVersion(messages.Message):
    class ProtectionLevelValueValuesEnum(messages.Enum):
        SOFTWARE = 1
        HSM = 2
        HSM_SINGLE_TENANT = 3

    attestation = messages.MessageField(KeyOperationAttestation, 1)
    createTime = messages.StringField(2)
    name = messages.StringField(3)
    protectionLevel = messages.EnumField(ProtectionLevelValueValuesEnum, 4)


class LiteralLines(str):
    """A text of several lines."""


def printable(value):
    if isinstance(value, str) and "\n" in value:
        return LiteralLines(value)
    if isinstance(value, list):
        return [printable(element) for element in value]
    if isinstance(value, dict):
        return {name: printable(element) for name, element in value.items()}
    return value


def write_yaml(value, path):
    printer = yaml.YAML(typ="safe", pure=True)
    printer.default_flow_style = False
    printer.old_indent = 2
    printer.allow_unicode = True
    printer.explicit_start = False
    printer.representer.add_representer(
        LiteralLines,
        lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|"),
    )
    with open(path, "wb") as file:
        printer.dump(printable(value), file)


folder = pathlib.Path(sys.argv[1])
answer = json.loads((folder / "answer.json").read_text())
answer["createTime"] = "2026-11-21T00:00:00.123456789Z"
version = encoding_helper.JsonToMessage(CryptoKeyVersion, json.dumps(answer))


def write(name):
    value = encoding_helper.MessageToPyValue(version)
    (folder / f"{name}.json").write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")
    write_yaml(value, folder / f"{name}.yaml")


write("whole")
# `--attestation-file`; and what `describe` prints then, and always.
(folder / "attestation.dat").write_bytes(version.attestation.content)
version.attestation.content = None
version.attestation.certChains = None
write("described")
