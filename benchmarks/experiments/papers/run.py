"""Runs papers: measures what is missing, keeps every point at once, then judges and draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.experiments.papers.catalogue import CATALOGUE
from benchmarks.experiments.papers.data_size import DataSize
from benchmarks.experiments.papers.double_descent import DoubleDescent
from benchmarks.experiments.papers.dropout import Dropout
from benchmarks.experiments.papers.pictures import Pictures, load_pictures
from benchmarks.experiments.papers.random_features import Kind
from benchmarks.experiments.papers.record import Key, Paper, Record, read_kept, write_record
from benchmarks.experiments.papers.variance_shift import VarianceShift
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now
from edge_app.common.atomic_files import atomic_file
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table


def make_paper(name: str, label_noise: Sequence[float], features: Kind) -> Paper[Any]:
    """Return a paper with its settings.

    Args:
        name: of the catalogue.
        label_noise: shares of wrong labels, of double descent.
        features: random ones, of double descent.

    Raises:
        UsageError: a share cannot be meant.
    """
    if name == DoubleDescent.name:
        return DoubleDescent(label_noise=tuple(label_noise), features=features)
    plain: dict[str, type[Any]] = {paper.name: paper for paper in (Dropout, VarianceShift, DataSize)}
    paper: Paper[Any] = plain[name]()
    return paper


def run_papers(papers: Sequence[Paper[Any]], photographs: Path, seeds: int | None, out: Path, overwrite: bool) -> int:
    """Run papers one after the other.

    Args:
        papers: with their settings.
        photographs: the folder.
        seeds: of each; None: as many as the catalogue says.
        out: folder of NAME.json and NAME.png.
        overwrite: whether kept points are measured again.

    Raises:
        FieldLensError: the photographs, or an older result, cannot be used.
    """
    pictures = load_pictures(photographs)
    for paper in papers:
        count = CATALOGUE[paper.name].seeds if seeds is None else seeds
        run_paper(paper, pictures, count, out / f"{paper.name}.json", overwrite)
    return 0


def run_paper(paper: Paper[Any], pictures: Pictures, seeds: int, path: Path, overwrite: bool = False) -> None:
    """Measure what is missing of one paper; write JSON and plot, print table and findings.

    Raises:
        ResultError: the file at `path` was measured otherwise.
        OutputError: the system refused to write.
    """
    record = describe(paper, pictures, seeds)
    before, kept = (record, []) if overwrite else read_kept(path, record, paper.point)
    points = {point.key: point for point in kept}
    missing = [key for key in paper.keys(seeds) if key not in points]
    print(f"{record.question} ({record.reference})", flush=True)
    if kept:
        print(f"{len(kept)} points kept in {path}, {len(missing)} to measure", flush=True)
    with Progress(paper.name, len(missing)) as progress:
        for key in missing:
            points[key] = paper.measure(key, pictures)
            write_record(path, record, list(points.values()), ())
            progress.step(", ".join(map(str, key)))
    _conclude(paper, record if missing else before, points, path)


def describe(paper: Paper[Any], pictures: Pictures, seeds: int) -> Record:
    """Return what the result says beside its points."""
    entry = CATALOGUE[paper.name]
    return Record(
        paper=paper.name,
        question=entry.question,
        reference=entry.reference,
        date=now(),
        device=examine_device(),
        tensorflow=version("tensorflow"),
        pictures=pictures.to_json(),
        settings=asdict(paper),  # type: ignore[call-overload]  # papers are dataclasses
        seeds=seeds,
    )


def complete_seeds(paper: Paper[Any], points: Mapping[Key, Any], seeds: int) -> int:
    """Return how many seeds have all their points: those wanted, and more where an earlier run measured more."""
    while set(paper.keys(seeds)) < set(paper.keys(seeds + 1)) <= set(points):
        seeds += 1
    return seeds


def _conclude(paper: Paper[Any], record: Record, measured: Mapping[Key, Any], path: Path) -> None:
    """Judge and draw the seeds that are complete; points of others stay in the file."""
    record = replace(record, seeds=complete_seeds(paper, measured, record.seeds))
    points = [measured[key] for key in paper.keys(record.seeds)]
    findings = paper.findings(points)
    plot = path.with_suffix(".png")
    with atomic_file(plot) as temporary:
        paper.draw(points, temporary)
    write_record(path, record, list(measured.values()), findings)
    print(text_table(*paper.table(points)))
    for finding in findings:
        print(finding.sentence)
    print(f"result  {path}\nplot    {plot}", flush=True)
