# SPDX-License-Identifier: Apache-2.0
"""Each element by itself, or with the one at its place in another array. Keras: `keras.ops.numpy`, `keras.ops.math`.

Floats are float32. Where a function has a corner, the derivative is that of Keras on JAX: half to each side of a
maximum of equals, 1 for abs at 0.
"""
import numpy as np

from keratin.keras_tensor import KerasTensor, apply
from keratin.ops._options import dtype_name, kind_of

__all__ = ["abs", "absolute", "add", "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cast", "cbrt",
           "ceil", "clip", "conj", "conjugate", "copy", "copysign", "cos", "cosh", "deg2rad", "divide", "divide_no_nan", "equal", "erf", "erfc",
           "erfinv", "exp", "exp2", "expm1", "fabs", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "greater",
           "greater_equal", "heaviside", "hypot", "i0", "imag", "isclose", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "ldexp", "less",
           "less_equal", "log", "log10", "log1p", "log2", "logaddexp", "logaddexp2", "logical_and", "logical_not", "logical_or",
           "logical_xor", "maximum", "minimum", "mod", "multiply", "nan_to_num", "negative", "nextafter", "nonzero", "not_equal", "power", "rad2deg", "real",
           "reciprocal", "round", "rsqrt", "saturate_cast", "select", "sign", "signbit", "sin", "sinc", "sinh", "sqrt", "square", "squared_difference",
           "stop_gradient", "subtract", "tan", "tanh", "true_divide", "trunc", "where"]


def _unary(name, does, class_name=None):
    class_name = class_name or name.capitalize()

    def operation(x):
        return apply(class_name, (x,))

    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = f"{does} of each element."
    return operation


exp = _unary("exp", "e to the power")
expm1 = _unary("expm1", "exp(x) - 1, exact near 0,")
log = _unary("log", "The natural logarithm")
log1p = _unary("log1p", "log(1 + x), exact near 0,")
log2 = _unary("log2", "The logarithm to the base 2")
log10 = _unary("log10", "The logarithm to the base 10")
sqrt = _unary("sqrt", "The square root")
rsqrt = _unary("rsqrt", "1 / sqrt(x)")
reciprocal = _unary("reciprocal", "1 / x")
square = _unary("square", "The square")
sin = _unary("sin", "The sine")
cos = _unary("cos", "The cosine")
tan = _unary("tan", "The tangent")
arcsin = _unary("arcsin", "The inverse sine")
arccos = _unary("arccos", "The inverse cosine")
arctan = _unary("arctan", "The inverse tangent")
sinh = _unary("sinh", "The hyperbolic sine")
cosh = _unary("cosh", "The hyperbolic cosine")
tanh = _unary("tanh", "The hyperbolic tangent")
arcsinh = _unary("arcsinh", "The inverse hyperbolic sine")
arccosh = _unary("arccosh", "The inverse hyperbolic cosine")
arctanh = _unary("arctanh", "The inverse hyperbolic tangent")
erf = _unary("erf", "The error function")
erfinv = _unary("erfinv", "The inverse of the error function")
i0 = _unary("i0", "The modified Bessel function of order 0", "I0")
abs = _unary("abs", "The absolute value", "Absolute")
absolute = _unary("absolute", "The absolute value")
negative = _unary("negative", "-x")
sign = _unary("sign", "-1, 0 or 1: the sign")
floor = _unary("floor", "The largest integer that is not above it,")
ceil = _unary("ceil", "The smallest integer that is not below it,")
trunc = _unary("trunc", "The integer part")
isnan = _unary("isnan", "Whether it is not a number,")
isinf = _unary("isinf", "Whether it is infinite,")
isfinite = _unary("isfinite", "Whether it is a finite number,")
logical_not = _unary("logical_not", "Whether it is 0,", "LogicalNot")
copy = _unary("copy", "A copy")


def _binary(name, does, class_name=None):
    class_name = class_name or "".join(word.capitalize() for word in name.split("_"))

    def operation(x1, x2):
        return apply(class_name, (x1, x2))

    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = f"{does} of the elements of two arrays, which broadcast."
    return operation


