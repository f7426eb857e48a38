"""Promises of the gate: code in the model files of others never runs unless the user says --trust, in any program."""

from __future__ import annotations

import ast
import json
import os
import random
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
import tf_keras as keras

from convert.__main__ import main as convert
from convert.quantize.tflite import load_saved_model
from edge_app.common.errors import ForeignCodeError, RunFolderError
from edge_app.common.trust import trusting
from edge_app.model.foreign_code.gate import refuse_foreign_code, refuse_foreign_run
from edge_app.model.foreign_code.keras_layers import HARMLESS as HARMLESS_LAYERS
from edge_app.model.foreign_code.operators import HARMLESS, SAVING
from edge_app.model.foreign_code.saved_model import foreign_operators
from tests.conftest import Chain
from train.__main__ import main as train
from train.compression.flat_network import load_network
from train.compression.quantization import LayerQuantization
from train.models import build_model
from train.models.architectures.hub import HUB
from train.models.loading import load_model
from train.models.quiet_imports import model_optimization
from train.offline.style_hub import HubStylist

ROOT = Path(__file__).parent.parent
MARKER = "the code of others has run"


@dataclass(frozen=True)
class Strangers:
    """Two run folders whose networks write a file, and the photographs of the run that they were made from."""

    layer: Path
    operator: Path
    layer_marker: Path
    operator_marker: Path
    photographs: Path
    models: Path


@pytest.fixture(scope="module")
def strangers(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Strangers:
    folder = tmp_path_factory.mktemp("strangers")
    made = Strangers(
        folder / "layer", folder / "operator", folder / "by-layer", folder / "by-operator", chain.drawings, chain.models
    )
    shutil.copytree(chain.run, made.layer)
    shutil.copytree(chain.run, made.operator)
    network = keras.models.load_model(chain.run / "model.h5", compile=False)
    _write_lambda(network, made.layer / "model.h5", made.layer_marker)
    shutil.rmtree(made.operator / "saved_model")
    _write_writing_graph(network, made.operator / "saved_model", made.operator_marker)
    made.layer_marker.unlink()
    assert not made.operator_marker.exists()
    return made


def _write_lambda(network: Any, path: Path, marker: Path) -> None:
    place, text = str(marker), MARKER

    def code(pictures: Any) -> Any:
        with open(place, "w") as file:  # noqa: PTH123 - bytecode alone, without this module's imports
            file.write(text)
        return pictures

    inputs = keras.Input(network.input_shape[1:])
    model = keras.Model(inputs, network(keras.layers.Lambda(code)(inputs)))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "You are saving your model as an HDF5 file")
        model.save(path, include_optimizer=False)


def _write_writing_graph(network: Any, folder: Path, marker: Path) -> None:
    pictures = tf.TensorSpec(network.input_shape, tf.float32, "images")

    def signature(scale: float, offset: float) -> Any:
        @tf.function(input_signature=[pictures])  # type: ignore[untyped-decorator]
        def probabilities(images: Any) -> Any:
            with tf.control_dependencies([tf.io.write_file(str(marker), MARKER)]):
                return {"probabilities": network(images * scale + offset, training=False)}

        return probabilities

    module = tf.Module()
    module.network = network
    signatures = {"core": signature(1.0, 0.0), "serving_default": signature(1 / 127.5, -1.0)}
    tf.saved_model.save(module, str(folder), signatures)


@pytest.fixture(params=["layer", "operator"])
def stranger(request: pytest.FixtureRequest, strangers: Strangers) -> Iterator[tuple[Path, Path, str]]:
    """A run folder, the file that its code writes, and what the refusal names."""
    run, marker = getattr(strangers, request.param), getattr(strangers, f"{request.param}_marker")
    yield run, marker, {"layer": "the layer `Lambda`", "operator": "the operator `WriteFile`"}[request.param]
    marker.unlink(missing_ok=True)


