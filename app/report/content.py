"""What a review pack says, in words: drawn from a statement, and the same for every form it is written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.branding import Brand
from app.markup import STATUS_WORDS
from app.report import beside
from app.report.outcomes import of_missed
from app.report.recovered import recovered
from app.report.said import EXCLUDED, KINDS, STATES, Body, Said
from app.report.sentences import of_millionths, owed, sentences
from app.report.table import Table
from app.wording import NOTHING, Words
from metrics.catalogue import METRICS
from metrics.metric import Metric
from metrics.sla.review import ReviewNotes
from metrics.sla.statement import Statement

EXECUTIVE = (
    "A1", "V1", "A7", "A13", "A13b", "B1", "D5", "D7", "C1", "C2", "C4", "C5", "C6", "C7", "C12", "C16",
)  # fmt: skip


@dataclass(frozen=True)
class Objective:
    """One objective as a line of the table; `state` is that of its sign, `stood` the value with what it is a share of."""

    key: str
    title: str
    target: str
    value: str
    counted: str
    stood: str
    bounds: str
    state: str
    verdict: str
    reason: str
    gross: str
    net: str


@dataclass(frozen=True)
class Content:
    """Everything that a pack says, as text in the reader's locale."""

    title: str
    customer: str
    partner: str
    month: str
    state: str
    is_sealed: bool
    under: str
    restates: tuple[str, ...]
    sentences: tuple[str, ...]
    commentary: tuple[str, ...]
    objectives: tuple[Objective, ...]
    composites: Table
    to_settle: Table
    excluded: Table
    causes: Table
    missed: Table
    recovered: Table
    out_of_danger: Table
    figures: Table
    actions: Table
    risks: Table
    signatures: Table
    credits: tuple[str, ...]
    definitions: Table
    sha256: str
    footer: str

    @property
    def tables(self) -> tuple[Table, ...]:
        """What every form lists below the promises and credits, in this order."""
        before = (self.to_settle, self.excluded, self.causes, self.missed)
        return (*before, self.recovered, self.out_of_danger, self.actions, self.risks, self.signatures)


@dataclass(frozen=True)
class Pack:
    """What a pack is drawn from: a statement (version 0: preliminary), whose look it has, what the partner adds, and what is kept
    beside the month."""

    statement: Statement
    brand: Brand
    locale: str = "en-GB"
    commentary: str = ""
    notes: ReviewNotes = field(default=ReviewNotes())

    @property
    def said(self) -> Said:
        """The numbers of its statement in words."""
        body = self.statement.body
        return Said(body, Words(self.locale, body["period"]["time_zone"]))


def content(pack: Pack) -> Content:
    """All that the pack says."""
    said, body = pack.said, pack.statement.body
    month = said.words.month(body["period"]["name"])
    return Content(
        title=f"Service review {month}",
        customer=body["customer"]["name"],
        partner=said.side("partner"),
        month=month,
        state=_state(said),
        is_sealed="sealed" in body,
        under=f"Days and hours are those of {body['period']['time_zone']}.",
        restates=tuple(_restates(body)),
        sentences=sentences(said),
        commentary=tuple(part.strip() for part in pack.commentary.split("\n\n") if part.strip()),
        objectives=tuple(_objective(said, each) for each in body["evaluation"]["objectives"]),
        composites=_composites(said),
        to_settle=beside.to_settle(said),
        excluded=_excluded(said),
        causes=beside.causes(said),
        missed=_missed(said),
        recovered=recovered(said),
        out_of_danger=beside.out_of_danger(said),
        figures=_figures(said),
        actions=beside.actions(said, pack.notes),
        risks=beside.risks(said),
        signatures=beside.signatures(said, pack.notes),
        credits=tuple(_credits(said)),
        definitions=_definitions(body),
        sha256=pack.statement.sha256,
        footer=pack.brand.footer,
    )


def _state(said: Said) -> str:
    if "sealed" not in said.body:
        return f"Preliminary: as it was known on {said.instant(said.body['evaluation']['as_of'])}"
    sealed = said.body["sealed"]
    return f"Sealed on {said.instant(sealed['at'])} by {sealed['by']}, version {said.body['version']}"


def _restates(body: Body) -> list[str]:
    if "restates" not in body:
        return []
    restated = body["restates"]
    return [
        f"Restates version {restated['version']}.",
        *(
            f"Because of {KINDS.get(cause['kind'], cause['kind'])}: {'; '.join(cause['said'])}."
            for cause in restated["causes"]
        ),
    ]


def _objective(said: Said, it: Body) -> Objective:
    return Objective(
        key=it["key"],
        title=it["title"],
        target=said.target(it),
        value=said.value(it, it["agreed"]["value"]),
        counted=said.counted(it["agreed"]),
        stood=said.stood(it, it["agreed"]),
        bounds=said.bounds(it, it["agreed"]),
        state=STATES[it["verdict"]],
        verdict=STATUS_WORDS[STATES[it["verdict"]]],
        reason=said.because(it),
        gross=said.stood(it, it["gross"]),
        net=said.stood(it, it["net"]),
    )


