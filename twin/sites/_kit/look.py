"""What a site's page can look like on a bad day: columns moved or renamed, other ids, a notice over the page."""

import random
import re
from contextvars import ContextVar
from dataclasses import dataclass, replace

from twin.sites._kit.lists import ListSpec

_ID = re.compile(r'\b(id|for|form|aria-labelledby|list)="([A-Za-z][\w-]*)"')
_BY_ID = re.compile(r'getElementById\("([A-Za-z][\w-]*)"\)')
_NOTICE = """<dialog id="site-notice" aria-label="Notice from the operator"><p>We improve our service tonight.</p>
<p><button type="button" onclick="this.closest('dialog').close()">Close notice</button></p></dialog>
<script>document.getElementById("site-notice").showModal()</script></body>"""


@dataclass(frozen=True)
class Look:
    """Oddities of one answer, drawn from `dice`."""

    dice: str = ""
    columns_moved: bool = False
    column_renamed: bool = False
    ids_changed: bool = False
    notice: bool = False

    def spec(self, spec: ListSpec) -> ListSpec:
        """The list as this answer shows it."""
        columns = list(spec.columns)
        dice = random.Random(f"{self.dice}:{spec.table}")  # noqa: S311 - repeatable, not secret
        if self.columns_moved:
            dice.shuffle(columns)
        if self.column_renamed:
            which = dice.randrange(len(columns))
            columns[which] = replace(columns[which], header=f"{columns[which].header} (new)")
        return replace(spec, columns=tuple(columns))

    def page(self, html: str) -> str:
        """The page as this answer shows it."""
        if self.notice:
            html = html.replace("</body>", _NOTICE)
        if self.ids_changed:
            mark = f"-{random.Random(self.dice).randrange(16**6):06x}"  # noqa: S311 - repeatable, not secret
            html = _ID.sub(rf'\1="\2{mark}"', html)
            html = _BY_ID.sub(rf'getElementById("\1{mark}")', html)
        return html


_NORMAL = Look()
LOOK: ContextVar[Look] = ContextVar("look", default=_NORMAL)
"""The look of the answer that is being made; set by the fault plan."""
