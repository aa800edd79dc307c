"""API documentation pages: Swagger UI to try requests, Redoc to read."""

from app.pages.layout import render_layout

WAITING = """<p id="state" class="state" role="status">Loading the API documentation ...</p>
<noscript><p class="state">This page needs JavaScript. The <a href="openapi.json">OpenAPI document</a> does not.</p>
</noscript>"""


def docs_page() -> str:
    return render_layout(
        f'<main id="content" tabindex="-1">{WAITING}<div id="swagger-ui"></div></main>',
        title="Try it - Roundtable Register",
        here="docs",
        requires=("swagger-ui/swagger-ui.css", "site.css", "swagger-ui/swagger-ui-bundle.js", "document.js", "docs.js"),
    )


def reference_page() -> str:
    return render_layout(
        f'<div id="content" tabindex="-1">{WAITING}<div id="redoc"></div></div>',
        title="Reference - Roundtable Register",
        here="reference",
        requires=("site.css", "redoc/redoc.standalone.js", "document.js", "reference.js"),
    )
