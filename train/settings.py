"""Settings that are written once: a dataclass field that knows its bounds, its help text and its option.

Validation, the options of the command line, and the table in the documents follow from it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from numbers import Real
from typing import Any, Literal, get_args, get_origin, get_type_hints

from edge_app.common.errors import UsageError
from edge_app.common.python_faces import described


@dataclass(frozen=True)
class Need:
    """What must hold for a setting to change anything.

    Attributes:
        applies_to: completes "--soup applies to … only".
        way_out: completes "leave it out, or …".
        met: told the circumstances, whether it holds.
    """

    applies_to: str
    way_out: str
    met: Callable[[Any], bool]


@dataclass(frozen=True)
class Setting:
    """What there is to know of a setting besides its type and default.

    Attributes:
        help: what it does, in a few words.
        topic: under which heading the help shows it.
        metavar: of its value.
        option: on the command line, where it is not the field's name; None: it has none.
        words: what error messages call it, where that is not the option's name.
        within: smallest and largest value.
        above: a value that it must exceed.
        attempt: a value to try, for an error message.
        off: the value that switches it off.
        parse: reads its value, where that takes more than its type.
        repeatable: whether the option may be given more than once.
        common: whether `--help` shows it; `--help-all` shows all.
        needs: what must hold for it to change anything.
    """

    help: str
    topic: str = ""
    metavar: str | None = None
    option: str | None = ""
    words: str = ""
    within: tuple[float, float] | None = None
    above: float | None = None
    attempt: str = ""
    off: float = 0.0
    parse: Callable[[str], Any] | None = None
    repeatable: bool = False
    common: bool = False
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True)
class Field:
    """A setting, with what its dataclass says of it.

    Attributes:
        name: of the field.
        kind: its type.
        default: `dataclasses.MISSING` where it has none.
        setting: the rest.
    """

    name: str
    kind: Any
    default: Any
    setting: Setting

    @property
    def choices(self) -> tuple[str, ...]:
        """All values, where they can be counted."""
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()

    @property
    def option(self) -> str:
        """On the command line; what is on by default is switched off there. Empty: it has none."""
        if self.setting.option is None:
            return ""
        no = "no-" if self.kind is bool and self.default is True else ""
        return self.setting.option or f"--{no}{self.name.replace('_', '-')}"

    @property
    def words(self) -> str:
        """What error messages call it."""
        return self.setting.words or (self.option.removeprefix("--") or self.name).replace("-", " ").replace("_", " ")


def setting(default: Any = dataclasses.MISSING, help: str = "", **more: Any) -> Any:
    """Return a dataclass field for a setting; see `Setting`."""
    return dataclasses.field(default=default, metadata={"setting": Setting(help, **more)})


def same_setting(settings: type, name: str, default: Any, **changes: Any) -> Any:
    """Return a field like one of another dataclass, with a default of its own and perhaps other changes."""
    (found,) = (field for field in fields_of(settings) if field.name == name)
    return dataclasses.field(default=default, metadata={"setting": dataclasses.replace(found.setting, **changes)})


@cache
def fields_of(settings: type) -> tuple[Field, ...]:
    """Return the settings of a dataclass, in its order."""
    kinds = get_type_hints(settings)
    return tuple(
        Field(one.name, kinds[one.name], one.default, one.metadata["setting"])
        for one in dataclasses.fields(settings)
        if "setting" in one.metadata
    )


def check_settings(settings: Any, owner: str) -> None:
    """Refuse values that a setting cannot have.

    Args:
        settings: a dataclass object.
        owner: whose settings they are, at the beginning of a sentence.

    Raises:
        UsageError: which value, and what is possible.
    """
    for field in fields_of(settings.__class__):
        value, facts = getattr(settings, field.name), field.setting
        if field.choices and value not in field.choices:
            raise UsageError(f"unknown {field.words} `{value}`; choose one of {', '.join(field.choices)}")
        if (facts.above is not None or facts.within is not None) and not isinstance(value, Real):
            raise UsageError(f"{owner} needs {field.words} as a number, received {described(value)}")
        if facts.above is not None and not value > facts.above:
            raise UsageError(
                f"{owner} needs {field.words} above {facts.above:g}, received {value}; try {facts.attempt}"
            )
        if facts.within is not None and not facts.within[0] <= value <= facts.within[1]:
            raise out_of_range(owner, field.words, *facts.within, value)


def out_of_range(owner: str, words: str, low: float, high: float, value: float) -> UsageError:
    """Return the refusal of a number."""
    return UsageError(f"{owner} needs {words} from {low:g} to {high:g}, received {value}")


def settings_table(settings: type, applies_to: Callable[[Field], str] = lambda _: "") -> str:
    """Return a Markdown table of a dataclass' settings, for the documents.

    Args:
        settings: the dataclass.
        applies_to: what a setting applies to besides its needs; empty: everything.
    """
    lines = ["| option | value | default | what | applies to |", "|---|---|---|---|---|"]
    for field in fields_of(settings):
        if field.option:
            needs = "; ".join(filter(None, (applies_to(field), *(need.applies_to for need in field.setting.needs))))
            cells = (f"`{field.option}`", _values(field), _default(field), field.setting.help, needs)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _values(field: Field) -> str:
    facts = field.setting
    if field.choices:
        return ", ".join(f"`{choice}`" for choice in field.choices)
    if field.kind is bool:
        return ""
    if facts.within is not None:
        return f"{facts.within[0]:g} to {facts.within[1]:g}"
    return f"above {facts.above:g}" if facts.above is not None else f"{facts.metavar}"


def _default(field: Field) -> str:
    if field.default is dataclasses.MISSING:
        return "the recipe's"
    if field.kind is bool:
        return "on" if field.default else "off"
    if isinstance(field.default, float):
        return f"{field.default:.3g}"
    return str(field.default) if field.default not in ("", ()) else "none"
