"""Pages that explain the `type` of a problem document."""

import json
import re
from html import escape

from app.core.problem_kinds import PROBLEMS
from app.pages.layout import render_layout

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


def problem_example(code: str, *, prefix: str = "") -> dict[str, object]:
    """Example of a problem document; `prefix` is the root path of the service behind a proxy."""
    kind = PROBLEMS[code]
    return {
        "type": f"{prefix}/problems/{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.detail,
        "instance": f"{prefix}{kind.instance}",
        "code": code,
        "errors": list(kind.errors),
        "trace_id": TRACE_ID,
    }


def problem_page(code: str, *, prefix: str) -> str:
    kind = PROBLEMS[code]
    example = json.dumps(problem_example(code, prefix=prefix), indent=4)
    content = f"""<main id="content" class="text">
<p class="status">Status {kind.status}, code <code>{code}</code></p>
<h1>{escape(kind.title)}</h1>
<h2>Meaning</h2>
<p>{_prose(kind.meaning)}</p>
<h2>Remedy</h2>
<p>{_prose(kind.remedy)}</p>
<h2 id="example">Example</h2>
<pre tabindex="0" role="region" aria-labelledby="example">{escape(example)}</pre>
<p><a href="../problems">All kinds of problems</a></p>
</main>"""
    return render_layout(content, title=f"{kind.title} - Roundtable Register", up="../")


def problems_page() -> str:
    rows = "".join(
        f'<tr><td>{kind.status}</td><td><a href="problems/{code}">{code}</a></td><td>{escape(kind.title)}</td></tr>'
        for code, kind in PROBLEMS.items()
    )
    content = f"""<main id="content" class="text">
<h1>Problems</h1>
<p class="lead">Every response with a status of 400 or more has the media type
<code>application/problem+json</code> (RFC 9457). Its <code>type</code> is the URL of one of these pages. Programs
should use its <code>code</code>.</p>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Code</th><th scope="col">Title</th></tr></thead>
<tbody>{rows}</tbody>
</table>
</main>"""
    return render_layout(content, title="Problems - Roundtable Register", here="problems")


def _prose(text: str) -> str:
    """Renders text as HTML; text between backticks becomes code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
