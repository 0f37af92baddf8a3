"""What tests with a real browser share."""

from collections.abc import Iterator

import pytest

from keywords.browser import WarmBrowser
from keywords.browser_finder import find_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[WarmBrowser]:
    """A worker's browser, one for all tests of a file."""
    warm = WarmBrowser(find_browser())
    yield warm
    warm.stop()
