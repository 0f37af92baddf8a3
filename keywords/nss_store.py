"""The browser's own store of trusted authorities on Linux (NSS): read it, or make one, through the library that the
browser itself uses.

Run as `python -m keywords.nss_store read STORE` (prints PEM) or `... make STORE PEM...` in a process of its own,
because the library keeps its state for the life of a process. Elsewhere browsers take the system's store, and this
does nothing."""

import base64
import ctypes
import ctypes.util
import re
import subprocess
import sys
import textwrap
from pathlib import Path

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
_ALL_CERTIFICATES = 6
_VALID_AUTHORITY, _TRUSTED_AUTHORITY = 0x08, 0x10


class StoreError(Exception):
    """The store can't be read or made; the message says why."""


class _Item(ctypes.Structure):
    _fields_ = (("kind", ctypes.c_int), ("data", ctypes.POINTER(ctypes.c_ubyte)), ("length", ctypes.c_uint))


class _Certificate(ctypes.Structure):
    """The beginning of NSS's CERTCertificate, up to its encoded form."""

    _fields_ = (
        ("arena", ctypes.c_void_p),
        ("subject", ctypes.c_char_p),
        ("issuer", ctypes.c_char_p),
        ("signed", _Item * 4),
        ("encoded", _Item),
    )


class _Node(ctypes.Structure):
    pass


_Node._fields_ = (
    ("next", ctypes.POINTER(_Node)),
    ("previous", ctypes.POINTER(_Node)),
    ("certificate", ctypes.POINTER(_Certificate)),
)


class _Trust(ctypes.Structure):
    _fields_ = (("ssl", ctypes.c_uint), ("email", ctypes.c_uint), ("signing", ctypes.c_uint))


def trusted_in(store: Path) -> bytes:
    """The authorities that a store trusts, as PEM; empty where there is no such store.

    Raises:
        StoreError: It is there and can't be read.
    """
    return _in_a_process("read", str(store)) if (store / "cert9.db").is_file() else b""


def make_store(store: Path, authorities: bytes) -> None:
    """Add authorities (PEM) to a store, which is made where it is not there.

    Raises:
        StoreError: It can't be made.
    """
    store.mkdir(parents=True, exist_ok=True)
    source = store / "authorities.pem"
    source.write_bytes(authorities)
    _in_a_process("make", str(store), str(source))


def certificates_in(pem: bytes) -> list[bytes]:
    """The certificates of a PEM file, encoded."""
    return [base64.b64decode(one) for one in _PEM.findall(pem)]


def as_pem(encoded: bytes) -> str:
    """One certificate as PEM."""
    body = "\n".join(textwrap.wrap(base64.b64encode(encoded).decode(), 64))
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


def _in_a_process(*arguments: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "keywords.nss_store", *arguments],
        capture_output=True,
        timeout=30,
        check=False,
        cwd=Path(__file__).parent.parent,
    )
    if done.returncode:
        raise StoreError(done.stderr.decode("utf-8", "replace").strip() or "it ended without a word")
    return done.stdout


def _library(store: str, *, write: bool) -> ctypes.CDLL:
    try:
        nss = ctypes.CDLL(ctypes.util.find_library("nss3") or "libnss3.so")
    except OSError as error:
        raise StoreError(f"the library libnss3 is not there ({error})") from error
    pointer = ctypes.c_void_p
    nss.PK11_GetInternalKeySlot.restype = pointer
    nss.PK11_NeedUserInit.argtypes = [pointer]
    nss.PK11_InitPin.argtypes = [pointer, ctypes.c_char_p, ctypes.c_char_p]
    nss.CERT_NewTempCertificate.restype = ctypes.POINTER(_Certificate)
    nss.CERT_NewTempCertificate.argtypes = [pointer, ctypes.POINTER(_Item), ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
    nss.PK11_ImportCert.argtypes = [
        pointer,
        ctypes.POINTER(_Certificate),
        ctypes.c_ulong,
        ctypes.c_char_p,
        ctypes.c_int,
    ]
    nss.CERT_GetDefaultCertDB.restype = pointer
    nss.CERT_ChangeCertTrust.argtypes = [pointer, ctypes.POINTER(_Certificate), ctypes.POINTER(_Trust)]
    nss.CERT_GetCertTrust.argtypes = [ctypes.POINTER(_Certificate), ctypes.POINTER(_Trust)]
    nss.PK11_ListCerts.restype = ctypes.POINTER(_Node)
    nss.PK11_ListCerts.argtypes = [ctypes.c_int, pointer]
    start = nss.NSS_InitReadWrite if write else nss.NSS_Init
    if start(f"sql:{store}".encode()) != 0:
        raise StoreError(f"the store {store} can't be opened")
    return nss


def _read(store: str) -> str:
    nss = _library(store, write=False)
    head = nss.PK11_ListCerts(_ALL_CERTIFICATES, None)
    found, node = [], head.contents.next
    while ctypes.addressof(node.contents) != ctypes.addressof(head.contents):
        trust = _Trust()
        certificate = node.contents.certificate
        known = nss.CERT_GetCertTrust(certificate, ctypes.byref(trust)) == 0
        if known and trust.ssl & _TRUSTED_AUTHORITY:
            encoded = certificate.contents.encoded
            found.append(as_pem(ctypes.string_at(encoded.data, encoded.length)))
        node = node.contents.next
    return "".join(found)


def _make(store: str, source: str) -> None:
    nss = _library(store, write=True)
    slot = nss.PK11_GetInternalKeySlot()
    if nss.PK11_NeedUserInit(slot):
        nss.PK11_InitPin(slot, None, b"")
    for number, encoded in enumerate(certificates_in(Path(source).read_bytes())):
        buffer = (ctypes.c_ubyte * len(encoded)).from_buffer_copy(encoded)
        item = _Item(0, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ubyte)), len(encoded))
        certificate = nss.CERT_NewTempCertificate(nss.CERT_GetDefaultCertDB(), ctypes.byref(item), None, 0, 1)
        trust = _Trust(_VALID_AUTHORITY | _TRUSTED_AUTHORITY, 0, 0)
        name = f"batchwright authority {number}".encode()
        if not certificate or nss.PK11_ImportCert(slot, certificate, 0, name, 0) != 0:
            raise StoreError(f"certificate {number + 1} of {source} can't be taken into the store")
        if nss.CERT_ChangeCertTrust(nss.CERT_GetDefaultCertDB(), certificate, ctypes.byref(trust)) != 0:
            raise StoreError(f"certificate {number + 1} of {source} can't be trusted")
    nss.NSS_Shutdown()


def main(arguments: list[str]) -> int:
    """Read or make a store; 0 when done, 2 with one sentence when it can't be."""
    try:
        if arguments[:1] == ["read"]:
            sys.stdout.write(_read(arguments[1]))
        else:
            _make(arguments[1], arguments[2])
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
