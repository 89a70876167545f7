"""The HTML forms for a film and for a live session, made from the declared options.

:func:`form_fields` turns a class of options (``app/options.py``) into fields of a form;
:func:`options_from` turns the values that were entered back into options.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from formcheck.app.options import (
    OWN_PROGRAMME,
    FormPlace,
    Option,
    Options,
    PageProgrammeOptions,
    ProgrammeOptions,
    SceneOptions,
    declared,
    require_possible,
)
from formcheck.coach.programme_files import open_programme, shipped_names
from formcheck.data.errors import UsageError
from formcheck.exercises.registry import all_exercises
from formcheck.report.wording import capital

AnyOptions = TypeVar("AnyOptions", bound=Options)

_UNITS = {"_cm": "cm", "_kg": "kg", "_s": "s"}
_RECOGNISE, _CHOOSE = "Recognise it", "Choose one"
_AUTOMATIC, _ONE_EXERCISE, _OWN = "Automatic", "No programme, one exercise", "One of your own"
_SEVERAL_LINES = 1000
"""A text that may have more characters is entered in several lines."""


@dataclass(frozen=True)
class FormField:
    """One field of the form.

    Attributes
    ----------
    name
        Name of the option.
    label, text
        Label beside the field, and explanation below it.
    kind
        ``text``, ``lines``, ``number``, ``date``, ``choice`` or ``switch``.
    place
        ``first``, or ``more`` when it is behind "More".
    choices
        For a choice: the values, each with its label.
    minimum, maximum
        For a number: its limits as text; empty for no limit. For ``lines``, ``maximum`` is the
        largest number of characters.
    step
        For a number: ``1`` or ``any``.
    value
        Value at the start.
    """

    name: str
    label: str
    text: str
    kind: str
    place: FormPlace
    choices: tuple[tuple[str, str], ...] = ()
    minimum: str = ""
    maximum: str = ""
    step: str = "any"
    value: str = ""


def form_fields(record: type[Options]) -> tuple[FormField, ...]:
    """Return the fields for a record of options, in the order in which they are declared."""
    return tuple(_field(one) for one in _form_options(record))


def programme_from(values: Mapping[str, Any]) -> tuple[ProgrammeOptions | None, dict[str, Any]]:
    """Split the values of the form into the programme, if one was chosen, and the other values.

    Raises
    ------
    UsageError
        There is no programme of this name, or the user's own programme has an error.
    """
    names = {one.name for one in _form_options(PageProgrammeOptions)}
    rest = {name: value for name, value in values.items() if name not in names}
    chosen = {name: value for name, value in values.items() if name in names}
    options = options_from(PageProgrammeOptions, chosen)
    if not options.programme:
        return None, rest
    try:
        options.opened  # noqa: B018 - checks it
    except UsageError as error:
        error.options = error.options or ("own_programme",)
        raise
    return options, rest


def options_from(
    record: type[AnyOptions],
    values: Mapping[str, Any],
    check: Callable[[Any], None] | None = None,
) -> AnyOptions:
    """Return the options from the values that were entered; an empty field keeps its default.

    Parameters
    ----------
    record
        Class of the options.
    values
        Text that was entered, by option.
    check
        Checks the options; by default the check for a single exercise.

    Raises
    ------
    UsageError
        A value cannot be used; the error's ``options`` name the field.
    """
    known = {one.name: one for one in _form_options(record)}
    given = {}
    for name, value in values.items():
        if name not in known or not isinstance(value, str):
            raise UsageError("this form is out of date", hint="Reload the page.")
        if value.strip():
            given[name] = _read(known[name], value.strip())
    options = record(**given)
    if check is not None:
        check(options)
    elif isinstance(options, SceneOptions):
        require_possible(options)
    return options


def _form_options(record: type[Options]) -> list[Option]:
    return [one for one in declared(record) if one.form]


def _field(one: Option) -> FormField:
    kind = _kind(one)
    unit = next((unit for ending, unit in _UNITS.items() if one.name.endswith(ending)), "")
    name = capital(one.form_name or one.spoken_name)
    if one.minimum == 0 and one.maximum == 10:
        unit = "0 to 10"
    return FormField(
        name=one.name,
        label=f"{name} ({unit})" if unit else name,
        text=one.form_text or one.help_when_off or one.text,
        kind=kind,
        place=one.form,
        choices=_choices(one),
        minimum=_number(one.minimum),
        maximum=f"{one.longest}" if kind == "lines" else _number(one.maximum),
        step="1" if one.value_type is int else "any",
        value="" if kind in ("choice", "switch") or one.default is None else _plain(one.default),
    )


def _kind(one: Option) -> str:
    if one.choices or one.name in ("exercise", "programme"):
        return "choice"
    if one.value_type is bool:
        return "switch"
    if one.value_type in (int, float):
        return "number"
    if one.longest > _SEVERAL_LINES:
        return "lines"
    return "date" if one.metavar == "DAY" else "text"


def _choices(one: Option) -> tuple[tuple[str, str], ...]:
    if one.name == "exercise":
        exercises = ((exercise.id, exercise.title) for exercise in all_exercises())
        return (("", _RECOGNISE if one.default is None else _CHOOSE), *exercises)
    if one.name == "programme":
        programmes = ((name, open_programme(name).title) for name in shipped_names())
        return (("", _ONE_EXERCISE), *programmes, (OWN_PROGRAMME, _OWN))
    return tuple(
        (value, _AUTOMATIC if value == "auto" else capital(value)) for value in one.choices
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _read(one: Option, text: str) -> Any:
    if len(text) > one.longest:
        raise UsageError(
            f"{one.spoken_name!r} is longer than {one.longest} characters",
            hint="Write less.",
            options=(one.name,),
        )
    if one.value_type is bool:
        return (text == "on") is not one.default  # a switch that is on by default turns it off
    if one.value_type in (int, float):
        try:
            return one.value_type(text)
        except ValueError as error:
            raise UsageError(
                f"{one.spoken_name!r} must be a number, not {text!r}",
                hint="Write digits, such as 10.",
                options=(one.name,),
            ) from error
    return text
