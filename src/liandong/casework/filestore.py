"""Files as bytes: known by their content, not by their name; pictures lose their EXIF; kept by digest (CONTRACT §6).

Stored under MEDIA_ROOT as aa/bb/<sha256>. Whose a file is, a row elsewhere says: of a case (``engine.attachments``), of an
entry of a register (``registers.files``).
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import filetype  # type: ignore[import-untyped]
from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

SIZE_LIMIT = 20_000_000
PIXEL_LIMIT = 80_000_000
PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
KNOWN = {
    **dict.fromkeys(PICTURES),
    "application/pdf": None,
    "audio/mpeg": None,
    "audio/x-wav": "audio/wav",
    "audio/wav": None,
    "audio/mp4": None,
    "audio/m4a": "audio/mp4",
    "video/mp4": None,
    "video/x-m4v": "video/mp4",
}
OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
EXTENSION = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
    "text/plain": ".txt",
    **dict(zip(OFFICE.values(), (".docx", ".xlsx"), strict=True)),
}
ALLOWED_NAMES = "JPEG、PNG、GIF、WebP、PDF、Word（docx）、Excel（xlsx）、MP3、WAV、M4A、MP4、纯文本（UTF-8）"


class Unacceptable(Exception):
    """The file is none that we keep; ``code`` and a Chinese sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Kept(NamedTuple):
    """A file as it was kept: its bytes' digest, what it is, how long it is."""

    digest: str
    media_type: str
    size: int


def cleaned(data: bytes) -> tuple[bytes, str]:
    """The bytes as they may be kept, and what they are. Raises Unacceptable: too_large, empty, unsupported_type, damaged."""
    if len(data) > SIZE_LIMIT:
        raise Unacceptable("too_large", "附件超过 20 MB，请压缩后再传。")
    if not data:
        raise Unacceptable("empty", "附件是空的，请重新选择文件。")
    media_type = recognise(data)
    if media_type in PICTURES:
        data = without_metadata(data, PICTURES[media_type])
    return data, media_type


def digest_of(data: bytes) -> str:
    """What bytes are kept by."""
    return hashlib.sha256(data).hexdigest()


def recognise(data: bytes) -> str:
    """The media type by content. Raises Unacceptable for everything not on the list."""
    guess = filetype.guess_mime(data[:8192])
    if guess in KNOWN:
        return KNOWN[guess] or guess
    if data[:4] == b"PK\x03\x04":
        return _office(data)
    if guess is None and _is_text(data):
        return "text/plain"
    raise Unacceptable("unsupported_type", f"不支持这种文件；可上传：{ALLOWED_NAMES}。")


def _office(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile as error:
        raise Unacceptable("damaged", "文件已损坏，打不开，请重新导出后上传。") from error
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Unacceptable("unsupported_type", "不接受带宏的文档，请另存为不带宏的 docx 或 xlsx。")
    for part, media_type in OFFICE.items():
        if part in names and "[Content_Types].xml" in names:
            return media_type
    raise Unacceptable("unsupported_type", f"不支持压缩包；可上传：{ALLOWED_NAMES}。")


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not re.search("[\x00-\x08\x0e-\x1f\x7f]", text)


def without_metadata(data: bytes, form: str) -> bytes:
    """The picture opened and written anew without EXIF, GPS, comments; turned as its EXIF said.

    Raises Unacceptable for a picture that does not open or is absurdly large (a decompression bomb).
    """
    try:
        with Image.open(io.BytesIO(data), formats=[form]) as picture:
            if picture.width * picture.height > PIXEL_LIMIT:
                raise Unacceptable("too_large", "图片像素过多，请缩小后再传。")
            out = io.BytesIO()
            if frames_of(picture) > 1:
                if frames_of(picture) > 500:
                    raise Unacceptable("too_large", "动图帧数过多，请缩短后再传。")
                frames = [frame.copy() for frame in _frames(picture)]
                frames[0].save(out, form, save_all=True, append_images=frames[1:], loop=0)
                return out.getvalue()
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            fresh = Image.new(upright.mode, upright.size)
            if upright.mode == "P":
                fresh.putpalette(upright.getpalette() or [])
                if "transparency" in upright.info:
                    fresh.info["transparency"] = upright.info["transparency"]
            fresh.paste(upright)
            options: dict[str, Any] = {"quality": 90} if form in ("JPEG", "WEBP") else {}
            fresh.save(out, form, **options)
            return out.getvalue()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unacceptable("damaged", "图片打不开，可能已损坏，请重新拍摄或导出。") from error


def frames_of(picture: Image.Image) -> int:
    """How many frames a picture has; one where its format knows no more."""
    return int(getattr(picture, "n_frames", 1))


def _frames(picture: Image.Image) -> Any:
    total = 0
    for at in range(frames_of(picture)):
        picture.seek(at)
        total += picture.width * picture.height
        if total > PIXEL_LIMIT * 2:
            raise Unacceptable("too_large", "动图过大，请缩小后再传。")
        clean = picture.convert("RGBA")
        clean.info = {"duration": picture.info.get("duration", 100)}
        yield clean


def clean_name(name: str, media_type: str) -> str:
    """A file name without path and odd characters, ending as its content says."""
    stem = (
        re.sub(r"[^\w\u4e00-\u9fff .()（）-]", "_", Path(name.replace("\\", "/")).name).strip(" .") or "附件"
    )
    stem = stem.rsplit(".", 1)[0] if "." in stem else stem
    return stem[:100] + EXTENSION[media_type]


def path_of(digest: str) -> Path:
    """Where the bytes with that digest lie."""
    return Path(settings.MEDIA_ROOT) / digest[:2] / digest[2:4] / digest


def write(digest: str, data: bytes) -> None:
    """Write by digest, whole or not at all."""
    path = path_of(digest)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    os.replace(name, path)
