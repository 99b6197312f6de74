"""The frame of the desk's own small pages: readable without scripts, in the dark and on a phone."""

from __future__ import annotations

from html import escape

from fastapi.responses import HTMLResponse

_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #57606a; --line: #d0d7de;
  --mark: #fff3b0; --mark-ink: #1b1f24; --act: #0b57d0; --act-ink: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #14171a; --soft: #a3acb6;
  --line: #3a424b; --mark: #5c4a00; --mark-ink: #fff; --act: #a8c7fa; --act-ink: #062e6f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.4rem; line-height: 1.3; overflow-wrap: anywhere; }
.note { color: var(--soft); border-inline-start: 3px solid var(--line); padding-inline-start: .75rem; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
mark { background: var(--mark); color: var(--mark-ink); padding: .1em 0; scroll-margin-top: 35vh; }
a { color: var(--act); }
a:focus-visible, button:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
button { font: inherit; padding: .75rem 1.5rem; min-height: 44px; border: 0; border-radius: .5rem;
  background: var(--act); color: var(--act-ink); cursor: pointer; }
"""

_FRAME = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def page(title: str, body: str, *, status: int = 200, language: str = "en") -> HTMLResponse:
    """A page that may load and send nothing elsewhere; `title` is text, `body` is safe HTML."""
    headers = {
        "Content-Security-Policy": _POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    drawn = _FRAME.format(title=escape(title), style=_STYLE, body=body, language=language)
    return HTMLResponse(drawn, status, headers)


def note(words: str) -> str:
    """A remark in the desk's own words, as HTML."""
    return f'<p class="note">{escape(words)}</p>'