add = _binary("add", "The sum")
subtract = _binary("subtract", "The difference")
multiply = _binary("multiply", "The product")
divide = _binary("divide", "The quotient")
true_divide = _binary("true_divide", "The quotient")
divide_no_nan = _binary("divide_no_nan", "The quotient, 0 where x2 is 0,")
power = _binary("power", "x1 to the power of x2")
mod = _binary("mod", "The remainder")
fmod = _binary("fmod", "The remainder with the sign of x1")
nextafter = _binary("nextafter", "The next number of float32 from x1 towards x2")
floor_divide = _binary("floor_divide", "The whole part of the quotient")
maximum = _binary("maximum", "The larger one")
minimum = _binary("minimum", "The smaller one")
arctan2 = _binary("arctan2", "The angle of the point (x2, x1)")
logaddexp = _binary("logaddexp", "log(exp(x1) + exp(x2))")
equal = _binary("equal", "Whether they are equal,")
not_equal = _binary("not_equal", "Whether they differ,")
less = _binary("less", "x1 < x2")
less_equal = _binary("less_equal", "x1 <= x2")
greater = _binary("greater", "x1 > x2")
greater_equal = _binary("greater_equal", "x1 >= x2")
logical_and = _binary("logical_and", "Whether neither is 0,")
logical_or = _binary("logical_or", "Whether one is not 0,")
logical_xor = _binary("logical_xor", "Whether just one is not 0,")


def round(x, decimals=0):
    """The nearest number with so many digits behind the point; of two the even one."""
    return apply("Round", (x,), {"decimals": decimals})


def clip(x, x_min, x_max):
    """What is below x_min becomes x_min, what is above x_max becomes x_max; None: no bound. Bounds may be arrays."""
    if all(bound is None or isinstance(bound, (int, float)) for bound in (x_min, x_max)):
        return apply("Clip", (x,), {"x_min": x_min, "x_max": x_max})
    x = x if x_min is None else maximum(x, x_min)
    return x if x_max is None else minimum(x, x_max)


def where(condition, x1=None, x2=None):
    """x1 where `condition`, else x2. Without the two: the places where it holds, an array an axis."""
    if x1 is None and x2 is None:
        return nonzero(condition)
    if x1 is None or x2 is None:
        raise ValueError("`x1` and `x2` either both should be `None` or both should have non-None value.")
    if kind_of(condition) != "bool":  # numbers beside it take their type from each other
        condition = cast(condition, "bool")
    return apply("Where", (condition, x1, x2))


def nonzero(x):
    """The places of the elements that are not 0, an array of int32 an axis."""
    found = np.nonzero(x.numpy() if isinstance(x, KerasTensor) else np.asarray(x))
    return tuple(places.astype(np.int32) for places in found)


