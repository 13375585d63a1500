"""Writes papers, pictures and mail as their programs do, to the folder that is named: each as it is, with a
certification request hidden in it (of a fresh key), and with a private key; and the forms in which people's
programs pack a text deeper."""

import base64
import datetime
import email.message
import gzip
import io
import pathlib
import sys
import zipfile

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
from pyhanko.pdf_utils import embed
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


def packed_in_word(lines):
    """A document that embeds an archive, as "Insert object" does."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("request.pem", "\n".join(lines))
    return with_part(word([]), "word/embeddings/package.bin", inner.getvalue())


def book_in_word(lines):
    return with_part(word([]), "word/embeddings/book.xlsx", excel(lines))


def with_part(document, name, content):
    outer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as read, zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as write:
        for part in read.namelist():
            write.writestr(part, read.read(part))
        write.writestr(name, content)
    return outer.getvalue()


def pdf_with_attachment(name, content):
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf([])))
    stream = embed.EmbeddedFileObject.from_file_data(writer, data=content, compress=True)
    embed.embed_file(writer, embed.FileSpec(file_spec_string=name, file_name=name, embedded_data=stream))
    return saved(writer.write)


def packed_png(lines):
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "\n".join(lines), zip=True)
    return saved(Image.effect_noise((64, 64), 50).save, "png", pnginfo=text)


def international_png(lines):
    text = PngImagePlugin.PngInfo()
    text.add_itxt("Comment", "\n".join(lines), "en", "Comment", zip=True)
    return saved(Image.effect_noise((64, 64), 50).save, "png", pnginfo=text)


def remark(lines):
    return ("<html><body>Dear all<!--\n" + "\n".join(lines) + "\n--></body></html>").encode()


def data_address(lines):
    data = base64.b64encode("\n".join(lines).encode()).decode()
    return f'<html><body><a href="data:text/plain;base64,{data}">order</a></body></html>'.encode()


def references(lines):
    text = "".join(f"&#{ord(letter)};" for letter in "\n".join(lines))
    return f"<html><body><pre>{text}</pre></body></html>".encode()


def html_in_utf16(lines):
    text = "\n".join(lines).replace("BEGIN", "BE<b>G</b>IN").replace("REQUEST", "REQ<i>U</i>EST")
    return f"<html><body><pre>{text}</pre></body></html>".encode("utf-16")


def escaped_rich_text(lines):
    text = "".join(f"\\'{ord(letter):02x}" for letter in "\n".join(lines))
    return f"{{\\rtf1\\ansi {text}}}".encode()


def object_in_rich_text(lines):
    return f"{{\\rtf1{{\\object{{\\*\\objdata {chr(10).join(lines).encode().hex()}}}}}}}".encode()


def mail_in_mail(lines):
    """A mail whose attachment is a mail, whose attachment is the text in base64."""
    inner, outer = email.message.EmailMessage(), email.message.EmailMessage()
    for message in (inner, outer):
        message["From"], message["Subject"] = "a@example.org", "Order"
        message.set_content("Dear all")
    attached = "\n".join(lines).encode()
    inner.add_attachment(attached, maintype="application", subtype="octet-stream", filename="x.bin")
    outer.add_attachment(inner)
    return outer.as_bytes()


def html_in_mail(lines):
    message = email.message.EmailMessage()
    message["From"], message["Subject"] = "a@example.org", "Order"
    message.set_content(data_address(lines).decode(), subtype="html", cte="base64")
    return message.as_bytes()


DEEPER = {
    "archive-in-letter.docx": packed_in_word,
    "book-in-letter.docx": book_in_word,
    "attached.pdf": lambda lines: pdf_with_attachment("x.txt", "\n".join(lines).encode()),
    "document-attached.pdf": lambda lines: pdf_with_attachment("x.docx", word(lines)),
    "paper.pdf.gz": lambda lines: gzip.compress(pdf(lines)),
    "packed-text.png": packed_png,
    "international-text.png": international_png,
    "remark.html": remark,
    "data.html": data_address,
    "references.html": references,
    "utf-16.html": html_in_utf16,
    "escaped.rtf": escaped_rich_text,
    "object.rtf": object_in_rich_text,
    "mail-in-mail.eml": mail_in_mail,
    "html-in-mail.eml": html_in_mail,
    "utf-16.txt": lambda lines: text(lines).decode().encode("utf-16"),
    "utf-32.txt": lambda lines: text(lines).decode().encode("utf-32"),
}

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
    if lines:
        deeper = FOLDER / f"{folder}-deeper"
        deeper.mkdir()
        for name, make in DEEPER.items():
            (deeper / name).write_bytes(make(lines))
(FOLDER / "lines").mkdir()
(FOLDER / "lines" / "request.pem").write_text(request())
