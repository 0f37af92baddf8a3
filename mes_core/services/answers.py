"""Answers to requests with an Idempotency-Key, given again when the same request comes again."""

from mes_core.domain.errors import Conflict
from mes_core.services import requests
from mes_core.services.core import Core


class Answers(Core):
    """What was answered to whom."""

    def answered(self, once: requests.Once) -> tuple[int, str] | None:
        """Status and body that this request was answered with; None when it is new, or older than a day.

        Raises:
            Conflict: the key was used for another request, or for this one, whose answer is not known.
        """
        with self._store.read() as work:
            row = work.get("requests", user=once.user, request_key=once.key)
        if row is None or row["at"] < requests.oldest_kept(once.at):
            return None
        if row["request_hash"] != once.request_hash:
            raise Conflict("This Idempotency-Key was used for another request: send this one with a new key.")
        if row["status"] is None or row["answer"] is None:
            raise Conflict(
                "This request was begun before and its answer is not known: look at what it did; send another with a"
                " new key."
            )
        return row["status"], row["answer"]

    def keep_answer(self, once: requests.Once, status: int, answer: str) -> None:
        """Keep the answer to a request that was carried out, and forget those that are older than a day."""
        with self._store.write() as work:
            work.change("requests", {"user": once.user, "request_key": once.key}, status=status, answer=answer)
            old = [
                row["request_key"]
                for row in work.find("requests", user=once.user)
                if row["at"] < requests.oldest_kept(once.at)
            ]
            if old:
                work.remove("requests", {"user": [once.user], "request_key": old})

    def forget(self, once: requests.Once) -> None:
        """Free the key of a request that was refused: it may be sent again."""
        with self._store.write() as work:
            work.remove("requests", {"user": [once.user], "request_key": [once.key]})

    def check_tag(self, expected: requests.Expected) -> None:
        """See, before anything else is looked at, that a change is still wanted; its transaction looks once more.

        Raises:
            Stale: the batch has changed since the sender looked.
        """
        with self._store.read() as work:
            requests.check_tag(work, expected)

    def tag(self, batch_id: str) -> str:
        """What names the state of a batch (see `requests.tag`).

        Raises:
            NotFound: there is no such batch.
        """
        with self._store.read() as work:
            return requests.tag(work, batch_id)
