"""Enums of the register: the closed lists of values that every room shares."""

from enum import StrEnum
from typing import Annotated

from app.vocabulary.open_enum import OpenEnum, open_list


class Target(StrEnum):
    """Party that is asked to act."""

    EMBASSY = "embassy"
    USG = "usg"
    CHINA = "china"
    INDUSTRY = "industry"


TargetWord = Annotated[Target, open_list(Target)]


class Topic(StrEnum):
    """Topic of an ask."""

    PATENT = "patent"
    TRADEMARK = "trademark"
    COPYRIGHT = "copyright"
    ENFORCEMENT = "enforcement"
    JUDICIARY = "judiciary"
    CUSTOMS = "customs"
    INTERNET = "internet"
    PHARMA = "pharma"
    AGRICULTURE = "agriculture"
    TRAINING = "training"
    OUTREACH = "outreach"
    LEGISLATION = "legislation"
    COORDINATION = "coordination"
    STATISTICS = "statistics"
    LICENSING = "licensing"
    MARKET_ACCESS = "market_access"
    INNOVATION = "innovation"
    STAFFING = "staffing"
    SMALL_BUSINESS = "small_business"
    EDUCATION = "education"
    TRADE_POLICY = "trade_policy"


TopicWord = Annotated[Topic, open_list(Topic)]


class Certainty(OpenEnum):
    """Certainty of an ask: explicit in the words, or implied, so that a reader could dispute it."""

    EXPLICIT = "explicit"
    IMPLIED = "implied"


class Basis(OpenEnum):
    """Basis of an addressee: named in the text, or inferred from the power to act."""

    NAMED = "named"
    INFERRED = "inferred"


class Position(OpenEnum):
    """Position of the addressee on an ask."""

    NONE = "none"
    SUPPORTED = "supported"
    SUPPORTED_IN_PART = "supported_in_part"
    NOTED = "noted"


class Implementation(OpenEnum):
    """Implementation of an ask; every value except `unknown` needs a source."""

    UNKNOWN = "unknown"
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    IMPLEMENTED = "implemented"
    NOT_IMPLEMENTED = "not_implemented"
    OVERTAKEN = "overtaken"


class State(OpenEnum):
    """State of an ask, in the terms of inspectors general: resolved is agreed, closed is finished."""

    OPEN_UNRESOLVED = "open_unresolved"
    OPEN_RESOLVED = "open_resolved"
    CLOSED_IMPLEMENTED = "closed_implemented"
    CLOSED_NOT_IMPLEMENTED = "closed_not_implemented"


