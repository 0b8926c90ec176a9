# SPDX-License-Identifier: Apache-2.0
"""The pytest plugin: Keratin in Keras's place, and a line for every test in a file."""
import json
import os

import fetch
import shim

shim.install(fetch.fetch())
_outcomes = {}


def _name(nodeid):
    path, _, rest = nodeid.partition("::")
    return path.partition("keras/src/")[2] + "::" + rest


def pytest_configure(config):
    for marker in ("requires_trainable_backend", "multi_device", "skip_if_backend"):
        config.addinivalue_line("markers", f"{marker}: Keras's")


def pytest_runtest_logreport(report):
    name = _name(report.nodeid)
    if report.failed:
        text = getattr(getattr(report.longrepr, "reprcrash", None), "message", str(report.longrepr))
        _outcomes[name] = ["fails", text.strip().splitlines()[0][:300] if text.strip() else ""]
    elif report.skipped and name not in _outcomes:
        _outcomes[name] = ["skipped", str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)]
    elif report.when == "call" and report.passed:
        _outcomes[name] = ["passes", ""]


def pytest_collectreport(report):
    if report.failed:
        text = str(report.longrepr).strip().splitlines()
        _outcomes[_name(report.nodeid + "::")] = ["fails", "collection: " + (text[-1] if text else "")]


def pytest_sessionfinish(session):
    target = os.environ.get("KERATIN_SUITE_OUT")
    if target:
        with open(target, "w") as file:
            json.dump(_outcomes, file)
