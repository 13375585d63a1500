"""Writes an Outlook message (MS-OXMSG) to the file that is named first, with the other files as its attachments;
another reader of such messages must find them in it."""

import pathlib
import struct
import sys

import extract_msg
from extract_msg.ole_writer import OleWriter

PLACE, *FILES = map(pathlib.Path, sys.argv[1:])


def properties(header, fixed):
    """A stream of properties (2.4): its header, and each as type, number, flags and value."""
    rows = (struct.pack("<HHII4x", kind, number, 6, value) for number, kind, value in fixed)
    return header + b"".join(rows)


def texts(of):
    return {f"__substg1.0_{number:04X}001F": text.encode("utf-16-le") for number, text in of.items()}


def add(writer, folder, streams):
    for name, content in streams.items():
        writer.addEntry([*folder, name], content)


WRITER = OleWriter()
WRITER.addEntry(["__nameid_version1.0"], storage=True)
for number in (2, 3, 4):
    WRITER.addEntry(["__nameid_version1.0", f"__substg1.0_{number:04X}0102"], b"")
HEADER = struct.pack("<8xIIII8x", 0, len(FILES), 0, len(FILES))
add(WRITER, [], {"__properties_version1.0": properties(HEADER, [(0x340D, 3, 0x40000)])})
add(WRITER, [], texts({0x001A: "IPM.Note", 0x0037: "Order", 0x1000: "Dear all,\r\nplease find the files.\r\n"}))
for number, file in enumerate(FILES):
    folder = f"__attach_version1.0_#{number:08X}"
    WRITER.addEntry([folder], storage=True)
    content = file.read_bytes()
    fixed = [(0x3705, 3, 1), (0x0E20, 3, len(content)), (0x0E21, 3, number)]
    add(WRITER, [folder], {"__properties_version1.0": properties(bytes(8), fixed)})
    add(WRITER, [folder], texts({0x3704: file.name, 0x3707: file.name}))
    add(WRITER, [folder], {"__substg1.0_37010102": content})
WRITER.write(str(PLACE))

READ = extract_msg.openMsg(str(PLACE))
ATTACHED = {it.getFilename(): it.data for it in READ.attachments}
assert ATTACHED == {file.name: file.read_bytes() for file in FILES}, ATTACHED.keys()
assert READ.subject == "Order", READ.subject
