"""What the MES needs of the place where evidence is kept."""

from typing import NamedTuple, Protocol


class Arriving(NamedTuple):
    """A capsule that is on its way.

    Attributes:
        path: where it will lie, below the place for evidence.
        item_id: the item that it is about.
        attempt: the attempt that it is about.
        size: its bytes.
        sha256: its hash, hexadecimal.
        manifest_sha256: the hash of its manifest.
    """

    path: str
    item_id: str
    attempt: int
    size: int
    sha256: str
    manifest_sha256: str


class Vault(Protocol):
    """Keeps capsules: whole, checked, and never another one in the place of one."""

    def received(self, what: Arriving) -> int:
        """Bytes of a capsule that have arrived; all of them when it is kept.

        Raises:
            Conflict: another capsule is kept in its place.
        """

    def add(self, what: Arriving, offset: int, part: bytes) -> int:
        """Take a piece, and keep the capsule when it is the last one; returns the bytes that have arrived.

        Raises:
            Conflict: the piece does not follow what has arrived, or another capsule is kept in its place.
            Invalid: the whole is not the capsule that was announced.
            Unavailable: the place can't be written to at present.
        """

    def kept(self, path: str) -> bool:
        """Whether there is a capsule."""

    def read(self, path: str) -> bytes:
        """A capsule.

        Raises:
            NotFound: there is none.
            Unavailable: the place can't be read at present.
        """

    def bring(self, path: str) -> None:
        """Have a capsule where the console reads, if there is one elsewhere.

        Raises:
            Unavailable: the place can't be read at present.
        """
