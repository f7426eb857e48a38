"""Every line of the doctor: the fact, and what to do where something is wrong."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from edge_app import doctor
from edge_app.__main__ import main
from edge_app.doctor import examine
from edge_app.model import board, runtime
from edge_app.model.board import throttle_reasons
from edge_app.model.starter import STARTER


@pytest.fixture(autouse=True)
def short_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_INT8_BUDGET_S", 0.05)


def line(name: str, lines: list[str]) -> str:
    return next(text for text in lines if text.startswith(f"{name} "))


def test_a_healthy_machine_has_a_line_per_fact() -> None:
    lines, healthy = examine()
    assert healthy
    names = [text.split()[0] for text in lines]
    assert " ".join(names) == "python system runtime int8 opencv codecs window cameras heat power memory"
    assert "FFMPEG yes" in line("codecs", lines)
    assert "MiB free" in line("memory", lines)


def test_a_missing_runtime_is_a_problem(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(runtime, "_PACKAGES", ("no-such-package",))
    assert main(["doctor"]) == 1
    assert "PROBLEM: no LiteRT runtime is installed" in capsys.readouterr().out


def test_an_int8_file_is_measured_with_and_without_the_accelerator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.tflite"
    path.write_bytes(STARTER.read_bytes())
    assert main(["doctor", str(path)]) == 0
    told = line("int8", capsys.readouterr().out.splitlines())
    if runtime.runtime_name().startswith("ai-edge-litert"):
        assert told.startswith("int8     yes: ")
    assert "ms without the accelerator" in told
    assert told.endswith("(mine.tflite)")


def test_without_a_file_the_starter_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    told = line("int8", capsys.readouterr().out.splitlines())
    assert "ms without the accelerator" in told
    assert "(cats-dogs-int8.tflite)" in told


def test_a_float_file_or_none_is_refused_by_the_doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(tmp_path / "no.tflite")]) == 1
    assert "PROBLEM: `" in line("int8", capsys.readouterr().out.splitlines())


@pytest.mark.parametrize(
    ("bits", "now", "before"),
    [
        ("0x0", [], []),
        ("0x50000", [], ["the power supply is too weak", "the clock is lowered for heat or power"]),
        ("0x50005", ["the power supply is too weak", "the clock is lowered for heat or power"], []),
        (
            "0xe0008",
            ["the soft temperature limit is reached"],
            ["the clock is capped", "the clock is lowered for heat or power"],
        ),
    ],
)
def test_the_throttling_bits_mean_something(bits: str, now: list[str], before: list[str]) -> None:
    assert throttle_reasons(bits) == (now, before)


def raspberry_pi(folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str, millidegrees: int) -> None:
    """Make a folder of files pass for a board; `vcgencmd` is a real program that gives the answer."""
    program = folder / "bin" / "vcgencmd"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    (folder / "model").write_text("Raspberry Pi 5 Model B Rev 1.0\0")
    (folder / "thermal_zone0").mkdir()
    (folder / "thermal_zone0" / "temp").write_text(f"{millidegrees}\n")
    monkeypatch.setattr(board, "_NAME", folder / "model")
    monkeypatch.setattr(board, "_THERMAL", folder)


def test_a_hot_board_with_a_weak_supply_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raspberry_pi(tmp_path, monkeypatch, "throttled=0x50005", 81_234)
    lines, healthy = examine()
    assert healthy, "it runs, only slower"
    assert line("system", lines).startswith("system   Raspberry Pi 5 Model B Rev 1.0, ")
    assert line("heat", lines).startswith("heat     81 °C; the clock will be throttled: add a heat sink or a fan")
    assert line("power", lines) == (
        "power    now: the power supply is too weak, the clock is lowered for heat or power (0x50005); use the "
        "official power supply and a fan"
    )


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("throttled=0x0", "power    never throttled since the last boot"),
        ("VCHI initialization failed", "power    vcgencmd does not answer; run: sudo usermod -aG video $USER"),
    ],
)
def test_a_cool_board_is_told_so(answer: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raspberry_pi(tmp_path, monkeypatch, answer, 44_000)
    lines, _ = examine()
    assert line("power", lines).startswith(told)
    assert "fan" not in line("heat", lines)


def test_a_32_bit_system_on_a_64_bit_kernel_is_told_its_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board.struct, "calcsize", lambda _: 4)
    assert "the kernel has 64 bits, the rest of the system 32" in doctor._system()
    monkeypatch.setattr(board, "_64_BIT_KERNELS", ())
    assert "only the older runtime has 32-bit packages" in doctor._system()


def test_an_old_python_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.platform, "python_version", lambda: "3.9.2")
    lines, healthy = examine()
    assert not healthy
    assert "PROBLEM: 3.9.2 is older than 3.11; install a newer one" in line("python", lines)


def test_a_newer_python_than_those_tried_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.platform, "python_version", lambda: "3.14.0")
    lines, healthy = examine()
    assert healthy
    assert line("python", lines) == "python   3.14.0, newer than what the app was tried with (3.11 to 3.13)"


def test_the_older_runtime_is_said_to_be_slow_where_it_does_not_accelerate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "runtime_name", lambda: "tflite-runtime 2.14.0")
    monkeypatch.setattr(doctor, "_time_of_run_s", lambda interpreter: 0.059)
    told = line("int8", examine()[0])
    assert "no: 59.0 ms a run, 59.0 ms without the accelerator; pip install ai-edge-litert" in told


def test_little_memory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:   500000 kB\nMemAvailable:   90000 kB\nHugePages_Total:  0\n")
    monkeypatch.setattr(board, "_MEMINFO", tmp_path / "meminfo")
    assert line("memory", examine()[0]) == (
        "memory   88 of 488 MiB free; close other programs, or the app may be killed"
    )
