"""Django models of the register's tables, unmanaged, for the application in `django_rest`."""

from typing import Any

from django.db import models
from django.db.models import CASCADE, CompositePrimaryKey, ForeignKey, ForeignObject, TextField


class Ranges(models.Field):
    """A multirange field, as the driver reads it."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 - Django's own
        return "int4multirange"


def link(to: str, column: str, *, back: str = "+", **further: Any) -> Any:
    return ForeignKey(to, CASCADE, db_column=column, related_name=back, **further)


class Table(models.Model):
    class Meta:
        abstract = True
        app_label = "register"
        managed = False


class Party(Table):
    id = TextField(primary_key=True)
    name = TextField()

    class Meta(Table.Meta):
        abstract = True


class Organization(Party):
    class Meta(Table.Meta):
        db_table = "organizations"


class Person(Party):
    class Meta(Table.Meta):
        db_table = "people"


class Panel(Table):
    id = TextField(primary_key=True)
    number = models.IntegerField()

    class Meta(Table.Meta):
        db_table = "panels"


class Paragraph(Table):
    pk = CompositePrimaryKey("cable_id", "label")
    cable_id = TextField()
    label = TextField()
    marking = TextField()

    class Meta(Table.Meta):
        db_table = "paragraphs"


class Anchor(Table):
    id = TextField(primary_key=True)
    cable_id = TextField()
    paragraph = TextField()
    quote = TextField()
    ranges = Ranges()
    paragraph_read = ForeignObject(
        Paragraph,
        CASCADE,
        from_fields=["cable_id", "paragraph"],
        to_fields=["cable_id", "label"],
        related_name="+",
    )

    class Meta(Table.Meta):
        db_table = "anchors"


class Assessment(Table):
    id = TextField(primary_key=True)
    anchor = link("Anchor", "anchor_id", null=True)
    source_title = TextField(null=True)
    source_url = TextField(null=True)
    source_retrieved = models.DateField(null=True)
    source_words = TextField(null=True)
    said_by_id = TextField(null=True)
    dated = TextField(null=True)
    earliest = models.DateField(null=True)
    latest = models.DateField(null=True)

    class Meta(Table.Meta):
        db_table = "assessments"


class Recommendation(Table):
    id = TextField(primary_key=True)
    cable_id = TextField()
    anchor = link("Anchor", "anchor_id")
    lead_in = link("Anchor", "lead_in_anchor_id", null=True)
    answer = link("Anchor", "position_anchor_id", null=True)
    position_said = link("Assessment", "position_assessment_id", null=True)
    implementation_said = link("Assessment", "implementation_assessment_id", null=True)
    panel = link("Panel", "panel_id", null=True)
    text = TextField()
    seeks_change_by = TextField(null=True)
    certainty = TextField()
    continuing = models.BooleanField()
    position = TextField()
    implementation = TextField()
    state = TextField()
    publication = TextField()
    updated_at = models.DateTimeField()

    class Meta(Table.Meta):
        db_table = "recommendations"
        ordering = ("id",)


class Target(Table):
    pk = CompositePrimaryKey("recommendation_id", "target")
    recommendation = link("Recommendation", "recommendation_id", back="targets")
    target = TextField()

    class Meta(Table.Meta):
        db_table = "recommendation_targets"
        ordering = ("target",)


class Topic(Table):
    pk = CompositePrimaryKey("recommendation_id", "topic")
    recommendation = link("Recommendation", "recommendation_id", back="topics")
    topic = TextField()
    ordinal = models.IntegerField()

    class Meta(Table.Meta):
        db_table = "recommendation_topics"
        ordering = ("ordinal",)


class Reform(Table):
    pk = CompositePrimaryKey("recommendation_id", "reform_id")
    recommendation = link("Recommendation", "recommendation_id", back="reforms")
    reform_id = TextField()

    class Meta(Table.Meta):
        db_table = "recommendation_reforms"
        ordering = ("reform_id",)


class Body(Table):
    pk = CompositePrimaryKey("recommendation_id", "organization_id")
    recommendation = link("Recommendation", "recommendation_id", back="named_bodies")
    organization = link("Organization", "organization_id")

    class Meta(Table.Meta):
        db_table = "recommendation_bodies"
        ordering = ("organization_id",)


class Addressee(Table):
    pk = CompositePrimaryKey("recommendation_id", "organization_id")
    recommendation = link("Recommendation", "recommendation_id", back="addressees")
    body = link("Organization", "organization_id")
    basis = TextField()

    class Meta(Table.Meta):
        db_table = "recommendation_addressees"
        ordering = ("body",)


class Proposer(Table):
    pk = CompositePrimaryKey("recommendation_id", "ordinal")
    recommendation = link("Recommendation", "recommendation_id", back="proposers")
    ordinal = models.IntegerField()
    person = link("Person", "person_id", null=True)
    organization = link("Organization", "organization_id", null=True)
    on_behalf_of = link("Organization", "on_behalf_of_id", null=True)
    description = TextField(null=True)

    class Meta(Table.Meta):
        db_table = "recommendation_proposers"
        ordering = ("ordinal",)


class Relation(Table):
    pk = CompositePrimaryKey("recommendation_id", "other_id")
    recommendation = link("Recommendation", "recommendation_id", back="relations")
    other = link("Recommendation", "other_id", back="relations_back")
    kind = TextField()

    class Meta(Table.Meta):
        db_table = "recommendation_relations"
