"""From exact words to their place: the ranges of a quote in a paragraph, never a near match."""

from bisect import bisect_right
from dataclasses import dataclass

from app.ingest.reading.findings import WHITE_SPACE, Range


class NotFound(ValueError):
    """The words do not stand there, or not clearly; the message says which."""


@dataclass(frozen=True)
class Anchored:
    """Words and their place in the witness, ready to be stored."""

    id: str
    paragraph: str
    quote: str
    ranges: tuple[Range, ...]


class FoldedText:
    """The text of some ranges of a witness as it is quoted, knowing where each of its characters stands."""

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
        """The ranges of the quote. Refused where it does not stand, or stands twice and none is named."""
        starts = self._starts(quote)
        if not starts:
            raise NotFound(f"these words do not stand there: {quote}{self._nearest(quote)}")
        if occurrence is None and len(starts) > 1:
            raise NotFound(f"these words stand there {len(starts)} times; say which by `occurrence`: {quote}")
        if occurrence is not None and occurrence > len(starts):
            raise NotFound(f"these words stand there {len(starts)} times, not {occurrence}: {quote}")
        return self._place(starts[(occurrence or 1) - 1], quote)

    def places(self, quote: str) -> list[tuple[Range, ...]]:
        """Every place where the quote stands, in order."""
        return [self._place(start, quote) for start in self._starts(quote)]

    def _place(self, start: int, quote: str) -> tuple[Range, ...]:
        return self._ranges(self._origins[start], self._origins[start + len(quote) - 1] + 1)

    def index_of(self, at: int) -> int | None:
        """Where a character of the witness stands in the folded text; None where it does not."""
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
        """Where the words part from the text, to help whoever mends them."""
        length = len(quote)
        while length > 0 and quote[:length] not in self.text:
            length -= 1
        if length < min(12, len(quote) // 2):
            return ""
        at = self.text.find(quote[:length])
        return f" (the text has: {self.text[at : at + length + 30]}...)"
