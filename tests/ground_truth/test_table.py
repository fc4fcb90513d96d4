"""The table of published cases names code and tests that exist, and leaves no case out."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = {
    cells[0]: cells[1:]
    for line in (ROOT / "docs" / "published-cases.md").read_text(encoding="utf-8").splitlines()
    if (cells := [cell.strip() for cell in line.strip("|").split("|")])[0].startswith("G")
}


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_case_has_a_row() -> None:
    assert list(ROWS) == [f"G{number}" for number in range(1, 19)]
    assert [case for case, (*_, tests) in ROWS.items() if "::" not in tests] == [
        "G7"
    ]  # nothing is published under it


@pytest.mark.parametrize("case", ROWS)
def test_the_code_and_the_names_in_a_case_exist(case: str) -> None:
    _, _, code, tests = ROWS[case]
    for path, _, name in (part.partition(":") for part in re.findall(r"`([^`]+)`", code)):
        assert name in (ROOT / path).read_text(encoding="utf-8"), (path, name)
    for path, name in re.findall(r"`([^`:]+)::([^`]+)`", tests):
        assert name in names_in(path), (path, name)


def test_no_test_of_a_published_case_is_left_out() -> None:
    listed = {path for *_, tests in ROWS.values() for path in re.findall(r"`([^`:]+)::", tests)}
    files = {f"tests/ground_truth/{path.name}" for path in Path(__file__).parent.glob("test_g*.py")}
    assert files - listed == set()
