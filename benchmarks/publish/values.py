"""Small functions from the payload of a result to the values that the documents show."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.publish.quantity import Value
from benchmarks.results.live import settles_at_s
from benchmarks.statistics.summary import percentile, summarize

Payload = Mapping[str, Any]
ValuesOf = Callable[[Payload], Sequence[Value]]

UNSEEN_CLASSES = "unseen classes"
_INVOKES_OF_AGE = 1.5  # a frame may be one frame interval and this many bare runs old
_PAPER_MACS = 300e6
"""Of MobileNetV2 1.0 at 224 px: Sandler et al., CVPR 2018 (arXiv:1801.04381), table 4."""


def field(path: str, note: str = "", key: str = "value") -> ValuesOf:
    """Return the number at a path of keys, or the number and the interval in the object there.

    Args:
        path: as in `tfjs.version`; of a list, a place, or of converted files, the recipe.
        note: a format string for the fields of the payload and of the object.
        key: of the number in the object, beside `low` and `high`.
    """

    def values(payload: Payload) -> Sequence[Value]:
        found: Any = payload
        for step in path.split("."):
            found = _item(found, step) if isinstance(found, list) else found[step]
        if not isinstance(found, Mapping):
            return [Value(found, note=note.format_map(payload))]
        return [Value(found[key], found.get("low"), found.get("high"), note.format_map({**payload, **found}))]

    return values


def _item(items: list[Any], step: str) -> Any:
    if step.lstrip("-").isdigit():
        return items[int(step)]
    return next(file for file in items if file["recipe"]["name"] == step)


def counted(count: int, noun: str) -> str:
    """As in `1 thread`, `2 processes`."""
    return f"{count:,} {noun}{'' if count == 1 else 'es' if noun.endswith('s') else 's'}"


def _with_range(values: Sequence[float], note: str) -> Value:
    return Value(statistics.median(values), min(values), max(values), f"range of {len(values)}; {note}")


def seeds_of(variant: str) -> ValuesOf:
    """Return the median test accuracy of a variant over its seeds; a single seed has its own interval."""

    def values(payload: Payload) -> Sequence[Value]:
        tests = [one["test"] for one in payload["repeats"] if one["variant"] == variant]
        if len(tests) == 1:
            return single_run({"test": tests[0]})
        shares = sorted(float(test["accuracy"]) for test in tests)
        note = f"range of {len(tests)} seeds"
        return [Value(statistics.median(shares), shares[0], shares[-1], note)] if tests else []

    return values


def single_run(payload: Payload) -> Sequence[Value]:
    """Return the test accuracy of one run, from its metrics.json."""
    test = payload["test"]
    note = f"one seed, {test['photographs']:,} test photographs"
    return [Value(test["accuracy"], test["accuracy_low"], test["accuracy_high"], note)]


def other_source(of: str) -> ValuesOf:
    """Return an accuracy of the first file, on its own source or another one; `of` is its name in `derived`."""

    def values(payload: Payload) -> Sequence[Value]:
        found = payload["accuracies"][0][of]
        half = f", {payload['half']} half" if payload["half"] else ""
        source = found["data"] if of == "own_source" else f"{payload['source']}{half}"
        note = f"{found['photographs']:,} photographs, {source}"
        return [Value(found["top1"], found["low"], found["high"], note)]

    return values


def two_commands(payload: Payload) -> Sequence[Value]:
    """Return the share of draws whose stated accuracy agrees with that on the photographs that were not drawn."""
    draws = payload["draws"]
    pairs = (f"{one['stated']['top1']:.1%} → {one['judged']['top1']:.1%}" for one in draws)
    return [Value(statistics.fmean(one["holds"] for one in draws), note="stated → judged: " + ", ".join(pairs))]


def labelled_anyway(payload: Payload) -> Sequence[Value]:
    """Return the share of pictures of anything else that a file gave a label."""
    *parts, everything = payload["sources"]
    share = everything["share"]
    note = ", ".join(f"{one['source']} {one['labelled']:,} of {one['pictures']:,}" for one in parts)
    return [Value(share["top1"], share["low"], share["high"], note)]


def best_within(latency_s: float, size_bytes: float) -> ValuesOf:
    """Return the test accuracy of the file of a sweep that is best on validation photographs within two limits."""

    def fits(file: Payload) -> bool:
        timed = file["frame_to_label"]
        return timed is not None and timed["median_s"] <= latency_s and file["size_bytes"] <= size_bytes

    def values(payload: Payload) -> Sequence[Value]:
        best = max(filter(fits, payload["files"]), key=lambda file: float(file["validation"]["top1"]), default=None)
        if best is None:
            return [Value(None, note=f"none of {counted(len(payload['files']), 'file')} is within", rank=-1.0)]
        test, time_ms = best["test"], best["frame_to_label"]["median_s"] * 1e3
        note = f"`{best['file'].rpartition('/')[2]}`, {time_ms:.2f} ms, {best['size_bytes'] / 1e6:.2f} MB"
        note += f", {counted(payload['threads'], 'thread')}"
        return [Value(test["top1"], test["low"], test["high"], note, rank=best["validation"]["top1"])]

    return values


def neither_cost(payload: Payload) -> Sequence[Value]:
    """Return what learning “neither” changes in the accuracy."""
    accuracies = (f"{100 * run['accuracy']:.2f} %" for run in payload["runs"])
    return [Value(-payload["accuracy_cost"], note=" → ".join(accuracies))]


def largest_difference(recipe: str) -> ValuesOf:
    """Return the largest difference of a probability from Keras', over test and validation photographs."""

    def values(payload: Payload) -> Sequence[Value]:
        both = [_item(payload["files"], recipe)[kind] for kind in ("test_agreement", "agreement")]
        note = f"{sum(one['photographs'] for one in both):,} photographs"
        return [Value(max(one["largest_difference"] for one in both), note=note)]

    return values


