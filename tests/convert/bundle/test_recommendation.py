"""Promises of the last lines: which file to use and how good it is, why not int8, and which were left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from convert.bundle.recommendation import recommendation, recommended
from convert.bundle.records import Bundle, ConvertedFile, refuse_rejected
from convert.proof.operators import Operators
from convert.proof.parity import Agreement
from convert.proof.prove import Proof
from convert.quantize.recipes import RECIPES
from edge_app.common.errors import ConversionError
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.metrics.confidence import Confidence
from edge_app.metrics.paired_comparison import PairedComparison

AGREES = Agreement(2000, 1.0, 0.0, 0.0)
ACCURACY = MeasuredAccuracy.from_counts(95, 100, "test split of pets")
CONFIDENCE = Confidence(0.1, 0.01, 100, "test split of pets")
OBJECTION = "probabilities differ by 0.0360 on average, where at most 0.03 is allowed"


def compared(photographs: int, only_keras: int = 0, only_file: int = 0, groups: int = 0) -> PairedComparison:
    """Of two models that are both right elsewhere; photographs in so many groups of one size, or by themselves."""
    keras, file = np.ones(photographs, bool), np.ones(photographs, bool)
    file[:only_keras] = False
    keras[only_keras : only_keras + only_file] = False
    names = [place * groups // photographs for place in range(photographs)]
    return PairedComparison.of(keras, file, names if groups else None)


def made(
    name: str, size_mb: float, times: float | None, against: PairedComparison, objection: str | None = None
) -> ConvertedFile:
    proof = Proof(
        agreement=AGREES, test_agreement=AGREES, accuracy=ACCURACY, comparison=against, confidence=CONFIDENCE,
        neither_threshold=None, disagreements=(), latency_s=0.004 * (times or 1.0), times_float32=times,
        objections=() if objection is None else (objection,),
    )  # fmt: skip
    size_bytes = round(size_mb * 1e6)
    return ConvertedFile(
        RECIPES[name], f"pets-{name}.tflite", size_bytes, size_bytes, proof, Operators((), 1, (), ()), (), None
    )


def bundle(*files: ConvertedFile, named: bool = False) -> Bundle:
    return Bundle(Path("models/pets"), ACCURACY, CONFIDENCE, files, recipes_named=named)


FLOAT32 = made("float32", 8.9, 1.0, compared(2000))


@pytest.mark.parametrize(
    ("int8", "sentences"),
    [
        (
            made("int8", 2.7, 0.476, compared(2000, 2, 2)),
            ["Use pets-int8.tflite: as good as Keras within 0.2 points, 2.1 × faster and 3.3 × smaller than float32."],
        ),
        (
            made("int8", 2.7, 1.02, compared(45)),
            [
                "Use pets-int8.tflite: as good as Keras as far as 45 photographs can tell (within 7.9 points), "
                "as fast as float32, 3.3 × smaller."
            ],
        ),
        (
            made("int8", 2.7, 1.3, compared(2000, 16, 0)),
            [
                "Use pets-int8.tflite: 0.8 points less accurate than Keras, 1.3 × slower than float32 on this machine, "
                "3.3 × smaller."
            ],
        ),
        (
            made("int8", 2.7, 0.5, compared(2000, 62, 0)),
            [
                "Use pets-float32.tflite: as good as Keras within 0.2 points, 4.0 ms here, 8.9 MB.",
                "Not pets-int8.tflite: 3.1 points less accurate than Keras.",
            ],
        ),
        (
            made("int8", 2.7, 0.5, compared(2000, 0, 40)),
            ["Use pets-int8.tflite: 2.0 points more accurate than Keras, 2.0 × faster and 3.3 × smaller than float32."],
        ),
        (
            made("int8", 2.7, 0.5, compared(240, groups=12)),
            [
                "Use pets-int8.tflite: as good as Keras as far as 240 photographs in 12 groups can tell (within 26.5 "
                "points), 2.0 × faster and 3.3 × smaller than float32."
            ],
        ),
        (
            made("int8", 2.7, 0.5, compared(240, groups=3)),
            [
                "Use pets-int8.tflite: right as often as Keras on 240 photographs in 3 groups, too few groups to tell "
                "more, 2.0 × faster and 3.3 × smaller than float32."
            ],
        ),
        (
            made("int8", 2.7, 0.5, compared(240, 24, 0, groups=3)),
            [
                "Use pets-float32.tflite: as good as Keras within 0.2 points, 4.0 ms here, 8.9 MB.",
                "Not pets-int8.tflite: 10.0 points less accurate than Keras on 240 photographs in 3 groups, too few "
                "groups to tell more.",
            ],
        ),
        (
            made("int8", 2.7, 0.5, compared(2000), OBJECTION),
            [
                "Use pets-float32.tflite: as good as Keras within 0.2 points, 4.0 ms here, 8.9 MB.",
                f"pets-int8.tflite was left out: {OBJECTION}.",
            ],
        ),
    ],
)
def test_one_sentence_names_the_file_to_use_and_how_it_compares(int8: ConvertedFile, sentences: list[str]) -> None:
    assert recommendation(bundle(FLOAT32, int8)) == sentences


def test_without_int8_the_fastest_here_is_recommended_and_without_float32_nothing_is_relative() -> None:
    float16 = made("float16", 4.5, 0.9, compared(2000))
    assert recommended(bundle(FLOAT32, float16)) is float16
    alone = made("int8", 2.7, None, compared(2000))
    assert recommendation(bundle(alone)) == [
        "Use pets-int8.tflite: as good as Keras within 0.2 points, 4.0 ms here, 2.7 MB."
    ]


def test_where_every_file_loses_more_than_a_point_the_best_is_recommended() -> None:
    worse, bad = (made(name, 2.7, 0.5, compared(2000, lost)) for name, lost in (("int8", 200), ("dynamic", 100)))
    assert recommended(bundle(worse, bad)) is bad


def test_a_recipe_nobody_named_may_miss_its_bound_one_that_was_named_may_not() -> None:
    dynamic = made("dynamic", 2.6, 1.2, compared(45), OBJECTION)
    refuse_rejected(bundle(FLOAT32, dynamic))
    with pytest.raises(ConversionError, match=r"dynamic.tflite` was rejected: probabilities differ by 0.0360"):
        refuse_rejected(bundle(FLOAT32, dynamic, named=True))


def test_a_bundle_without_a_usable_file_is_an_error_and_recommends_none() -> None:
    broken = replace(FLOAT32, proof=replace(FLOAT32.proof, objections=(OBJECTION,)))
    assert recommendation(bundle(broken))[0] == "Use none of these files: all of them disagree with the Keras model."
    with pytest.raises(ConversionError, match=r"float32.tflite` was rejected"):
        refuse_rejected(bundle(broken))
