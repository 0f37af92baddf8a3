"""What reading an archive, or an office file that is one, raises when the file is damaged, whatever the damage."""

import lzma
import struct
import zipfile
import zlib

DAMAGED: tuple[type[Exception], ...] = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,  # NotImplementedError too: a version or a method of packing that nobody knows
    SyntaxError,  # of the XML inside
    TypeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
)
"""Exceptions that mean a damaged file where nothing but reading it is tried."""
