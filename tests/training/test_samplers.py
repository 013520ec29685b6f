"""What a step of the training of discrete programs takes of the data."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sklearn_dpads import Program
from sklearn_dpads.engine import Parameters, Runtime, Schedule, initialize
from sklearn_dpads.graph import discrete_graph
from sklearn_dpads.training import (
    IGNORED,
    DiscreteFit,
    ForestTrainer,
    LabelledStreams,
    Split,
    Training,
    f1_scores,
    hard_outputs,
    losses,
)
from sklearn_dpads.training.samplers import (
    FrameSampler,
    PieceSampler,
    SequenceSampler,
    frames_per_walk,
    make_sampler,
    sequences_per_batch,
)

from .problems import GRAMMAR, labelled

SETTINGS = Training(
    piece_frames=3, most_positions=48, least_batch=1, checked_positions=9, batch_size=8
)


FOLD = "MapPrefix(Fold(Affine[a](x0)))"
WINDOW = "MapPrefix(SlideWindowAvg[5](Affine[a](x0)))"


def schedule_of(text: str) -> Schedule:
    """A forest of one program."""
    program = Program.parse(text, GRAMMAR, n_features=3)
    return Schedule([discrete_graph(program.expression, GRAMMAR, 3)])


def sampler_of(schedule: Schedule, data: LabelledStreams, settings: Training = SETTINGS):
    bound = data.bind(schedule)
    return make_sampler(schedule, bound, settings, np.random.default_rng(0))


def test_single_frames_are_drawn_where_none_needs_those_before_it():
    data = labelled(per_frame=True)
    sampler = sampler_of(schedule_of(WINDOW), data)
    assert isinstance(sampler, FrameSampler)
    batch, targets = sampler.minibatch()
    assert batch.frames is None
    assert batch.streams.shape[1] == targets.codes.numel()


@pytest.mark.parametrize("piece_frames", [1, 3, 7])
def test_a_walk_takes_no_more_frames_than_a_piece_has(piece_frames):
    data, schedule = labelled(per_frame=True), schedule_of(FOLD)
    settings = Training(piece_frames=piece_frames, most_positions=48, batch_size=8)
    sampler = sampler_of(schedule, data, settings)
    assert isinstance(sampler, PieceSampler)
    for batch, targets in (sampler.minibatch(), sampler.checked):
        assert len(batch.frames) <= piece_frames
        assert int(batch.lengths.max()) <= piece_frames
        assert targets.codes.shape == batch.frames.shape[:2]
        # Frames past the end of a piece have no label and no weight.
        beyond = torch.arange(len(batch.frames))[:, None] >= batch.lengths
        assert (targets.codes[beyond] == IGNORED).all()
        assert (targets.weights[targets.codes == IGNORED] == 0).all()
    assert frames_per_walk(data, settings) == piece_frames
    assert sampler.batch_size == sequences_per_batch(data, settings)


def test_sequences_no_longer_than_a_piece_stay_whole():
    data = labelled(per_frame=True)
    settings = Training(piece_frames=data.positions_per_sequence, batch_size=8)
    sampler = sampler_of(schedule_of(FOLD), data, settings)
    assert isinstance(sampler, SequenceSampler)
    assert frames_per_walk(data, settings) == data.positions_per_sequence


def test_each_program_weighs_the_frames_of_pieces_in_its_own_way():
    data, schedule = labelled(per_frame=True), schedule_of(FOLD)
    codes = data.targets.codes
    unseen = torch.zeros_like(data.targets.weights)
    weights = torch.stack([data.targets.weights, unseen])
    targets = type(data.targets)(codes, weights, 2)
    sampler = sampler_of(schedule, LabelledStreams(data.streams, targets))
    _, of_batch = sampler.minibatch()
    assert of_batch.weights.shape == (2, *of_batch.codes.shape)
    assert (of_batch.weights[0][of_batch.codes != IGNORED] > 0).all()
    assert (of_batch.weights[1] == 0).all()


def test_what_is_fitted_to_pieces_fits_whole_sequences():
    data, schedule = labelled(n_samples=100, per_frame=True), schedule_of(FOLD)
    fit = DiscreteFit(schedule, data, SETTINGS, np.random.default_rng(0))
    start = [initialize(schedule.graphs[0], 1)]

    def loss(parameters: list[Parameters]) -> float:
        state = schedule.pack(parameters)
        outputs = hard_outputs(schedule, fit.data, state, SETTINGS, np.arange(100))
        return losses(outputs.flatten(2), data.targets, 0.0).item()

    assert loss(fit.run(start, n_steps=150).parameters) < 0.8 * loss(start)


def test_no_more_frames_are_walked_over_at_once_than_memory_allows():
    data = labelled(n_samples=40)
    schedule = schedule_of("Fold(Affine[a](x0))")
    longest = len(data.streams.frames)
    settings = Training(walked_frames=5 * longest, least_batch=2, batch_size=8)
    sampler = sampler_of(schedule, data, settings)
    batch, _ = sampler.minibatch()
    assert batch.frames.shape[1] == 5
    assert len(sampler.checked[0].lengths) == 20
    fewest = Training(walked_frames=1, least_batch=2, batch_size=8)
    assert sampler_of(schedule, data, fewest).batch_size == 2
    # What walks over no frames takes as many sequences as ever.
    means = schedule_of("SlideWindowAvg[5](Affine[a](x0))")
    assert sampler_of(means, data, fewest).batch_size == 40


@pytest.mark.parametrize("size", [1, 7, 40])
def test_outputs_and_scores_are_the_same_however_few_sequences_are_walked_over(size):
    data, schedule = labelled(n_samples=40), schedule_of("Fold(Affine[a](x0))")
    state = schedule.pack([initialize(schedule.graphs[0], 0)])
    bound, everything = data.bind(schedule), np.arange(40)
    longest = len(data.streams.frames)
    some = Training(walked_frames=size * longest, least_batch=1, batch_size=8)
    whole = hard_outputs(schedule, bound, state, Training(batch_size=8), everything)
    parts = hard_outputs(schedule, bound, state, some, everything)
    torch.testing.assert_close(parts, whole)
    split = Split(np.arange(10), np.arange(10, 40))
    scores = [
        ForestTrainer(schedule, data, split, settings, f1_scores).score(state, Runtime()).item()
        for settings in (some, Training(batch_size=8))
    ]
    assert scores[0] == scores[1]
