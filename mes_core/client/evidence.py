"""The part of the MES client that sends capsules, and reads those of others."""

from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

from mes_core.client.predictive import _Calls
from mes_core.messages import evidence as e


class EvidenceCalls:
    """Attempts at items, and their capsules."""

    def attempts(self: _Calls, item_id: str) -> tuple[e.AttemptView, ...]:
        """Attempts at an item, the oldest first."""
        return tuple(self._each(f"/api/work-items/{quote(item_id, safe='')}/attempts", e.AttemptView, {}))

    def send_capsule(self: _Calls, item_id: str, about: e.CapsulePart, file: Path) -> e.CapsuleView:
        """Send a capsule, from where an earlier try had come to.

        Args:
            item_id: the item.
            about: attempt, name, size and hashes; offset and content are filled in here.
            file: the capsule.

        Raises:
            OSError: the file can't be read.
        """
        address = f"/api/work-items/{quote(item_id, safe='')}/capsules"
        answer = self._post(address, about, e.CapsuleView)
        with file.open("rb") as source:
            while not answer.kept:
                source.seek(answer.received)
                piece = source.read(e.PART)
                if not piece:
                    raise OSError(f"{file} ends before the {about.size} bytes that it had")
                told = about.model_copy(update={"offset": answer.received, "content": b64encode(piece).decode()})
                answer = self._post(address, told, e.CapsuleView)
        return answer

    def capsule(self: _Calls, item_id: str, folder: str) -> bytes:
        """The capsule of an attempt, by the name of its folder."""
        address = f"/api/work-items/{quote(item_id, safe='')}/capsules/{quote(folder, safe='')}"
        return self._request("GET", address).content
