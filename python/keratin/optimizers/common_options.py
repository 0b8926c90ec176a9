# SPDX-License-Identifier: Apache-2.0
"""The arguments that all optimizers take, behind their own."""
import functools
import inspect


def _common(weight_decay=None, clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99,
            ema_overwrite_frequency=None, loss_scale_factor=None, gradient_accumulation_steps=None, name=None, **kwargs):
    """What stands behind an optimizer's own arguments. `kwargs` are of configs of Keras 2."""


OF_ALL = frozenset(inspect.signature(_common).parameters) - {"kwargs"} | {"learning_rate"}


def with_common_options(init):
    """`init`, an `__init__` that names the arguments of one optimizer alone, with those of all behind them; `_make` gets
    all together. One of all that it names too stays where it stands (AdamW's weight_decay), or, behind a `*`, gets another
    default."""
    own = inspect.signature(init).parameters
    defaults = {name: p.default for name, p in own.items() if p.kind is p.KEYWORD_ONLY}
    common = [p.replace(default=defaults[name]) if name in defaults else p
              for name, p in inspect.signature(_common).parameters.items() if name in defaults or name not in own]
    own = [p for name, p in own.items() if name not in defaults]
    signature = inspect.Signature([*own, *common])

    @functools.wraps(init)
    def __init__(self, *args, **kwargs):
        try:
            given = signature.bind(self, *args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}.__init__() {error}") from None
        given.apply_defaults()
        options = dict(given.arguments)
        del options["self"]
        rest = options.pop("kwargs")
        self._make(**options, **rest)

    __init__.__signature__ = signature
    return __init__
