"""The CRM side: accounts, some merged, and opportunities that are won, lost, reopened or still open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.demo import names
from app.demo.cast import Cast
from app.demo.clock import NEVER, Array, Office, aware, spans, wall

STAGES = ("qualification", "proposal", "negotiation", "closed_won")


@dataclass(frozen=True)
class Sales:
    """Accounts (position = `account` elsewhere), opportunities and the history of their stages."""

    accounts: pd.DataFrame
    opportunities: pd.DataFrame
    stages: pd.DataFrame


def sell(cast: Cast, office: Office, since: np.datetime64, now: np.datetime64, rng: np.random.Generator) -> Sales:  # fmt: skip
    """The whole CRM of a customer as it stands at `now`."""
    accounts = _accounts(cast, since, now, rng)
    opportunities = _opportunities(cast, accounts, office, since, now, rng)
    stages = _stages(opportunities, rng)
    last = stages.groupby("opportunity")["at"].max()
    touched = opportunities["id"].map(last).to_numpy().astype("M8[ms]")
    opportunities["updated_at"] = np.fmax(
        np.fmax(touched, opportunities["created_at"]), opportunities["deleted_at"]
    )
    return Sales(accounts, opportunities, stages)


def _accounts(cast: Cast, since: np.datetime64, now: np.datetime64, rng: np.random.Generator) -> pd.DataFrame:
    count = cast.accounts
    firms = names.firms(count, cast.language, rng)
    twins = (
        3 if cast.story == "duplicates" else 1
    )  # the last ones are the first ones, entered twice and merged
    for twin in range(twins):
        firms[count - 1 - twin] = (firms[twin][0].upper(), firms[twin][1])
    merged_into = np.full(count, -1)
    merged_into[count - twins :] = np.arange(twins)[::-1]
    created = since - spans(rng.uniform(40, 900, count) * 86400)
    merged_at = np.full(count, NEVER)
    merged_at[count - twins :] = now - spans(rng.uniform(20, 200, twins) * 86400 * cast.months / 13)
    currency = np.full(count, cast.currency, dtype=object)
    if cast.second_currency:
        currency[2::3] = cast.second_currency
    codes = np.array([f"{cast.key[:2].upper()}{1000 + 7 * n}" for n in range(count)], dtype=object)
    psa_codes = codes.copy()
    psa_codes[4::9] = None  # never filled in on that side
    return pd.DataFrame(
        {
            "id": [f"ACC-{10_000 + 13 * n}" for n in range(count)],
            "psa_id": [str(500 + n) for n in range(count)],
            "name": [f"{name} {form}" for name, form in firms],
            "psa_name": [name.upper() if n % 5 == 3 else name for n, (name, _) in enumerate(firms)],
            "code": codes,
            "psa_code": psa_codes,
            "domain": [f"{names.plain(name).replace('.', '-')}.example" for name, _ in firms],
            "tax_id": [f"{cast.country[:2]}{rng.integers(10**8, 10**9)}" for _ in range(count)],
            "currency": currency,
            "created_at": created,
            "merged_into": merged_into,
            "merged_at": merged_at,
            "updated_at": np.fmax(created, merged_at),
        }
    )


def _opportunities(
    cast: Cast, accounts: pd.DataFrame, office: Office, since: np.datetime64, now: np.datetime64, rng: np.random.Generator
) -> pd.DataFrame:  # fmt: skip
    count = round(cast.wins / 0.52)
    days = office.days[(office.days >= since.astype("M8[D]") - 50) & (office.days <= now.astype("M8[D]"))]
    created_on = np.sort(rng.choice(days, count))
    created = wall(created_on, rng.uniform(8.5, 18, count) * 3600, cast.zone)
    decided_on = office.next_day(created_on + rng.integers(6, 55, count))
    decided = wall(decided_on, rng.triangular(8.5, 15.5, 19.5, count) * 3600, cast.zone)
    luck = rng.random(count)
    won = (luck < 0.6) & (decided <= now) & (decided >= since)
    lost = (luck >= 0.6) & (luck < 0.94) & (decided <= now)
    _quiet_spell(cast, decided, won, now, rng)
    regular = np.flatnonzero(accounts["merged_into"].to_numpy() < 0)
    account = rng.choice(regular, count)
    amount = np.round(np.exp(rng.normal(10.45, 0.75, count)) / 500) * 50_000  # cents
    month = [aware(moment).strftime("%Y") for moment in created]
    title = names.work(count, cast.language, rng)
    firm = accounts["psa_name"].to_numpy()[account]
    frame = pd.DataFrame(
        {
            "id": [f"006{cast.key[:2].upper()}{100_000 + 17 * n}" for n in range(count)],
            "number": [f"OPP-{year}-{n + 1:04d}" for n, year in enumerate(month)],
            "account": account,
            "name": [f"{who.title()}: {what}" for who, what in zip(firm, title, strict=True)],
            "practice": [names.practice_of(what, cast.language) for what in title],
            "amount": amount.astype("i8"),
            "currency": accounts["currency"].to_numpy()[account],
            "owner": rng.integers(3, size=count),
            "requires_delivery": rng.random(count) > 0.03,
            "expected_start": office.next_day(decided_on + 7),
            "created_at": created,
            "won": won,
            "lost": lost,
            "decided_at": np.where(won | lost, decided, NEVER),
            "fixed": rng.random(count) < 0.25,
        }
    )
    frame["reopened_at"] = NEVER
    reopened = frame.index[won][2::29][:2]  # won, taken back two days later, lost in the end
    frame.loc[reopened, "reopened_at"] = frame.loc[reopened, "decided_at"] + np.timedelta64(
        2 * 86400 * 1000, "ms"
    )
    frame.loc[frame["reopened_at"] > now, "reopened_at"] = NEVER
    frame["deleted_at"] = NEVER
    dropped = frame.index[(~won & ~lost) & (decided <= now)][:3]  # entered by mistake and deleted
    frame.loc[dropped, "deleted_at"] = decided[dropped]
    return frame


def _quiet_spell(
    cast: Cast, decided: Array, won: Array, now: np.datetime64, rng: np.random.Generator
) -> None:
    """The silent customer wins at least seven deals while its integration is silent, else there is no story."""
    if cast.story != "silent":
        return
    inside = (decided > now - spans(46 * 86400.0)) & (decided < now - spans(12 * 86400.0))
    won[np.flatnonzero(inside)[:9]] = True


def _stages(opportunities: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Each change of a stage with its exact moment, as a CRM's history table has it."""
    frames = []
    created, decided = opportunities["created_at"].to_numpy(), opportunities["decided_at"].to_numpy()
    length = np.where(np.isnat(decided), spans(20 * 86400.0), decided - created)
    ids = opportunities["id"].to_numpy()
    won, lost = opportunities["won"].to_numpy(), opportunities["lost"].to_numpy()
    shares = np.sort(rng.uniform(0.1, 0.85, (2, len(ids))), axis=0)
    advanced = won | lost | (rng.random(len(ids)) < 0.6)
    frames.append(_events(ids, created, None, STAGES[0]))
    for step, share in enumerate(shares):
        at = created + (length * share).astype("m8[ms]")
        frames.append(_events(ids[advanced], at[advanced], STAGES[step], STAGES[step + 1]))
    frames.append(_events(ids[won], decided[won], STAGES[2], "closed_won"))
    frames.append(_events(ids[lost], decided[lost], STAGES[2], "closed_lost"))
    back = opportunities["reopened_at"].to_numpy()
    again = ~np.isnat(back)
    frames.append(_events(ids[again], back[again], "closed_won", "negotiation"))
    frames.append(_events(ids[again], back[again] + spans(3600.0), "negotiation", "closed_lost"))
    return pd.concat(frames, ignore_index=True).sort_values(["at", "opportunity"], ignore_index=True)


def _events(ids: Array, at: Array, before: str | None, after: str) -> pd.DataFrame:
    return pd.DataFrame({"opportunity": ids, "at": at, "from_stage": before, "to_stage": after})


def stage_of(opportunities: pd.DataFrame) -> Array:
    """The stage each opportunity is in, in the CRM's own words."""
    back = opportunities["reopened_at"].notna().to_numpy()
    won, lost = opportunities["won"].to_numpy() & ~back, opportunities["lost"].to_numpy() | back
    return np.where(won, "closed_won", np.where(lost, "closed_lost", "proposal"))
