"""Run by the Python of the oracles' own environment: budgets of given counts, as slo-generator reports them."""

import json
import sys

from slo_generator.report import SLOReport

STEP = {
    "name": "step",
    "burn_rate_threshold": 1,
    "alert": True,
    "message_alert": "",
    "message_ok": "",
}


class Report(SLOReport):
    """A report on counts that are given instead of asked for."""

    given: tuple[int, int] = (0, 0)

    def run_backend(self, config, backend, client=None, delete=False):
        return self.given


def answer(case):
    Report.given = (case["good"], case["bad"])
    spec = {
        "description": "",
        "goal": case["goal"],
        "method": "",
        "backend": "",
        "service_level_indicator": {},
    }
    config = {"metadata": {"name": "given"}, "spec": spec}
    report = Report(config, {}, STEP | {"window": case["window"]}, 0)
    if not report.valid:
        return {"valid": False}
    return {
        "valid": True,
        "sli": report.sli_measurement,
        "burn": report.error_budget_burn_rate,
        "budget_minutes": report.error_budget_minutes,
        "error_minutes": report.error_minutes,
        "remaining_minutes": report.error_budget_remaining_minutes,
    }


print(json.dumps([answer(case) for case in json.load(sys.stdin)]))
