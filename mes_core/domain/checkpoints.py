"""Signed checkpoints of all audit chains, and proofs of single entries, for keeping and checking elsewhere.

A checkpoint is a statement: at this time there were these chains, this long, with this last entry. It holds the root of
a Merkle tree over all chains (each with the root of the tree over its entries) and is signed with Ed25519. What is
rewritten later, however consistently, disagrees with a checkpoint that lies where the rewriter can't reach it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mes_core.domain import merkle
from mes_core.domain.audit import canonical, chain_name, entry_hash
from mes_core.domain.errors import Invalid

FORMAT = "batchwright-checkpoint/1"
PROOF = "batchwright-proof/1"
_SIGNED = ("format", "number", "made_at", "entries", "root", "previous", "key")
_NUMBERS = ("number", "entries")
_ENTRY = ("batch_id", "number", "at", "user", "action", "subject", "old", "new", "why", "seals", "previous_hash")

Chains = Mapping[str, Sequence[Mapping[str, Any]]]


def make(chains: Chains, *, number: int, made_at: str, previous: str, key: Ed25519PrivateKey) -> dict[str, Any]:
    """A checkpoint of stored chains, signed.

    Args:
        chains: entries by chain, in their order.
        number: which checkpoint this is, from 1.
        made_at: time, ISO text in UTC.
        previous: root of the checkpoint before it, empty for the first.
        key: the private key.
    """
    heads = [_head(name, chains[name]) for name in sorted(chains)]
    statement: dict[str, Any] = {
        "format": FORMAT,
        "number": number,
        "made_at": made_at,
        "entries": sum(len(chain) for chain in chains.values()),
        "root": merkle.root([_leaf(head) for head in heads]).hex(),
        "previous": previous,
        "key": key.public_key().public_bytes_raw().hex(),
    }
    signature = key.sign(_statement(statement))
    return {**statement, "signature": signature.hex(), "chains": heads}


def _head(name: str, entries: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [name, len(entries), entries[-1]["entry_hash"], merkle.root(_leaves(entries)).hex()]


def _leaves(entries: Sequence[Mapping[str, Any]]) -> list[bytes]:
    return [merkle.leaf(bytes.fromhex(entry["entry_hash"])) for entry in entries]


def _leaf(head: Sequence[Any]) -> bytes:
    return merkle.leaf(canonical(list(head)).encode())


def _statement(checkpoint: Mapping[str, Any]) -> bytes:
    return canonical({name: checkpoint[name] for name in _SIGNED}).encode()


def _signature_problem(checkpoint: Mapping[str, Any], public_key: str) -> str | None:
    if checkpoint["key"] != public_key:
        return f"the checkpoint is signed with key {checkpoint['key'][:16]}, not with {public_key[:16]}."
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(checkpoint["signature"]), _statement(checkpoint))
    except (InvalidSignature, ValueError):
        return "the checkpoint was changed after it was signed."
    return None


def problems(checkpoint: Mapping[str, Any], chains: Chains, public_key: str) -> list[str]:
    """Where the chains of now disagree with a checkpoint; empty when they only grew.

    The chains are taken to be whole in themselves (`audit.problems`).

    Raises:
        Invalid: it is no checkpoint.
    """
    check(checkpoint)
    wrong = _signature_problem(checkpoint, public_key)
    if wrong is None and merkle.root([_leaf(head) for head in checkpoint["chains"]]).hex() != checkpoint["root"]:
        wrong = "the checkpoint's list of chains is not the one that was signed."
    if wrong is not None:
        return [f"checkpoint {checkpoint['number']}: {wrong}"]
    found: list[str] = []
    since = f"the checkpoint of {checkpoint['made_at'][:19]}"
    for name, length, head, _ in checkpoint["chains"]:
        entries = chains.get(name, ())
        where = chain_name(name)
        if not entries:
            found.append(f"{where}: the whole chain is gone; {since} counted {length} entries.")
        elif len(entries) < length:
            found.append(f"{where}: its tail was cut off: {len(entries)} of the {length} entries of {since} are left.")
        elif entries[length - 1]["entry_hash"] != head:
            found.append(f"{where}: entries up to {length} were rewritten after {since}.")
    return found


def prove(checkpoint: Mapping[str, Any], chains: Chains, chain: str, number: int) -> dict[str, Any]:
    """A document that proves, with nothing but the public key, that an entry stood in its chain at a checkpoint.

    Raises:
        Invalid: the checkpoint does not cover the entry, or the chain has been rewritten since.
    """
    heads = checkpoint["chains"]
    place = next((place for place, head in enumerate(heads) if head[0] == chain), None)
    length = heads[place][1] if place is not None else 0
    if place is None or not 1 <= number <= length:
        raise Invalid(
            f"Checkpoint {checkpoint['number']} does not cover entry {number} of {chain!r}: make a newer one."
        )
    entries = list(chains.get(chain, ()))[:length]
    if len(entries) < length or entries[-1]["entry_hash"] != heads[place][2]:
        raise Invalid(f"The {chain_name(chain)} is not what checkpoint {checkpoint['number']} says: verify the store.")
    leaves = _leaves(entries)
    return {
        "format": PROOF,
        "entry": {name: entries[number - 1][name] for name in _ENTRY},
        "chain": heads[place],
        "entry_path": [one.hex() for one in merkle.path(leaves, number - 1)],
        "chain_place": place,
        "chain_count": len(heads),
        "chain_path": [one.hex() for one in merkle.path([_leaf(head) for head in heads], place)],
        "checkpoint": {name: checkpoint[name] for name in (*_SIGNED, "signature")},
    }


def proof_problem(proof: Mapping[str, Any], public_key: str) -> str | None:
    """Why a proof does not hold, or None. Needs no store.

    Raises:
        Invalid: it is no proof.
    """
    named = ("entry", "chain", "entry_path", "chain_place", "chain_count", "chain_path", "checkpoint")
    check_shape(proof, PROOF, named)
    checkpoint, entry, head = proof["checkpoint"], proof["entry"], proof["chain"]
    check_shape(checkpoint, FORMAT, (*_SIGNED, "signature"))
    check_shape({"format": PROOF, **entry}, PROOF, _ENTRY)
    wrong = _signature_problem(checkpoint, public_key)
    if wrong is not None:
        return wrong
    try:
        leaf = merkle.leaf(bytes.fromhex(entry_hash(entry)))
        entry_path = [bytes.fromhex(one) for one in proof["entry_path"]]
        chain_path = [bytes.fromhex(one) for one in proof["chain_path"]]
        in_chain = merkle.root_from_path(leaf, entry["number"] - 1, head[1], entry_path)
        top = merkle.root_from_path(_leaf(head), proof["chain_place"], proof["chain_count"], chain_path)
    except (ValueError, TypeError, IndexError):
        return "the proof was damaged."
    if entry["batch_id"] != head[0] or in_chain is None or in_chain.hex() != head[3]:
        return f"entry {entry['number']} is not the one that stood in {chain_name(str(head[0]))}."
    if top is None or top.hex() != checkpoint["root"]:
        return f"{chain_name(str(head[0]))} is not the one that the checkpoint was made of."
    return None


def check(document: Any) -> None:
    """See that a document is a checkpoint, with each of its fields of its kind.

    Raises:
        Invalid: it is none.
    """
    check_shape(document, FORMAT, (*_SIGNED, "signature", "chains"))
    texts = [document[name] for name in (*_SIGNED, "signature") if name not in _NUMBERS]
    chains = document["chains"]
    heads = chains if isinstance(chains, list) else [None]
    if (
        not all(isinstance(text, str) for text in texts)
        or not all(isinstance(document[name], int) for name in _NUMBERS)
        or not all(isinstance(head, list) and list(map(type, head)) == [str, int, str, str] for head in heads)
    ):
        raise Invalid(f"This is no document of the format {FORMAT}: its fields are not those of a checkpoint.")


def check_shape(document: Mapping[str, Any], form: str, names: Sequence[str]) -> None:
    """See that a document is of a format and has its fields.

    Raises:
        Invalid: it is not, or has not.
    """
    if (
        not isinstance(document, Mapping)
        or document.get("format") != form
        or any(name not in document for name in names)
    ):
        raise Invalid(f"This is no document of the format {form}: give one that 'batchwright audit' has written.")
