"""`fieldlens train augment`: a folder of photographs with augmented copies of those that train."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge_app.common.command_line import advanced
from edge_app.common.errors import DataError, UsageError
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.common.outputs import refuse_existing
from edge_app.common.trust import add_trust_option
from train.offline.settings import FIELDS, STYLE, OfflineAugmentation, only
from train.verbs.setting_options import add_setting_options, given_settings

if TYPE_CHECKING:
    from train.offline.style import Painter

SUMMARY = "make a folder with augmented copies of the training photographs"
DESCRIPTION = f"""Write augmented copies of the training photographs into a new folder.

OUT becomes a complete folder of photographs for `fieldlens train OUT`: the originals byte for byte (as hard links where
the disk has them), and N changed copies of each training photograph. Validation and test photographs get no copies, and
augmented.csv, which records what was done to each copy, keeps copies out of both splits. augmented.html shows a few.

Each number below is a limit: every copy draws an amount of its own, in either direction; 0 switches an operation off
(for --crop 1), and a probability is a share of copies. The options mean the same as in training. --only runs the
operations that you name and no others, and applies those with a probability to every copy. The operations are
{", ".join(list(FIELDS)[:9])},
{", ".join(list(FIELDS)[9:])} and {STYLE}. The result depends only on the seed and on the bytes of each file."""

EXAMPLES = """examples:
  fieldlens train augment photos photos-augmented --copies 4
  fieldlens train augment photos photos-flipped --copies 1 --only flip
  fieldlens train augment photos photos-painted --copies 1 --only style --style-transfer --styles paintings"""

_SHOWN = 5  # broken files named on the terminal; the page has more


def add_arguments(augment: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    augment.add_argument("photographs", type=Path, metavar="PHOTOS", help="folder of photographs")
    augment.add_argument("out", type=Path, metavar="OUT", help="folder to create")
    augment.add_argument("--copies", type=int, default=1, metavar="N", help="copies of each training photograph")
    augment.add_argument("--seed", type=int, default=0, metavar="N", help="seed of everything random")
    augment.add_argument("--quality", type=int, default=95, metavar="N", help="JPEG quality, 1 to 100")
    augment.add_argument("--overwrite", action="store_true", help="replace an existing OUT")
    augment.add_argument("--only", metavar="NAMES", help="run only these operations, as in flip,clahe")
    numbers = augment.add_argument_group("limits of the operations")
    add_setting_options(
        numbers, OfflineAugmentation, note=lambda field: f" (default: {field.default:.2g})", show_all=True
    )
    _add_style_arguments(augment.add_argument_group("painting in another style (neural style transfer)"))


def _add_style_arguments(style: argparse._ArgumentGroup) -> None:
    ways = style.add_mutually_exclusive_group()
    ways.add_argument(
        "--style-transfer",
        action="store_true",
        help="search for the pixels with the features of MobileNetV2 (Gatys et al.); no download, seconds per copy",
    )
    ways.add_argument(
        "--style-hub",
        metavar="HANDLE_OR_PATH",
        help="paint with a TF Hub arbitrary-image-stylization module; one pass per copy",
    )
    add_trust_option(style)
    style.add_argument("--styles", type=Path, metavar="DIR", help="folder of pictures; each copy gets the style of one")
    style.add_argument(
        "--style-share", type=float, default=1.0, metavar="SHARE", help="share of copies that are painted"
    )
    for option, kind, default, metavar, text in (
        ("--style-size", int, 384, "PX", "longer side of painted copies"),
        ("--style-steps", int, 100, "N", "steps of the search, with --style-transfer"),
        ("--style-weight", float, 10.0, "W", "weight of style against content, with --style-transfer"),
        ("--weights", str, "imagenet", "WHICH", "of MobileNetV2: imagenet (~/.keras/models or a download) or a file"),
    ):
        advanced(style.add_argument(option, type=kind, default=default, metavar=metavar, help=text))


def run(arguments: argparse.Namespace) -> int:
    """Make the folder, and print what it came to."""
    settings = settings_of(arguments)
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.photographs.augmented_manifest import MANIFEST_NAME
    from edge_app.photographs.zip_files import unpacked
    from train.offline.folder import CopyPlan, augment_folder

    check_one_cv2_wheel()
    if not arguments.photographs.exists():
        raise DataError(f"`{arguments.photographs}` does not exist; give a folder of photographs")
    refuse_existing(arguments.out, arguments.overwrite, MANIFEST_NAME, (arguments.photographs, arguments.styles))
    plan = CopyPlan(settings, arguments.copies, arguments.seed, arguments.quality)
    broken_styles: list[str] = []
    if arguments.styles:
        painter, broken_styles = _painter(arguments)
        plan = replace(plan, painter=painter)
    done = augment_folder(unpacked(arguments.photographs), arguments.out, plan, arguments.overwrite)
    _print_skipped("style pictures", broken_styles)
    _print_skipped("photographs", done.skipped)
    print(f"{done.originals:,} originals and {len(done.copies):,} augmented copies in {arguments.out}")
    print(f"look    {arguments.out / 'augmented.html'}\nnext    fieldlens train {arguments.out}")
    return 0


def settings_of(arguments: argparse.Namespace) -> OfflineAugmentation:
    """Return what the options ask for.

    Raises:
        UsageError: they contradict one another, or a number is impossible.
    """
    given = given_settings(arguments, OfflineAugmentation)
    styled = bool(arguments.style_transfer or arguments.style_hub)
    if styled != (arguments.styles is not None):
        raise UsageError("--styles DIR and one of --style-transfer and --style-hub belong together; give both or none")
    if not 0 <= arguments.style_share <= 1:
        raise UsageError(f"--style-share must be from 0 to 1, received {arguments.style_share:g}")
    settings = OfflineAugmentation(**given)
    if arguments.only is None:
        return settings
    names = [name.strip() for name in arguments.only.split(",")]
    if styled != (STYLE in names):
        raise UsageError("`style` among --only and a way to paint belong together; give both or none")
    return only(settings, names, given)


def _painter(arguments: argparse.Namespace) -> tuple[Painter, list[str]]:
    from train.offline.style import Painter, Stylist, find_styles

    styles, broken = find_styles(arguments.styles)
    with quiet_native_stderr():
        import tensorflow  # noqa: F401  # greets on stderr
    stylist: Stylist
    if arguments.style_hub:
        from train.offline.style_hub import HubStylist

        stylist = HubStylist(arguments.style_hub, arguments.style_size)
    else:
        from train.offline.style_optimisation import OptimisingStylist

        size, steps, weight = arguments.style_size, arguments.style_steps, arguments.style_weight
        stylist = OptimisingStylist(arguments.weights, size, steps, weight)
    return Painter(stylist, styles, arguments.style_share), broken


def _print_skipped(what: str, sentences: list[str] | tuple[str, ...]) -> None:
    if not sentences:
        return
    print(f"skipped {len(sentences):,} broken {what}:")
    for sentence in sentences[:_SHOWN]:
        print(f"  {sentence}")
    if len(sentences) > _SHOWN:
        print(f"  and {len(sentences) - _SHOWN:,} more")
