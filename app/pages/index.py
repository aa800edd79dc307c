"""Landing page: introduces the service and links to the API and its documentation."""

from html import escape

from app.pages.assets import ASSETS
from app.pages.layout import render_layout

EXAMPLES = {
    "/v1/recommendations?target=embassy": "What was asked of the Embassy",
    "/v1/panels": "The panels of the roundtable, and how much each asked",
    "/v1/cables/07BEIJING7192/paragraphs/5": "One paragraph of the cable, as it is printed",
}
"""Example paths, with a description of their responses."""
WAYS = {
    "docs": ("Try it", "Every operation with a form. Send a request from the page and see the answer."),
    "reference": ("Reference", "Every operation, parameter and field on one page, to read and to search."),
    "openapi.json": ("OpenAPI document", "The same for machines: clients are generated from it."),
    "problems": ("Problems", "What each kind of error means, and what to do about it."),
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
<p class="lead">What did people ask the Embassy, Washington and China to do at a policy roundtable?
Who asked, in which words, and where does it stand? Every record is cited to the exact words of the cable.</p>
<h2>The interface</h2>
<ul class="ways">{ways}</ul>
<h2>To begin with</h2>
<p>These addresses answer with JSON. All reading is by <code>GET</code>.</p>
<ul class="examples">{examples}</ul>
</main>
<footer class="text">
<p>Version {escape(version)}. Nothing on these pages is fetched from another host.</p>
<p>Licenses of what they are made with. {licenses}.</p>
</footer>"""
    return render_layout(content, title="Roundtable Register")