def arm64_labels(payload: Payload) -> Sequence[Value]:
    """Return the share of equal labels, of all files on all emulated processors; the worst of each file in the note."""
    compared = [one for root in payload["roots"] for one in root["comparisons"]]
    share = sum(one["same_label"] for one in compared) / sum(one["photographs"] for one in compared)
    notes = []
    for model in dict.fromkeys(one["model"] for one in compared):
        group = [one for one in compared if one["model"] == model]
        worst = min(group, key=lambda one: float(one["same_label"]))
        largest = max(one["largest_difference"] for one in group)
        notes.append(f"`{model}` {worst['same_label']} of {worst['photographs']}, largest Δp {largest:.3f}")
    return [Value(share, note="; ".join([*notes, payload["emulator"]]))]


def live_throughput(payload: Payload) -> Sequence[Value]:
    """Return the throughput of the whole loop, of that of the bare runs."""
    ratios = [sum(one["invoke_s"]) / one["loop_s"] for one in payload["rounds"]]
    return [_with_range(ratios, f"`{payload['file']}`, {counted(payload['threads'], 'thread')}")]


def frame_to_label(payload: Payload) -> Sequence[Value]:
    """Return the time from frame to label, of that of the bare run."""
    rounds = payload["rounds"]
    whole_s, bare_s = ([statistics.median(one[kind]) for one in rounds] for kind in ("frame_to_label_s", "invoke_s"))
    times = f"{statistics.median(whole_s) * 1e3:.2f} ms against {statistics.median(bare_s) * 1e3:.2f} ms"
    ratios = [whole / bare for whole, bare in zip(whole_s, bare_s, strict=True)]
    return [_with_range(ratios, f"`{payload['file']}`; {times}")]


def frame_age(payload: Payload) -> Sequence[Value]:
    """Return the 95th percentile; a frame interval and one and a half bare runs are the limit."""
    ages = payload["ages"]
    bare_s = statistics.median(time_s for one in payload["rounds"] for time_s in one["invoke_s"])
    note = f"{len(ages['true_s']):,} frames, {ages['dropped']:,} dropped"
    limit_s = 1.0 / ages["fps"] + _INVOKES_OF_AGE * bare_s
    return [Value(percentile(sorted(ages["true_s"]), 0.95), note=note, limit=limit_s)]


def starts(key: str, cold: str, unit: float) -> ValuesOf:
    """Return a number of the starts with warm caches; that of cold ones in the note, which `cold` formats in units."""

    def values(payload: Payload) -> Sequence[Value]:
        at_first = statistics.median(one[key] for one in payload["cold_starts"]) / unit
        return [_with_range([one[key] for one in payload["warm_starts"]], cold.format(at_first))]

    return values


