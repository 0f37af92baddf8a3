"""Addresses that carry what is looked for, completed with the filters, and never the same twice where wanted."""

import json
import re
import secrets
from collections.abc import Mapping
from urllib.parse import quote

from keywords.failures import BusinessError
from keywords.sites.words.lists import FRESH, SITE, ListWords, address_signs

_SIGN = re.compile(r"\{([a-z_]+)(:json)?\}")


def by_address(words: ListWords) -> bool:
    """Whether a list is opened by an address that is completed."""
    return bool(set(address_signs(words.path)) - {SITE})


def completed(words: ListWords, filters: Mapping[str, str]) -> tuple[str, str]:
    """The address of a list for these filters, and what the list says once it is open.

    Raises:
        BusinessError: A filter that the address carries was not given: the list would be another one.
    """
    known = {**filters, FRESH: secrets.token_hex(4), SITE: "{site}"}
    for name in (*address_signs(words.path), *address_signs(words.says)):
        if name not in known:
            raise BusinessError(
                "FILTER_NOT_GIVEN", f"The list '{words.caption}' is looked up by '{name}', which was not given."
            )
    path = _SIGN.sub(
        lambda sign: sign[0] if sign[1] == SITE else _in_address(known[sign[1]], in_json=bool(sign[2])), words.path
    )
    return path, _SIGN.sub(lambda sign: known[sign[1]], words.says)


def _in_address(value: str, *, in_json: bool) -> str:
    return quote(json.dumps(value, ensure_ascii=False)[1:-1] if in_json else value, safe="")
