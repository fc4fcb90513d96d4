"""The table of verbs: what each leaves, reaches and needs, without a database."""

from datetime import timedelta

import pytest

from metrics.triage import moves
from metrics.triage.moves import NotAllowed, Standing, apply
from tests.metrics.triage.conftest import NOW

LATER = NOW + timedelta(days=1)
GIVEN = {
    "person_id": 7, "owner_person_id": 8, "note": "because", "tags": ("erp",), "found_by": "customer",
    "severity": 1, "waiting_on": "vendor",
    "waived_until": LATER, "snoozed_until": LATER, "merged_into_exception_id": 5, "minutes": 20,
}  # fmt: skip
NOTHING_NEW = {"wake": "it is awake", "unassign": "nobody has it"}


@pytest.mark.parametrize("state", moves.STATES)
@pytest.mark.parametrize("verb", moves.VERBS, ids=lambda verb: verb.key)
def test_a_verb_leaves_only_its_states_and_reaches_its_own(verb, state):
    before = Standing(state, waiting_on="customer" if state == "waiting" else None)
    if state not in verb.leaves:
        with pytest.raises(NotAllowed, match="is done from"):
            apply(verb.key, before, NOW, GIVEN)
    elif verb.key in NOTHING_NEW:
        with pytest.raises(NotAllowed, match=NOTHING_NEW[verb.key]):
            apply(verb.key, before, NOW, GIVEN)
    else:
        after = apply(verb.key, before, NOW, GIVEN)
        looked_at = verb.key in ("take", "assign") and state in ("new", "reopened")
        assert after.state == (verb.reaches or ("triaged" if looked_at else state))
        assert after.closed_at == (NOW if verb.reaches in ("waived", "merged") else None)


@pytest.mark.parametrize("verb", [verb for verb in moves.VERBS if verb.needs], ids=lambda verb: verb.key)
def test_what_a_verb_needs_has_to_be_said(verb):
    with pytest.raises(NotAllowed, match=f"'{verb.key}' needs "):
        apply(verb.key, Standing("waived" if verb.key == "reopen" else "new"), NOW, {})


@pytest.mark.parametrize(
    ("verb", "given", "says"),
    [
        ("wait", {"waiting_on": "weather"}, "not for 'weather'"),
        ("prioritise", {"severity": 5}, "1 .urgent. to 4"),
        ("prioritise", {"severity": 3}, "3 already"),
        ("found", {"found_by": "them"}, "by us or customer"),
        ("found", {"found_by": "us"}, "found by us"),
        ("waive", {"waived_until": NOW}, "later than now"),
        ("waive", {"waived_until": LATER.replace(tzinfo=None)}, "with a time zone"),
        ("snooze", {"snoozed_until": None}, "needs an instant"),
        ("snooze", {"snoozed_until": None, "snoozed_count": 0}, "once or more"),
        ("log", {"minutes": -5}, "between 1 minute"),
        ("tag", {"tags": ("x" * 41,)}, "a tag has"),
        ("tag", {"tags": ()}, "a tag to add or to remove"),
        ("note", {"note": "x" * 4001}, "at most 4000"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(verb, given, says):
    with pytest.raises(NotAllowed, match=says):
        apply(verb, Standing("triaged"), NOW, GIVEN | given)


def test_a_move_leaves_behind_what_belonged_to_the_state_before():
    waiting = apply("wait", Standing("new", snoozed_until=LATER), NOW, {"waiting_on": "customer"})
    assert (waiting.waiting_on, waiting.snoozed_until) == ("customer", None)
    claimed = apply("claim", waiting, NOW, {})
    assert (claimed.waiting_on, claimed.claimed_at) == (None, NOW)
    waived = apply("waive", claimed, NOW, GIVEN)
    assert (waived.claimed_at, waived.waived_until, waived.closed_at) == (None, LATER, NOW)
    assert apply("reopen", waived, NOW, GIVEN) == Standing("reopened")


def test_tags_are_words_in_small_letters_each_once():
    after = apply(
        "tag", Standing("new", tags=("erp", "old")), NOW, {"tags": (" Tax  Code ", "ERP"), "untags": ("old",)}
    )
    assert after.tags == ("erp", "tax code")
