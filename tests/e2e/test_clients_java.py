"""Java client of openapi-generator: complete, compiled, and run by its worked program."""

import re
from pathlib import Path

import pytest

from tests.e2e.conftest import Found
from tests.e2e.generated import OPERATIONS, SHAPES, SHOWN, Workshop, later_release, without_closed

JAR = Path("/usr/share/java/jakarta-annotation-api.jar")
ANSWERS = {"file": "File", "text": "String"}


@pytest.fixture(scope="module")
def workshop(program: Found, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The client, generated and compiled with its program by the documented commands."""
    program("javac", package="default-jdk-headless")
    if not JAR.exists():
        pytest.fail(f"verify needs {JAR}: sudo apt-get install libjakarta-annotation-api-java", pytrace=False)
    made = Workshop(tmp_path_factory.mktemp("java"), "Java, openapi-generator")
    made.make()
    return made


def test_every_operation_is_a_method_that_gives_its_answer(workshop: Workshop) -> None:
    code = workshop.read("clients/java/generated/src/main/java/roundtable/client/api/*.java")
    methods = {
        name: answer
        for answer, name in re.findall(r"^  public (\w+) (\w+)\(.*throws ApiException {", code, re.MULTILINE)
    }
    methods.pop("downloadFileFromResponse")
    assert without_closed(methods) == {one.camel: ANSWERS.get(one.answer, one.answer) for one in OPERATIONS}


def test_every_shape_is_a_class(workshop: Workshop) -> None:
    classes = {file.stem for file in workshop.folder.glob("clients/java/compiled/roundtable/client/model/*.class")}
    assert classes >= SHAPES


def test_the_program_prints_what_is_shown(workshop: Workshop, shipped_base_url: str) -> None:
    assert workshop.ask(shipped_base_url) == SHOWN


def test_the_program_goes_on_when_answers_grow(workshop: Workshop, shipped_base_url: str) -> None:
    with later_release(shipped_base_url) as address:
        assert workshop.ask(address) == SHOWN
