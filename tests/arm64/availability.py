"""Which of our extras have all their wheels on ARM, by the package index of this machine."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from edge_app.common.errors import RemoteError
from tests.arm64.root import DEBIANS
from tests.arm64.wheels import Machine, resolve
from tests.places import REPOSITORY


def ask_for_all(wheel: Path) -> list[dict[str, Any]]:
    """Ask for 64-bit ARM with each Python of Debian, and for the 32-bit route; wheel: of this repository."""
    machines = [debian.machine("aarch64") for debian in DEBIANS.values()]
    found = [_ask(wheel, extra, machine) for extra in ("edge-headless", "web") for machine in machines]
    oldest = DEBIANS["bookworm"].machine("armv7l")  # tflite-runtime has none for later Pythons
    found += [_ask(wheel, extra, oldest) for extra in ("edge-tflite-runtime", "web")]
    for one in found:
        print(_sentence(one), flush=True)
    return found


def _ask(wheel: Path, extra: str, machine: Machine) -> dict[str, Any]:
    asked = {"extra": extra, "architecture": machine.architecture, "python": machine.python, "glibc": machine.glibc}
    try:
        wheels = resolve(f"fieldlens[{extra}] @ {wheel.as_uri()}", machine)
    except RemoteError as error:
        return {**asked, "resolves": False, "why": str(error), "requirements": _one_by_one(extra, machine)}
    return {**asked, "resolves": True, "wheels": wheels}


def _one_by_one(extra: str, machine: Machine) -> list[dict[str, Any]]:
    """Ask for each requirement alone, so that what is missing does not hide what is there."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    requirements = (*project["dependencies"], *project["optional-dependencies"][extra])
    return [_one(requirement, machine) for requirement in requirements]


def _one(requirement: str, machine: Machine) -> dict[str, Any]:
    try:
        return {"requirement": requirement, "wheels": resolve(requirement, machine, alone=True)}
    except RemoteError as error:
        return {"requirement": requirement, "wheels": [], "why": str(error)}


def _sentence(answer: dict[str, Any]) -> str:
    name = f".[{answer['extra']}] on {answer['architecture']}, Python {answer['python']}"
    if answer["resolves"]:
        return f"{name}: {len(answer['wheels'])} wheels, complete"
    missing = [one["requirement"] for one in answer["requirements"] if not one["wheels"]]
    return f"{name}: NOT complete by the index of this machine, which has no wheel of {', '.join(missing)}"
