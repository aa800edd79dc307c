"""Images in the documentation: the same as those that the service draws."""

import os

import httpx
import pytest

from tests.conftest import ROOT

PICTURES = {
    "reforms-2007-11-21.svg": "/v1/reforms/timeline.svg?as_of=2007-11-21&known_at=2007-11-21",
    "reforms-2026-11-22.svg": "/v1/reforms/timeline.svg?as_of=2026-11-22&known_at=2026-11-22",
    "patent-law-2009-01-15.svg": "/v1/reforms/patent-law/timeline.svg?as_of=2009-01-15&known_at=2026-11-22",
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_committed_picture_is_what_is_drawn(shipped_base_url: str, name: str) -> None:
    file = ROOT / "docs/pictures" / name
    drawn = httpx.get(f"{shipped_base_url}{PICTURES[name]}").text
    if os.environ.get("REWRITE_EXAMPLES"):
        file.write_text(drawn, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == drawn
