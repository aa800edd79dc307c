"""The common test database: several cables of several posts, each kind of record from more than one of them."""

from collections import deque

import pytest
from sqlalchemy import Engine, ForeignKeyConstraint, FromClause, Table, and_, func, select

from app.core.db import admin_engine
from app.models import Base, Cable, Paragraph, Recommendation, RecommendationTarget, Roundtable
from app.vocabulary import Marking, Target

TABLES = Base.metadata.tables


@pytest.fixture(scope="module")
def engine(served_url: str) -> Engine:
    return admin_engine(served_url)


def path_to_cables(table: Table) -> tuple[ForeignKeyConstraint, ...] | None:
    """Returns the shortest chain of foreign keys to the cables; None if no row of the table belongs to a cable."""
    waiting: deque[tuple[Table, tuple[ForeignKeyConstraint, ...]]] = deque([(table, ())])
    seen = {table}
    while waiting:
        at, path = waiting.popleft()
        if at is Cable.__table__:
            return path
        for key in sorted(at.foreign_key_constraints, key=lambda one: str(one.name)):
            if key.referred_table not in seen:
                seen.add(key.referred_table)
                waiting.append((key.referred_table, (*path, key)))
    return None


OF_CABLES = {name: path for name, table in TABLES.items() if (path := path_to_cables(table)) is not None}


def test_the_kinds_of_records_are_found() -> None:
    assert {"cables", "paragraphs", "recommendations", "events", "statistics", "participations"} <= set(OF_CABLES)


@pytest.mark.parametrize("name", OF_CABLES)
def test_each_kind_of_record_comes_from_several_posts(engine: Engine, name: str) -> None:
    joined: FromClause = TABLES[name]
    for key in OF_CABLES[name]:
        joined = joined.join(key.referred_table, and_(*(one.parent == one.column for one in key.elements)))
    with engine.connect() as connection:
        posts = set(connection.scalars(select(Cable.post).select_from(joined).distinct()))
    assert len(posts) > 1, f"rows of {name} in the common database are of {posts or 'no post'}"


def test_cables_are_of_several_posts_and_countries(engine: Engine) -> None:
    with engine.connect() as connection:
        assert len(set(connection.scalars(select(Cable.post)))) > 2
        assert len(set(connection.scalars(select(Roundtable.country)))) > 1


def test_several_cables_ask_each_target(engine: Engine) -> None:
    cables = func.count(Recommendation.cable_id.distinct())
    query = select(RecommendationTarget.target, cables).join(Recommendation).group_by(RecommendationTarget.target)
    with engine.connect() as connection:
        asked = connection.execute(query).all()
    assert {target for target, _ in asked} == set(Target)
    assert min(count for _, count in asked) > 1


def test_cables_are_marked_in_different_ways(engine: Engine) -> None:
    query = select(func.array_agg(Paragraph.marking.distinct())).group_by(Paragraph.cable_id)
    with engine.connect() as connection:
        found = {frozenset(markings) for markings in connection.scalars(query)}
    assert found == {frozenset({Marking.SBU}), frozenset({Marking.U}), frozenset(Marking)}
