"""A pack as one page of HTML that needs nothing else: its style, its charts and its font are in it."""

from __future__ import annotations

import base64
from pathlib import Path

from app.branding import FONTS as FAMILIES
from app.branding import Brand
from app.markup import e
from app.report.chart import charts
from app.report.content import Content, Objective, Pack, content
from app.report.table import Table

_STATIC = Path(__file__).parents[1] / "static" / "fonts"
_STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;font:15px/1.5 var(--font),system-ui,sans-serif;color:var(--text);background:#fff}
header{border-top:12px solid var(--fill);padding:20px 0}main,header>div,footer{max-width:900px;margin:0 auto;padding:0 20px}
h1{font-size:30px;margin:8px 0}h2{font-size:19px;margin:32px 0 8px}.muted,footer{color:var(--muted)}
.state{background:var(--surface);padding:10px 14px;border-radius:4px;font-weight:600}.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}th,td{text-align:left;vertical-align:top;padding:7px 8px;border-bottom:1px solid var(--line)}
th{background:var(--surface);color:var(--muted)}td small{display:block;color:var(--muted)}
.verdict{font-weight:600;white-space:nowrap}.verdict i{display:inline-block;width:10px;height:10px;margin-right:6px}
.ok{color:var(--ok)}.ok i{background:var(--ok);border-radius:50%}.breach{color:var(--breach)}.breach i{background:var(--breach);transform:rotate(45deg)}
.unknown{color:var(--unknown)}.unknown i{border:2px solid var(--unknown)}
figure{margin:0}figure svg{max-width:100%;height:auto}.hash{overflow-wrap:anywhere;background:var(--surface);padding:8px}
.logo{height:36px}.logo svg,img.logo{height:36px;width:auto;vertical-align:middle}footer{padding:24px 20px;font-size:13px}
@media print{h2{break-after:avoid}tr,figure{break-inside:avoid}}
"""


def draw(pack: Pack) -> bytes:
    """The page. Logo and charts are pictures, so that nothing in them runs."""
    said = content(pack)
    drawings = "".join(
        f'<h2>{e(chart.title)}</h2><figure><img alt="{e(chart.alt)}" src="{_picture(_plainly(chart.svg(), pack.brand))}" style="width:100%"></figure>'
        for chart in charts(pack, said)
    )
    logo = pack.brand.logo_in("light") or pack.brand.mark()
    is_named = pack.brand.logo_in("light") is not None and pack.brand.logo_is_wordmark
    name = "" if is_named else f"<b>{e(said.partner)}</b>"
    lang = pack.said.words.dates.replace("_", "-")
    parts = (
        f'<!doctype html><html lang="{e(lang)}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:\">",
        f"<title>{e(said.title)}, {e(said.customer)}</title><style>{_variables(pack.brand)}{_STYLE}</style></head>",
        f'<body><header><div><img class="logo" alt="{e(said.partner)}" src="{_picture(logo)}"> {name}',
        f'<p class="muted" dir="auto">{e(said.customer)}</p><h1>{e(said.title)}</h1>',
        f'<div class="state">{e(said.state)}</div>',
        f'<p class="muted">{e(" ".join((said.under, *said.restates)))}</p></div></header><main>',
        f"<h2>In short</h2>{_list(said.sentences)}",
        f"<h2>From {e(said.partner)}</h2>",
        _paragraphs(said.commentary or ("No commentary has been written.",)),
        _objectives(said),
        _table(said.composites) if said.composites.rows else "",
        drawings,
        f"<h2>Credits</h2>{_paragraphs(said.credits)}",
        *(_table(table) for table in (*said.tables, said.figures, said.definitions)),
        "<h2>Proof</h2><p>SHA-256 of the statement that this page is drawn from:</p>",
        f'<p class="hash">{e(said.sha256)}</p></main><footer>{e(said.footer)}</footer></body></html>',
    )
    return "".join(parts).encode()


def _objectives(said: Content) -> str:
    if not said.objectives:
        return _table(Table("Objectives", (), (), "Nothing was agreed."))
    rows = "".join(map(_objective, said.objectives))
    apart = Table(
        "With and without what is left out",
        ("Objective", "Nothing left out", "As agreed", "As proposed"),
        tuple((it.title, it.gross, it.stood, it.net) for it in said.objectives),
        "",
    )
    return f"<h2>Objectives</h2>{_grid(('Objective', 'Agreed', 'Value', 'Verdict', 'Reason'), rows)}{_table(apart)}"


def _objective(it: Objective) -> str:
    small = "".join(f"<small>{e(part)}</small>" for part in (it.counted, it.bounds) if part)
    return (
        f'<tr><td dir="auto">{e(it.title)}</td><td>{e(it.target)}</td><td><b>{e(it.value)}</b>{small}</td>'
        f'<td class="verdict {e(it.state)}"><i aria-hidden="true"></i>{e(it.verdict)}</td><td>{e(it.reason)}</td></tr>'
    )


def _table(table: Table) -> str:
    if not table.rows:
        return f'<h2>{e(table.title)}</h2><p class="muted">{e(table.empty)}</p>'
    rows = "".join(
        "<tr>" + "".join(f'<td dir="auto">{e(cell)}</td>' for cell in row) + "</tr>" for row in table.rows
    )
    note = f'<p class="muted">{e(table.note)}</p>' if table.note else ""
    return f"<h2>{e(table.title)}</h2>{note}{_grid(table.columns, rows)}"


def _grid(columns: tuple[str, ...], rows: str) -> str:
    head = "".join(f'<th scope="col">{e(name)}</th>' for name in columns)
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _list(lines: tuple[str, ...]) -> str:
    return f"<ul>{''.join(f'<li>{e(line)}</li>' for line in lines)}</ul>"


def _paragraphs(lines: tuple[str, ...]) -> str:
    return "".join(f'<p dir="auto">{e(line)}</p>' for line in lines)


def _picture(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _plainly(svg: str, brand: Brand) -> str:
    """A picture does not see the fonts of its page: where the brand's is not installed, any without serifs will do."""
    return svg.replace(f'font-family="{brand.font}"', f'font-family="{brand.font}, system-ui, sans-serif"')


def _variables(brand: Brand) -> str:
    palette = brand.palette("light")
    names = ("text", "muted", "line", "fill", "surface")
    said = {name: getattr(palette, name) for name in names} | dict(palette.status_text)
    font = FAMILIES.get(brand.font, "inter")
    data = base64.b64encode((_STATIC / f"{font}-latin-wght-normal.woff2").read_bytes()).decode()
    face = f'@font-face{{font-family:"{brand.font}";src:url(data:font/woff2;base64,{data}) format("woff2");font-weight:100 900}}'
    return (
        face
        + ":root{"
        + "".join(f"--{name}:{value};" for name, value in said.items())
        + f'--font:"{brand.font}"}}'
    )
