"""What an author points at on a page: parts joined by ` >> `, each within the one before."""

import re
from dataclasses import dataclass

from keywords.failures import BusinessError
from keywords.near import did_you_mean

KINDS = ("frame", "popup", "role", "label", "text", "css", "nth")
ROLES = frozenset(
    [
        "alert",
        "alertdialog",
        "application",
        "article",
        "banner",
        "blockquote",
        "button",
        "caption",
        "cell",
        "checkbox",
        "code",
        "columnheader",
        "combobox",
        "complementary",
        "contentinfo",
        "definition",
        "deletion",
        "dialog",
        "directory",
        "document",
        "emphasis",
        "feed",
        "figure",
        "form",
        "generic",
        "grid",
        "gridcell",
        "group",
        "heading",
        "img",
        "insertion",
        "link",
        "list",
        "listbox",
        "listitem",
        "log",
        "main",
        "marquee",
        "math",
        "menu",
        "menubar",
        "menuitem",
        "menuitemcheckbox",
        "menuitemradio",
        "meter",
        "navigation",
        "none",
        "note",
        "option",
        "paragraph",
        "presentation",
        "progressbar",
        "radio",
        "radiogroup",
        "region",
        "row",
        "rowgroup",
        "rowheader",
        "scrollbar",
        "search",
        "searchbox",
        "separator",
        "slider",
        "spinbutton",
        "status",
        "strong",
        "subscript",
        "superscript",
        "switch",
        "tab",
        "table",
        "tablist",
        "tabpanel",
        "term",
        "textbox",
        "time",
        "timer",
        "toolbar",
        "tooltip",
        "tree",
        "treegrid",
        "treeitem",
    ]
)
"""The roles of WAI-ARIA 1.2 that an element may have."""
_ROLE = re.compile(r"^([a-z]+)(?:\[name=(.+)\])?$")


@dataclass(frozen=True)
class Part:
    """One step of a way to an element: its kind, and what of it."""

    kind: str
    value: str

    @property
    def role(self) -> tuple[str, str | None]:
        """Role and name of a part of kind `role`."""
        found = _ROLE.match(self.value)
        if found is None:
            raise BusinessError(
                "TARGET_UNREADABLE", f"'role={self.value}' is no role: write role=button or role=button[name=Save]."
            )
        if found[1] not in ROLES:
            raise BusinessError(
                "TARGET_UNREADABLE", f"'{found[1]}' is no role that elements have{did_you_mean(found[1], ROLES)}."
            )
        return found[1], found[2].strip("\"'") if found[2] else None


def parts_of(target: str, plain: str) -> tuple[Part, ...]:
    """Read a target such as `frame=Results >> role=row[name=R-1] >> text=Open`.

    Args:
        target: As the author wrote it.
        plain: Kind of a part that says none, such as `label` for a field.

    Raises:
        BusinessError: A part is empty, or `frame` and `popup` stand elsewhere than first.
    """
    parts: list[Part] = []
    for piece in target.split(" >> "):
        kind, sign, value = piece.strip().partition("=")
        part = Part(kind, value.strip()) if sign and kind in KINDS else Part(plain, piece.strip())
        if not part.value:
            raise BusinessError("TARGET_UNREADABLE", f"The target '{target}' has an empty part: write what it is.")
        if part.kind in ("frame", "popup") and any(one.kind not in ("popup", "frame") for one in parts):
            raise BusinessError("TARGET_UNREADABLE", f"In the target '{target}' '{part.kind}=' has to stand first.")
        if part.kind == "nth" and (not part.value.isdecimal() or int(part.value) < 1):
            raise BusinessError("TARGET_UNREADABLE", f"In the target '{target}' nth= counts from 1.")
        parts.append(part)
    return tuple(parts)
