"""What the documents name is there: every command with its options, and every file."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from app.cli import cli

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS: Any = get_command(cli)
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([^`]*\w[^`]*)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
FILE = re.compile(r"(?:app|collectors|docs|metrics|requirements|sql|tests)/[\w./-]+\.\w+")


def _commands(text: str) -> Iterator[list[str]]:
    """Commands in words: lines of a block that begin with our name, and what is quoted and begins with it or with a group of ours."""
    for block in BLOCK.findall(text):
        yield from (
            line.split("#")[0].split()[1:] for line in block.splitlines() if line.startswith("throughline ")
        )
    for quoted in QUOTED.findall(BLOCK.sub("", text)):
        first, *words = quoted.split()
        if first == "throughline":
            yield words
        elif words and hasattr(COMMANDS.commands.get(first), "commands"):
            yield [first, *words]


def _unknown(words: list[str]) -> list[str]:
    """What of a command's words our command line does not have: names of commands (`seal|show` are two), and options."""
    found = [COMMANDS]
    while words and all(hasattr(each, "commands") for each in found) and re.match(r"[a-z]", words[0]):
        names = words.pop(0).split("|")
        if lost := [name for name in names if name not in found[0].commands]:
            return lost
        found = [found[0].commands[name] for name in names]
    options = re.findall(r"(?<![\w-])--[a-z-]+", " ".join(words))
    known = [
        {option for given in each.params for option in (*given.opts, *given.secondary_opts)} for each in found
    ]
    return [option for option in options if not all(option in options_of for options_of in known)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_that_a_document_names_is_one(path: Path) -> None:
    said = list(_commands(path.read_text(encoding="utf-8")))
    assert [(" ".join(words), lost) for words in said if (lost := _unknown([*words]))] == []


def test_a_command_or_an_option_that_is_none_is_found() -> None:
    text = "```\nthroughline kpi show A1 --perod 2026-10  # --never\n```\nand `sla sael acme`, `queue list|shwo`, `kpi list`"
    assert [_unknown(words) for words in _commands(text)] == [["--perod"], ["sael"], ["shwo"], []]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_that_a_document_names_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = [ROOT / name for name in FILE.findall(text)] + [path.parent / name for name in LINK.findall(text)]
    assert [str(each) for each in named if "NNNN" not in each.name and not each.exists()] == []


def test_a_decision_is_half_a_page() -> None:
    long = {path.name: len(path.read_text(encoding="utf-8").split()) for path in ROOT.glob("docs/adr/*.md")}
    assert {name: words for name, words in long.items() if words > 400} == {}


def test_a_link_to_a_heading_finds_it() -> None:
    assert [
        (path.name, name, heading)
        for path in DOCUMENTS
        for name, heading in re.findall(r"\]\(([\w./-]+\.md)#([^)]+)\)", path.read_text(encoding="utf-8"))
        if heading not in _headings(path.parent / name)
    ] == []


def _headings(path: Path) -> set[str]:
    """What a document's headings are called in links: lower case, hyphens for spaces, without punctuation."""
    found = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in found}