def commands(run: Path, strangers: Strangers, out: Path) -> dict[str, Callable[[list[str]], int]]:
    """Every program that reads a run folder, with what it needs besides `--trust`."""
    photographs, numbered = strangers.photographs, out / "numbered"
    numbered.mkdir(parents=True)
    shutil.copy(photographs / "cat" / "cat.00000.jpg", numbered / "1.jpg")
    words: dict[str, tuple[Callable[[list[str]], int], list[str]]] = {
        "convert": (convert, [str(run), "--out", str(out / "models"), "--recipes", "float32"]),
        "compress": (train, ["compress", str(run), "--method", "prune", "--epochs", "1", "--out", str(out / "small")]),
        "teacher": (train, [str(photographs), "--recipe", "tiny", "--epochs", "1", "--out", str(out / "student")]),
        "screen": (train, ["screen", str(photographs), "--run", str(run), "--out", str(out / "screening")]),
        "submit": (train, ["submit", str(run), str(numbered), "--out", str(out / "table.csv")]),
        "web": (convert, ["web", str(strangers.models), "--run", str(run), "--out", str(out / "web")]),
    }
    words["teacher"][1].extend(["--teacher", str(run)])
    return {name: lambda more, main=main, all_=all_: main([*all_, *more]) for name, (main, all_) in words.items()}


