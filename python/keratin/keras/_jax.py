# SPDX-License-Identifier: Apache-2.0
"""JAX: ordered callbacks, which a compiled step makes in the order of the program, each once."""
import contextlib

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import io_callback

SUPPORTS_JIT = True


def _host(function, shape, *arguments):
    """A callback that JAX may neither drop, repeat nor move before another one."""
    def on_arrays(*given):
        return np.asarray(function(*(np.asarray(array) for array in given)), np.float32).reshape(shape)
    return io_callback(on_arrays, jax.ShapeDtypeStruct(shape, jnp.float32), *arguments, ordered=True)


def _made_lookup(table):
    @jax.custom_vjp
    def look_up(link, ids):
        return _host(table.lookup, (*ids.shape, table.output_dim), ids)

    def forward(link, ids):
        return _host(table.lookup_to_train, (*ids.shape, table.output_dim), ids), (link, ids)

    def backward(kept, gradient):
        link, ids = kept
        return _host(table.record, link.shape, ids, gradient), None

    look_up.defvjp(forward, backward)
    return look_up


def lookup(table, link, ids, training):
    """The rows of `ids`, whose gradient the table records; `link` gets the record's mark."""
    if table.differentiated is None:
        table.differentiated = _made_lookup(table)
    return table.differentiated(link, ids)


def call_host(function, arguments, shape):
    """A float32 tensor: what `function` of NumPy arrays gives. Nothing is differentiated."""
    return _host(function, tuple(shape), *(jax.lax.stop_gradient(jnp.asarray(argument)) for argument in arguments))


outside = contextlib.nullcontext  # of a graph that is being made


def show(variable):
    """Makes Keras's conversion to NumPy give what is in Keratin: it asks the variable."""


def wait():
    """Returns when all steps that were begun are done."""
    jax.effects_barrier()


def refuse_distribution():
    pass  # Keras's own scopes are all there are