class Publication(OpenEnum):
    """Editing state of a record."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class RelationKind(OpenEnum):
    """Relation between two asks. `duplicated_by` is the inverse of `duplicate_of` and is never stored."""

    DUPLICATE_OF = "duplicate_of"
    DUPLICATED_BY = "duplicated_by"
    RELATED = "related"


class Capacity(StrEnum):
    """Capacity of a participant."""

    KEYNOTE = "keynote"
    INTRODUCER = "introducer"
    PANELIST = "panelist"


CapacityWord = Annotated[Capacity, open_list(Capacity)]


class OrganizationKind(OpenEnum):
    """Kind of organization."""

    COMPANY = "company"
    LAW_FIRM = "law_firm"
    INDUSTRY_ASSOCIATION = "industry_association"
    NONPROFIT = "nonprofit"
    US_GOVERNMENT = "us_government"
    CHINA_GOVERNMENT = "china_government"
    OTHER_GOVERNMENT = "other_government"
    INTERNATIONAL_ORGANIZATION = "international_organization"
    BILATERAL_FORUM = "bilateral_forum"


PUBLIC_KINDS = (
    OrganizationKind.US_GOVERNMENT,
    OrganizationKind.CHINA_GOVERNMENT,
    OrganizationKind.OTHER_GOVERNMENT,
    OrganizationKind.INTERNATIONAL_ORGANIZATION,
    OrganizationKind.BILATERAL_FORUM,
)
"""Kinds of organization that count as bodies, which `body=` and `addressee=` accept."""


class Stage(StrEnum):
    """Stage of a law in reform, in order; then the stages outside that order."""

    UNDER_STUDY = "under_study"
    LISTED_IN_PLAN = "listed_in_plan"
    AGENCY_DRAFTING = "agency_drafting"
    PUBLIC_COMMENT = "public_comment"
    SCLAO_REVIEW = "sclao_review"
    STATE_COUNCIL_APPROVED = "state_council_approved"
    SUBMITTED_TO_NPCSC = "submitted_to_npcsc"
    NPCSC_READING_1 = "npcsc_reading_1"
    NPCSC_READING_2 = "npcsc_reading_2"
    NPCSC_READING_3 = "npcsc_reading_3"
    ADOPTED = "adopted"
    PROMULGATED = "promulgated"
    EFFECTIVE = "effective"
    DISCUSSION_ONLY = "discussion_only"
    RETURNED = "returned"
    VOTE_POSTPONED = "vote_postponed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


StageWord = Annotated[Stage, open_list(Stage)]


STAGES_OFF_THE_LINE = (
    Stage.DISCUSSION_ONLY,
    Stage.RETURNED,
    Stage.VOTE_POSTPONED,
    Stage.WITHDRAWN,
    Stage.LAPSED,
)


STAGE_LINE = tuple(stage for stage in Stage if stage not in STAGES_OFF_THE_LINE)
"""Stages in the order in which a law passes them."""


class EventKind(OpenEnum):
    """Kind of event: the source reports that it happened, or that it was expected."""

    OCCURRED = "occurred"
    EXPECTED = "expected"


class Outcome(OpenEnum):
    """Outcome of an expectation, as of the requested date."""

    MET = "met"
    MET_LATE = "met_late"
    NOT_MET = "not_met"
    PENDING = "pending"


class Confidence(OpenEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class KnownFromBasis(OpenEnum):
    """Reason why an event counts as known from a day: its source has that date, or it happened then at the latest."""

    SOURCE_PUBLISHED = "source_published"
    EVENT_LATEST = "event_latest"


class ReformKind(OpenEnum):
    LAW = "law"
    GUIDELINES = "guidelines"
    REGIME = "regime"
    COURT = "court"
    PROCEEDING = "proceeding"


class InstrumentKind(OpenEnum):
    """Kind of a separate instrument under a reform, which does not change the reform's stage."""

    IMPLEMENTING_REGULATIONS = "implementing_regulations"
    JUDICIAL_INTERPRETATION = "judicial_interpretation"
    DEPARTMENTAL_RULES = "departmental_rules"
    GUIDELINES = "guidelines"
    PLAN = "plan"
    AGREEMENT = "agreement"
    CAMPAIGN = "campaign"
    OTHER = "other"


class Marking(StrEnum):
    """Portion marking, codes as printed: unclassified, and sensitive but unclassified."""

    U = "U"
    SBU = "SBU"


class Visibility(StrEnum):
    """Lowest clearance whose readers see a row. The words sort in this order."""

    NONE = "none"
    SBU = "sbu"
    U = "u"


class RecordKind(OpenEnum):
    """Kind of record in search results."""

    RECOMMENDATION = "recommendation"
    REFORM = "reform"
    EVENT = "event"
    PARAGRAPH = "paragraph"
    PERSON = "person"
    ORGANIZATION = "organization"


class DamageKind(OpenEnum):
    """Damage of a cable's stored copy: the kind of loss or intrusion."""

    PAGE_CHROME = "page_chrome"
    PAGE_LINE = "page_line"
    NUMBER_MISSING = "number_missing"
    NUMBER_REPEATED = "number_repeated"
    BREAKS_OFF = "breaks_off"
    CLOSING_MARK_CUT = "closing_mark_cut"
    WEB_ADDRESS_LOST = "web_address_lost"
    HEADING_LOST = "heading_lost"
    HEADER_FIELD_LOST = "header_field_lost"


