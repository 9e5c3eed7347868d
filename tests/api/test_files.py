"""Attachments: known by content, EXIF removed, bound to their case (CONTRACT §6)."""

from __future__ import annotations

import io
import wave
import zipfile

import pytest
from PIL import Image

from liandong.engine import attachments
from support.api import District


def picture(form: str = "JPEG", *, gps: bool = False) -> bytes:
    """A small picture; with ``gps`` its EXIF says where it was taken and by which camera."""
    out = io.BytesIO()
    image = Image.new("RGB", (8, 6), (10, 120, 200))
    exif = Image.Exif()
    if gps:
        exif[0x010F] = "SecretCamera"
        exif.get_ifd(0x8825)[1] = "N"
        exif[0x0112] = 6
    image.save(out, form, exif=exif if gps else None) if gps else image.save(out, form)
    return out.getvalue()


def sound() -> bytes:
    """A second of nothing, as WAV."""
    out = io.BytesIO()
    with wave.open(out, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(1)
        writer.setframerate(8000)
        writer.writeframes(b"\x80" * 800)
    return out.getvalue()


def archive(*names: str) -> bytes:
    """A zip with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as writer:
        for name in names:
            writer.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("GIF"), "image/gif"),
        (picture("WEBP"), "image/webp"),
        (b"%PDF-1.4\n%%EOF", "application/pdf"),
        (sound(), "audio/wav"),
        (b"ID3\x03\x00\x00\x00\x00\x00\x00" + b"\xff\xfb" * 50, "audio/mpeg"),
        (b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00" + b"\x00" * 40, "audio/mp4"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 40, "video/mp4"),
        (archive("[Content_Types].xml", "word/document.xml"), attachments.OFFICE["word/document.xml"]),
        (archive("[Content_Types].xml", "xl/workbook.xml"), attachments.OFFICE["xl/workbook.xml"]),
        ("通话记录：来电人称垃圾未清".encode(), "text/plain"),
    ],
)
def test_what_may_be_attached(district: District, data: bytes, media_type: str) -> None:
    no = district.registered()
    stored = district["desk"].upload(no, data, "x.exe")
    assert stored.status == 201, stored.body
    assert stored.body["media_type"] == media_type
    assert not stored.body["name"].endswith(".exe")
    back = district["desk"].get(f"/attachments/{stored.body['id']}")
    assert back.headers["Content-Type"] == media_type
    assert back.headers["X-Content-Type-Options"] == "nosniff"
    assert back.headers["Content-Disposition"].startswith("attachment")
    if not media_type.startswith("image/"):
        assert back.raw == data


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "empty"),
        (b"MZ\x90\x00" + b"\x00" * 100, 415, "unsupported_type"),
        (b"\x7fELF" + b"\x00" * 100, 415, "unsupported_type"),
        (archive("a.txt"), 415, "unsupported_type"),
        (archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), 415, "unsupported_type"),
        (b"PK\x03\x04 no archive", 422, "damaged"),
        (picture()[:40], 422, "damaged"),
        ("中文".encode("gbk"), 415, "unsupported_type"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, 422, "damaged"),
    ],
)
def test_what_may_not(district: District, data: bytes, status: int, code: str) -> None:
    no = district.registered()
    answer = district["desk"].upload(no, data, "innocent.jpg")
    assert (answer.status, answer.body["code"]) == (status, code)


def test_exif_is_gone_and_the_picture_stands_upright(district: District) -> None:
    data = picture(gps=True)
    assert b"SecretCamera" in data
    no = district.registered()
    stored = district["desk"].upload(no, data).body
    back = district["desk"].get(f"/attachments/{stored['id']}").raw
    assert b"SecretCamera" not in back
    with Image.open(io.BytesIO(back)) as image:
        assert not dict(image.getexif())
        assert image.size == (6, 8)


def test_too_large_is_413(district: District) -> None:
    no = district.registered()
    assert district["desk"].upload(no, b"%PDF-" + b"x" * 20_000_000).status == 413
    assert district["desk"].upload(no, b"%PDF-" + b"x" * 21_000_000).status == 413


def test_a_command_takes_only_its_own_cases_attachments(district: District) -> None:
    one, other = district.handling(), district.registered()
    mine = district["lead"].upload(one, picture()).body["id"]
    foreign = district["desk"].upload(other, picture("PNG")).body["id"]
    assert district["lead"].do(one, "note", text="见图", attachments=[foreign]).status == 422
    assert district["lead"].do(one, "note", text="见图", attachments=[mine]).status == 200


def test_the_same_file_twice_is_one(district: District) -> None:
    no = district.registered()
    first, again = district["desk"].upload(no, picture()), district["desk"].upload(no, picture())
    assert first.body["id"] == again.body["id"]


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (b"nothing", "application/json", 415),
        (b"nothing", "multipart/form-data", 400),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x", 422),
        (b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--x--\r\n',
         "multipart/form-data; boundary=x", 422),
    ],
)  # fmt: skip
def test_broken_uploads(district: District, raw: bytes, kind: str, status: int) -> None:
    no = district.registered()
    answer = district["desk"].send("POST", f"/cases/{no}/attachments", raw=raw, kind=kind)
    assert answer.status == status, answer.raw
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ("C:\\x\\照片.PNG", "照片.txt"),
        ("", "附件.txt"),
        ("a\r\nb.txt", "a__b.txt"),
    ],
)
def test_file_names_carry_no_path(name: str, kept: str) -> None:
    assert attachments.clean_name(name, "text/plain") == kept
