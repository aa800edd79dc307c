"""Asks the register through a client that openapi-generator generated for Python."""

import datetime as dt
import sys

from roundtable_client import (
    ApiClient,
    ApiException,
    Configuration,
    ExportsApi,
    Problem,
    RecommendationOut,
    RecommendationsApi,
    ReformsApi,
    SearchApi,
)

client = ApiClient(Configuration(host=sys.argv[1]))
recommendations = RecommendationsApi(client)

# A list, page by page: the last page has no cursor.
asks: list[RecommendationOut] = []
pages = 0
cursor: str | None = ""
while cursor is not None:
    page = recommendations.list_recommendations(target=["embassy"], limit=20, cursor=cursor)
    asks += page.items
    pages += 1
    cursor = page.next_cursor
print(f"asked of the Embassy: {len(asks)} on {pages} pages")

# One record, and the same again only if it has changed. `_with_http_info` also gives status and headers.
first = recommendations.get_recommendation_with_http_info(asks[0].id)
etag = {name.lower(): value for name, value in (first.headers or {}).items()}["etag"]
print(f"{first.data.cite_as}: {first.data.text}")
try:
    recommendations.get_recommendation(asks[0].id, _headers={"If-None-Match": etag})
except ApiException as unchanged:
    print(f"asked again: {unchanged.status}")


def problem_of(answer: ApiException) -> Problem:
    """What could not be answered is raised, with the Problem as its data."""
    if not isinstance(answer.data, Problem):
        raise answer
    return answer.data


try:
    recommendations.get_recommendation("07BEIJING7192-R999")
except ApiException as raised:
    problem = problem_of(raised)
    print(f"no such record: {problem.status} {problem.code}")
try:
    recommendations.list_recommendations(target=["embasy"])
except ApiException as raised:
    problem = problem_of(raised)
    print(f"no such word: {problem.status} {problem.code}, {problem.errors[0].parameter}")

# Where a law stood on a day.
reform = ReformsApi(client).get_reform("patent-law", as_of=dt.date(2008, 9, 30))
print(f"{reform.name} on {reform.as_of}: {reform.stage}")

hits = SearchApi(client).list_hits("customs", kind=["recommendation"], limit=1, include=["total"])
print(f"found: {hits.total}, first {hits.items[0].id}")

# Whole lists as files.
table = ExportsApi(client).export_panels_csv(roundtable=["beijing-2007"])
lines = ExportsApi(client).export_panels_jsonl(roundtable=["beijing-2007"])
print(f"files: {len(table)} bytes of CSV, {len(lines)} bytes of JSON Lines")
