"""Rounds: fresh processes one after the other, each of which measures all files in turns."""

from __future__ import annotations

from benchmarks.measure.protocol.fresh_process import ask_fresh_process
from benchmarks.measure.protocol.memory import FreshProcessError
from benchmarks.measure.protocol.round_process import RoundRequest
from benchmarks.results.round_times import Round, RoundFacts, RoundTimes
from edge_app.common.errors import ModelFileError

_SLACK_S = 300.0
_SLACK_FACTOR = 50.0  # a board that swaps is slow, not hung


def ask_round(request: RoundRequest) -> Round:
    """Measure a round in a fresh process.

    Args:
        request: what to measure; its files were found good before.

    Raises:
        ModelFileError: the process failed.
    """
    limit_s = _SLACK_S + _SLACK_FACTOR * len(request.subjects) * (request.seconds + request.warm_up_cap_s)
    try:
        told = ask_fresh_process("benchmarks.measure.protocol.round_process", request.to_json(), limit_s)
    except FreshProcessError as error:
        names = ", ".join(dict.fromkeys(f"`{subject.model}`" for subject in request.subjects))
        raise ModelFileError(f"{names} could not be measured in a fresh process: {error}") from error
    return Round(RoundFacts.from_json(told["facts"]), tuple(RoundTimes.from_json(file) for file in told["files"]))
