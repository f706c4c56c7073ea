"""What the documents point at is there, and the lock holds what the project asks for."""

import re
import tomllib
from pathlib import Path

import pytest

from listener.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    named = {command.name for command in app.registered_commands if command.name}
    assert named
    assert [name for name in sorted(named) if f"`{name}" not in readme] == []


def test_the_lock_holds_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lock = (ROOT / "requirements.lock").read_text("utf-8").lower()
    wanted = [re.split(r"[<>=;\[ ]", name)[0].lower() for name in project["dependencies"]]
    assert [name for name in wanted if f"\n{name}==" not in f"\n{lock}"] == []