def first_start(payload: Payload) -> Sequence[Value]:
    """Return the time from start to first label of the first file of a benchmark."""
    return [_with_range([one["start_to_label_s"] for one in payload["files"][0]["starts"]], "fresh processes")]


def first_memory(payload: Payload) -> Sequence[Value]:
    """Return the peak memory of the first file of a benchmark."""
    return [Value(max(one["peak_memory_bytes"] for one in payload["files"][0]["starts"]))]


def import_time(payload: Payload) -> Sequence[Value]:
    """Return the median over processes; what was imported that a device does not have in the note."""
    processes = payload["processes"]
    foreign = sorted({name for one in processes for name in one["foreign"]})
    needs = f"needs {', '.join(foreign)}" if foreign else "none of TensorFlow, train, convert"
    return [_with_range([one["import_s"] for one in processes], f"{processes[0]['modules']} modules, {needs}")]


def viewers(payload: Payload) -> Sequence[Value]:
    """Return the frame rate while the web page is watched, of that without; for each way of feeding the loop."""
    most = max(block["viewers"] for block in payload["blocks"])
    rates: dict[tuple[str, int], list[float]] = {}
    for block in payload["blocks"]:
        rates.setdefault((block["fed"], block["viewers"]), []).append(block["frames"] / block["duration_s"])
    fps = {key: statistics.median(found) for key, found in rates.items()}
    return [
        Value(
            fps[fed, most] / fps[fed, 0],
            note=f"{most} viewers{_idle(payload)}, frames: {fed}, {fps[fed, most]:.1f} frames/s",
        )
        for fed in dict.fromkeys(fed for fed, _ in fps)
    ]


def page_opened(payload: Payload) -> Sequence[Value]:
    """Return the longest time that the owner waited for the page, of all blocks."""
    waits_s = [time_s for block in payload["blocks"] for time_s in block["page_s"]]
    note = f"longest of {len(waits_s)} times, median {statistics.median(waits_s):.3f} s"
    return [Value(max(waits_s), note=note)]


def _idle(payload: Payload) -> str:
    most = max(block.get("idle", 0) for block in payload["blocks"])
    return f" and {most:,} connections that never ask" if most else ""


def few_accuracy(per_class: int) -> ValuesOf:
    """Return the mean accuracy of heads from so many photographs per class, with the range of the draws."""

    def values(payload: Payload) -> Sequence[Value]:
        shares = [one["ours"]["accuracy"] for one in payload["draws"] if one["per_class"] == per_class]
        return [Value(statistics.fmean(shares), min(shares), max(shares), f"mean and range of {len(shares)} draws")]

    return values


def few_differences(metric: str, peer: str) -> ValuesOf:
    """Return the difference to a peer at the size where we stand worst; all sizes in the note."""

    def values(payload: Payload) -> Sequence[Value]:
        found = [one for one in payload["differences"] if one["metric"] == metric and one["peer"] == peer]
        sign, form = (1.0, "{:.1%}") if metric == "accuracy" else (-1.0, "{:.3f}")
        worst = min(found, key=lambda one: max(sign * float(one["low"]), sign * float(one["high"])))
        sizes = ", ".join(
            f"{one['per_class']}: {form.format(one['ours'])} against {form.format(one['peers'])}" for one in found
        )
        note = f"{', '.join(payload['labels'])}, worst of {len(found)} sizes ({worst['per_class']} per class); {sizes}"
        return [Value(worst["value"], worst["low"], worst["high"], note.replace("%", " %"))]

    return values


def few_coverage(payload: Payload) -> Sequence[Value]:
    """Return how often the stated interval holds the true accuracy, at the size where it does so least."""
    worst = min(payload["coverage"], key=lambda one: float(one["share"]))
    sizes = ", ".join(f"{one['per_class']}: {100 * one['share']:.1f} %" for one in payload["coverage"])
    note = f"{', '.join(payload['labels'])}, worst of {len(payload['coverage'])} sizes "
    note += f"({worst['per_class']} per class); {sizes}"
    return [Value(worst["share"], worst["low"], worst["high"], note)]


