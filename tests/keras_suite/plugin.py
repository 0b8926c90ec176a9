# SPDX-License-Identifier: Apache-2.0
"""The pytest plugin: Keratin in Keras's place, and for every test in a file what became of it."""
import inspect
import json
import os
import sys

import numpy as np
import pytest

import fetch
import shim

shim.install(fetch.fetch(), os.environ.get("KERATIN_SUITE_KERAS_RS"))
import keratin  # noqa: E402

_outcomes = {}
_functions = {}
_idle = set()  # the tests in which nothing of Keratin ran
_PACKAGE = os.path.dirname(keratin.__file__) + os.sep


def _name(nodeid):
    path, _, rest = nodeid.partition("::")
    return path.rpartition("/src/")[2] + "::" + rest


def pytest_configure(config):
    for marker in ("requires_trainable_backend", "multi_device", "skip_if_backend"):
        config.addinivalue_line("markers", f"{marker}: Keras's")


@pytest.hookimpl(trylast=True)  # what is left out is gone
def pytest_collection_modifyitems(items):
    # absl makes several tests of a function with parameters; each knows the function it came from.
    for item in items:
        name = _name(item.nodeid)
        function = inspect.unwrap(item.function)
        _functions[name] = name.rpartition("::")[0] + "::" + function.__code__.co_name


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    _idle.add(_name(item.nodeid))
    np.random.seed(1337)  # tests draw their data: a run must not hang on chance
    keratin.utils.set_random_seed(1337)

    def watch(frame, event, argument):
        # What is not the test's doing does not count: setUp clears Keratin's names too.
        if frame.f_code.co_filename.startswith(_PACKAGE) and frame.f_code.co_name != "clear_session":
            _idle.discard(_name(item.nodeid))
            sys.setprofile(None)

    sys.setprofile(watch)
    yield
    sys.setprofile(None)


def pytest_runtest_logreport(report):
    name = _name(report.nodeid)
    if report.failed:
        text = getattr(getattr(report.longrepr, "reprcrash", None), "message", str(report.longrepr))
        _outcomes[name] = ["fails", " ".join(text.split())[:200]]
    elif report.skipped and name not in _outcomes:
        words = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        _outcomes[name] = ["skipped", str(words)]
    elif report.when == "call" and report.passed:
        _outcomes[name] = ["idle", ""] if name in _idle else ["passes", ""]


def pytest_collectreport(report):
    if report.failed:
        text = str(report.longrepr).strip().splitlines()
        _outcomes[_name(report.nodeid + "::")] = ["fails", "collection: " + (text[-1] if text else "")]


def pytest_sessionfinish(session):
    target = os.environ.get("KERATIN_SUITE_OUT")
    if target:
        with open(target, "w") as file:
            json.dump({"outcomes": _outcomes, "functions": _functions, "leaks": shim.leaks()}, file)
