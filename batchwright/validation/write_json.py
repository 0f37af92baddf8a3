"""The pack as one JSON document."""

import json

from batchwright.validation.model import Chapter, Pack

FORMAT = "batchwright-validation/1"


def written(pack: Pack) -> bytes:
    """The document; equal packs give equal bytes."""
    document = {
        "format": FORMAT,
        "commit": pack.checkout.commit,
        "committed_at": pack.checkout.made_at.isoformat(),
        "changed": list(pack.checkout.changed),
        "plant": pack.plant,
        "facts": pack.facts,
        "problems": [vars(one) for one in pack.problems],
        "chapters": [_chapter(one) for one in pack.chapters],
    }
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _chapter(one: Chapter) -> dict[str, object]:
    rows = [{"cells": list(row.cells), "leads_to": list(row.leads_to), "name": row.name} for row in one.rows]
    return {"key": one.key, "title": one.title, "says": list(one.says), "columns": list(one.columns), "rows": rows}
