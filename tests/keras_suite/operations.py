# SPDX-License-Identifier: Apache-2.0
"""`keras.src.ops` and its modules: Keratin's functions, and Keras's classes of operations on top of them.

Keras has a class beside every function, `Mean(axis=1)(x)`; Keratin's are in C++. So a class here keeps the options that
it is made with, and calls Keratin's function with them.
"""
import keratin

# Where the name of the function is not that of the class.
_FUNCTIONS = {"BatchNorm": "batch_normalization", "RMSNorm": "rms_normalization", "SearchSorted": "searchsorted",
              "LogSumExp": "logsumexp", "CTCLoss": "ctc_loss", "IsIn": "isin", "I0": "i0"}
# What is made with the first arguments of its function: those that it calls, or others.
_LOOPS = ("ForiLoop", "VectorizedMap", "WhileLoop")
_OPTIONS_FIRST = ("Einsum", "Full", *_LOOPS)


class _Operation:
    """An operation of Keras with its options."""

    def __init__(self, *args, name=None, **options):
        self._args, self._options = args, options

    def __call__(self, *inputs, **more):
        args = (*self._args, *inputs) if self.options_first else (*inputs, *self._args)
        return type(self).function(*args, **{**self._options, **more})

    def symbolic_call(self, *inputs, **more):
        if type(self).__name__ in _LOOPS:  # on what is symbolic it would not come to an end
            raise NotImplementedError(f"not built: {type(self).__name__}.symbolic_call")
        return self(*inputs, **more)

    call, compute_output_spec = __call__, symbolic_call


def _function(inputs, outputs, name=None):
    """keras.src.ops.function.Function: a Functional model is one."""
    return keratin.Model(inputs, outputs, name=name)


class Operation:
    """What operations of one's own derive from in Keras; Keratin has none: a layer of one's own is one."""

    def __init__(self, *args, **kwargs):
        raise NotImplementedError("not built: keras.src.ops.operation.Operation")


class _Names:
    """What the modules of keras.src.ops hold."""

    Function = staticmethod(_function)
    Operation = Operation

    def __getattr__(self, name):
        if name[:1].islower():
            return getattr(keratin.ops, name)
        function = getattr(keratin.ops, _FUNCTIONS.get(name) or keratin._core.to_snake_case(name))
        return type(name, (_Operation,), {"function": staticmethod(function), "options_first": name in _OPTIONS_FIRST})


NAMES = _Names()
