# SPDX-License-Identifier: Apache-2.0
"""Every argument has an effect: with another value than its default something differs, or it is refused.

The arguments are found, in the signatures of all that is public; what to give them, and how to see that it counts, is
in `layer_cases`, `argument_cases` and `method_cases`. An argument that is not there fails, and one that has no effect must have a reason."""
import fnmatch
import inspect
import types
import warnings

import pytest

import keratin
from argument_cases import KEYWORDS
from cases import CASES, NO_EFFECT, OTHERS, With
from method_cases import METHODS
from seeing import outcome


def modules():
    pending, found = [keratin], []
    while pending:
        module = pending.pop()
        found.append(module)
        for name in getattr(module, "__all__", None) or []:
            value = getattr(module, name)
            if isinstance(value, types.ModuleType) and value not in found:
                pending.append(value)
    return found


def public():
    """What can be called, by its path without `keratin.`; each once."""
    found = {}
    for module in sorted(modules(), key=lambda module: -len(module.__name__)):
        for name in getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]:
            value = getattr(module, name)
            if callable(value) and value.__module__.startswith(module.__name__) and value not in found:
                found[value] = f"{module.__name__}.{name}".removeprefix("keratin.")
    return {path: value for value, path in found.items()}


def methods():
    """The methods of the public classes, by their qualified name; each where it is written."""
    found = {}
    for cls in public().values():
        for base in inspect.getmro(cls) if inspect.isclass(cls) else ():
            for name, value in vars(base).items():
                function = getattr(value, "__func__", value)
                if inspect.isfunction(function) and not name.startswith("_") and base.__module__.startswith("keratin"):
                    found[f"{base.__name__}.{name}"] = function
    return found


def optional(function):
    return [parameter for parameter in inspect.signature(function).parameters.values()
            if parameter.default is not parameter.empty or parameter.kind is parameter.VAR_KEYWORD]


def arguments():
    for path, function in public().items():
        for parameter in optional(function):
            yield pytest.param(path, parameter, id=f"{path}-{parameter.name}")
    for path, function in methods().items():
        for parameter in optional(function):
            yield pytest.param(path, parameter, id=f"{path}-{parameter.name}")


def case_of(path):
    return METHODS[path] if path in METHODS else CASES[path]


@pytest.mark.parametrize("path, parameter", list(arguments()))
def test_argument_counts(path, parameter):
    name = parameter.name
    if any(fnmatch.fnmatchcase(f"{path}.{name}", key) for key in NO_EFFECT):
        return
    assert path in METHODS or path in CASES, f"say in argument_cases how {path} is called"
    call, given, see, others = case_of(path)
    if parameter.kind is parameter.VAR_KEYWORD and name not in others:
        name, value = "no_such_keyword", 1
    else:
        value = others.get(name, OTHERS.get(name, parameter))
        assert value is not parameter, f"say in argument_cases what {path} is given as {name}"
    assert repr(value) != repr(parameter.default), "that is the default"
    base = dict(given)
    if isinstance(value, With):
        base.update(value.base)
        value = value.value
    first = outcome(lambda: see(call(**base)))
    assert first == outcome(lambda: see(call(**base))), "what is seen is not the same twice"
    assert first[0] != "raised", first[1]
    other = outcome(lambda: see(call(**{**base, name: value})))
    assert other != first, f"{path}({name}={value!r}) has no effect"


@pytest.mark.parametrize("path, name", [pytest.param(path, name, id=f"{path}-{name}") for path in KEYWORDS for name in KEYWORDS[path]])
def test_keyword_counts(path, name):
    call, given, see, _ = CASES[path]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # Keras: `decay` is passed over with a warning
        other = outcome(lambda: see(call(**given, **{name: KEYWORDS[path][name]})))
    assert other != outcome(lambda: see(call(**given)))


class Thing:
    """What no argument can be."""


WRONG = [Thing(), "nonsense", 5, None, [Thing()], b"x", 2**70, float("nan")]
NOT_CLASSES_OWN = {  # what a case does with an argument before the class sees it
    ("callbacks.CSVLogger", "filename"), ("callbacks.TensorBoard", "log_dir")}


def is_named(error, path, name):
    """Whether a message says which argument is wrong, or at least whose."""
    words = {path.split(".")[-1].lower(), *(word for word in name.split("_") if len(word) > 3), name}
    return isinstance(error, (ValueError, TypeError, NotImplementedError)) and any(word in str(error).lower() for word in words)


@pytest.mark.parametrize("path", [path for path, thing in public().items() if path in CASES and inspect.isclass(thing)])
def test_a_wrong_argument_is_named(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)  # "nonsense" may be a file
    call, given, *_ = CASES[path]
    bad = []
    for parameter in inspect.signature(public()[path]).parameters.values():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or (path, parameter.name) in NOT_CLASSES_OWN:
            continue
        for wrong in WRONG:
            try:
                call(**{**given, parameter.name: wrong})
            except Exception as error:
                if not is_named(error, path, parameter.name):
                    bad.append((parameter.name, wrong, repr(error)))
    assert bad == []


def test_every_reason_is_needed():
    known = [f"{argument.values[0]}.{argument.values[1].name}" for argument in arguments()]
    for key in NO_EFFECT:
        assert fnmatch.filter(known, key), f"{key} is not there"
