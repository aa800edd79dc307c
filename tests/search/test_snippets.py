"""Snippets of long texts: their cost grows with the text, up to a bound."""

import sys
from types import FrameType
from typing import Any

import pytest

from app.search.formats import TEXT_MOST, snippet

TEXTS = ["zebra ", "zebra x ", "a.b. zebra ", "Zebra, stripe; ", "\u4e13", "zebra-"]


def steps(text: str) -> int:
    """Returns the number of instructions that Python runs for the snippet of a text."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        snippet(text, "", marked={"zebra", "Zebra", "stripe", "\u4e13"})
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("part", TEXTS)
def test_the_cost_of_a_snippet_grows_with_the_text_and_not_faster(part: str) -> None:
    small, large = (steps(part * count) for count in (200, 800))
    assert large < 6 * small, (small, large)


@pytest.mark.parametrize("part", TEXTS)
def test_the_cost_of_a_snippet_is_bounded(part: str) -> None:
    count = TEXT_MOST // len(part) + 1
    assert steps(part * count * 3) < 1.1 * steps(part * count)


def test_a_word_at_the_bound_is_whole() -> None:
    text = "x" * (TEXT_MOST - 12) + " zebra zebras"
    assert snippet(text, "", marked={"zebra"}).endswith(" <mark>zebra</mark>")
