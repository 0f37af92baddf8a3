"""A ZIP file that every program reads alike: nothing in it that one program shows and another passes over.

Python reads names, sizes and hashes from the list at the end; others read them in front of each file. A file's
compressed bytes may go on after its end. Both could hold contents that no check has seen.
"""

import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_LOCAL = struct.Struct("<4s5H3L2H")
_LISTED_HEADER, _END_OF_ZIP = 46, 22
"""Bytes of the parts of a ZIP file beside names and contents (PKWARE, APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.16)."""
_CHUNK = 1 << 20
_UTF8_NAME = 0x800


def form_problems(archive: zipfile.ZipFile, path: Path) -> Iterator[str]:
    """What in the form of a ZIP file could hide contents, one sentence each.

    Args:
        archive: The file, opened; the sizes that it states must be bounded already.
        path: The same file.

    Yields:
        A sentence for each problem.

    Raises:
        zlib.error, struct.error, OSError: The file is damaged.
    """
    entries = sorted(archive.infolist(), key=lambda one: one.header_offset)
    yield from _unseen_bytes(entries, path.stat().st_size)
    seen: set[str] = set()
    with path.open("rb") as file:
        for entry in entries:
            name = entry.filename
            if (folded := unicodedata.normalize("NFKC", name).casefold()) in seen:
                yield f"{name!r} is, on some disks, the name of another file in it."
            seen.add(folded)
            if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG) or entry.is_dir():
                yield f"{name!r} is no ordinary file."
            if not _stated_alike(file, entry):
                yield f"{name!r} is stated in two ways in it."
            elif not _ends_where_it_says(file, entry):
                yield f"{name!r} goes on behind its end."


def _unseen_bytes(entries: list[zipfile.ZipInfo], size: int) -> Iterator[str]:
    """Nothing lies before, between or behind the entries: bytes that no program shows could be another capsule."""
    place = 0
    for entry in entries:
        if entry.header_offset != place:
            break
        place += _LOCAL.size + len(entry.filename.encode()) + entry.compress_size
    else:
        listed = sum(_LISTED_HEADER + len(entry.filename.encode()) for entry in entries)
        if size == place + listed + _END_OF_ZIP:
            return
    yield "It holds bytes that belong to none of its files."


def _stated_alike(file: IO[bytes], entry: zipfile.ZipInfo) -> bool:
    """Whether the header in front of a file says what the list at the end says; leaves `file` at the contents."""
    file.seek(entry.header_offset)
    _, _, flags, method, _, _, crc, packed, unpacked, name, extra = _LOCAL.unpack(file.read(_LOCAL.size))
    own_name = file.read(name)
    file.seek(extra, 1)
    stated = (entry.flag_bits, entry.compress_type, entry.CRC, entry.compress_size, entry.file_size)
    return (
        (flags, method, crc, packed, unpacked) == stated
        and flags in (0, _UTF8_NAME)
        and method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        and own_name == entry.filename.encode()
    )


def _ends_where_it_says(file: IO[bytes], entry: zipfile.ZipInfo) -> bool:
    """Whether the compressed bytes are used up, and give as many bytes as stated."""
    if entry.compress_type == zipfile.ZIP_STORED:
        return entry.compress_size == entry.file_size
    left, unpacked, unpacking = entry.compress_size, 0, zlib.decompressobj(-zlib.MAX_WBITS)
    while left and not unpacking.eof and unpacked <= entry.file_size:
        packed = file.read(min(left, _CHUNK))
        if not packed:
            return False
        left -= len(packed)
        while packed and not unpacking.eof and unpacked <= entry.file_size:
            unpacked += len(unpacking.decompress(packed, _CHUNK))
            packed = unpacking.unconsumed_tail
    while not unpacking.eof and unpacked <= entry.file_size and (more := unpacking.decompress(b"", _CHUNK)):
        unpacked += len(more)
    return unpacking.eof and not left and not unpacking.unused_data and unpacked == entry.file_size
