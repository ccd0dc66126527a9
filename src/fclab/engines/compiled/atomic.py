"""Atomic operations on int64 arrays, for compiled code in several threads.

Numba has none for the CPU, so each is written as LLVM's instruction of the same name. All are
sequentially consistent: what a thread wrote before a `store` or `add` is seen by the thread that
reads the new value with `load`.
"""

from numba import types
from numba.extending import intrinsic

_ORDER = "seq_cst"


def _address(context, builder, signature, args):
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return builder.gep(array.data, [args[1]])


@intrinsic
def load(typing, words, at):
    """``words[at]`` as it is now."""

    def generate(context, builder, signature, args):
        return builder.load_atomic(_address(context, builder, signature, args), _ORDER, 8)

    return types.int64(words, types.int64), generate


@intrinsic
def store(typing, words, at, value):
    """``words[at] = value``, after everything that this thread wrote before."""

    def generate(context, builder, signature, args):
        builder.store_atomic(args[2], _address(context, builder, signature, args), _ORDER, 8)
        return context.get_dummy_value()

    return types.void(words, types.int64, types.int64), generate


@intrinsic
def add(typing, words, at, value):
    """``words[at] += value``; the value before."""

    def generate(context, builder, signature, args):
        address = _address(context, builder, signature, args)
        return builder.atomic_rmw("add", address, args[2], _ORDER)

    return types.int64(words, types.int64, types.int64), generate


@intrinsic
def replace(typing, words, at, old, new):
    """``words[at] = new`` if it is ``old``; whether it was."""

    def generate(context, builder, signature, args):
        address = _address(context, builder, signature, args)
        result = builder.cmpxchg(address, args[2], args[3], _ORDER, _ORDER)
        return builder.extract_value(result, 1)

    return types.boolean(words, types.int64, types.int64, types.int64), generate
