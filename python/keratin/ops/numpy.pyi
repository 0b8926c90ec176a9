# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).

from keratin.ops import abs as abs
from keratin.ops import absolute as absolute
from keratin.ops import add as add
from keratin.ops import all as all
from keratin.ops import allclose as allclose
from keratin.ops import amax as amax
from keratin.ops import amin as amin
from keratin.ops import angle as angle
from keratin.ops import any as any
from keratin.ops import append as append
from keratin.ops import arange as arange
from keratin.ops import arccos as arccos
from keratin.ops import arccosh as arccosh
from keratin.ops import arcsin as arcsin
from keratin.ops import arcsinh as arcsinh
from keratin.ops import arctan as arctan
from keratin.ops import arctan2 as arctan2
from keratin.ops import arctanh as arctanh
from keratin.ops import argmax as argmax
from keratin.ops import argmin as argmin
from keratin.ops import argpartition as argpartition
from keratin.ops import argsort as argsort
from keratin.ops import array as array
from keratin.ops import array_split as array_split
from keratin.ops import average as average
from keratin.ops import bartlett as bartlett
from keratin.ops import bitwise_and as bitwise_and
from keratin.ops import bitwise_invert as bitwise_invert
from keratin.ops import bitwise_left_shift as bitwise_left_shift
from keratin.ops import bitwise_not as bitwise_not
from keratin.ops import bitwise_or as bitwise_or
from keratin.ops import bitwise_right_shift as bitwise_right_shift
from keratin.ops import bitwise_xor as bitwise_xor
from keratin.ops import blackman as blackman
from keratin.ops import broadcast_to as broadcast_to
from keratin.ops import cbrt as cbrt
from keratin.ops import ceil as ceil
from keratin.ops import clip as clip
from keratin.ops import column_stack as column_stack
from keratin.ops import concatenate as concatenate
from keratin.ops import conj as conj
from keratin.ops import conjugate as conjugate
from keratin.ops import copy as copy
from keratin.ops import copysign as copysign
from keratin.ops import corrcoef as corrcoef
from keratin.ops import correlate as correlate
from keratin.ops import cos as cos
from keratin.ops import cosh as cosh
from keratin.ops import count_nonzero as count_nonzero
from keratin.ops import cross as cross
from keratin.ops import cumprod as cumprod
from keratin.ops import cumsum as cumsum
from keratin.ops import deg2rad as deg2rad
from keratin.ops import diag as diag
from keratin.ops import diagflat as diagflat
from keratin.ops import diagonal as diagonal
from keratin.ops import diff as diff
from keratin.ops import digitize as digitize
from keratin.ops import divide as divide
from keratin.ops import divide_no_nan as divide_no_nan
from keratin.ops import dot as dot
from keratin.ops import dsplit as dsplit
from keratin.ops import dstack as dstack
from keratin.ops import einsum as einsum
from keratin.ops import empty as empty
from keratin.ops import empty_like as empty_like
from keratin.ops import equal as equal
from keratin.ops import exp as exp
from keratin.ops import exp2 as exp2
from keratin.ops import expand_dims as expand_dims
from keratin.ops import expm1 as expm1
from keratin.ops import eye as eye
from keratin.ops import fabs as fabs
from keratin.ops import flip as flip
from keratin.ops import fliplr as fliplr
from keratin.ops import flipud as flipud
from keratin.ops import float_power as float_power
from keratin.ops import floor as floor
from keratin.ops import floor_divide as floor_divide
from keratin.ops import fmax as fmax
from keratin.ops import fmin as fmin
from keratin.ops import fmod as fmod
from keratin.ops import full as full
from keratin.ops import full_like as full_like
from keratin.ops import gcd as gcd
from keratin.ops import geomspace as geomspace
from keratin.ops import get_item as get_item
from keratin.ops import greater as greater
from keratin.ops import greater_equal as greater_equal
from keratin.ops import hamming as hamming
from keratin.ops import hanning as hanning
from keratin.ops import heaviside as heaviside
from keratin.ops import histogram as histogram
from keratin.ops import hsplit as hsplit
from keratin.ops import hstack as hstack
from keratin.ops import hypot as hypot
from keratin.ops import i0 as i0
from keratin.ops import identity as identity
from keratin.ops import imag as imag
from keratin.ops import inner as inner
from keratin.ops import isclose as isclose
from keratin.ops import isfinite as isfinite
from keratin.ops import isin as isin
from keratin.ops import isinf as isinf
from keratin.ops import isnan as isnan
from keratin.ops import isneginf as isneginf
from keratin.ops import isposinf as isposinf
from keratin.ops import isreal as isreal
from keratin.ops import kaiser as kaiser
from keratin.ops import kron as kron
from keratin.ops import lcm as lcm
from keratin.ops import ldexp as ldexp
from keratin.ops import left_shift as left_shift
from keratin.ops import less as less
from keratin.ops import less_equal as less_equal
from keratin.ops import linspace as linspace
from keratin.ops import log as log
from keratin.ops import log10 as log10
from keratin.ops import log1p as log1p
from keratin.ops import log2 as log2
from keratin.ops import logaddexp as logaddexp
from keratin.ops import logaddexp2 as logaddexp2
from keratin.ops import logical_and as logical_and
from keratin.ops import logical_not as logical_not
from keratin.ops import logical_or as logical_or
from keratin.ops import logical_xor as logical_xor
from keratin.ops import logspace as logspace
from keratin.ops import matmul as matmul
from keratin.ops import max as max
from keratin.ops import maximum as maximum
from keratin.ops import mean as mean
from keratin.ops import median as median
from keratin.ops import meshgrid as meshgrid
from keratin.ops import min as min
from keratin.ops import minimum as minimum
from keratin.ops import mod as mod
from keratin.ops import moveaxis as moveaxis
from keratin.ops import multiply as multiply
from keratin.ops import nan_to_num as nan_to_num
from keratin.ops import nanargmax as nanargmax
from keratin.ops import nanargmin as nanargmin
from keratin.ops import nancumprod as nancumprod
from keratin.ops import nancumsum as nancumsum
from keratin.ops import nanmax as nanmax
from keratin.ops import nanmean as nanmean
from keratin.ops import nanmedian as nanmedian
from keratin.ops import nanmin as nanmin
from keratin.ops import nanpercentile as nanpercentile
from keratin.ops import nanprod as nanprod
from keratin.ops import nanquantile as nanquantile
from keratin.ops import nanstd as nanstd
from keratin.ops import nansum as nansum
from keratin.ops import nanvar as nanvar
from keratin.ops import ndim as ndim
from keratin.ops import negative as negative
from keratin.ops import nextafter as nextafter
from keratin.ops import nonzero as nonzero
from keratin.ops import not_equal as not_equal
from keratin.ops import ones as ones
from keratin.ops import ones_like as ones_like
from keratin.ops import outer as outer
from keratin.ops import pad as pad
from keratin.ops import percentile as percentile
from keratin.ops import power as power
from keratin.ops import prod as prod
from keratin.ops import ptp as ptp
from keratin.ops import quantile as quantile
from keratin.ops import rad2deg as rad2deg
from keratin.ops import ravel as ravel
from keratin.ops import real as real
from keratin.ops import reciprocal as reciprocal
from keratin.ops import repeat as repeat
from keratin.ops import reshape as reshape
from keratin.ops import right_shift as right_shift
from keratin.ops import roll as roll
from keratin.ops import rot90 as rot90
from keratin.ops import round as round
from keratin.ops import searchsorted as searchsorted
from keratin.ops import select as select
from keratin.ops import sign as sign
from keratin.ops import signbit as signbit
from keratin.ops import sin as sin
from keratin.ops import sinc as sinc
from keratin.ops import sinh as sinh
from keratin.ops import size as size
from keratin.ops import sort as sort
from keratin.ops import split as split
from keratin.ops import sqrt as sqrt
from keratin.ops import square as square
from keratin.ops import squeeze as squeeze
from keratin.ops import stack as stack
from keratin.ops import std as std
from keratin.ops import subtract as subtract
from keratin.ops import sum as sum
from keratin.ops import swapaxes as swapaxes
from keratin.ops import take as take
from keratin.ops import take_along_axis as take_along_axis
from keratin.ops import tan as tan
from keratin.ops import tanh as tanh
from keratin.ops import tensordot as tensordot
from keratin.ops import tile as tile
from keratin.ops import trace as trace
from keratin.ops import transpose as transpose
from keratin.ops import trapezoid as trapezoid
from keratin.ops import tri as tri
from keratin.ops import tril as tril
from keratin.ops import triu as triu
from keratin.ops import true_divide as true_divide
from keratin.ops import trunc as trunc
from keratin.ops import unravel_index as unravel_index
from keratin.ops import vander as vander
from keratin.ops import var as var
from keratin.ops import vdot as vdot
from keratin.ops import vsplit as vsplit
from keratin.ops import vstack as vstack
from keratin.ops import where as where
from keratin.ops import zeros as zeros
from keratin.ops import zeros_like as zeros_like


