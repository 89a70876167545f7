"""The declared options as parameters of a command."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from formcheck.app.options import Option, Options, declared

Command = Callable[..., None]


def with_options(command: Command) -> Command:
    """Put the options that a record declares in place of each parameter that takes the record."""
    hints = typing.get_type_hints(command, include_extras=True)
    records: dict[str, type[Options]] = {}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        hint = hints[name]
        if isinstance(hint, type) and issubclass(hint, Options):
            records[name] = hint
            parameters += map(_parameter, declared(hint))
        else:
            parameters.append(parameter.replace(annotation=hint, kind=parameter.KEYWORD_ONLY))

    def run(**words: Any) -> None:
        made = {name: _made(record, words) for name, record in records.items()}
        rest = {name: word for name, word in words.items() if name in hints}
        command(**made, **rest)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def typer_option(record: type[Options], name: str) -> Any:
    """Give the facts of one declared option as typer takes them."""
    return _facts(next(one for one in declared(record) if one.name == name))


def _facts(one: Option) -> Any:
    flags = [f"--{one.word}", *([f"-{one.short}"] if one.short else [])]
    text = one.off if one.kind is bool and one.default else one.text
    facts = (one.reach, one.otherwise and f"default: {one.otherwise}")
    text += "".join(f"  [{fact}]" for fact in facts if fact)
    metavar = one.metavar or (f"[{'|'.join(one.choices)}]" if one.choices else None)
    return typer.Option(*flags, metavar=metavar, help=text)


def _parameter(one: Option) -> inspect.Parameter:
    kind: Any = one.kind
    default: Any = one.default
    if one.kind is bool:
        default = False
    elif one.read is not None:
        default = None
    if default is None:
        kind = kind | None
    return inspect.Parameter(
        one.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, _facts(one)],
    )


def _made(record: type[Options], words: Mapping[str, Any]) -> Options:
    """Make a record of what was given; raises ``UsageError`` for what cannot be."""
    values = {}
    for one in declared(record):
        word = words[one.name]
        if word is None:
            continue
        if one.read is not None:
            word = one.read(word)
        elif one.kind is bool and one.default:
            word = not word
        values[one.name] = word
    return record(**values)
