"""Page layout. All links are relative, so that a page works behind any path prefix."""

from html import escape

from app.pages.assets import ASSETS

PLACES = {
    "docs": "Try it",
    "reference": "Reference",
    "openapi.json": "OpenAPI document",
    "problems": "Problems",
}
LOADS = {"css": '<link rel="stylesheet" href="{}">', "js": '<script src="{}" defer></script>'}
CURRENT = ' aria-current="page"'


def render_layout(
    content: str, *, title: str, here: str = "", up: str = "", requires: tuple[str, ...] = ("site.css",)
) -> str:
    """Renders a page. `content` is HTML, `here` a key of `PLACES`, `up` the path to the root, `requires` the files."""
    loads = [LOADS[name.rpartition(".")[2]].format(up + ASSETS[name].address) for name in requires]
    links = [
        f'<li><a href="{up}{place}"{CURRENT * (place == here)}>{words}</a></li>' for place, words in PLACES.items()
    ]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="{up}{ASSETS["icon.svg"].address}" type="image/svg+xml">
{chr(10).join(loads)}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<a class="name" href="{up or "./"}">Roundtable Register</a>
<nav aria-label="Pages"><ul>{"".join(links)}</ul></nav>
</header>
{content}
</body>
</html>
"""
