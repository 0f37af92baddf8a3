"""Snapshots of hostile pages: nothing in them acts, however it is written."""

import re

import pytest

from keywords.snapshot import cleaned

_HOSTILE = (
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--a--!><script>alert(1)</script>-->",
    "<comment><img src=x onerror=alert(1)></comment>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea><script>alert(1)</script></textarea>",
    "<textarea></textarea><script>alert(1)</script>",
    "<title><script>alert(1)</script></title>",
    "<a href='javascript:alert(1)'>x</a><a href=' java\tscript:alert(1)'>y</a><a href='data:text/html,<script>'>z</a>",
    "<div style='background:url(http://x/)' onclick=alert(1)>x</div>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><embed src=x>",
    "<base href='http://elsewhere/'><meta http-equiv=refresh content='0;url=http://elsewhere/'>",
    "<input type=image src=x onerror=alert(1)><video src=x onerror=alert(1)></video><audio src=x>",
    "<form action='http://elsewhere/'><button formaction='http://elsewhere/'>go</button></form>",
    "<x onfocus=alert(1) autofocus tabindex=1>",
    "<template><script>alert(1)</script></template><xmp><script>alert(1)</script></xmp>",
    "<plaintext><script>alert(1)</script>",
)


@pytest.mark.requirement("URS-062")
@pytest.mark.parametrize("page", _HOSTILE)
def test_nothing_in_a_snapshot_acts(page: str) -> None:
    """No element that runs or loads, no attribute that does, also when it is parsed once more."""
    once = cleaned(page)
    for taken in (once, cleaned(once)):
        body = taken.partition("<body>")[2]
        # Text may say anything; elements and attributes may not.
        tags = re.findall(r"<([a-zA-Z!/?][^>]*)>", body)
        for tag in tags:
            name = tag.lstrip("/").split(" ")[0].lower()
            assert name not in {"script", "style", "img", "svg", "math", "iframe", "object", "embed", "base", "meta"}
            assert not re.search(r"\s(on\w+|style|src|srcset|srcdoc|action|formaction|data)\s*=", tag), tag
            assert "javascript" not in tag.lower()
            assert "data:" not in tag.lower()


def test_a_snapshot_keeps_what_a_person_would_read() -> None:
    """Tables, fields with their values, what is chosen, and the title as text."""
    page = (
        "<html><head><title>x</title></head><body><table><tr><th scope=col>Lot</th></tr><tr><td>L-77</td></tr></table>"
        "<input type=text value='12 &lt; 13' checked><select><option selected>mL</option></select>"
        "<p aria-label='Result'>80 %</p></body></html>"
    )
    taken = cleaned(page, "Results </title><script>")
    for kept in ('<th scope="col">Lot</th>', "<td>L-77</td>", 'value="12 &lt; 13"', '<option selected="">mL'):
        assert kept in taken
    assert 'aria-label="Result"' in taken
    assert "<title>Results &lt;/title&gt;&lt;script&gt;</title>" in taken
