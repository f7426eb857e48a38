"""Before anything is timed: which peers are there, which read the file, and do they say what we say?"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.experiments.peers.peer import LITERT_BENCHMARK, OUR_SIDE, Peer
from benchmarks.experiments.peers.visit import Work, load, visit_litert_benchmark
from benchmarks.experiments.peers.worker_process import ROOT
from edge_app.common.errors import MissingDependencyError, PeerError

LIMIT_CONVERTED = 1e-4
"""Largest difference of a score that rounding explains where a float file was written in another format."""

_LIMIT_LOGARITHM = 1e-2  # two sure models both say 1.0: in the logarithm of the small scores they would still differ
_SMALLEST = 1e-30


@dataclass(frozen=True)
class Agreement:
    """What a peer says about the frames, beside what we say.

    Attributes:
        versions: what runs there.
        same_label: share of the frames with our best label, 0..1; None: it gives no labels.
        largest_difference: of any score, 0..1; None: it samples frames its own way, or gives no scores.
    """

    versions: dict[str, Any]
    same_label: float | None = None
    largest_difference: float | None = None


def survey(peers: Sequence[Peer], work: Work, strict: bool) -> tuple[dict[str, Agreement], dict[str, str]]:
    """Ask every peer for versions and answers.

    Args:
        peers: to ask; our side is asked too.
        work: model and frames.
        strict: raise for a peer that is missing or refuses, because the user named it.

    Returns:
        What the accepted ones say, by name, our side first; and why the others are left out.

    Raises:
        FieldLensError: our side failed, or `strict`.
    """
    ours, our_versions = _ask(OUR_SIDE, work)
    found = {OUR_SIDE.name: Agreement(our_versions, 1.0, 0.0)}
    left_out: dict[str, str] = {}
    for peer in peers:
        try:
            found[peer.name] = _examine(peer, work, ours)
        except (PeerError, MissingDependencyError) as error:
            if strict:
                raise
            left_out[peer.name] = str(error)
    return found, left_out


def compare(ours: dict[str, Any], theirs: dict[str, Any], versions: dict[str, Any]) -> Agreement:
    """Compare the answers of two workers about the same frames.

    Args:
        ours: `labels`, and `scores` per frame.
        theirs: the same, or without `scores`.
        versions: of the peer.
    """
    same = [one == other for one, other in zip(ours["labels"], theirs["labels"], strict=True)]
    difference = None
    if "scores" in theirs:
        difference = float(np.abs(np.subtract(ours["scores"], theirs["scores"])).max())
    return Agreement(versions, sum(same) / len(same), difference)


def same_weights(ours: npt.ArrayLike, theirs: npt.ArrayLike) -> bool:
    """Tell whether scores differ by rounding only, in themselves and in their logarithms.

    Args:
        ours: (frames, classes), 0..1.
        theirs: the same shape.
    """
    one, other = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    logarithms = np.log(one + _SMALLEST) - np.log(other + _SMALLEST)
    return bool(np.abs(one - other).max() <= LIMIT_CONVERTED and np.abs(logarithms).max() <= _LIMIT_LOGARITHM)


def _examine(peer: Peer, work: Work, ours: dict[str, Any]) -> Agreement:
    if peer.name == LITERT_BENCHMARK:
        visit_litert_benchmark(peer, work)
        return Agreement({"ai-edge-litert": _litert_version(peer, work)})
    if peer.converter:
        _convert(peer, work)
    theirs, versions = _ask(peer, work)
    if peer.converter and not same_weights(ours["scores"], theirs["scores"]):
        raise PeerError(
            f"{peer.name} gives other scores than LiteRT for `{work.model.name}`: the converted file is not the same "
            "network and is not timed; leave this peer out"
        )
    return compare(ours, theirs, versions)


def _ask(peer: Peer, work: Work) -> tuple[dict[str, Any], dict[str, Any]]:
    with work.process(peer) as worker:
        versions = worker.ask("versions")
        load(worker, peer, work)
        return worker.ask("answers", frames=work.frames(peer)), versions


def _convert(peer: Peer, work: Work) -> None:
    command = [str(peer.python(work.peers_python)), "-m", peer.converter, str(work.model), str(work.converted(peer))]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        complaint = (ended.stderr.strip().splitlines() or ["its process was killed"])[-1]
        raise PeerError(f"{peer.name} is left without a model: {complaint.removeprefix('error: ')}")


def _litert_version(peer: Peer, work: Work) -> str:
    code = "from importlib import metadata; print(metadata.version('ai-edge-litert'))"
    command = [str(peer.python(work.peers_python)), "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