def few_run(payload: Payload) -> Sequence[Value]:
    """Return the time of a whole run on few photographs."""
    note = f"{payload['folder']}, {payload['photographs']} photographs, {payload['per_class']} per class; states "
    return [Value(payload["duration_s"], note=note + payload["stated"].replace("%", " %"))]


def browser_speed(payload: Payload) -> Sequence[Value]:
    """Return how much faster the int8 file is, for each way of serving the page."""
    found = []
    for how, ratio in payload["faster"].items():
        threads = ", ".join(f"{runtime} {count}" for runtime, count in ratio.get("threads", {}).items())
        found.append(Value(ratio["value"], ratio["low"], ratio["high"], f"{how}; threads: {threads}"))
    return found


def mediapipe_labels(payload: Payload) -> Sequence[Value]:
    """Return the worst of the files that MediaPipe accepts."""
    accepted = [file for file in payload["files"] if file["refused"] is None]
    worst = min(accepted, key=lambda file: float(file["same_label"]))
    note = f"worst of {len(accepted)} files, `{worst['file']}`, {worst['photographs']:,} photographs"
    return [Value(worst["same_label"], note=note)]


def mediapipe_scores(payload: Payload) -> Sequence[Value]:
    """Return by how much a score differs more than rounding explains."""
    accepted = [file for file in payload["files"] if file["refused"] is None]
    refused = [file["file"] for file in payload["files"] if file["refused"] is not None]
    beyond = max(max(0.0, file["largest_difference"] - file["allowed_difference"]) for file in accepted)
    note = f"{len(accepted)} of {len(payload['files'])} files accepted"
    return [Value(beyond, note=note + (f", not {', '.join(refused)}" if refused else ""))]


def mediapipe_speed(payload: Payload) -> Sequence[Value]:
    """Return MediaPipe's time from frame to label, of ours; with two threads, which the target is set for."""
    times = payload["ratios"].get("mediapipe", {}).get("frame_to_label_s")
    if not times or payload["plan"]["threads"] != 2:
        return []
    ratio = summarize(times)  # percentiles do not care about units
    return [Value(ratio.median_s, ratio.low_s, ratio.high_s, f"`{payload['file']}`, {len(payload['rounds'])} rounds")]


def litert_distance(payload: Payload) -> Sequence[Value]:
    """Return how far our bare run is from that of Google's own benchmark."""
    ratios = [one["bare_s"] for peer, one in payload["ratios"].items() if peer.endswith("litert-benchmark")]
    found = []
    for ratio in (summarize(times) for times in ratios if times):
        note = f"`{payload['file']}`, {ratio.median_s:.3f} of its time ({ratio.low_s:.3f} to {ratio.high_s:.3f})"
        found.append(Value(abs(ratio.median_s - 1.0), note=note))
    return found


def pipeline_speed(contender: int) -> ValuesOf:
    """Return how many times as many images per second as one of the others, by its place among them."""

    def values(payload: Payload) -> Sequence[Value]:
        rates: dict[str, list[float]] = {}
        for turn in payload["turns"]:
            rates.setdefault(turn["contender"], []).append(turn["images"] / turn["duration_s"])
        ratio = payload["ratios"][contender]
        ours, theirs = (f"{statistics.median(rates[name]):,.0f}" for name in ("FieldLens", ratio["against"]))
        note = f"{ours} against {theirs} images/s, {payload['options']['side']} px"
        return [Value(ratio["median"], ratio["low"], ratio["high"], note)]

    return values


def course(payload: Payload) -> Sequence[Value]:
    """Return the ratio of training times; where both end, and when they pass the accuracy that was set, in the note."""
    curves, goal = payload["curves"], payload["goal"]
    reached = ([point["time_s"] for point in curve["points"] if point["accuracy"] >= goal] for curve in curves)
    times = " against ".join(f"{curve['duration_s']:,.0f} s" for curve in curves)
    ends = " and ".join(f"{100 * curve['points'][-1]['accuracy']:.2f} %" for curve in curves)
    passed = " and ".join(f"{times_s[0]:,.0f} s" if times_s else "never" for times_s in reached)
    return [Value(payload["ratio"], note=f"{times}; final accuracy {ends}; {100 * goal:g} % passed after {passed}")]


