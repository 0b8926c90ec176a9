# SPDX-License-Identifier: Apache-2.0
"""Whole numbers, and their bits. Keras: `keras.ops.numpy`. Floats are taken where each is exactly a whole number."""
from keratin.keras_tensor import apply
from keratin.ops._options import kind_of
from keratin.ops.elementwise import cast

__all__ = ["bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
           "bitwise_xor", "gcd", "lcm", "left_shift", "right_shift"]


def bitwise_and(x, y):
    """The bits that both have; of bools whether both hold."""
    return apply("BitwiseAnd", (x, y))


def bitwise_or(x, y):
    """The bits that one has; of bools whether one holds."""
    return apply("BitwiseOr", (x, y))


def bitwise_xor(x, y):
    """The bits that just one has; of bools whether just one holds."""
    return apply("BitwiseXor", (x, y))


def bitwise_invert(x):
    """The bits that are not there; of bools whether it does not hold."""
    return apply("BitwiseInvert", (x,))


def bitwise_not(x):
    """The bits that are not there: as bitwise_invert."""
    return bitwise_invert(x)


def bitwise_left_shift(x, y):
    """The bits of x moved by y places towards the larger ones; what leaves is lost."""
    return apply("BitwiseLeftShift", (_counted(x), _counted(y)))


def bitwise_right_shift(x, y):
    """The bits of x moved by y places towards the smaller ones; the sign comes after."""
    return apply("BitwiseRightShift", (_counted(x), _counted(y)))


def _counted(x):
    """Bools as int32: they have no places to move."""
    return cast(x, "int32") if kind_of(x) == "bool" else x


def left_shift(x, y):
    """As bitwise_left_shift."""
    return bitwise_left_shift(x, y)


def right_shift(x, y):
    """As bitwise_right_shift."""
    return bitwise_right_shift(x, y)


def gcd(x1, x2):
    """The greatest common divisor of the elements of two arrays, which broadcast."""
    return apply("Gcd", (x1, x2))


def lcm(x1, x2):
    """The least common multiple of the elements of two arrays, which broadcast."""
    return apply("Lcm", (x1, x2))
