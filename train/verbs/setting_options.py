"""The options of the command line that settings have."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from edge_app.common.command_line import advanced
from edge_app.common.errors import UsageError
from train.settings import Field, fields_of


def add_setting_options(
    parser: argparse._ActionsContainer,
    settings: type,
    topic: str = "",
    note: Callable[[Field], str] = lambda _: "",
    show_all: bool = False,
) -> None:
    """Add the options of a dataclass' settings; one that is left out parses to None.

    Args:
        parser: or a group of its options.
        settings: the dataclass.
        topic: only of these.
        note: what the help of a setting ends in.
        show_all: whether `--help` shows settings that are not common too.
    """
    for field in fields_of(settings):
        if field.option and field.setting.topic == topic:
            action = _add(parser, field, note(field))
            if not (field.setting.common or show_all):
                advanced(action)


def given_settings(arguments: argparse.Namespace, settings: type) -> dict[str, Any]:
    """Return what the command line says of a dataclass' settings, by field."""
    given = {field.name: getattr(arguments, field.name) for field in fields_of(settings) if field.option}
    return {name: tuple(one) if isinstance(one, list) else one for name, one in given.items() if one is not None}


def _add(parser: argparse._ActionsContainer, field: Field, note: str) -> argparse.Action:
    facts, told = field.setting, (field.setting.help + note).replace("%", "%%")
    if field.kind is bool:
        action = "store_false" if field.default is True else "store_true"
        return parser.add_argument(field.option, dest=field.name, action=action, default=None, help=told)
    return parser.add_argument(
        field.option,
        dest=field.name,
        type=str if field.choices else _told_in_usage(facts.parse) if facts.parse else field.kind,
        choices=field.choices or None,
        action="append" if facts.repeatable else "store",
        metavar=facts.metavar,
        help=told,
    )


def _told_in_usage(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Let argparse tell what a parser refuses."""

    def parsed(text: str) -> Any:
        try:
            return parse(text)
        except UsageError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parsed
