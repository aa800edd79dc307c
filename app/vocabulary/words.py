"""The closed lists: what each word may be."""

from enum import StrEnum


class Target(StrEnum):
    """Who is asked to act."""

    EMBASSY = "embassy"
    USG = "usg"
    CHINA = "china"
    INDUSTRY = "industry"


class Topic(StrEnum):
    """What an ask is about."""

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


class Certainty(StrEnum):
    """Whether the words ask outright, or a reader could dispute that they ask."""

    EXPLICIT = "explicit"
    IMPLIED = "implied"


class Basis(StrEnum):
    """Whether the text names the agency asked, or it is inferred from who holds the power to act."""

    NAMED = "named"
    INFERRED = "inferred"


class Position(StrEnum):
    """What the addressee answered."""

    NONE = "none"
    SUPPORTED = "supported"
    SUPPORTED_IN_PART = "supported_in_part"
    NOTED = "noted"


class Implementation(StrEnum):
    """What was done about an ask; anything but `unknown` needs a source."""

    UNKNOWN = "unknown"
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    IMPLEMENTED = "implemented"
    NOT_IMPLEMENTED = "not_implemented"
    OVERTAKEN = "overtaken"


class State(StrEnum):
    """Where an ask stands, in the words of inspectors general: resolved is agreed, closed is done with."""

    OPEN_UNRESOLVED = "open_unresolved"
    OPEN_RESOLVED = "open_resolved"
    CLOSED_IMPLEMENTED = "closed_implemented"
    CLOSED_NOT_IMPLEMENTED = "closed_not_implemented"


class Publication(StrEnum):
    """The editing state of a record."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class RelationKind(StrEnum):
    """How one ask stands to another. `duplicated_by` is `duplicate_of` seen from the other end, never stored."""

    DUPLICATE_OF = "duplicate_of"
    DUPLICATED_BY = "duplicated_by"
    RELATED = "related"


class Capacity(StrEnum):
    """In what capacity someone took part."""

    KEYNOTE = "keynote"
    INTRODUCER = "introducer"
    PANELIST = "panelist"


class OrganizationKind(StrEnum):
    """What kind of organization this is."""

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
"""The kinds of organization that are bodies: what `body=` and `addressee=` take."""


class Stage(StrEnum):
    """How far a law under change has come, in order; then what stands beside the line."""

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


BESIDE_THE_LINE = (
    Stage.DISCUSSION_ONLY,
    Stage.RETURNED,
    Stage.VOTE_POSTPONED,
    Stage.WITHDRAWN,
    Stage.LAPSED,
)
THE_LINE = tuple(stage for stage in Stage if stage not in BESIDE_THE_LINE)
"""The stages in the order that a law passes them."""


class EventKind(StrEnum):
    """Whether the source says that it happened, or that it was expected to."""

    OCCURRED = "occurred"
    EXPECTED = "expected"


class Outcome(StrEnum):
    """What became of an expectation, as of the date asked."""

    MET = "met"
    MET_LATE = "met_late"
    NOT_MET = "not_met"
    PENDING = "pending"


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class KnownFromBasis(StrEnum):
    """Why an event counts as known from a day: its source is of that day, or it happened then at the latest."""

    SOURCE_PUBLISHED = "source_published"
    EVENT_LATEST = "event_latest"


class ReformKind(StrEnum):
    LAW = "law"
    GUIDELINES = "guidelines"
    REGIME = "regime"
    COURT = "court"
    PROCEEDING = "proceeding"


class InstrumentKind(StrEnum):
    """What an instrument of its own under a reform is; it does not move the reform's stage."""

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


class RecordKind(StrEnum):
    """What kind of record a search finds."""

    RECOMMENDATION = "recommendation"
    REFORM = "reform"
    EVENT = "event"
    PARAGRAPH = "paragraph"
    PERSON = "person"
    ORGANIZATION = "organization"


class DamageKind(StrEnum):
    """What is wrong with the stored copy of a cable, one word for each kind of loss or intrusion."""

    PAGE_CHROME = "page_chrome"
    PAGE_LINE = "page_line"
    NUMBER_MISSING = "number_missing"
    NUMBER_REPEATED = "number_repeated"
    BREAKS_OFF = "breaks_off"
    CLOSING_MARK_CUT = "closing_mark_cut"
    WEB_ADDRESS_LOST = "web_address_lost"
    HEADING_LOST = "heading_lost"
    HEADER_FIELD_LOST = "header_field_lost"


class Role(StrEnum):
    """What a caller may do. None includes another."""

    READER = "reader"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    ADMIN = "admin"


class AuditOutcome(StrEnum):
    """What became of an operation that the audit trail tells of."""

    DONE = "done"
    REFUSED = "refused"


class Editable(StrEnum):
    """The lists whose records are made and changed through the service."""

    RECOMMENDATIONS = "recommendations"
    STATISTICS = "statistics"
    PARTICIPATIONS = "participations"
    EVENTS = "events"


class Collection(StrEnum):
    """The lists whose records a copy can be kept of, by the names of their exports."""

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
