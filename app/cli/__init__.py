"""The command line: every room is wired here, and nothing else starts anything."""

from __future__ import annotations

import logging

import typer

from app.cli import (
    ages,
    alerts,
    balances,
    collecting,
    configure,
    incidents,
    keeping,
    matches,
    meeting,
    people,
    reading,
    report,
    review_mail,
    review_plan,
    rules,
    serving,
    settling,
    sla,
    statements,
    triage_retry,
    triage_views,
)

cli = typer.Typer(
    name="throughline",
    help="Operational intelligence for managed integrations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
cli.command("demo")(serving.demo)
cli.command("live")(serving.live)
cli.command("serve")(serving.serve)
cli.command("run")(collecting.run)
cli.command("apply")(configure.apply_files)
cli.command("export")(configure.export_file)
cli.command("check")(collecting.check_systems)
cli.command("collect")(collecting.collect)
cli.command("refresh")(collecting.refresh_figures)
reading.kpi.command("balances")(balances.kpi_balances)
reading.kpi.command("ages")(ages.kpi_ages)
cli.add_typer(reading.kpi, name="kpi")
triage_views.queue.command("retry")(triage_retry.retry)
cli.add_typer(triage_views.queue, name="queue")
cli.add_typer(rules.rules, name="rules")
cli.add_typer(incidents.incidents, name="incidents")
sla.sla.command("seal")(statements.sla_seal)
sla.sla.command("pending")(statements.sla_pending)
sla.sla.command("statement")(statements.sla_statement)
sla.sla.command("verify")(statements.sla_verify)
for verb in (
    settling.missed,
    settling.exclusions,
    settling.propose,
    settling.accept,
    settling.dispute,
    settling.withdraw,
    settling.attribute,
    settling.announce,
    settling.cancel,
    meeting.actions,
    meeting.action,
    meeting.comment,
    meeting.notes,
    meeting.sign,
    meeting.reviews,
):
    sla.sla.command()(verb)
cli.add_typer(sla.sla, name="sla")
cli.add_typer(alerts.alerts, name="alerts")
cli.command("report")(report.report)
review_mail.review.command("schedule")(review_plan.schedule)
review_mail.review.command("change")(review_plan.change)
cli.add_typer(review_mail.review, name="review")
cli.add_typer(collecting.quarantine, name="quarantine")
cli.add_typer(matches.matches, name="matches")
cli.add_typer(configure.systems, name="systems")
cli.add_typer(people.users, name="users")
cli.command("doctor")(keeping.doctor)
cli.command("backup")(keeping.back_up)
cli.command("restore")(keeping.bring_back)


def main() -> None:
    """Run one command; exit code 0 done, 1 found trouble, 2 input that cannot be used."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    cli()


if __name__ == "__main__":
    main()
