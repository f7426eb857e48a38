"""Promises of what the board says about its clock, on files like those of Linux."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.model import board


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that tells nothing yet."""
    for name in ("_CPUS", "_CPUINFO"):
        monkeypatch.setattr(board, name, tmp_path / name.strip("_").lower())
    return tmp_path


def test_a_machine_that_tells_nothing_is_none(machine: Path) -> None:
    assert (board.clock_hz(), board.throttle_count()) == (None, None)


def test_the_fastest_core_is_told_and_x86_tells_elsewhere(machine: Path) -> None:
    (machine / "cpuinfo").write_text("processor : 0\ncpu MHz\t\t: 2596.144\ncpu MHz : n/a\n")
    assert board.clock_hz() == pytest.approx(2596.144e6)
    for core, clock_khz in enumerate(("600000", "1800000")):
        folder = machine / "cpus" / f"cpu{core}" / "cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_cur_freq").write_text(clock_khz + "\n")
    assert board.clock_hz() == 1.8e9


def test_throttling_of_all_cores_is_counted(machine: Path) -> None:
    for core in range(2):
        folder = machine / "cpus" / f"cpu{core}" / "thermal_throttle"
        folder.mkdir(parents=True)
        (folder / "core_throttle_count").write_text(f"{core + 3}\n")
    assert board.throttle_count() == 7
