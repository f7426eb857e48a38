"""Verbs of those who maintain FieldLens: experiments whose results are published, a module each."""

from edge_app.common.program import Program

EXPERIMENTS = (
    "browser",
    "calibration",
    "course",
    "demo",
    "drawn",
    "explain",
    "few",
    "fuzz",
    "goals",
    "gpu",
    "imports",
    "live",
    "mediapipe",
    "mqtt",
    "neither",
    "onnx",
    "papers",
    "peers",
    "pipeline",
    "publish",
    "remote",
    "resizing",
    "review",
    "seeds",
    "sensitivity",
    "soak",
    "survival",
    "sweep",
    "teach",
    "teach-live",
    "tfjs",
    "third-party",
    "training",
    "tuning",
    "viewers",
)

PROGRAM = Program(
    prog="python -m benchmarks experiment",
    summary="the experiments behind the published results; `experiment --help` names them",
    room="benchmarks.verbs.experiment",
    verbs=EXPERIMENTS,
    moved={"peers-latency": "fieldlens bench experiment peers", "readme": "fieldlens bench experiment publish"},
    description="""Run an experiment behind the results that FieldLens publishes, or publish the results.

Most need the train install, photographs and hours; each says what it needs with --help.""",
)
