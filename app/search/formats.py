"""Snippets: the passages of a text around the words found, as HTML. Pure functions."""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable
from itertools import pairwise

WORD = re.compile(
    r"\b[A-Za-z](?:\.[A-Za-z]\b)+\.?|\b[A-Za-z]\.(?: [A-Za-z]\.)+"
    r"|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|(?:(?![_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])[\w\u0300-\u036f\u00ad\u200c\u200d\u2060\ufeff])+"
)
"""Words as the search tokenizes them: abbreviations with points, single Chinese characters, runs of letters and
digits."""
PASSAGES = 2
LONGEST = 28
"""Longest passage, in words."""
LEAD = 7
"""Number of words in a passage before the first hit."""
TEXT_MOST = 20_000
"""Maximum characters in which hits are looked for: a text names up to fifty parties, each in a long description."""


def words_of(texts: Iterable[str], *, like: Collection[str]) -> list[str]:
    """Returns the words of texts that may have one of these stems. A word and its stem begin with the same letter."""
    begin = {stem[:1] for stem in like}
    found = {word for text in texts for word in WORD.findall(searched_part(text))}
    return sorted(word for word in found if word[0].lower() in begin or not word.isascii())


def snippet(text: str, title: str, *, marked: Collection[str]) -> str:
    """Returns the passages around the marked words, from the title if the text has none of them."""
    text = searched_part(text)
    places = [one.span() for one in WORD.finditer(text)]
    hits = [place for place, (start, end) in enumerate(places) if text[start:end] in marked]
    if not hits and text != title and any(word in marked for word in WORD.findall(title)):
        return snippet(title, title, marked=marked)
    passages = _passages([text[start:end] for start, end in places], hits)
    return " ... ".join(_as_html(text, places, passage, marked) for passage in passages) or _escaped(text)


def searched_part(text: str) -> str:
    """Returns the beginning of a text in which hits are looked for, up to the end of a word."""
    if len(text) <= TEXT_MOST:
        return text
    blank = text.rfind(" ", 0, TEXT_MOST)
    return text[: blank if blank > 0 else TEXT_MOST]


def _passages(words: list[str], hits: list[int]) -> list[range]:
    """Returns at most two runs of words with the most distinct hits, in text order."""
    chosen: list[range] = []
    for _ in range(PASSAGES if hits else 1):
        free = [hit for hit in hits if not any(hit in one for one in chosen)]
        if chosen and not free:
            break
        runs = [_run(hit, len(words), chosen) for hit in free or [0]]
        chosen.append(max(runs, key=lambda run: _distinct(words, free, run)))
    chosen.sort(key=lambda run: run.start)
    if any(before.stop >= after.start for before, after in pairwise(chosen)):
        return [range(chosen[0].start, chosen[-1].stop)]
    return chosen


def _distinct(words: list[str], hits: list[int], run: range) -> int:
    """Counts the distinct hits in a run. `hits` are in text order, and a run has few words."""
    inside = hits[bisect_left(hits, run.start) : bisect_left(hits, run.stop)]
    return len({words[hit].lower() for hit in inside})


def _run(hit: int, size: int, others: list[range]) -> range:
    """Returns the run of words around a hit, without overlap with other runs."""
    start = max(0, min(hit - LEAD, size - LONGEST))
    stop = min(size, start + LONGEST)
    for other in others:
        if other.stop <= hit:
            start = max(start, other.stop)
        else:
            stop = min(stop, other.start)
    return range(start, stop)


def _as_html(text: str, places: list[tuple[int, int]], passage: range, marked: Collection[str]) -> str:
    """Returns a passage with its punctuation as HTML: hits in `mark`, everything else escaped."""
    if not passage:
        return _escaped(text)
    first, last = passage.start, passage.stop - 1
    begin = 0 if first == 0 else max(text.rfind(" ", 0, places[first][0]) + 1, places[first - 1][1])
    end = len(text)
    if last + 1 < len(places):
        blank = text.find(" ", places[last][1])
        end = min(blank if blank >= 0 else end, places[last + 1][0])
    parts: list[str] = []
    for start, stop in (places[place] for place in passage):
        if text[start:stop] in marked:
            parts += [_escaped(text[begin:start]), "<mark>", _escaped(text[start:stop]), "</mark>"]
            begin = stop
    parts.append(_escaped(text[begin:end]))
    return re.sub(r"(?<=[\u3040-\ufaff])</mark><mark>", "", "".join(parts))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
