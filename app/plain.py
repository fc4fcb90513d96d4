"""The few pages that need no frontend: sign-in, signed out, not found, not reachable."""

from __future__ import annotations

import html

from starlette.responses import HTMLResponse

from app.branding import Brand, Mode
from app.theme import font_files

NEUTRAL = Brand(partner_id=0, key="portal", name="Service portal", primary="#334155")
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def plain_page(
    brand: Brand, mode: Mode, version: str, title: str, body: str, status: int = 200
) -> HTMLResponse:
    """A page in the brand's look without a line of script."""
    name = html.escape(brand.name)
    page = f"""<!doctype html>
<html lang="en" data-mode="{mode}"><head><meta charset="utf-8"><title>{html.escape(title)} · {name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<link rel="icon" href="/brand/icon.svg" type="image/svg+xml">
<link rel="preload" href="/brand/fonts/{font_files(brand)[0]}" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="/brand/theme.css?v={version}"><link rel="stylesheet" href="/brand/plain.css">
</head><body><main><div class="logo">{logo_html(brand, mode)}</div>{body}</main>
<footer>{html.escape(brand.footer)}</footer></body></html>"""
    headers = {"Content-Security-Policy": _CSP, "Cache-Control": "no-store"}
    return HTMLResponse(page, status_code=status, headers=headers)


def logo_html(brand: Brand, mode: Mode) -> str:
    """The partner's own logo, or its sign and name."""
    logo = brand.logo_in(mode)
    if logo and brand.logo_is_wordmark:
        return f'<img src="/brand/logo.svg" alt="{html.escape(brand.name)}">'
    return f'<img class="mark" src="/brand/{"logo" if logo else "icon"}.svg" alt=""><b>{html.escape(brand.name)}</b>'


def sign_in_body(forms: list[str], error: str, demo: bool) -> str:
    """The sign-in page's body: a reason, the forms, and the warning that this is a demo."""
    said = f'<p class="error" role="alert">{html.escape(error)}</p>' if error else ""
    warning = (
        '<p class="note">Demo sign-in. Connect your identity provider before real data.</p>' if demo else ""
    )
    return f"<h1>Sign in</h1>{said}{'<hr>'.join(forms)}{warning}"


def not_found_body() -> str:
    """What stands where no page is."""
    return '<h1>No such page</h1><p>The address does not lead anywhere here.</p><p><a class="button" href="/">To the overview</a></p>'


def sign_out_body(csrf: str) -> str:
    """Asked when a link from elsewhere leads here: nobody is signed out by a stranger's link."""
    return (
        '<h1>Sign out?</h1><form method="post" action="/auth/logout">'
        f'<input type="hidden" name="csrf" value="{html.escape(csrf)}"><button>Sign out</button></form>'
        '<p><a href="/">Stay signed in</a></p>'
    )