def soak_growth(payload: Payload) -> Sequence[Value]:
    """Return the growth of memory; length, highest moment and threads in the note."""
    last = payload["samples"][-1]
    settled = [sample for sample in payload["samples"] if sample["at_s"] >= settles_at_s(last["at_s"])]
    first, most = settled[0], max(sample["threads"] for sample in settled)
    note = f"{last['at_s'] / 60:.0f} min at {payload['fps']:g} frames/s, {last['frames']:,} frames"
    note += f"; threads: {first['threads']} once settled, {most} at most, {last['threads']} at the end"
    highest_mib = (max(sample["resident_bytes"] for sample in settled) - first["resident_bytes"]) / 2**20
    note += f"; highest moment {highest_mib:.2f} MiB above the first"
    return [Value(payload["growth_bytes"], note=note)]


def soak_recovery(payload: Payload) -> Sequence[Value]:
    """Return the slowest recovery."""
    recoveries_s = payload["recoveries_s"]
    return [Value(max(recoveries_s), note=f"{len(recoveries_s)} interruptions")] if recoveries_s else []


def fuzz_files(payload: Payload) -> Sequence[Value]:
    """Return how many damaged files of each kind were read, against the usual number; the note tells how they ended."""
    from benchmarks.experiments.fuzz.kinds import KINDS  # whose readers cost a second

    values = []
    for one in payload["kinds"]:
        totals = {outcome: sum(counts[outcome] for counts in one["counts"].values()) for outcome in payload["totals"]}
        told = totals["told"] + totals["told: crash"] + totals["told: hang"]
        note = f"{one['kind']}, made from {counted(len(one['wholes']), 'whole file')}: {totals['works']:,} still work, "
        note += f"{told:,} are refused in a sentence"
        values.append(Value(sum(totals.values()), note=note, limit=KINDS[one["kind"]].mutations))
    return values


def fuzz_failures(payload: Payload) -> Sequence[Value]:
    """Return how many of each kind ended otherwise."""
    return [Value(len(one["failures"]), note=one["kind"]) for one in payload["kinds"]]


def fuzz_memory(payload: Payload) -> Sequence[Value]:
    """Return the highest peak of memory of each kind, against its limit."""
    return [
        Value(
            one["memory_bytes"],
            note=one["kind"] + (", above TensorFlow's own" if one["own_memory_bytes"] else ""),
            limit=one["memory_limit_bytes"],
        )
        for one in payload["kinds"]
    ]


def third_party(payload: Payload) -> Sequence[Value]:
    """Return the share of other people's files, of those compared, with the bare interpreter's label everywhere."""
    compared = [one for one in payload["files"] if one["labels_seen"] > 1]  # one label alone says little
    if not compared:
        return []
    refused = sum(one["outcome"] == "refused" for one in payload["files"])
    told = sum(one["unstated_sentence"] != "" for one in compared)
    note = f"{len(compared)} files, {min(one['photographs'] for one in compared):,} photographs each; {told} of them "
    note += f"are told their input, which they cannot tell; {refused} more are refused in a sentence"
    return [Value(sum(one["outcome"] == "equal" for one in compared) / len(compared), note=note)]


def survived(what: str, tried: str) -> ValuesOf:
    """Return how many kills, races or power cuts lost something; how many there were in the note."""

    def values(payload: Payload) -> Sequence[Value]:
        count = len(payload[what])
        return [Value(payload["derived"]["lost"][what], note=f"of {count} {tried}")] if count else []

    return values


def operator_gap(payload: Payload) -> Sequence[Value]:
    """Return how far the sum of the operators is from the bare run."""
    note = (
        f"`{payload['file']}`, {len(payload['operators'])} operators, together {payload['ratio']:.3f} of the bare run"
    )
    return [Value(abs(payload["ratio"] - 1.0), note=f"{note}, {counted(payload['threads'], 'thread')}")]


def macs_gap(payload: Payload) -> Sequence[Value]:
    """Return how far the count of MobileNetV2's multiply-accumulates is from its paper's."""
    macs = sum(one["macs"] or 0 for one in payload["operators"])
    note = f"{macs / 1e6:.1f} million in `{payload['file']}`, which has 2 classes"
    return [Value(abs(macs / _PAPER_MACS - 1.0), note=note)]
