"""Writes papers, pictures and mail as their programs do, to the folder that is named: each as it is, with a
certification request hidden in it (of a fresh key), and with a private key."""

import datetime
import email.message
import io
import pathlib
import sys

import docx
import ds_store
import openpyxl
import pptx
import xlwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from odf.opendocument import OpenDocumentText
from odf.text import P
from PIL import Image, PngImagePlugin, TiffImagePlugin
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.pdfgen import canvas

FOLDER = pathlib.Path(sys.argv[1])
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example")])
KEY = ec.generate_private_key(ec.SECP256R1())
NOW = datetime.datetime(2026, 11, 1)
SIGNER = (
    x509.CertificateBuilder()
    .subject_name(NAME)
    .issuer_name(NAME)
    .public_key(KEY.public_key())
    .serial_number(1)
    .not_valid_before(NOW)
    .not_valid_after(NOW + datetime.timedelta(days=365))
    .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)
    .sign(KEY, hashes.SHA256())
)


def request():
    builder = x509.CertificateSigningRequestBuilder().subject_name(NAME)
    signed = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def private_key():
    key = ec.generate_private_key(ec.SECP256R1())
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, pkcs8, serialization.NoEncryption()).decode()


def saved(save, *arguments, **options):
    buffer = io.BytesIO()
    save(buffer, *arguments, **options)
    return buffer.getvalue()


def pdf(lines):
    buffer = io.BytesIO()
    page = canvas.Canvas(buffer)
    for number, line in enumerate(["Power of attorney", *lines]):
        page.drawString(50, 800 - 12 * number, line)
    page.save()
    return buffer.getvalue()


def signed_pdf(lines):
    from asn1crypto import keys, x509 as asn1_x509

    der, pkcs8 = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    key = keys.PrivateKeyInfo.load(KEY.private_bytes(der, pkcs8, serialization.NoEncryption()))
    certificate = asn1_x509.Certificate.load(SIGNER.public_bytes(der))
    signer = signers.SimpleSigner(certificate, key, SimpleCertificateStore())
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf(lines)))
    metadata = signers.PdfSignatureMetadata(field_name="Signature")
    field = SigFieldSpec("Signature")
    return signers.sign_pdf(writer, metadata, signer=signer, new_field_spec=field).getvalue()


def png(lines):
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "\n".join(lines))
    return saved(Image.effect_noise((64, 64), 50).save, "png", pnginfo=text)


def jpeg(lines):
    return saved(Image.effect_noise((64, 64), 50).save, "jpeg", comment="\n".join(lines).encode())


def gif(lines):
    return saved(Image.effect_noise((64, 64), 50).save, "gif", comment="\n".join(lines).encode())


def tiff(lines):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270] = "\n".join(lines) or "scan"
    return saved(Image.effect_noise((64, 64), 50).save, "tiff", tiffinfo=tags)


def bmp(lines):
    # No place for a text but its pixels.
    text = "\n".join(lines).encode().ljust(1024, b"\0")
    return saved(Image.frombytes("L", (32, 32), text).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save, "bmp")


def word(lines):
    document = docx.Document()
    for line in ["Power of attorney", *lines]:
        document.add_paragraph(line)
    return saved(document.save)


def excel(lines):
    book = openpyxl.Workbook()
    book.active.append(["Order", "\n".join(lines)])
    return saved(book.save)


def powerpoint(lines):
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Order"
    slide.placeholders[1].text = "\n".join(lines)
    return saved(presentation.save)


def writer(lines):
    document = OpenDocumentText()
    for line in ["Power of attorney", *lines]:
        document.text.addElement(P(text=line))
    return saved(document.write)


def old_excel(lines):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Order")
    sheet.write(0, 0, "Order")
    sheet.write(1, 0, "\n".join(lines))
    return saved(book.save)


def store(lines):
    path = FOLDER / "store"
    path.unlink(missing_ok=True)
    with ds_store.DSStore.open(str(path), "w+") as opened:
        opened["request.pem"]["Iloc"] = (1, 2)
        opened.insert(ds_store.DSStoreEntry("request.pem", "cmmt", "ustr", "\n".join(lines)))
    content = path.read_bytes()
    path.unlink()
    return content


def html(lines):
    body = "".join(f"<p>{line}</p>" for line in ["Dear all,", *lines])
    return f"<html><body>{body}</body></html>\n".encode()


def rich_text(lines):
    return ("{\\rtf1\\ansi " + "\\par\n".join(["Dear all,", *lines]) + "}").encode()


def mail(lines):
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "Order"
    message.set_content("Dear all,\nplease find the files.\n")
    message.add_alternative("<html><body><p>Dear all</p></body></html>", subtype="html")
    message.add_attachment(png([]), maintype="image", subtype="png", filename="logo.png")
    if lines:
        attached = ("\n".join(lines) + "\n").encode()
        message.add_attachment(attached, maintype="application", subtype="octet-stream", filename="x.bin")
    return message.as_bytes()


def detached_signature(lines):
    builder = pkcs7.PKCS7SignatureBuilder().set_data("\n".join(lines).encode())
    builder = builder.add_signer(SIGNER, KEY, hashes.SHA256())
    signature = builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature])
    return signature + "\n".join(lines).encode()


def text(lines):
    return "\n".join(["Dear all,", "please find the files.", *lines]).encode()


MAKERS = {
    "paper.pdf": pdf,
    "signed.pdf": signed_pdf,
    "scan.png": png,
    "scan.jpg": jpeg,
    "logo.gif": gif,
    "scan.tif": tiff,
    "picture.bmp": bmp,
    "letter.docx": word,
    "order.xlsx": excel,
    "slides.pptx": powerpoint,
    "letter.odt": writer,
    "order.xls": old_excel,
    ".DS_Store": store,
    "mail.html": html,
    "letter.rtf": rich_text,
    "mail.eml": mail,
    "smime.p7s": detached_signature,
    "mail.txt": text,
}

for folder, lines in {
    "plain": [],
    "request": request().splitlines(),
    "key": private_key().splitlines(),
}.items():
    (FOLDER / folder).mkdir()
    for name, make in MAKERS.items():
        (FOLDER / folder / name).write_bytes(make(lines))
