"""Made-up cables, and data folders that contain them beside the real one."""

import hashlib
import re
from pathlib import Path

FIRST = "The office met the guild."
"""Text of paragraph 1 of every made-up cable, which its roundtable cites."""
CLEAN = f"""\
VZCZCXRO0001
RR RUEHBJ RUEHGH
DE RUEHGZ #0SERIAL/01 0450900
ZNR UUUUU ZZH
R 140900Z FEB 08
FM AMCONSUL EXAMPLE
TO RUEHC/SECSTATE WASHDC 1520
INFO RUEHBJ/AMEMBASSY BEIJING 1141
RUEHGH/AMCONSUL SHANGHAI PRIORITY 0397
UNCLAS SECTION 01 OF 02 EXAMPLE 000SERIAL

SIPDIS

STATE FOR EAP/CM AND EB/IPE

E.O. 12958: N/A
TAGS: KIPR ETRD
SUBJECT: A GUILD ZQBRIGHTSUBJECT
REF: BEIJING 7192


1. (U) {FIRST} It had zqbrightone members,
and they asked.

Zqbrightheading of the Guild
----------------------------

2. (U) It asked for two things:

-- that zqbrighttwo be looked at;
-- that the rule be published;
-- and no more.

3. (U) Then it went to the

EXAMPLE 00000SERIAL 002 OF 002

office, where zqbrightthree was shown.
"""
EMPTY = ("participations", "recommendations", "readings", "follow_up", "concerns", "statistics")


def write_cable(data: Path, cable_id: str, text: str, *, manifest: str = "", header: str = "header: []\n") -> Path:
    """Writes the folder of a cable into a data folder. SERIAL in the text becomes the id's. Returns the stored copy."""
    source, curated = data / "sources" / cable_id, data / "curated" / cable_id
    source.mkdir()
    curated.mkdir()
    serial = re.sub(r"^\d\d[A-Z]+", "", cable_id)
    copy = source / "cable.txt"
    copy.write_bytes(text.replace("SERIAL", serial).encode())
    digest = hashlib.sha256(copy.read_bytes()).hexdigest()
    (source / "manifest.yaml").write_text(
        f"cable: {cable_id}\nfile: cable.txt\nsha256: {digest}\npublisher: Nobody\naddress: example.example\n"
        f"terms: Made up.\n{manifest}",
        encoding="utf-8",
    )
    (source / "header.yaml").write_text(header, encoding="utf-8")
    (curated / "roundtable.yaml").write_text(
        f"roundtable:\n  id: made-up-{serial}\n  cable: {cable_id}\n  name: A made-up roundtable\n  edition: 1\n"
        "  theme: None\n  starts_on: 2008-02-12\n  ends_on: 2008-02-13\n  place: Example\n  country: CN\n"
        f'  host: us-embassy-beijing\n  citation:\n    paragraph: "1"\n    quote: {FIRST}\npanels: []\n',
        encoding="utf-8",
    )
    for name in EMPTY:
        (curated / f"{name}.yaml").write_text(f"{name}: []\n", encoding="utf-8")
    return copy
