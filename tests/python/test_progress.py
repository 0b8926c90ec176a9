# SPDX-License-Identifier: Apache-2.0
"""What fit shows, and where: a terminal, a notebook, a file, a stream that refuses."""
import io
import os
import pty
import subprocess
import sys

import numpy as np
import pytest
from state import assert_same, state

from keratin import Sequential, layers

X, Y = np.ones((64, 3), "float32"), np.ones((64, 1), "float32")


def small():
    model = Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def shown(monkeypatch, out, **kwargs):
    monkeypatch.setattr(sys, "stdout", out)
    small().fit(X, Y, **kwargs)
    return out


class Plain:
    """Has write and flush, and nothing else."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_a_plain_stream(monkeypatch):
    text = shown(monkeypatch, Plain(), epochs=2).text
    assert "Epoch 1/2" in text and "2/2" in text and "loss:" in text and "mae:" in text
    assert "\r" not in text and "\x1b" not in text


def test_a_notebook(monkeypatch):
    base = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})
    for cls in (base, type("Mine", (base,), {})):  # Colab has one of its own
        text = shown(monkeypatch, cls()).getvalue()
        assert "\r" in text and "\u2501" in text and "loss:" in text
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in shown(monkeypatch, base()).getvalue()


def test_a_stream_of_letters_only(monkeypatch):
    class Terminal(io.TextIOWrapper):
        def isatty(self):
            return True

    raw = io.BytesIO()
    monkeypatch.setenv("TERM", "xterm")
    shown(monkeypatch, Terminal(raw, encoding="ascii"))
    text = raw.getvalue().decode("ascii")
    assert "--" in text and "loss:" in text and "?" not in text


@pytest.mark.parametrize("error", [BrokenPipeError, ValueError, KeyboardInterrupt])
def test_a_stream_that_refuses(monkeypatch, error):
    class Refuses(Plain):
        def write(self, text):
            raise error("closed")

    model = small()
    model.train_on_batch(X, Y)
    before = state(model)
    monkeypatch.setattr(sys, "stdout", Refuses())
    with pytest.raises(error, match="closed"):
        model.fit(X, Y, epochs=2)
    with pytest.raises(error, match="closed"):
        model.evaluate(X, Y)
    monkeypatch.undo()
    assert_same(model, before)  # "Epoch 1/2" was refused already
    model.fit(X, Y, verbose=0)


def test_a_terminal():
    program = """if True:
        import numpy as np
        from keratin import Sequential, layers
        model = Sequential([layers.Dense(1, input_shape=(3,))])
        model.compile("sgd", "mse")
        model.fit(np.ones((64, 3)), np.ones((64, 1)), epochs=2)
    """
    ours, theirs = pty.openpty()
    child = subprocess.Popen([sys.executable, "-c", program], stdout=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    out = b""
    while True:
        try:
            read = os.read(ours, 4096)
        except OSError:  # how a terminal ends on Linux
            break
        if not read:
            break
        out += read
    os.close(ours)
    assert child.wait(30) == 0
    text = out.decode()
    assert text.count("Epoch ") == 2 and "\r" in text and "\u2501" in text and "2/2" in text and "loss:" in text
