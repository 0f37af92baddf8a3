"""The key that signs checkpoints of the audit trail, and the public half that checks them."""

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from batchwright.support.errors import Refused
from batchwright.support.settings import Home


def key_file(home: Home) -> Path:
    """Where the private key lies: `BATCHWRIGHT_CHECKPOINT_KEY`, by default below the home.

    Below the home it protects against those who can write the store but not read the key. In production it lies on
    another machine or a token, named by the variable, so that who owns the store can't sign a rewritten trail.
    """
    named = os.environ.get("BATCHWRIGHT_CHECKPOINT_KEY")
    return Path(named).expanduser() if named else home.folder / "keys" / "checkpoint.pem"


def signing_key(home: Home) -> Ed25519PrivateKey:
    """The private key; made at its first use, readable by its owner only, the public half beside it.

    Raises:
        Refused: the file is no such key, or can't be read or written.
    """
    path = key_file(home)
    try:
        if path.is_file():
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
            if not isinstance(key, Ed25519PrivateKey):
                raise ValueError("another kind of key")
            return key
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        path.with_suffix(".pub").write_text(key.public_key().public_bytes_raw().hex() + "\n", encoding="ascii")
    except (OSError, ValueError) as error:
        raise Refused(
            f"{path} can't be used as the key of checkpoints ({error}): give an Ed25519 key in PEM."
        ) from None
    return key


def public_key(given: str | None, home: Home) -> str | None:
    """The public key to check with, hexadecimal: a key, a file with one, or the half beside the private key.

    Raises:
        Refused: what was given is no key.
    """
    path = key_file(home).with_suffix(".pub")
    if given is None:
        if not path.is_file():
            return None
        given = str(path)
    text = given
    try:
        if Path(given).is_file():
            text = Path(given).read_text(encoding="ascii").strip()
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except (OSError, ValueError):
        raise Refused(f"{given} is no public key: give 64 hexadecimal digits, or the file with them.") from None
    return text