PROGRAMS = ("convert", "compress", "teacher", "screen", "submit", "web")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_run_that_carries_code_is_refused_in_a_sentence_and_nothing_of_it_runs(
    program: str,
    stranger: tuple[Path, Path, str],
    strangers: Strangers,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run, marker, named = stranger
    assert commands(run, strangers, tmp_path)[program]([]) == 1
    (sentence,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert f"{run}/" in sentence
    assert f"holds more than a network: {named} may read and write files and run programs with your rights" in sentence
    assert sentence.endswith("if you know who made it, add --trust")
    assert not marker.exists()


@pytest.mark.parametrize(
    ("program", "options"),
    [("teacher", ["--validation", "split", "--dry-run"]), ("screen", []), ("submit", [])],
)
def test_with_trust_the_graph_is_loaded_and_its_code_runs(
    program: str, options: list[str], strangers: Strangers, tmp_path: Path
) -> None:
    strangers.operator_marker.unlink(missing_ok=True)
    assert commands(strangers.operator, strangers, tmp_path)[program](["--trust", *options]) == 0
    assert strangers.operator_marker.read_text() == MARKER
    strangers.operator_marker.unlink()


def test_with_trust_a_converter_gets_as_far_as_the_operator_that_no_device_has(
    strangers: Strangers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands(strangers.operator, strangers, tmp_path)["convert"](["--trust"]) == 1
    assert "WriteFile" in capsys.readouterr().err
    strangers.operator_marker.unlink(missing_ok=True)


def test_with_trust_a_network_to_compress_is_loaded(strangers: Strangers) -> None:
    with trusting(True):
        load_model(strangers.layer / "model.h5")
        with pytest.raises(RunFolderError, match="is a nested model"):  # loaded, and found to be of another kind
            load_network(strangers.layer, "custom_cnn")
    strangers.layer_marker.unlink()
    with pytest.raises(ForeignCodeError):  # outside of the block nothing is trusted any more
        load_model(strangers.layer / "model.h5")
    assert not strangers.layer_marker.exists()


def test_trust_ends_with_the_command_that_said_it(strangers: Strangers, tmp_path: Path) -> None:
    submit = commands(strangers.operator, strangers, tmp_path)["submit"]
    assert submit(["--trust"]) == 0
    strangers.operator_marker.unlink()
    assert submit(["--overwrite"]) == 1
    assert not strangers.operator_marker.exists()


def test_the_loaders_refuse_by_themselves(strangers: Strangers) -> None:
    for load in (
        lambda: load_model(strangers.layer / "model.h5"),
        lambda: load_network(strangers.layer, "custom_cnn"),
        lambda: load_model(strangers.operator / "saved_model"),
        lambda: load_saved_model(strangers.operator / "saved_model"),
    ):
        with pytest.raises(ForeignCodeError, match="add --trust"):
            load()
    assert not strangers.layer_marker.exists()
    assert not strangers.operator_marker.exists()


def test_a_run_of_our_own_passes_without_tensorflow(chain: Chain) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from edge_app.model.foreign_code.gate import refuse_foreign_run\n"
        "refuse_foreign_run(Path(sys.argv[1]))\n"
        "assert not {'tensorflow', 'tf_keras'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code, str(chain.run)], check=True, env=environment)


# What a graph can do besides arithmetic, one of a kind.
HARMFUL = {
    "WriteFile": lambda: tf.io.write_file("/nowhere/a", "b"),
    "ReadFile": lambda: tf.io.read_file("/etc/hostname"),
    "MatchingFiles": lambda: tf.io.matching_files("/etc/*"),
    "PrintV2": lambda: tf.print("a", output_stream="file:///nowhere/a"),
    "EagerPyFunc": lambda: tf.py_function(lambda: 1.0, [], tf.float32),
    "SaveV2": lambda: tf.raw_ops.SaveV2(prefix="/nowhere/a", tensor_names=["a"], shape_and_slices=[""], tensors=[1.0]),
    "RestoreV2": lambda: tf.raw_ops.RestoreV2(
        prefix="/nowhere/a", tensor_names=["a"], shape_and_slices=[""], dtypes=[tf.float32]
    )[0],
    "MergeV2Checkpoints": lambda: tf.raw_ops.MergeV2Checkpoints(
        checkpoint_prefixes=["/nowhere/a"], destination_prefix="/nowhere/b"
    ),
    "ImmutableConst": lambda: tf.raw_ops.ImmutableConst(dtype=tf.uint8, shape=[1], memory_region_name="/etc/hostname"),
    "TextLineDataset": lambda: tf.raw_ops.TextLineDataset(
        filenames=["/etc/hostname"], compression_type="", buffer_size=0
    ),
    "DebugIdentityV2": lambda: tf.raw_ops.DebugIdentityV2(input=1.0, debug_urls=["file:///nowhere"]),
}


@pytest.mark.parametrize("name", HARMFUL)
@pytest.mark.parametrize("deep", [False, True])
def test_an_operator_that_is_more_than_arithmetic_is_found_by_its_name(name: str, deep: bool, tmp_path: Path) -> None:
    """Also in a branch of a condition within a function that another one calls."""

    @tf.function(input_signature=[tf.TensorSpec((1,), tf.float32)], autograph=False)  # type: ignore[untyped-decorator]
    def outer(values: Any) -> Any:
        def inner() -> Any:
            with tf.control_dependencies([HARMFUL[name]()]):
                return values + 1.0

        return tf.cond(values[0] > 0, tf.function(inner), lambda: values) if deep else inner()

    module = tf.Module()
    module.outer = outer
    tf.saved_model.save(module, str(tmp_path))
    assert foreign_operators(tmp_path) == [name]


def test_the_functions_that_save_and_restore_are_excused_only_while_nothing_else_calls_them(tmp_path: Path) -> None:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    module = tf.Module()
    module.weight = tf.Variable(1.0)
    module.outer = tf.function(lambda values: values * module.weight, [tf.TensorSpec((1,), tf.float32)])
    tf.saved_model.save(module, str(tmp_path), {"outer": module.outer})
    assert foreign_operators(tmp_path) == []
    content = (tmp_path / "saved_model.pb").read_bytes()

    def refused(change: Callable[[Any], None]) -> list[str]:
        saved = SavedModel.FromString(content)
        change(saved.meta_graphs[0])
        (tmp_path / "saved_model.pb").write_bytes(saved.SerializeToString())
        return foreign_operators(tmp_path)

    def saver_of(graph: Any) -> Any:
        name = graph.saver_def.save_tensor_name.partition(":")[0]
        return next(node for node in graph.graph_def.node if node.name == name)

    def swap(graph: Any) -> None:
        graph.saver_def.restore_op_name = saver_of(graph).name

    def consume(graph: Any) -> None:
        graph.graph_def.node.add(name="after", op="NoOp", input=[f"^{saver_of(graph).name}"])

    def call(graph: Any) -> None:
        graph.graph_def.node.add(name="too", op="PartitionedCall").attr["f"].func.name = (
            saver_of(graph).attr["f"].func.name
        )

    def sign(graph: Any) -> None:
        graph.signature_def["outer"].outputs["output_0"].name = f"{saver_of(graph).name}:0"

    def expose(graph: Any) -> None:
        graph.object_graph_def.concrete_functions[saver_of(graph).attr["f"].func.name].SetInParent()

    assert refused(lambda graph: None) == []
    for change in (swap, consume, call, sign, expose):
        assert {"MergeV2Checkpoints", "SaveV2"} <= set(refused(change)), change.__name__
    assert SAVING.isdisjoint(HARMLESS)


def test_an_operator_cannot_hide_behind_a_function_of_its_name(tmp_path: Path) -> None:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = SavedModel()
    graph = saved.meta_graphs.add().graph_def
    graph.library.function.add().signature.name = "WriteFile"
    graph.node.add(name="a", op="WriteFile")
    (tmp_path / "saved_model.pb").write_bytes(saved.SerializeToString())
    assert foreign_operators(tmp_path) == ["WriteFile"]


def test_no_operator_is_called_harmless_that_tensorflow_does_not_have() -> None:
    """A name that is spelled wrong would refuse what is harmless."""
    missing = [name for name in HARMLESS | SAVING if not hasattr(tf.raw_ops, name)]
    gone = {"Conv", "HostConst", "Placeholder", "SymbolicGradient"}  # in the registry, without a Python function
    assert set(missing) <= gone


@pytest.mark.parametrize(
    "layer",
    [
        {"class_name": "Lambda", "config": {"function": ["4wEAAAA=", None, None]}},
        {"class_name": "TFOpLambda", "config": {"function": "io.write_file"}},
        {"class_name": "TextVectorization", "config": {"vocabulary": "/etc/hostname"}},
        {
            "class_name": "Dense",
            "config": {"activation": {"class_name": "__lambda__", "config": {"value": "4wEAAAA="}}},
        },
        {"class_name": "function", "module": "builtins", "config": "exec", "registered_name": "exec"},
        {"class_name": "Dense", "module": "os", "config": {}},
        {"class_name": "Theirs>Layer", "config": {}},
        {"class_name": "Theirs>\n\x1eLayer", "config": {}},
        {"class_name": ["Dense"], "config": {}},
    ],
)
def test_what_is_no_layer_of_keras_is_refused(layer: dict[str, Any], tmp_path: Path) -> None:
    import h5py

    network = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"inner": layer}}]}}
    with h5py.File(tmp_path / "model.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(network)
    with pytest.raises(ForeignCodeError, match=r"model\.h5` holds more than a network: the layer `") as caught:
        refuse_foreign_code(tmp_path / "model.h5")
    assert str(caught.value).isprintable()


def test_a_module_that_a_network_names_is_looked_into_as_well(strangers: Strangers, tmp_path: Path) -> None:
    import h5py

    for handle, sentence in (
        (str(strangers.operator / "saved_model"), "the operator `WriteFile`"),
        ("https://fieldlens.invalid/module", "the TF Hub module `https://fieldlens.invalid/module`"),
    ):
        with h5py.File(tmp_path / "model.h5", "w") as file:
            file.attrs["model_config"] = json.dumps({"class_name": "KerasLayer", "config": {"handle": handle}})
        with pytest.raises(ForeignCodeError, match=sentence):
            load_model(tmp_path / "model.h5")


def test_a_hub_module_that_carries_code_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    module = tf.train.Checkpoint()
    module.__call__ = tf.function(
        lambda pictures, *_: [tf.io.write_file(str(tmp_path / "marker"), MARKER), pictures][1],
        [tf.TensorSpec((None, 32, 32, 3), tf.float32)],
    )
    tf.saved_model.save(module, str(tmp_path / "module"))
    with pytest.raises(ForeignCodeError, match="the operator `WriteFile`"):
        build_model(replace(HUB, input_size=32, hub=str(tmp_path / "module")), 2)
    with pytest.raises(ForeignCodeError, match="the operator `WriteFile`"):
        HubStylist(str(tmp_path / "module"))
    assert not (tmp_path / "marker").exists()


def test_layers_called_harmless_are_of_keras_or_of_what_compression_puts_around_them() -> None:
    spaces = (keras.layers, keras.initializers, keras.regularizers, keras.constraints, keras.mixed_precision)
    of_keras = {name for space in spaces for name in dir(space)} | {"Functional", "Model", "Sequential"}
    assert "Lambda" in of_keras - HARMLESS_LAYERS
    with model_optimization().quantization.keras.quantize_scope():
        known = {name: keras.utils.get_registered_object(name) for name in HARMLESS_LAYERS - of_keras}
    assert known.pop("FieldLens>LayerQuantization") is LayerQuantization
    others = {name for name, found in known.items() if found is None and not name.startswith("__")}
    assert others == {
        "ClusterWeights", "ConstantSparsity", "PolynomialDecay", "PruneLowMagnitude", "TensorShape", "TypeSpec",
    }  # fmt: skip


@pytest.mark.parametrize("file", ["model.h5", "saved_model/saved_model.pb", "saved_model/keras_metadata.pb"])
def test_a_damaged_file_is_one_sentence(file: str, chain: Chain, tmp_path: Path) -> None:
    """Cut anywhere, with a byte changed anywhere, or no such file at all."""
    run = tmp_path / "run"
    shutil.copytree(chain.run, run)
    whole, draws = (run / file).read_bytes(), random.Random(0)
    told = 0
    for _ in range(30):
        changed = bytearray(whole[: draws.randrange(len(whole))] if draws.random() < 0.5 else whole)
        for _ in range(draws.randrange(1, 8) if changed else 0):
            changed[draws.randrange(min(len(changed), 4096))] = draws.randrange(256)
        (run / file).write_bytes(bytes(changed))
        try:
            refuse_foreign_run(run)
        except (RunFolderError, ForeignCodeError) as error:
            told += 1
            assert "\n" not in str(error)
    assert told > 10
    (run / file).write_bytes(b"no network")
    with pytest.raises(RunFolderError, match=r"cannot be loaded \(.+\); train again with --overwrite"):
        refuse_foreign_run(run)


def test_messages_within_messages_without_end_are_one_sentence(tmp_path: Path) -> None:
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = SavedModel()
    call = saved.meta_graphs.add().graph_def.node.add(name="a", op="NoOp")
    for _ in range(30):  # calls in the attributes of calls
        call = call.attr["a"].func
    (tmp_path / "saved_model.pb").write_bytes(saved.SerializeToString())
    with pytest.raises(RunFolderError, match="messages within each other"):
        refuse_foreign_code(tmp_path)


# ---- No loader beside the gate ----

LOADERS = {
    "saved_model.load", "models.load_model", "hub.load", "KerasLayer", "from_saved_model", "from_keras_model",
    "model_from_json", "model_from_config", "model_from_yaml", "load_v2", "from_concrete_functions", "unsafe_load",
}  # fmt: skip
OF_OUR_OWN = {
    "convert/quantize/tflite.py:make_converter": "functions of a SavedModel that came through the gate",
    "benchmarks/experiments/third_party/made.py:converted": "networks that the experiment makes itself",
}


def loading_functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for program in ("edge_app", "train", "convert", "benchmarks"):
        for path in sorted((ROOT / program).rglob("*.py")):
            for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(function, ast.FunctionDef) and _calls_of(function) & LOADERS:
                    yield f"{path.relative_to(ROOT)}:{function.name}", function


def _calls_of(function: ast.FunctionDef) -> set[str]:
    """The last one and the last two words of everything that a function calls, functions within it included."""
    called = [ast.unparse(node.func).split(".") for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {".".join(words[-count:]) for words in called for count in (1, 2)}


def test_every_function_that_loads_a_network_goes_through_the_gate_first() -> None:
    found = dict(loading_functions())
    assert len(found) >= 8
    for name, function in found.items():
        if name in OF_OUR_OWN:
            continue
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        gates = [call.lineno for call in calls if ast.unparse(call.func) == "refuse_foreign_code"]
        loads = [call.lineno for call in calls if set(_last_words(call)) & LOADERS]
        assert gates, f"{name} loads a network without `refuse_foreign_code`"
        assert min(gates) < min(loads), f"{name} looks after it has loaded"
    assert set(OF_OUR_OWN) <= set(found)


def _last_words(call: ast.Call) -> list[str]:
    words = ast.unparse(call.func).split(".")
    return [".".join(words[-count:]) for count in (1, 2)]
