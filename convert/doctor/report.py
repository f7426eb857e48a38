"""The findings of the doctor: on the terminal, as JSON, as a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from convert.doctor.label_order import FOUND
from convert.doctor.search import HypothesisResult, MismatchDiagnosis
from edge_app.common.atomic_files import write_text
from edge_app.common.report_page import ReportPage
from edge_app.common.tables import text_table
from edge_app.metrics.paired_comparison import PairedComparison

SCHEMA_VERSION = 1
HEAD = ("change", "accuracy (95 % interval)", "difference (95 % interval)", "p (McNemar)")
NOW = "as it is"

_FEW_PER_CLASS = 10
_FEW = 50


@dataclass(frozen=True)
class Findings:
    """A diagnosis with its words.

    Attributes:
        file: the model.
        diagnosis: see there.
        assumptions: a sentence for everything that the file does not say.
        advice: what to change; empty where nothing is better.
        got: accuracy that the user's own code gets, 0..1; None: not told.
    """

    file: Path
    diagnosis: MismatchDiagnosis
    assumptions: tuple[str, ...]
    advice: tuple[str, ...]
    got: float | None = None

    @property
    def verdict(self) -> str:
        """Return the one sentence that matters."""
        found = self.diagnosis
        now = f"{found.current.accuracy} {NOW}"
        change = ", ".join(_changes(found.best, found))
        difference = f"difference {found.comparison}, p = {found.comparison.p_value:.2g}"
        if found.hopeless:
            return (
                f"{now}; no usual preprocessing does better than always giving the most common label "
                f"({found.majority_share:.1%}): the fault lies in the model or in the labels of the photographs"
            )
        if found.found:
            return f"{now}; {found.best.accuracy} if {change} ({difference})"
        if found.best is found.current or not change:
            return f"{now}; no other preprocessing is better"
        return f"{now}; no other preprocessing is better: {change} makes no more difference than chance ({difference})"

    @property
    def doubts(self) -> list[str]:
        """Return what should be known before this is believed."""
        found = self.diagnosis
        doubts = []
        if found.undecided:
            doubts.append(f"{', '.join(_changes(found.best, found))} may be better: give more photographs to be sure")
        if len(found.current.right) < _FEW:
            doubts.append(f"validated on {len(found.current.right)} photographs: only large faults show; give more")
        if found.uncounted_groups:
            doubts.append(
                f"the photographs are in {found.uncounted_groups} groups, too few to count by, so each was counted by "
                "itself: give photographs of more sessions"
            )
        per_class = len(found.current_on_selection.right) / max(1, len(found.best.order.places))
        if found.found and found.best.order.name == FOUND and per_class < _FEW_PER_CLASS:
            doubts.append(
                f"the order of labels was inferred from {per_class:.0f} photographs per class: check it on more"
            )
        return doubts

    @property
    def explanations(self) -> list[HypothesisResult]:
        """Return the single changes whose accuracy may be what the user's code gets."""
        if self.got is None:
            return []
        tried = self.diagnosis.single_changes
        return [one for one in tried if one.accuracy.low <= self.got <= one.accuracy.high]

    def rows(self) -> list[tuple[str, ...]]:
        """Return cells below `HEAD`: single changes, on the selection half."""
        found = self.diagnosis
        rows: list[tuple[str, ...]] = [(NOW, str(found.current_on_selection.accuracy), "", "")]
        for one in found.single_changes:
            compared = _compared(found, one)
            rows.append((_changes(one, found)[0], str(one.accuracy), str(compared), f"{compared.p_value:.2g}"))
        return rows

    def to_json(self) -> dict[str, Any]:
        """Return everything that was counted."""
        found = self.diagnosis
        return {
            "schema_version": SCHEMA_VERSION,
            "file": str(self.file),
            "verdict": self.verdict,
            "advice": list(self.advice),
            "assumptions": list(self.assumptions),
            "doubts": self.doubts,
            "found": found.found,
            "hopeless": found.hopeless,
            "now": _result_json(found.current, found),
            "best": _result_json(found.best, found),
            "comparison": found.comparison.to_json(),
            "commonest_class": found.majority_share,
            "now_choosing": _result_json(found.current_on_selection, found),
            "changes": [
                {**_result_json(one, found), "against_now": _compared(found, one).to_json()}
                for one in found.single_changes
            ],
            "got": self.got,
            "explanations": [_changes(one, found)[0] for one in self.explanations],
        }


def print_findings(findings: Findings) -> None:
    """Print everything, the verdict last."""
    for sentence in findings.assumptions:
        print(f"assumed  {sentence}")
    print(f"\nsingle changes, on {len(findings.diagnosis.current_on_selection.right):,} photographs:")
    print(text_table(HEAD, findings.rows()))
    if findings.got is not None:
        names = [_changes(one, findings.diagnosis)[0] for one in findings.explanations]
        told = " or ".join(names) if names else "none of these mistakes"
        print(f"{findings.got:.1%} is what your code gets: {told} would explain that")
    print(f"\n{findings.file.name}: {findings.verdict}")
    for sentence in findings.advice:
        print(f"fix      {sentence}")
    for sentence in findings.doubts:
        print(f"doubt    {sentence}")
    where = f"{len(findings.diagnosis.current.right):,} other photographs"
    print(f"validated on {where} ({findings.diagnosis.current.data}); the explanation was chosen on the rest")


def write(findings: Findings, out: Path) -> None:
    """Write JSON, or a page where the name ends in .html.

    Raises:
        OutputError: the system refused.
    """
    if out.suffix == ".html":
        write_text(out, _page(findings))
    else:
        write_text(out, json.dumps(findings.to_json(), indent=1, ensure_ascii=False) + "\n")


def _page(findings: Findings) -> str:
    page = ReportPage(f"{findings.file.name}: {'mismatch found' if findings.diagnosis.found else 'no mismatch found'}")
    page.paragraph(findings.verdict, "bad" if findings.diagnosis.found or findings.diagnosis.hopeless else "")
    for sentence in findings.advice:
        page.paragraph(sentence)
    for sentence in (*findings.assumptions, *findings.doubts):
        page.paragraph(sentence, "note")
    page.heading("Single changes")
    page.table(HEAD, findings.rows())
    page.paragraph(
        "Measured on the half of the photographs on which the explanation was chosen; the verdict is about the other.",
        "note",
    )
    return page.html()


def _compared(found: MismatchDiagnosis, one: HypothesisResult) -> PairedComparison:
    return one.against(found.current_on_selection)


def _changes(one: HypothesisResult, found: MismatchDiagnosis) -> Sequence[str]:
    return one.changes_from(found.current_on_selection.preprocessing, found.current_on_selection.order)


def _result_json(one: HypothesisResult, found: MismatchDiagnosis) -> dict[str, Any]:
    return {
        "changes": list(_changes(one, found)),
        "feeding": asdict(one.preprocessing),
        "label_order": asdict(one.order),
        "accuracy": asdict(one.accuracy),
    }
