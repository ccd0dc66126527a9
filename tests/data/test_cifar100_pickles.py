import io
import os
import pickle
import random
import re
import struct
import warnings
from contextlib import suppress
from pathlib import Path

import layouts
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fclab.data.cifar100 import pickles
from fclab.values.errors import DataError


def read_pickle(path, *bounds):
    with path.open("rb") as file:
        return pickles.read_pickle(file, path.stat().st_size, str(path), *bounds)


ARRAYS = {
    "images": np.arange(24, dtype=np.uint8).reshape(4, 6),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big-endian": np.array([1, 2, 300], ">i4"),
    "empty": np.empty((0, 3), np.float32),
    "bits": np.array([True, False]),
}
PLAIN = {"labels": [0, 1, 70_000, -5], "names": ["яблоко", "otter"], "none": [None, True, (1, ())]}


@pytest.fixture
def save(tmp_path):
    def to(content: bytes) -> Path:
        path = tmp_path / "some pickle"
        path.write_bytes(content)
        return path

    return to


class Calls:
    """Pickles to a call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_arrays_and_plain_containers_come_back(save, protocol):
    content = {**ARRAYS, **PLAIN}
    if protocol == 2:  # it has no empty bytes
        del content["empty"]
    read = read_pickle(save(pickle.dumps(content, protocol)))
    assert list(read) == list(content)
    assert {key: read[key] for key in PLAIN} == PLAIN
    for name in content.keys() & ARRAYS:
        array = ARRAYS[name]
        np.testing.assert_array_equal(read[name], array, strict=True)


def test_both_names_of_numpys_module_are_known(save):
    content = pickle.dumps(ARRAYS, 3)
    modern, old = b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"
    assert (modern in content) != (old in content)
    other = content.replace(modern, b"<>").replace(old, modern).replace(b"<>", old)
    read = read_pickle(save(other))
    np.testing.assert_array_equal(read["images"], ARRAYS["images"])


def test_the_real_files_read_as_plain_pickle_reads_them(cifar_dir):
    read = read_pickle(cifar_dir / "test")
    with (cifar_dir / "test").open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, of an old pickle
        plain = pickle.load(file, encoding="latin1")
    np.testing.assert_array_equal(read.pop("data"), plain.pop("data"), strict=True)
    assert read == plain
    assert read_pickle(cifar_dir / "meta")["fine_label_names"][55] == "otter"


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (os.system, ("touch {mark}",), f"{os.system.__module__}.system"),
        (eval, ("open('{mark}', 'w').close()",), "eval"),
        (exec, ("open('{mark}', 'w').close()",), "exec"),
        (np.save, ("{mark}", 1), "save"),
        (np.memmap, ("{mark}", "u1", "w+", 0, 4), "numpy"),
    ],
)
@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_no_other_name_is_called(save, tmp_path, function, arguments, name, protocol):
    mark = tmp_path / "mark"
    filled = [a.format(mark=mark) if isinstance(a, str) else a for a in arguments]
    path = save(pickle.dumps({"data": Calls(function, *filled)}, protocol))
    with pytest.raises(DataError) as raised:
        read_pickle(path)
    assert str(path) in str(raised.value)
    assert not mark.exists()
    if protocol > 1:
        assert "it asks to run" in str(raised.value)
        assert name in str(raised.value)
    pickle.loads(path.read_bytes())  # the trap was a real one
    assert mark.exists() or mark.with_name("mark.npy").exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__class__\x93.", id="dotted"),
        pytest.param(b"\x80\x02cnumpy\nload\n.", id="numpy.load"),
        pytest.param(b"\x80\x02cnumpy.core.multiarray\nfromstring\n.", id="fromstring"),
        pytest.param(b"\x80\x02}cnumpy\ndtype\n(U\x02O8tR.", id="objects"),
        pytest.param(b"\x80\x02}cnumpy\nndarray\n)R.", id="bare ndarray"),
        pytest.param(b"\x80\x02}cnumpy\ndtype\n}U\x04callK\x01sb.", id="alter the reader"),
        pytest.param(b"\x80\x02Pid\n.", id="persistent"),
        pytest.param(b"\x80\x02\x82\x01.", id="extension"),
        pytest.param(b"(ios\nsystem\n.", id="instance"),
        pytest.param(b"\x80\x02]q\x00.", id="a list"),
        pytest.param(b"", id="empty"),
        pytest.param(b"PK\x03\x04", id="zip"),
        pytest.param(b"\x80\x02.", id="nothing"),
        pytest.param(b"\x80\x63}.", id="protocol 99"),
    ],
)
def test_other_pickles_are_refused(save, content):
    path = save(content)
    with pytest.raises(DataError, match="some pickle"):
        read_pickle(path)


@pytest.mark.parametrize(
    "array",
    [
        np.array([None, "x"]),
        np.array(["ab", "c"]),
        np.array([b"ab"]),
        np.array(["2026-01-01"], "M8[D]"),
        np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
    ],
)
def test_arrays_of_anything_but_numbers_are_refused(save, array):
    with pytest.raises(DataError, match="not of numbers"):
        read_pickle(save(pickle.dumps({"x": array}, 4)))


def test_the_reader_is_not_altered_by_what_it_read(save):
    for content in (b"\x80\x02}cnumpy\ndtype\n}U\x04callK\x01sb.",
                    b"\x80\x02}cnumpy\ndtype\nN}U\x04callK\x01s\x86b."):  # fmt: skip
        with pytest.raises(DataError, match="alter the reader"):
            read_pickle(save(content))
    assert read_pickle(save(pickle.dumps(ARRAYS, 4)))["images"].shape == (4, 6)


def test_a_short_pickle_cannot_take_all_memory_or_crash(save):
    bombs = [
        b"\x80\x02}r" + struct.pack("<I", 2**32 - 1) + b"K\x01.",  # remember at place 2**32
        b"\x80\x04\x8e" + struct.pack("<Q", 2**62) + b"x.",  # bytes that are not there
        b"\x80\x04\x95" + struct.pack("<Q", 2**62) + b"x.",  # a frame that is not there
        b"\x80\x02})" + b"\x85" * 200_000 + b"K\x01s.",  # a key whose hash overflows the stack
        b"\x80\x02()" + b"\x85" * 200_000 + b"K\x01d.",  # the same in another way
        b"\x80\x04(" + b")" + b"\x85" * 200_000 + b"\x91.",  # and in a frozenset
        pickle.dumps({"x": ARRAYS["images"]}, 3).replace(b"K\x04K\x06\x86", b"K\xffK\xff\x86"),
    ]
    for bomb in bombs:
        with pytest.raises(DataError):
            read_pickle(save(bomb))


SMALL = pickle.dumps({**PLAIN, "images": ARRAYS["images"]}, 4)


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, len(SMALL) - 1), value=st.integers(0, 255), cut=st.booleans())
def test_damage_is_either_harmless_or_told(tmp_path_factory, at, value, cut):
    damaged = SMALL[:at] if cut else SMALL[:at] + bytes([value]) + SMALL[at + 1 :]
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(damaged)
    told = ""
    try:
        assert isinstance(read_pickle(path), dict)
    except DataError as error:
        told = str(error)
    assert told.startswith((str(path), f"cannot read {path}")) if told else not cut
    assert "\n" not in told


CALLED: list[object] = []
"""Written by `canary`, which pickles ask for by name."""


def canary(*arguments: object) -> object:
    """What a damaged pickle would call."""
    CALLED.append(arguments)
    return np.zeros(2)


HERE = __name__.encode()
NAMES = [(HERE, b"canary"), (HERE, b"canary"), (b"os", b"system"), (b"posix", b"system"),
         (b"builtins", b"eval"),
         (b"builtins", b"getattr"), (b"numpy", b"load"), (b"numpy", b"frombuffer"),
         (b"numpy.core.multiarray", b"_reconstruct"),
         (b"numpy", b"dtype"), (b"numpy", b"ndarray"), (b"copyreg", b"__newobj__")]  # fmt: skip


NEEDED = {("numpy", "dtype"), ("numpy", "ndarray"), ("_codecs", "encode"),
          *((f"numpy.{core}.{module}", name) for core in ("core", "_core") for module, name in (
              ("multiarray", "_reconstruct"), ("multiarray", "scalar"), ("numeric", "_frombuffer"),
          ))}  # fmt: skip


def asks(rng: random.Random) -> bytes:
    """Instructions that ask for a name, and mostly for its call."""
    module, name = rng.choice(NAMES)
    found = rng.choice([
        b"c" + module + b"\n" + name + b"\n",
        b"\x8c" + bytes([len(module)]) + module + b"\x8c" + bytes([len(name)]) + name + b"\x93",
    ])  # fmt: skip
    return found + rng.choice([b")R", b"U\x01x\x85R", b")\x81", b")}\x92", b"", b"}b", b"0", b"(o"])


def mutated(content: bytes, rng: random.Random) -> bytes:
    """A pickle in which one to four things are wrong."""
    made = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(made) + 1)
        match rng.randrange(5):
            case 0:
                made[at:at] = asks(rng)
            case 1:
                made[at : at + 1] = bytes([rng.randrange(256)])
            case 2:
                del made[at : at + rng.choice([1, 2, 20])]
            case 3:
                made[at:at] = made[at : at + rng.choice([1, 5, 60])]
            case 4:  # before the instruction that ends it, or a container
                where = made.rfind(rng.choice([b".", b"e", b"u", b"s", b"R", b"b"]))
                made[max(where, 0) : max(where, 0)] = asks(rng)
    return bytes(made)


IMAGES = {"data": np.arange(6144, dtype=np.uint8).reshape(2, 3072), "fine_labels": [3, 97]}
SOURCES = [
    *(pickle.dumps({**PLAIN, "x": ARRAYS["images"], "y": ARRAYS["bits"]}, p) for p in range(2, 6)),
    *(pickle.dumps(layouts.as_bytes(IMAGES), protocol) for protocol in (2, 5)),
    *(pickle.dumps(IMAGES | {"fine_labels": list(np.array([3, 97]))}, p) for p in (2, 4)),
    layouts.numpy_1(pickle.dumps(IMAGES | {"data": np.asfortranarray(IMAGES["data"])}, 5)),
    layouts.python_2(IMAGES),
]


@pytest.mark.parametrize(
    ("seed", "n"), [(1, 300), pytest.param(2, 10_000, marks=pytest.mark.campaign)]
)
def test_no_damaged_pickle_executes_anything(tmp_path, monkeypatch, seed, n):
    rng, path = random.Random(seed), tmp_path / "some pickle"
    CALLED.clear()
    monkeypatch.setattr(os, "system", canary)
    monkeypatch.setattr(f"{os.name}.system", canary)
    monkeypatch.setattr("builtins.eval", canary)
    refused = 0
    for _ in range(n):
        content = mutated(rng.choice(SOURCES), rng)
        path.write_bytes(content)
        try:
            read_pickle(path)
        except DataError as error:
            refused, told = refused + 1, str(error)
            assert str(path) in told
            assert told.isprintable(), content
            assert len(told) < 600
        assert not CALLED, content
    assert n / 2 < refused < n
    assert _calls(
        pickle.dumps({"data": Calls(canary, 1)}, 4)
    )  # the canary is where pickles find it


def _calls(content: bytes) -> bool:
    """Whether plain pickle, which may call the canary alone, calls it."""

    class Reckless(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> object:
            if (module, name) in NEEDED:
                return super().find_class(module, name)
            if (module, name) != (__name__, "canary"):
                raise pickle.UnpicklingError(name)
            return canary

    CALLED.clear()
    with suppress(Exception):
        Reckless(io.BytesIO(content)).load()
    return bool(CALLED)


KILLING = f"""
import builtins, os, sys, types
from fclab.data.cifar100 import read
def canary(*_):
    os._exit(99)
sys.modules["{__name__}"] = types.ModuleType("{__name__}")
sys.modules["{__name__}"].canary = os.system = builtins.eval = canary
sys.modules[os.name].system = canary
"""
"""A process in which whatever a damaged pickle would call ends it."""


@pytest.mark.parametrize(
    ("seed", "n"), [(3, 200), pytest.param(4, 10_000, marks=pytest.mark.campaign)]
)
def test_damaged_pickles_take_little_memory_and_time(tmp_path, limited, seed, n):
    rng = random.Random(seed)
    files = [tmp_path / str(i) for i in range(n)]
    for file in files:
        file.write_bytes(mutated(rng.choice(SOURCES), rng))
    told = limited(KILLING, "read(path)", *files)
    assert all(outcome.startswith("refused: ") for outcome in told)
    assert len({re.sub(r"/\S+", "", outcome) for outcome in told}) > 20
