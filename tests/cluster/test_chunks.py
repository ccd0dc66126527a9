"""Jobs in chunks: nothing is lost or doubled, and a chunk is neither tiny nor all."""

from hypothesis import given
from hypothesis import strategies as st

from fclab.cluster.chunk import chunks_of
from fclab.data import binary_points
from fclab.engines.job import Job
from fclab.values.recipe import BINARY
from fclab.values.run import EngineChoice

DATA = binary_points("xor")
FUSED = EngineChoice(name="fused", device="cpu")


@given(
    st.lists(st.tuples(st.sampled_from([10, 1000, 10**6]), st.integers(0, 300)), unique=True,
             max_size=60),
    st.integers(1, 1000), st.booleans(),
)  # fmt: skip
def test_every_job_is_in_one_chunk(wanted, cores, light):
    jobs = [Job(DATA, BINARY.replace(epochs=epochs), seed, FUSED, light=light)
            for epochs, seed in wanted]  # fmt: skip
    chunks = [chunk for chunk, _ in chunks_of(jobs, cores, store="postgresql://there")]
    found = [(chunk.recipe.epochs, seed) for chunk in chunks for seed in chunk.seeds]
    assert sorted(found) == sorted(wanted)
    assert all(chunk.store == ("postgresql://there" if light else "") for chunk in chunks)
    assert sum(chunk.epochs for chunk in chunks) == sum(epochs for epochs, _ in wanted)


@given(st.integers(1, 64), st.integers(2, 5000))
def test_a_chunk_is_of_seconds_and_no_core_is_idle(cores, n):
    jobs = [Job(DATA, BINARY.replace(epochs=10_000), seed, FUSED) for seed in range(n)]
    chunks = list(chunks_of(jobs, cores, seconds=10.0))
    one = chunks[0][1] / len(chunks[0][0].seeds)
    assert max(seconds for _, seconds in chunks) <= 10 + one
    if n >= 2 * cores:
        assert len(chunks) >= cores
    if n * one < 10 and cores == 1:  # who parts them has each worker compute the same matrix
        assert len(chunks) == 1
