"""Invented names: firms and people that exist nowhere, made of parts that nobody would choose together."""

from __future__ import annotations

import numpy as np

_FIRM_FIRST = (
    "Marrow", "Tinple", "Saffra", "Quillo", "Brindle", "Copperfen", "Lumenar", "Oakhollow", "Pepperwick", "Sundrake",
    "Thistlemar", "Umberlo", "Velvetry", "Wickershire", "Yarrowby", "Zephyra", "Gobbelin", "Ivorest", "Juniperel", "Kettleby",
)  # fmt: skip
_FIRM_LAST = {
    "en": ("Foods", "Robotics", "Ferries", "Instruments", "Textiles", "Dairies", "Bicycles", "Optics", "Paperworks", "Lifts"),
    "de": ("Maschinenbau", "Brauhaus", "Optik", "Papierwerk", "Fähren", "Aufzüge", "Gewürze", "Uhrenwerk", "Spielwaren", "Käserei"),
}  # fmt: skip
_FIRM_FORM = {"en": ("Ltd", "Inc.", "Group"), "de": ("GmbH", "AG", "GmbH & Co. KG")}
_PERSON_FIRST = (
    "Ambra", "Bodo", "Calla", "Dorrin", "Elsket", "Farro", "Gwenna", "Hobart", "Ilka", "Jorrit", "Kessa", "Lumo",
    "Mirel", "Nando", "Ottka", "Perrin", "Quenby", "Rikka", "Sorrel", "Tamsel", "Ulmo", "Vesper", "Wendla", "Yorick",
)  # fmt: skip
_PERSON_LAST = (
    "Brambleby", "Quillfeather", "Oatsworth", "Thimblewick", "Marblestone", "Pennyroyal", "Sandgruber", "Butterfeld",
    "Windisprecht", "Löwenzahner", "Kieselbach-Moos", "Übermoor", "Foxglover", "Nettlerow", "Puddlemere", "Rübenacker",
)  # fmt: skip
_WORK = {
    "en": ("Data platform", "ERP rollout", "Process review", "Service portal", "Cost model", "Plant layout", "Field app", "Reporting"),
    "de": ("Datenplattform", "ERP-Einführung", "Prozessprüfung", "Serviceportal", "Kostenmodell", "Werksplanung", "Außendienst-App", "Berichtswesen"),
}  # fmt: skip
_PRACTICES = {
    "en": ("Data & Analytics", "Business Applications", "Advisory"),
    "de": ("Daten & Analytik", "Anwendungen", "Beratung"),
}
_PRACTICE_OF = (0, 1, 2, 1, 2, 2, 1, 0)  # in the order of the work


def firms(count: int, language: str, rng: np.random.Generator) -> list[tuple[str, str]]:
    """So many different firms as (name, legal form)."""
    tails, forms = _FIRM_LAST[language], _FIRM_FORM[language]
    picks = rng.choice(len(_FIRM_FIRST) * len(tails), size=count, replace=False)
    return [
        (
            f"{_FIRM_FIRST[pick % len(_FIRM_FIRST)]} {tails[pick // len(_FIRM_FIRST)]}",
            forms[pick % len(forms)],
        )
        for pick in picks.tolist()
    ]


def people(count: int, rng: np.random.Generator) -> list[str]:
    """So many different people."""
    picks = rng.choice(len(_PERSON_FIRST) * len(_PERSON_LAST), size=count, replace=False)
    return [
        f"{_PERSON_FIRST[pick % len(_PERSON_FIRST)]} {_PERSON_LAST[pick // len(_PERSON_FIRST)]}"
        for pick in picks.tolist()
    ]


def work(count: int, language: str, rng: np.random.Generator) -> list[str]:
    """What a project is about; the same may come twice."""
    return [_WORK[language][pick] for pick in rng.integers(len(_WORK[language]), size=count).tolist()]


def practice_of(work: str, language: str) -> str | None:
    """Which practice of the firm does such work; None for anything else."""
    words = _WORK[language]
    return _PRACTICES[language][_PRACTICE_OF[words.index(work)]] if work in words else None


def practice(place: int, language: str) -> str:
    """One of the firm's practices, in turn."""
    return _PRACTICES[language][place % len(_PRACTICES[language])]


def plain(text: str) -> str:
    """A name as part of an address: small ASCII letters and points."""
    spelled = text.lower()
    for letter, others in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("&", "und")):
        spelled = spelled.replace(letter, others)
    return ".".join("".join(c if c.isascii() and c.isalnum() else " " for c in spelled).split())
