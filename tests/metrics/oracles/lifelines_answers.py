"""Run by the Python of the oracles' own environment: survival curves of given items, as lifelines sees them."""

import json
import sys
import warnings

from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time

warnings.simplefilter("ignore")  # it warns of weights that are no counts: money is not


def answer(case):
    fitter = KaplanMeierFitter()
    entry = case["entry"] if any(case["entry"]) else None
    fitter.fit(case["t"], case["ended"], entry=entry, weights=case["weight"])
    curve = fitter.survival_function_["KM_estimate"]
    return {
        "curve": [[float(at), float(value)] for at, value in curve.items()],
        "mean_within_60_days": float(restricted_mean_survival_time(fitter, t=5184000)),
    }


print(json.dumps([answer(case) for case in json.load(sys.stdin)]))
