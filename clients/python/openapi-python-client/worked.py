"""Asks the register through a client that openapi-python-client generated."""

import datetime as dt
import sys
from typing import TypeVar, cast

from roundtable_client import AuthenticatedClient, Client
from roundtable_client.api.exports import export_panels_csv, export_panels_jsonl
from roundtable_client.api.recommendations import get_recommendation, list_recommendations
from roundtable_client.api.reforms import get_reform
from roundtable_client.api.search import list_hits
from roundtable_client.models.problem import Problem
from roundtable_client.models.recommendation_out import RecommendationOut
from roundtable_client.models.recommendation_page import RecommendationPage
from roundtable_client.models.reform_detail_out import ReformDetailOut
from roundtable_client.models.search_page import SearchPage
from roundtable_client.types import File

Shape = TypeVar("Shape")


def expect(shape: type[Shape], answer: object) -> Shape:
    """The answer as what it has to be: a function gives what was asked for or a Problem."""
    if not isinstance(answer, shape):
        raise TypeError(f"{shape.__name__} was expected, not {answer}")
    return answer


# With a key: `AuthenticatedClient(base_url=..., token=...)`. Reading may do without one on the machine itself, and
# where the operator has said so; the generated functions ask for the type all the same.
client = cast("AuthenticatedClient", Client(base_url=sys.argv[1]))

# A list, page by page: the last page has no cursor.
asks: list[RecommendationOut] = []
pages = 0
cursor: str | None = ""
while cursor is not None:
    page = expect(
        RecommendationPage,
        list_recommendations.sync(client=client, target=["embassy"], limit=20, cursor=cursor),
    )
    asks += page.items
    pages += 1
    cursor = page.next_cursor
print(f"asked of the Embassy: {len(asks)} on {pages} pages")

# One record, and the same again only if it has changed. `sync_detailed` also gives status and headers.
first = get_recommendation.sync_detailed(asks[0].id, client=client)
ask = expect(RecommendationOut, first.parsed)
print(f"{ask.cite_as}: {ask.text}")
asking_again = client.with_headers({"If-None-Match": first.headers["ETag"]})
print(f"asked again: {get_recommendation.sync_detailed(ask.id, client=asking_again).status_code.value}")

# What cannot be answered comes back as a Problem.
problem = expect(Problem, get_recommendation.sync("07BEIJING7192-R999", client=client))
print(f"no such record: {problem.status} {problem.code}")
problem = expect(Problem, list_recommendations.sync(client=client, target=["embasy"]))
print(f"no such word: {problem.status} {problem.code}, {problem.errors[0].parameter}")

# Where a law stood on a day.
reform = expect(ReformDetailOut, get_reform.sync("patent-law", client=client, as_of=dt.date(2008, 9, 30)))
print(f"{reform.name} on {reform.as_of}: {reform.stage}")

hits = expect(
    SearchPage, list_hits.sync(client=client, q="customs", kind=["recommendation"], limit=1, include=["total"])
)
print(f"found: {hits.total}, first {hits.items[0].id}")

# Whole lists as files.
table = expect(File, export_panels_csv.sync(client=client, roundtable=["beijing-2007"])).payload.read()
lines = expect(File, export_panels_jsonl.sync(client=client, roundtable=["beijing-2007"])).payload.read()
print(f"files: {len(table)} bytes of CSV, {len(lines)} bytes of JSON Lines")
