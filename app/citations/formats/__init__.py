"""Citation formats; each module renders the cited record in one of them."""

from collections.abc import Callable

from app.citations.formats.bibtex import as_bibtex
from app.citations.formats.csl import as_csl_json
from app.citations.formats.memo import as_memo
from app.citations.schemas import Cited, Form

FORMATS: dict[Form, Callable[[Cited], str]] = {
    Form.TEXT: as_memo,
    Form.CSL_JSON: as_csl_json,
    Form.BIBTEX: as_bibtex,
}

__all__ = ["FORMATS"]
