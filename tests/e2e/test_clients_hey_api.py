"""TypeScript client of Hey API: complete, compiled under `strict`, and run by its worked program."""

import json
import re

import pytest

from tests.e2e.generated import OPERATIONS, SHAPES, SHOWN, Workshop, later_release, without_closed

FOLDER = "clients/typescript/hey-api"
ANSWERS = {"file": "Blob | File", "text": "string"}
ASK = """
import * as functions from './compiled/generated/index.js';
import { client } from './compiled/generated/client.gen.js';

const [baseUrl, operations] = process.argv.slice(1);
client.setConfig({ baseUrl, throwOnError: true });
const given = {};
for (const { name, path, query, answer } of JSON.parse(operations)) {
  const { data } = await functions[name]({ path, query, ...(answer === 'file' ? { parseAs: 'blob' } : {}) });
  given[name] = data instanceof Blob ? 'Blob' : typeof data;
}
console.log(JSON.stringify(given));
"""
"""Script that calls every operation and prints the types of the responses."""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The client, generated and compiled with its program by the documented commands."""
    made = Workshop(tmp_path_factory.mktemp("hey"), "TypeScript, Hey API")
    made.make()
    return made


def test_every_operation_is_a_function_that_gives_its_answer(workshop: Workshop) -> None:
    code = workshop.read(f"{FOLDER}/generated/sdk.gen.ts")
    functions = re.findall(r"^export const (\w+) = <ThrowOnError", code, re.MULTILINE)
    assert set(without_closed(dict.fromkeys(functions))) == {one.camel for one in OPERATIONS}
    types = workshop.read(f"{FOLDER}/generated/types.gen.ts")
    answer = r"^export type (\w+)Responses = {\n(?:(?!^};).)*?\b200: (.*?);$"
    answers = dict(re.findall(answer, types, re.MULTILINE | re.DOTALL))
    assert set(without_closed(answers)) == {one.pascal for one in OPERATIONS}
    # It supports one of several media types, as docs/clients.md states.
    single = {one.pascal: ANSWERS.get(one.answer, one.answer) for one in OPERATIONS if len(one.media) == 1}
    assert {name: answers[name] for name in single} == single


def test_every_operation_answers(workshop: Workshop, base_url: str) -> None:
    asked = [{"name": one.camel, "path": one.path, "query": one.query, "answer": one.answer} for one in OPERATIONS]
    kinds = {"file": "Blob", "text": "string"}
    results = workshop.compute(FOLDER, ASK, base_url, json.dumps(asked))
    assert results == {one.camel: kinds.get(one.answer, "object") for one in OPERATIONS}


def test_every_refusal_is_a_problem(workshop: Workshop) -> None:
    types = workshop.read(f"{FOLDER}/generated/types.gen.ts")
    refusals = dict(re.findall(r"^export type (\w+)Errors = {\n(.*?)^};", types, re.MULTILINE | re.DOTALL))
    assert set(without_closed(refusals)) == {one.pascal for one in OPERATIONS}
    assert {kind for text in refusals.values() for kind in re.findall(r"^    \w+: (.*);$", text, re.MULTILINE)} == {
        "Problem"
    }


def test_every_shape_is_a_type(workshop: Workshop) -> None:
    types = workshop.read(f"{FOLDER}/generated/types.gen.ts")
    assert set(re.findall(r"^export type (\w+) = ", types, re.MULTILINE)) >= SHAPES


def test_the_program_prints_what_is_shown(workshop: Workshop, shipped_base_url: str) -> None:
    assert workshop.ask(shipped_base_url) == SHOWN


def test_the_program_goes_on_when_answers_grow(workshop: Workshop, shipped_base_url: str) -> None:
    with later_release(shipped_base_url) as address:
        assert workshop.ask(address) == SHOWN
