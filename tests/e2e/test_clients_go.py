"""Go client of openapi-generator: complete, vetted, built, and run by its worked program."""

import re

import pytest

from tests.e2e.conftest import Found
from tests.e2e.generated import OPERATIONS, SHAPES, SHOWN, Workshop, later_release, without_closed

ANSWERS = {"file": "*os.File", "text": "string"}


@pytest.fixture(scope="module")
def workshop(program: Found, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The client, generated, vetted and built with its program by the documented commands."""
    program("java", package="default-jdk-headless")
    made = Workshop(tmp_path_factory.mktemp("go"), "Go, openapi-generator")
    made.make()
    return made


def test_every_operation_is_a_method_that_gives_its_answer(workshop: Workshop) -> None:
    code = workshop.read("clients/go/generated/api_*.go")
    methods = dict(
        re.findall(r"^func \(a \*\w+\) (\w+)Execute\(.*\) \((.+), \*http\.Response, error\) {", code, re.MULTILINE)
    )
    assert without_closed(methods) == {one.pascal: ANSWERS.get(one.answer, f"*{one.answer}") for one in OPERATIONS}


def test_every_shape_is_a_type(workshop: Workshop) -> None:
    types = set(
        re.findall(r"^type (\w+) (?:struct|string)", workshop.read("clients/go/generated/model_*.go"), re.MULTILINE)
    )
    assert types >= SHAPES


def test_the_program_prints_what_is_shown(workshop: Workshop, shipped_base_url: str) -> None:
    assert workshop.ask(shipped_base_url) == SHOWN


def test_the_program_goes_on_when_answers_grow(workshop: Workshop, shipped_base_url: str) -> None:
    with later_release(shipped_base_url) as address:
        assert workshop.ask(address) == SHOWN
