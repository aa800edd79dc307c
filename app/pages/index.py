"""Landing page: introduces the service and links to the API and its documentation."""

from html import escape

from app.pages.assets import ASSETS
from app.pages.layout import render_layout

EXAMPLES = {
    "/v1/recommendations?target=embassy": "Recommendations to the Embassy",
    "/v1/panels": "Panels of the roundtable, with their number of recommendations",
    "/v1/cables/07BEIJING7192/paragraphs/5": "One paragraph of the cable, as printed",
}
"""Example paths, with a description of their responses."""
WAYS = {
    "docs": ("Try it", "Every operation with a form, to send requests from the page."),
    "reference": ("Reference", "Every operation, parameter and field on one page, to read and to search."),
    "openapi.json": ("OpenAPI document", "Machine-readable description of the API, for client generators."),
    "problems": ("Problems", "Meaning and remedy of each kind of error."),
}
LICENSES = {
    "Swagger UI": ("swagger-ui/LICENSE", "swagger-ui/NOTICE", "swagger-ui/swagger-ui-bundle.js.LICENSE.txt"),
    "Redoc": ("redoc/LICENSE", "redoc/redoc.standalone.js.LICENSE.txt"),
}


def landing_page(*, version: str) -> str:
    ways = "".join(
        f'<li><a href="{place}">{title}</a><p>{escape(words)}</p></li>' for place, (title, words) in WAYS.items()
    )
    examples = "".join(
        f'<li><a href="{escape(path[1:])}">{escape(words)}</a><code>{escape(path)}</code></li>'
        for path, words in EXAMPLES.items()
    )
    licenses = "; ".join(
        f"{name}: " + ", ".join(f'<a href="{ASSETS[file].address}">{file.rpartition("/")[2]}</a>' for file in files)
        for name, files in LICENSES.items()
    )
    content = f"""<main id="content" class="text">
<h1>Roundtable Register</h1>
<p class="lead">Recommendations to the Embassy, Washington and China, made at a policy roundtable:
who made them, their exact words, and their current state. Every record is cited to the exact words of the cable.</p>
<h2>API</h2>
<ul class="ways">{ways}</ul>
<h2>First requests</h2>
<p>These paths return JSON. All reads use <code>GET</code>.</p>
<ul class="examples">{examples}</ul>
</main>
<footer class="text">
<p>Version {escape(version)}. These pages load nothing from other hosts.</p>
<p>Licenses of the bundled software. {licenses}.</p>
</footer>"""
    return render_layout(content, title="Roundtable Register")
