"""Django REST Framework as its documentation recommends: serializers, prefetched relations, keyset pages.

A WSGI application on the same tables, read by the same role. The database URL is in the environment.
"""

import os
from typing import Any

import django
from django.conf import settings
from sqlalchemy import make_url

from app.core.session import libpq_options, reader_session
from app.vocabulary import Publication, RelationKind
from benchmarks.database import READER

_url = make_url(os.environ["BENCH_DATABASE_URL"])
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _url.database,
            "USER": _url.username or "",
            "HOST": _url.query.get("host") or _url.host or "",
            "PORT": str(_url.port or ""),
            "CONN_MAX_AGE": None,
            "OPTIONS": {"options": libpq_options(reader_session(**READER))},
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - Django wants its settings first
from django.db.models import Prefetch  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import generics, pagination, serializers  # noqa: E402
from rest_framework.response import Response  # noqa: E402

from benchmarks.strategies import django_tables as tables  # noqa: E402


class Ranges(serializers.Field):
    def to_representation(self, value: Any) -> list[dict[str, int]]:
        return [{"start": one.lower, "end": one.upper} for one in value]


class PartySerializer(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()


class PassageSerializer(serializers.Serializer):
    quote = serializers.CharField()
    ranges = Ranges()


class CitationSerializer(PassageSerializer):
    cable_id = serializers.CharField()
    paragraph = serializers.CharField()


class SourceSerializer(serializers.Serializer):
    citation = CitationSerializer(source="anchor")
    title = serializers.CharField(source="source_title")
    url = serializers.CharField(source="source_url")
    retrieved = serializers.DateField(source="source_retrieved")
    words = serializers.CharField(source="source_words")
    said_by = serializers.CharField(source="said_by_id")
    dated = serializers.CharField()
    earliest = serializers.DateField()
    latest = serializers.DateField()


class AddresseeSerializer(serializers.Serializer):
    body = PartySerializer()
    basis = serializers.CharField()


class ProposerSerializer(serializers.Serializer):
    person = PartySerializer()
    organization = PartySerializer()
    on_behalf_of = PartySerializer()
    description = serializers.CharField()


class RecommendationSerializer(serializers.ModelSerializer):
    paragraph = serializers.CharField(source="anchor.paragraph")
    quote = serializers.CharField(source="anchor.quote")
    ranges = Ranges(source="anchor.ranges")
    lead_in = PassageSerializer()
    targets = serializers.SlugRelatedField("target", many=True, read_only=True)
    addressee_bodies = AddresseeSerializer(many=True, source="addressees")
    proposers = ProposerSerializer(many=True)
    named_bodies = serializers.SerializerMethodField()
    topics = serializers.SlugRelatedField("topic", many=True, read_only=True)
    reforms = serializers.SlugRelatedField("reform_id", many=True, read_only=True)
    panel = serializers.IntegerField(source="panel.number", default=None)
    marking = serializers.CharField(source="anchor.paragraph_read.marking")
    position_citation = CitationSerializer(source="answer")
    position_source = SourceSerializer(source="position_said")
    implementation_source = SourceSerializer(source="implementation_said")
    related = serializers.SerializerMethodField()
    cite_as = serializers.SerializerMethodField()

    class Meta:
        model = tables.Recommendation
        fields = (
            *("id", "cable_id", "paragraph", "quote", "ranges", "lead_in", "text", "targets", "addressee_bodies"),
            *("seeks_change_by", "proposers", "named_bodies", "topics", "reforms", "panel", "certainty", "continuing"),
            *("marking", "position", "position_citation", "position_source", "implementation", "implementation_source"),
            *("state", "related", "cite_as", "updated_at"),
        )

    def get_named_bodies(self, record: Any) -> Any:
        return PartySerializer([one.organization for one in record.named_bodies.all()], many=True).data

    def get_related(self, record: Any) -> list[dict[str, str]]:
        found = [(one.other, one.kind) for one in record.relations.all()]
        found += [(one.recommendation, _seen_from_behind(one.kind)) for one in record.relations_back.all()]
        whole = [{"id": other.id, "kind": kind} for other, kind in found if other.publication == Publication.PUBLISHED]
        return sorted(whole, key=lambda one: one["id"])

    def get_cite_as(self, record: Any) -> str:
        return f"{record.anchor.cable_id}, para. {record.anchor.paragraph}"


def _seen_from_behind(kind: str) -> str:
    return RelationKind.DUPLICATED_BY if kind == RelationKind.DUPLICATE_OF else kind


class Pages(pagination.CursorPagination):
    page_size = 50
    page_size_query_param = "limit"
    ordering = "id"

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"items": data, "next_cursor": self.get_next_link(), "total": None})


class RecommendationList(generics.ListAPIView):
    serializer_class = RecommendationSerializer
    pagination_class = Pages
    queryset = (
        tables.Recommendation.objects.filter(publication=Publication.PUBLISHED.value)
        .select_related("anchor__paragraph_read", "lead_in", "answer", "panel")
        .select_related("position_said__anchor", "implementation_said__anchor")
        .prefetch_related(
            "targets",
            "topics",
            "reforms",
            Prefetch("addressees", tables.Addressee.objects.select_related("body")),
            Prefetch("proposers", tables.Proposer.objects.select_related("person", "organization", "on_behalf_of")),
            Prefetch("named_bodies", tables.Body.objects.select_related("organization")),
            Prefetch("relations", tables.Relation.objects.select_related("other")),
            Prefetch("relations_back", tables.Relation.objects.select_related("recommendation")),
        )
    )


urlpatterns = [path("v1/recommendations", RecommendationList.as_view())]
application = get_wsgi_application()
