# SPDX-License-Identifier: Apache-2.0
"""Which layers of a user's own are being called, and what may not be done meanwhile."""
import threading

from keratin.layers.tracking import Tracking


class Busy(RuntimeError):
    """A call asked for what may not be done in its middle."""


class _Calls(threading.local):
    """The calls of layers of one's own that this thread is in, one in another."""

    def __init__(self):
        self.running = []
        self.asked = set()  # the layers that C++ has asked what they give, which is found by calling them


calls = _Calls()


class Running:
    """A layer or model of which parts may be running."""

    def _require_idle(self, method):
        """A RuntimeError where a part of this one is being called by this thread."""
        if calls.running and any(part is one for part in self._all_parts() for one in calls.running):
            raise Busy(f"[{method}] the call of a layer called {method} of the model '{self.name}' that it is part of.")

    def _all_parts(self):
        """It, and what is in it, each once."""
        found, waiting = {}, [self]
        while waiting:
            part = waiting.pop()
            if id(part) not in found:
                found[id(part)] = part
                waiting += part.__dict__.get("_keratin_parts", ())
                waiting += (layer for layer in part.__dict__.get("_layers", ()) if isinstance(layer, Tracking))
        return found.values()
