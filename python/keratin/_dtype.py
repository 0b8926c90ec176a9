# SPDX-License-Identifier: Apache-2.0
"""The argument `dtype` of losses and metrics."""


def float32_only(who, dtype):
    """Keratin computes in float32 (sums in float64). Keras: in what `dtype` says, or the policy of that name."""
    name = getattr(dtype, "name", dtype)
    if name not in (None, "float32"):
        raise ValueError(f"[{who}] dtype must be None or 'float32'. Received: {name!r}")
