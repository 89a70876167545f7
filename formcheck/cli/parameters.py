"""Makes the flags of a command from the options that are declared in ``app/options.py``.

A command has one parameter with a record of options, as ``options: AnalyzeOptions``. The decorator
:func:`with_options` shows each field of the record to typer (the library that reads the command
line) as a flag, and builds the record from the values.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from formcheck.app.options import Option, Options, declared

Command = Callable[..., None]


def with_options(command: Command) -> Command:
    """Decorate a command: replace each parameter that is a record of options by its options."""
    hints = typing.get_type_hints(command, include_extras=True)
    records: dict[str, type[Options]] = {}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        hint = hints[name]
        if isinstance(hint, type) and issubclass(hint, Options):
            records[name] = hint
            parameters += map(_typer_parameter, declared(hint))
        else:
            parameters.append(parameter.replace(annotation=hint, kind=parameter.KEYWORD_ONLY))

    def run(**arguments: Any) -> None:
        built = {name: _record_from(record, arguments) for name, record in records.items()}
        others = {name: value for name, value in arguments.items() if name in hints}
        command(**built, **others)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def typer_option(record: type[Options], name: str) -> Any:
    """Return one declared option in the form that typer needs."""
    return _typer_option(next(one for one in declared(record) if one.name == name))


def _typer_option(one: Option) -> Any:
    flags = [f"--{one.typed_name}", *([f"-{one.short}"] if one.short else [])]
    text = one.help_when_off if one.value_type is bool and one.default else one.text
    remarks = (one.range_text, one.default_text and f"default: {one.default_text}")
    text += "".join(f"  [{remark}]" for remark in remarks if remark)
    metavar = one.metavar or (f"[{'|'.join(one.choices)}]" if one.choices else None)
    return typer.Option(*flags, metavar=metavar, help=text)


def _typer_parameter(one: Option) -> inspect.Parameter:
    hint: Any = one.value_type
    default: Any = one.default
    if one.value_type is bool:
        default = False
    elif one.read is not None:
        default = None
    if default is None:
        hint = hint | None
    return inspect.Parameter(
        one.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[hint, _typer_option(one)],
    )


def _record_from(record: type[Options], arguments: Mapping[str, Any]) -> Options:
    """Build the record of options from the arguments; raises ``UsageError`` for a wrong value."""
    values = {}
    for one in declared(record):
        value = arguments[one.name]
        if value is None:
            continue
        if one.read is not None:
            value = one.read(value)
        elif one.value_type is bool and one.default:
            value = not value
        values[one.name] = value
    return record(**values)
