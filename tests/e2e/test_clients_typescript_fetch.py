"""TypeScript client of openapi-generator: complete, compiled under `strict`, and run by its worked program."""

import json
import re

import pytest

from tests.e2e.conftest import Found
from tests.e2e.generated import OPERATIONS, SHAPES, SHOWN, Workshop, camel, later_release, without_closed

FOLDER = "clients/typescript/openapi-generator"
ANSWERS = {"file": "runtime.HttpFile", "text": "string"}
ASK = """
import * as library from './compiled/generated/index.js';

const [basePath, operations] = process.argv.slice(1);
const configuration = new library.Configuration({ basePath });
const given = {};
for (const { api, name, words } of JSON.parse(operations)) {
  const answer = await new library[api](configuration)[name](words);
  given[name] = answer instanceof Blob ? 'Blob' : typeof answer;
}
console.log(JSON.stringify(given));
"""
"""Script that calls every operation and prints the types of the responses."""


@pytest.fixture(scope="module")
def workshop(program: Found, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The client, generated and compiled with its program by the documented commands."""
    program("java", package="default-jdk-headless")
    made = Workshop(tmp_path_factory.mktemp("fetch"), "TypeScript, openapi-generator")
    made.make()
    return made


def test_every_operation_is_a_method_that_gives_its_answer(workshop: Workshop) -> None:
    code = workshop.read(f"{FOLDER}/generated/apis/*Api.ts")
    methods = dict(re.findall(r"^    async (\w+)Raw\(.*\): Promise<runtime\.ApiResponse<(.+)>> {", code, re.MULTILINE))
    assert without_closed(methods) == {one.camel: ANSWERS.get(one.answer, one.answer) for one in OPERATIONS}


def test_every_operation_answers(workshop: Workshop, base_url: str) -> None:
    asked = [
        {
            "api": f"{one.tag.title()}Api",
            "name": one.camel,
            "words": {camel(name): value for name, value in {**one.path, **one.query}.items()},
        }
        for one in OPERATIONS
    ]
    kinds = {"file": "Blob", "text": "string"}
    results = workshop.compute(FOLDER, ASK, base_url, json.dumps(asked))
    assert results == {one.camel: kinds.get(one.answer, "object") for one in OPERATIONS}


def test_every_shape_is_a_type(workshop: Workshop) -> None:
    code = workshop.read(f"{FOLDER}/generated/models/*.ts")
    assert set(re.findall(r"^export (?:interface|type) (\w+)", code, re.MULTILINE)) >= SHAPES


def test_the_program_prints_what_is_shown(workshop: Workshop, shipped_base_url: str) -> None:
    assert workshop.ask(shipped_base_url) == SHOWN


def test_the_program_goes_on_when_answers_grow(workshop: Workshop, shipped_base_url: str) -> None:
    with later_release(shipped_base_url) as address:
        assert workshop.ask(address) == SHOWN