class Role(OpenEnum):
    """Role of a caller. No role includes another."""

    READER = "reader"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    ADMIN = "admin"


class AuditOutcome(OpenEnum):
    """Outcome of an operation in the audit trail."""

    DONE = "done"
    REFUSED = "refused"


class Editable(OpenEnum):
    """Collections whose records are created and changed through the service."""

    RECOMMENDATIONS = "recommendations"
    STATISTICS = "statistics"
    PARTICIPATIONS = "participations"
    EVENTS = "events"


class Collection(OpenEnum):
    """Collections that can be synchronized, by the names of their exports."""

    CABLES = "cables"
    PARAGRAPHS = "paragraphs"
    ROUNDTABLES = "roundtables"
    PANELS = "panels"
    PARTICIPATIONS = "participations"
    PEOPLE = "people"
    ORGANIZATIONS = "organizations"
    RECOMMENDATIONS = "recommendations"
    REFORMS = "reforms"
    EVENTS = "events"
    STATISTICS = "statistics"
    ACTIONS = "actions"
    PROGRESS_REPORTS = "progress_reports"


class Aspect(OpenEnum):
    """Aspect of a recommendation that is assessed; each has its own history."""

    POSITION = "position"
    IMPLEMENTATION = "implementation"
    STATE = "state"


UNASSESSED: dict[Aspect, StrEnum] = {
    Aspect.POSITION: Position.NONE,
    Aspect.IMPLEMENTATION: Implementation.UNKNOWN,
    Aspect.STATE: State.OPEN_UNRESOLVED,
}
"""Default value of each aspect, without any assessment."""


class Recurrence(OpenEnum):
    """Recurrence of an action."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class ActionStatus(OpenEnum):
    """Status of an action on a day; derived, never entered."""

    OPEN = "open"
    DONE = "done"
    OVERDUE = "overdue"


class HistoryKind(OpenEnum):
    """Kind of an entry in a recommendation's history."""

    ASSESSMENT = "assessment"
    VERSION = "version"
    ACTION = "action"
    PROGRESS_REPORT = "progress_report"


MEANINGS: dict[StrEnum, str] = {
    Target.EMBASSY: "The Embassy, the China Mission, its staff and consulates",
    Target.USG: "Washington agencies, Congress, US customs, the US courts",
    Target.CHINA: "Any Chinese government body",
    Target.INDUSTRY: "Rights holders and their associations",
    Topic.PATENT: "Patents, their examination and protection",
    Topic.TRADEMARK: "Trademarks and brands",
    Topic.COPYRIGHT: "Copyright and piracy",
    Topic.ENFORCEMENT: "Enforcement by police, prosecutors and administrative authorities",
    Topic.JUDICIARY: "Courts, judges and procedure",
    Topic.CUSTOMS: "Border measures and seizures",
    Topic.INTERNET: "Infringement and enforcement on the Internet",
    Topic.PHARMA: "Drugs: data exclusivity, patent linkage, active ingredients",
    Topic.AGRICULTURE: "Crop protection, seeds and plant varieties",
    Topic.TRAINING: "Training, exchanges and technical assistance",
    Topic.OUTREACH: "Public awareness, media and public diplomacy",
    Topic.LEGISLATION: "Laws and regulations under change",
    Topic.COORDINATION: "Coordination among agencies, with industry and with other governments",
    Topic.STATISTICS: "Figures on protection, enforcement and licensing",
    Topic.LICENSING: "Licensing and technology transfer",
    Topic.MARKET_ACCESS: "Access to the Chinese market, content review",
    Topic.INNOVATION: "Innovation and industrial policy",
    Topic.STAFFING: "Posts, ranks and budgets",
    Topic.SMALL_BUSINESS: "Small and medium-sized enterprises",
    Topic.EDUCATION: "Universities, academics and students",
    Topic.TRADE_POLICY: "Trade policy, dialogues and dispute settlement",
}
"""Description of each target and topic."""
