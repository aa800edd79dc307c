"""Descriptions of the enum values that filters use, as short phrases."""

from enum import StrEnum

from app.vocabulary.words import Target, Topic

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
