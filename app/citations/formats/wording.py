"""Wording that all citation formats share: sender, subject, date and paragraph."""

from datetime import date

from app.citations.schemas import CitedCable, CitedParagraph

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SENDERS = {
    "AMEMBASSY": "US Embassy",
    "AMCONSUL": "US Consulate",
    "USMISSION": "US Mission",
    "USINT": "US Interests Section",
    "USOFFICE": "US Office",
    "USLO": "US Liaison Office",
    "AIT": "American Institute in Taiwan,",
}
"""Meaning of the first word of an FM line; the rest of the line is the place."""
SMALL_WORDS = frozenset({"au", "de", "es", "of"})
ACRONYMS = frozenset({"USNATO", "USUN"})
TURNS = ("first", "second", "third", "fourth", "fifth")


def in_words(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def sender(cited: CitedCable) -> str:
    """Sender of the cable: the post of its FM line, or the post alone if no copy has that line."""
    if cited.sender is None:
        return f"US diplomatic post, {_place(cited.post)}"
    line = cited.sender.removeprefix("FM ").strip()
    kind, _, place = line.partition(" ")
    return f"{SENDERS[kind]} {_place(place)}" if kind in SENDERS and place else line


def _place(name: str) -> str:
    first, *rest = (word if word in ACRONYMS else word.capitalize() for word in name.split())
    return " ".join([first, *(word.lower() if word.lower() in SMALL_WORDS else word for word in rest)])


def subject(cited: CitedCable) -> str | None:
    """Subject of the cable, as printed."""
    if cited.subject is None:
        return None
    return cited.subject.removeprefix("SUBJECT:").removeprefix("SUBJ:").strip()


def paragraph(cited: CitedParagraph) -> str:
    """Paragraph as readers find it in print: `35-2` is the second paragraph numbered 35."""
    if cited.turns == 1:
        return f"para. {cited.label}"
    turn = TURNS[cited.turn - 1] if cited.turn <= len(TURNS) else f"no. {cited.turn}"
    return f"para. {cited.label} (the {turn} so numbered)"


def link(address: str) -> str:
    """Address as a link; adds the scheme if the register stores the address without one."""
    return address if "://" in address else f"https://{address}"


def nested(words: str) -> str:
    """Words with double quotation marks turned into single ones, to be put between double ones."""
    return words.translate(str.maketrans('"“”', "'‘’"))  # noqa: RUF001 - the curled marks are meant
