"""Values on whole sequences: however frames lie, they are the last of those on all prefixes."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import (
    LIST_TO_ATOM,
    STATISTICS,
    Part,
    Statistic,
    TemporalFilter,
    reader,
)
from sklearn_dpads.grammar.spans import span_bounds
from sklearn_dpads.inputs import finite
from sklearn_dpads.inputs import padded as _padded
from sklearn_dpads.program import blocks
from sklearn_dpads.program.blocks import Even, Uneven
from sklearn_dpads.program.evaluate import LastValues, evaluate
from sklearn_dpads.program.prefixes import AllPrefixes
from sklearn_dpads.program.whole import columns_asked

from ..strategies import QUICK
from .test_readers import PLAIN

SPANS = (None, 1, 2, 3, 7, 40, Part(1, 1), Part(1, 3), Part(2, 3), Part(3, 3), Part(9, 10))


def halved(xp, a, b):
    return (a[1] + b[1], xp.maximum(a[2], b[2]))


def middle(xp, a):
    return 0.5 * (a[1] / a[0] + a[2])


def both(x):
    return (x, x)


# No reduction of numpy's is known of it.
OWN = Statistic("Own", "mean of mean and maximum", both, halved, middle, of_values=True)
KINDS = {**STATISTICS, "Own": OWN}
PLAIN = {**PLAIN, "Own": lambda frames: (frames.mean(axis=0) + frames.max(axis=0)) / 2}
READERS = {name: reader(statistic, __name__) for name, statistic in KINDS.items()}

sizes = st.sampled_from([1, 5, 30, 10**6])
lengths_of = st.lists(st.integers(1, 12), min_size=1, max_size=8) | st.builds(
    lambda n, length: [length] * n, st.integers(1, 6), st.integers(1, 90)
)


def members_of(lengths, n_features=5, far=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(n, n_features)).round(2) + far for n in lengths]


def blocks_of(members):
    lengths = np.array([len(x) for x in members])
    yield Uneven(np.concatenate(members), lengths)
    if len(set(lengths.tolist())) == 1:
        stacked = np.stack(members)
        yield Even(stacked)
        yield Even(np.asfortranarray(stacked))


@QUICK
@given(
    lengths_of,
    st.sampled_from(SPANS),
    st.dictionaries(
        st.sampled_from(list(KINDS)),
        st.lists(st.integers(0, 4), min_size=1, max_size=5, unique=True).map(sorted),
        min_size=1,
    ),
    st.tuples(sizes, st.sampled_from([1, 64]), st.sampled_from([1, 4])),
    st.sampled_from([0.0, 1e5]),
)
def test_statistics_of_a_span_are_those_of_its_frames(lengths, span, asked, size, far):
    members = members_of(lengths, far=far)
    wanted = {KINDS[name]: tuple(columns) for name, columns in asked.items()}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in zip(("_PIECE", "_SHORT", "_WIDE"), size, strict=True):
            patch.setattr(blocks, name, value)
        found = [block.statistics(span, wanted) for block in blocks_of(members)]
    for values in found:
        for name, columns in asked.items():
            expected = []
            for x in members:
                first, end = span_bounds(span, len(x))
                expected.append(PLAIN[name](x[first:end, columns]))
            assert_allclose(values[KINDS[name]], expected, rtol=1e-13, atol=1e-10)


@QUICK
@given(lengths_of, st.sampled_from(SPANS), st.sampled_from(["Avg", "Max", "Min", "Own"]), sizes)
def test_statistics_of_values_are_those_of_each_frame(lengths, span, name, size):
    members = members_of(lengths)

    def function(frames):
        return frames[..., :2] * frames[..., 2:4]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_PIECE", size)
        found = [b.of_values(KINDS[name], span, function) for b in blocks_of(members)]
    for values in found:
        expected = [PLAIN[name](function(x[slice(*span_bounds(span, len(x)))])) for x in members]
        assert_allclose(values, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("lengths", [[7], [300] * 3, [1, 2, 90]])
@pytest.mark.parametrize("span", [None, 3, Part(1, 3)])
def test_what_stands_still_has_no_deviation_at_all(lengths, span):
    """A condition would come out by chance on a deviation of 1e-17."""
    members = [np.full((n, 5), 0.1) for n in lengths]
    asked = {STATISTICS["Std"]: (0, 1, 2, 3, 4)}
    for block in blocks_of(members):
        assert_array_equal(block.statistics(span, asked)[STATISTICS["Std"]], 0.0)
        assert_array_equal(block.statistics(span, {STATISTICS["Std"]: (3,)})[STATISTICS["Std"]], 0)


GROUPS = {"all": [0, 1, 2, 3, 4], "some": [3, 1], "one": [2]}
bodies = st.sampled_from(
    [
        "Affine[all](x0 - 2*x1 + 0.5*x4)",
        "Affine[some](2*x1 - x3 + 1)",
        "Affine[one](0*x2 + 0.3)",
        "Constant(1)",
        "Multiply(Affine[one](x2), Affine[some](x1 - x3))",
        "if Affine[one](x2 + 0.4) >= 0: Affine[some](x3) else: Affine[all](x0 + x4)",
    ]
)
spans = st.sampled_from(["1", "3", "40", "1/3", "3/3", "all"])
frame_readers = st.builds(
    "SlideWindow{}[{}]({})".format, st.sampled_from(list(KINDS)), spans, bodies
)
value_readers = st.builds(
    "SlideWindow{}[{},values]({})".format, st.sampled_from(["Avg", "Max", "Min"]), spans, bodies
)
filters = st.builds(
    "TemporalFilter[{}]({}, frequency=0.7, spread=2)".format, st.sampled_from([3, 9]), bodies
)
folds = st.just("Fold(Add(Affine[some](0.5*x1 + 0.3*previous), Constant(0.1)), initial=0.2)")
parts = frame_readers | value_readers | filters | folds
texts = st.recursive(
    parts,
    lambda inner: (
        st.builds("Add({}, {})".format, inner, inner)
        | st.builds("if {} >= 0: {} else: {}".format, inner, inner, inner)
    ),
    max_leaves=4,
)
GRAMMAR = Grammar.paper(GROUPS, windows=(), value_windows=()).with_production(
    READERS["Own"](3), TemporalFilter(3)
)


def last_of_prefixes(program, members):
    """What the scan form gives, on arrays that are padded with zeros."""
    lengths = np.array([len(x) for x in members])
    frames = np.zeros((len(members), lengths.max(), members[0].shape[1]))
    for padded, x in zip(frames, members, strict=True):
        padded[: len(x)] = x
    data = _padded.Sequences(frames, lengths)
    values = AllPrefixes().over_list(program.expression, data)
    return values[np.arange(len(values)), lengths - 1]


def layouts_of(members, tmp_path_factory):
    """The same sequences in every way that they may be given."""
    yield members
    yield [np.asfortranarray(x) for x in members]
    longest = max(len(x) for x in members)
    padded = np.full((len(members), longest, members[0].shape[1]), np.nan)
    for row, x in zip(padded, members, strict=True):
        row[: len(x)] = x
    yield padded
    yield np.concatenate([padded, np.full_like(padded, np.nan)], axis=1)
    yield padded.transpose(0, 2, 1).copy().transpose(0, 2, 1)
    yield padded.astype(">f8")
    yield np.repeat(padded, 2, axis=2)[:, :, ::2]
    path = tmp_path_factory.mktemp("stored") / "X.npy"
    np.save(path, padded)
    yield np.load(path, mmap_mode="r")


@QUICK
@given(text=texts, lengths=lengths_of, size=sizes, part=sizes)
def test_in_every_layout_values_are_the_last_ones(tmp_path_factory, text, lengths, size, part):
    program, members = Program.parse(text, GRAMMAR), members_of(lengths)
    expected = last_of_prefixes(program, members)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_PIECE", size)
        patch.setattr(_padded, "_PART", part)
        patch.setattr(finite, "_BLOCK", part)
        for X in layouts_of(members, tmp_path_factory):
            assert_allclose(program(X), expected, rtol=1e-11, atol=1e-11)
    single = [x.astype(np.float32) for x in members]
    expected = last_of_prefixes(program, [x.astype(np.float64) for x in single])
    assert_allclose(program(single), expected, rtol=1e-11, atol=1e-11)
    if len(set(lengths)) == 1:
        assert_allclose(program(np.stack(single)), expected, rtol=1e-11, atol=1e-11)


@QUICK
@given(text=texts, lengths=lengths_of)
def test_what_shares_subexpressions_agrees_with_what_does_not(text, lengths):
    program, members = Program.parse(text, GRAMMAR), members_of(lengths)
    data = program.read(members)
    values = LastValues(data, LIST_TO_ATOM).evaluate(program.expression)
    assert_allclose(values, evaluate(program.expression, data), rtol=1e-11, atol=1e-11)


def test_one_long_sequence_among_short_ones():
    program = Program.parse(
        "Add(SlideWindowStd[1/3](Affine[some](x1 - x3)), SlideWindowAvg[5](Affine[one](x2)))",
        GRAMMAR,
    )
    members = members_of([*[4] * 50, 150_000, *[9] * 50], far=1e5)
    expected = [
        [np.std(x[: max(1, len(x) // 3)], axis=0) @ [0, 1, 0, -1, 0] + x[-5:, 2].mean()]
        for x in members
    ]
    assert_allclose(program(members), expected, rtol=0, atol=1e-9)


def test_columns_with_a_weight_of_0_and_other_frames_are_not_read():
    text = "Add(SlideWindowAvg[3](Affine[all](2*x1 + 0*x0)), SlideWindowMax[1/3](Affine[one](x2)))"
    program = Program.parse(text, GRAMMAR)
    assert columns_asked(program.expression) == {
        3: {STATISTICS["Avg"]: (1,)},
        Part(1, 3): {STATISTICS["Max"]: (2,)},
    }
    X = np.stack(members_of([12] * 4))
    other = np.full_like(X, 1e300)
    other[:, -3:, 1], other[:, :4, 2] = X[:, -3:, 1], X[:, :4, 2]
    assert_array_equal(program(other), program(X))


TEXT = (
    "Add(SlideWindowAvg[5](Affine[all](x0 + x1)), Add(SlideWindowStd[1/3](Affine[one](2*x2)), "
    "SlideWindowMax[all](Affine[some](x3))))"
)


def most_memory(function, X):
    function(X)
    tracemalloc.start()
    function(X)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("shape", [(20_000, 60, 5), (1, 1_200_000, 5)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32])
def test_an_array_is_not_copied(shape, dtype):
    X = np.ones(shape, dtype=dtype)
    assert most_memory(Program.parse(TEXT, GRAMMAR), X) < 0.2 * X.nbytes


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values_of_a_long_sequence_are_found_piece_by_piece(dtype):
    X = np.ones((1, 1_200_000, 5), dtype=dtype)
    text = "SlideWindowAvg[all,values](Multiply(Affine[all](x0 + x3), Affine[some](x1 - x3)))"
    assert most_memory(Program.parse(text, GRAMMAR), X) < 0.2 * X.nbytes


def test_a_padded_array_is_not_copied():
    X = np.ones((20_000, 60, 5))
    X[::3, 40:] = np.nan
    X[::5, 10:] = np.nan
    assert most_memory(Program.parse(TEXT, GRAMMAR), X) < 0.5 * X.nbytes


def test_a_file_is_never_read_into_memory_as_a_whole(tmp_path):
    np.save(tmp_path / "X.npy", np.ones((20_000, 60, 5), dtype=np.float32))
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert most_memory(Program.parse(TEXT, GRAMMAR), X) < 0.4 * X.nbytes


def test_what_is_given_is_not_written_to():
    X = np.stack(members_of([12] * 4))
    for x in (X, X.astype(np.float32)):
        x.setflags(write=False)
        Program.parse(TEXT, GRAMMAR)(x)
    padded = X.copy()
    padded[1, 5:] = np.nan
    before = padded.copy()
    Program.parse(TEXT, GRAMMAR)(padded)
    Program.parse(f"MapPrefix({TEXT})", GRAMMAR)(padded)
    assert_array_equal(padded, before)