def isclose(x1, x2, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether |x1 - x2| <= atol + rtol * |x2|."""
    return apply("Isclose", (x1, x2), {"rtol": rtol, "atol": atol, "equal_nan": equal_nan})


def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """With numbers in place of NaN and of the infinities; None: the largest and smallest finite number."""
    return apply("NanToNum", (x,), {"nan": nan, "posinf": posinf, "neginf": neginf})


def cast(x, dtype):
    """An array of another type. Only float32 has a derivative."""
    return apply("Cast", (x,), {"dtype": dtype_name(dtype)})


def as_floats(x):
    """The same, float32 where it is of integers or bools."""
    return x if np.dtype(kind_of(x)).kind == "f" else cast(x, "float32")


def saturate_cast(x, dtype):
    """The same, where what the type cannot hold becomes its smallest or largest number. None: float32."""
    kind = np.dtype(dtype_name(dtype) or "float32")
    given = np.dtype(kind_of(x))
    if kind.kind in "iu" and given.kind in "iu":
        limits, own = np.iinfo(kind), np.iinfo(given)
        x = clip(x, int(limits.min) if own.min < limits.min else None, int(limits.max) if own.max > limits.max else None)
    elif kind.kind in "iu":
        limits = np.iinfo(kind)
        x = clip(x, float(limits.min), float(np.nextafter(np.float32(limits.max), np.float32(0)))
                 if kind.itemsize > 2 else float(limits.max))
    return cast(x, kind.name)


def stop_gradient(variable):
    """The array as a constant: without derivative."""
    return apply("StopGradient", (variable,))


# Made of the others.


def squared_difference(x1, x2):
    """The square of the difference of the elements of two arrays."""
    return square(subtract(x1, x2))


def exp2(x):
    """2 to the power of each element."""
    return power(2.0, x)


def fabs(x):
    """The absolute value of each element, as a float."""
    return absolute(as_floats(x))


def cbrt(x):
    """The cube root of each element."""
    root = power(fabs(x), 1 / 3)
    return where(less(x, 0), negative(root), root)


def deg2rad(x):
    """Degrees as radians."""
    return multiply(x, np.pi / 180)


def rad2deg(x):
    """Radians as degrees."""
    return multiply(x, 180 / np.pi)


def sinc(x):
    """sin(pi x) / (pi x) of each element, 1 at 0."""
    zero = equal(x, 0)
    turned = multiply(np.pi, where(zero, 1.0, x))
    return where(zero, 1.0, divide(sin(turned), turned))


def erfc(x):
    """1 - erf(x) of each element."""
    return subtract(1.0, erf(x))


def float_power(x1, x2):
    """x1 to the power of x2, which broadcast, as floats."""
    return power(as_floats(x1), as_floats(x2))


def hypot(x1, x2):
    """sqrt(x1**2 + x2**2), without overflow."""
    x1, x2 = fabs(x1), fabs(x2)
    longer, shorter = maximum(x1, x2), minimum(x1, x2)
    none = equal(longer, 0)
    length = where(none, longer, multiply(longer, sqrt(add(1.0, square(divide(shorter, where(none, 1.0, longer)))))))
    return where(logical_or(isinf(x1), isinf(x2)), np.float32(np.inf), length)


def logaddexp2(x1, x2):
    """log2(2**x1 + 2**x2)."""
    two = float(np.log(2))
    return divide(logaddexp(multiply(x1, two), multiply(x2, two)), two)


def signbit(x):
    """Whether the sign of each element is minus: of -0.0 too."""
    return logical_or(less(x, 0), less(divide(1.0, x), 0))


def copysign(x1, x2):
    """The absolute value of x1 with the sign of x2."""
    size = fabs(x1)
    return where(signbit(x2), negative(size), size)


def ldexp(x1, x2):
    """x1 times 2 to the power of x2."""
    return multiply(x1, exp2(x2))


def angle(x):
    """The angle of each element in the plane of complex numbers: 0, or pi where it is negative."""
    return arctan2(0.0, x)


def real(x):
    """The real part of each element: what there is."""
    return copy(x)


def conjugate(x):
    """Each element with the other sign of its imaginary part: what there is."""
    return copy(x)


def conj(x):
    """As conjugate."""
    return conjugate(x)


def imag(x):
    """The imaginary part of each element: 0, as there are no complex numbers here."""
    return apply("ZerosLike", (x,), {"dtype": None})


def isreal(x):
    """Whether the imaginary part of each element is 0: it is."""
    return apply("OnesLike", (x,), {"dtype": "bool"})


def select(condlist, choicelist, default=0):
    """The element of the first of `choicelist` whose condition holds there, else `default`."""
    if len(condlist) != len(choicelist) or not condlist:
        raise ValueError("condlist and choicelist must have the same length, of one or more. Received: "
                         f"{len(condlist)} conditions and {len(choicelist)} choices")
    found = default
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        found = where(condition, choice, found)
    return found


def heaviside(x1, x2):
    """0 where x1 is below 0, 1 above, x2 at 0, NaN where it is that."""
    return where(equal(x1, 0), x2, where(isnan(x1), np.float32(np.nan), cast(greater(x1, 0), "float32")))


def fmax(x1, x2):
    """The larger of the two; where one is NaN, the other. The derivative at equals is of x2."""
    return where(logical_or(greater(x1, x2), isnan(x2)), x1, x2)


def fmin(x1, x2):
    """The smaller of the two; where one is NaN, the other. The derivative at equals is of x2."""
    return where(logical_or(less(x1, x2), isnan(x2)), x1, x2)


def isposinf(x):
    """Whether each element is infinity."""
    return equal(x, np.float32(np.inf))


def isneginf(x):
    """Whether each element is minus infinity."""
    return equal(x, np.float32(-np.inf))
