"""Anchors: locates the ranges of a quote in a paragraph by exact match only."""

from bisect import bisect_right
from dataclasses import dataclass

from app.cable_parser.model import WHITE_SPACE, Range


class QuoteNotFound(ValueError):
    """Raised if the words are missing or ambiguous; the message names the problem."""


@dataclass(frozen=True)
class Anchored:
    """Quote with its ranges in the witness, ready to be stored."""

    id: str
    paragraph: str
    quote: str
    ranges: tuple[Range, ...]


class FoldedText:
    """Text of some ranges of a witness with white space collapsed, and the witness offset of each character."""

    def __init__(self, witness: str, places: tuple[Range, ...]) -> None:
        self._places = places
        characters: list[str] = []
        origins: list[int] = []
        for place in places:
            blank = bool(characters)
            for at in range(place.start, place.end):
                if witness[at] in WHITE_SPACE:
                    blank = bool(characters)
                    continue
                if blank:
                    characters.append(" ")
                    origins.append(at)
                    blank = False
                characters.append(witness[at])
                origins.append(at)
        self.text = "".join(characters)
        self._origins = origins

    def find(self, quote: str, *, occurrence: int | None) -> tuple[Range, ...]:
        """Returns the ranges of the quote.

        Raises `QuoteNotFound` if it is missing, or if it is ambiguous without `occurrence`.
        """
        starts = self._starts(quote)
        if not starts:
            raise QuoteNotFound(f"words not found: {quote}{self._nearest(quote)}")
        if occurrence is None and len(starts) > 1:
            raise QuoteNotFound(f"these words occur {len(starts)} times; select one by `occurrence`: {quote}")
        if occurrence is not None and occurrence > len(starts):
            raise QuoteNotFound(f"these words occur {len(starts)} times, not {occurrence}: {quote}")
        return self._place(starts[(occurrence or 1) - 1], quote)

    def places(self, quote: str) -> list[tuple[Range, ...]]:
        """Returns the ranges of each occurrence of the quote, in order."""
        return [self._place(start, quote) for start in self._starts(quote)]

    def _place(self, start: int, quote: str) -> tuple[Range, ...]:
        return self._ranges(self._origins[start], self._origins[start + len(quote) - 1] + 1)

    def index_of(self, at: int) -> int | None:
        """Returns the index of a witness character in the folded text; None if it is not part of it."""
        place = bisect_right(self._origins, at) - 1
        return place if place >= 0 and self._origins[place] == at else None

    def _starts(self, quote: str) -> list[int]:
        starts, at = [], self.text.find(quote)
        while at >= 0:
            starts.append(at)
            at = self.text.find(quote, at + 1)
        return starts

    def _ranges(self, start: int, end: int) -> tuple[Range, ...]:
        cut = (Range(max(place.start, start), min(place.end, end)) for place in self._places)
        return tuple(place for place in cut if place.start < place.end)

    def _nearest(self, quote: str) -> str:
        """Returns the text at which the quote starts to differ, as a hint for the curator."""
        length = len(quote)
        while length > 0 and quote[:length] not in self.text:
            length -= 1
        if length < min(12, len(quote) // 2):
            return ""
        at = self.text.find(quote[:length])
        return f" (the text has: {self.text[at : at + length + 30]}...)"