__all__ = [
    "abs", "absolute", "add", "all", "allclose", "amax", "amin", "angle", "any", "append", "arange", "arccos",
    "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax", "argmin", "argpartition",
    "argsort", "array", "array_split", "average", "bartlett", "bitwise_and", "bitwise_invert",
    "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "blackman",
    "broadcast_to", "cbrt", "ceil", "clip", "column_stack", "concatenate", "conj", "conjugate", "copy",
    "copysign", "corrcoef", "correlate", "cos", "cosh", "count_nonzero", "cross", "cumprod", "cumsum",
    "deg2rad", "diag", "diagflat", "diagonal", "diff", "digitize", "divide", "divide_no_nan", "dot", "dsplit",
    "dstack", "einsum", "empty", "empty_like", "equal", "exp", "exp2", "expand_dims", "expm1", "eye", "fabs",
    "flip", "fliplr", "flipud", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "full",
    "full_like", "gcd", "geomspace", "get_item", "greater", "greater_equal", "hamming", "hanning", "heaviside",
    "histogram", "hsplit", "hstack", "hypot", "i0", "identity", "imag", "inner", "isclose", "isfinite", "isin",
    "isinf", "isnan", "isneginf", "isposinf", "isreal", "kaiser", "kron", "lcm", "ldexp", "left_shift", "less",
    "less_equal", "linspace", "log", "log10", "log1p", "log2", "logaddexp", "logaddexp2", "logical_and",
    "logical_not", "logical_or", "logical_xor", "logspace", "matmul", "max", "maximum", "mean", "median",
    "meshgrid", "min", "minimum", "mod", "moveaxis", "multiply", "nan_to_num", "nanargmax", "nanargmin",
    "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmedian", "nanmin", "nanpercentile", "nanprod",
    "nanquantile", "nanstd", "nansum", "nanvar", "ndim", "negative", "nextafter", "nonzero", "not_equal",
    "ones", "ones_like", "outer", "pad", "percentile", "power", "prod", "ptp", "quantile", "rad2deg", "ravel",
    "real", "reciprocal", "repeat", "reshape", "right_shift", "roll", "rot90", "round", "searchsorted",
    "select", "sign", "signbit", "sin", "sinc", "sinh", "size", "sort", "split", "sqrt", "square", "squeeze",
    "stack", "std", "subtract", "sum", "swapaxes", "take", "take_along_axis", "tan", "tanh", "tensordot",
    "tile", "trace", "transpose", "trapezoid", "tri", "tril", "triu", "true_divide", "trunc", "unravel_index",
    "vander", "var", "vdot", "vsplit", "vstack", "where", "zeros", "zeros_like",
]