def _composites(said: Said) -> Table:
    rows = tuple(
        (
            it["title"],
            "all of them" if it["rule"] == "all_of" else "the worst of them",
            f"at least {said.words.promise(of_millionths(it['target']))}"
            if it["target"] is not None
            else NOTHING,
            said.worst(it),
            STATUS_WORDS[STATES[it["verdict"]]],
        )
        for it in said.body["evaluation"]["composites"]
    )
    return Table("Taken together", ("Objective", "Rule", "Agreed", "Value", "Verdict"), rows, "")


def _excluded(said: Said) -> Table:
    agreed = {each["key"]: each for each in said.body["agreed"]}
    rows = []
    for objective in said.body["evaluation"]["objectives"]:
        for it in objective["excluded"]:
            word = agreed.get(it["key"])
            who = f"{word['actor']} for {said.side(word['side'])}, {said.instant(word['at'])}" if word else ""
            why = [it["why"], word["comment"] if word else ""]
            size = [said.words.count(it["count"]["n"] + it["count"]["unknown"])]
            size += [said.words.duration(it["seconds"])] if it["seconds"] else []
            size += [worth] if (worth := said.worth(it["key"], objective["key"])) else []
            rows.append(
                (
                    objective["title"],
                    said.party(it["reason"]),
                    ", ".join(size),
                    EXCLUDED.get(it["state"], it["state"]),
                    who or NOTHING,
                    "; ".join(part for part in why if part) or NOTHING,
                )
            )
    columns = ("Objective", "Whose doing", "Items, worth", "Where it stands", "Who said so last", "Why")
    return Table(
        "What was left out, and who agreed", columns, tuple(rows), "Nothing was proposed to be left out."
    )


def _missed(said: Said) -> Table:
    titles = {each["key"]: each["title"] for each in said.body["evaluation"]["objectives"]}
    rows = tuple(
        (
            titles.get(each["objective"], each["objective"]),
            each["label"],
            said.instant(each["at"]),
            each["flow"] or NOTHING,
            of_missed(each),
            said.party(each["party"]),
            "; ".join(part for part in (each["evidence"], each["decided_by"]) if part) or NOTHING,
        )
        for each in said.body["missed"]
    )
    columns = (
        "Objective",
        "Item",
        "Came due",
        "Flow",
        "What became of it",
        "Whose doing",
        "Evidence, decided by",
    )
    return Table("Missed and unknown items", columns, rows, "No item counts against an objective.")


def _figures(said: Said) -> Table:
    metrics = _metrics()
    rows = []
    for it in said.body["figures"]:
        metric = metrics.get(it["id"])
        is_again = it["currency"] is not None and it["unit"] not in ("money", "count")
        if metric is None or it["id"] not in EXECUTIVE or is_again:
            continue
        unknown = f"{said.words.count(it['unknown'])} unknown" if it["unknown"] else ""
        title = f"{metric.title} ({it['currency']})" if it["currency"] else metric.title
        rows.append((title, said.figure(it), unknown))
    return Table("Figures of the month", ("Figure", "Value", "Not known"), tuple(rows), "No figures.")


def _credits(said: Said) -> list[str]:
    credits = said.body["evaluation"]["credits"]
    lines = [owed(said)]
    if credits["fee"] is None:
        lines.append("No fee is agreed in the terms, so that credits are told as shares of it.")
    evaluation = said.body["evaluation"]
    costly = [it for it in (*evaluation["objectives"], *evaluation["composites"]) if it["credit"]["owed"]]
    for it in costly:
        lines.append(f"{it['title']}: {said.words.promise(of_millionths(it['credit']['owed']))} of the fee.")
    if len(costly) > 1:
        how = "added up" if credits["stacking"] == "sum" else "not added up: the highest counts"
        lines.append(f"The credits of several objectives are {how}.")
    return lines


def _definitions(body: Body) -> Table:
    metrics = _metrics()
    used = {each["metric"] for each in body["evaluation"]["objectives"]}
    rows = []
    for key, (number, version) in sorted(
        {
            each["key"].split(" ")[0]: (each["id"], each["definition_version"])
            for each in body["figures"]
            if each["id"] in EXECUTIVE or each["key"].split(" ")[0] in used
        }.items()
    ):
        metric = metrics.get(number)
        if metric is None:
            continue
        sentence = (
            metric.sentence if metric.version == version else f"Counted by an earlier version of {key}."
        )
        rows.append((metric.title, sentence, f"{number}, version {version}"))
    return Table("Definitions", ("Figure", "What it means", "Version"), tuple(rows), "")


def _metrics() -> Mapping[str, Metric]:
    return {metric.id: metric for metric in METRICS}
