"""The gate in the browser: no request that changes a site leaves unless an effect is being brought about under a valid
lease, and none leaves twice.

It lies under every page of a worker's browser, so that a suite cannot get round it by clicking on its own. What changes
a site is not sent by the browser itself: a browser whose kept connection is cut before the answer came sends the
request again without telling anybody, also a POST (measured: two bookings from one click). The gate sends it once and
hands the answer to the page. A redirect that would repeat the change is followed by the gate, not by the browser,
because a browser shows nobody what it sends on.

What a product's requests mean stands in its locators (`keywords.gate.words`); whatever stands nowhere is a change. What
a browser sends past every interception is taken away from the pages (`keywords.gate.side_doors`).
"""

from keywords.gate.act import Act, Sent
from keywords.gate.classes import Class, SiteRules
from keywords.gate.gate import MOST_REDIRECTS, PERMISSION_S, Gate, Permission
from keywords.gate.side_doors import SIDE_DOORS, close_side_doors
from keywords.gate.words import ChangeWords, Hosts, Note, NoteWords, RequestWords, SiteRequests, origin_of

__all__ = [
    "MOST_REDIRECTS",
    "PERMISSION_S",
    "SIDE_DOORS",
    "Act",
    "ChangeWords",
    "Class",
    "Gate",
    "Hosts",
    "Note",
    "NoteWords",
    "Permission",
    "RequestWords",
    "Sent",
    "SiteRequests",
    "SiteRules",
    "close_side_doors",
    "origin_of",
]
