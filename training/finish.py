"""What comes of a training: an embedder, measured and saved."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from ..models import Embedder, Preprocessing, TorchEmbedder, embed_stream, save_embedder
from ..models.embedder import Vectors
from .deciding import equal_error
from .distributed import wait
from .pictures import Pictures, ReidData
from .recipe import Recipe
from .relevance import Relevance
from .retrieval import RetrievalScores, evaluate_vectors
from .run import Run
from .swag import SampledEmbedder, sample_networks, update_normalisation


def finish(run: Run, measured: bool) -> Embedder:
    """The embedder that a training gives, written into its folder with its card.

    With averaging it is the network with the mean of the collected weights, its normalisation
    measured anew; with samples each one is also written, into the folder's `samples`, and the
    embedder that is returned averages their vectors.

    Args:
        run: after its last epoch.
        measured: whether the card gets the scores on the run's query and gallery: of the
            network that is saved with it, and of the samples together; and the threshold at
            which both errors of the saved one are equal there.
    """
    averaging = run.recipe.averaging
    network = copy.deepcopy(run.state.network)
    if run.state.moments is not None and run.state.moments.count:
        run.state.moments.load_mean(network)
        update_normalisation(network, _inputs(run))
    embedder = embedder_of(network, run.recipe, run.place.device)
    result: TorchEmbedder | SampledEmbedder = embedder
    if averaging is not None and averaging.samples and run.state.moments is not None:
        result = _sampled(run, network)
    if run.place.rank == 0:
        scores: dict[str, float] = {}
        threshold = None
        if measured and len(run.data.query):
            found, threshold = _measured(embedder, run.data)
            scores = _named(found, run.data.name)
            if isinstance(result, SampledEmbedder):
                several = f"{run.data.name}, {len(result.members)} samples,"
                scores |= _named(validation(result, run.data), several)
        save_embedder(
            embedder,
            run.files.embedder,
            recipe=run.about["recipe"],
            data=run.data.name,
            scores=scores,
            threshold=threshold,
        )
        embedder.threshold = threshold
    wait(run.place)
    return result


def embedder_of(network: nn.Module, recipe: Recipe, device: torch.device) -> TorchEmbedder:
    """A trained network as an embedder, without the classifiers, which only training needs.

    Args:
        network: of the recipe; it stays as it is.
        recipe: says what the pictures must look like.
        device: where the embedder computes.
    """
    bare = type(network)(**{**cast(dict[str, object], network.arguments), "identities": 0})
    state = network.state_dict()
    bare.load_state_dict({name: state[name] for name in bare.state_dict()})
    size = cast(tuple[int, int], bare.input_size)
    look = recipe.augmentation
    return TorchEmbedder(bare, Preprocessing(size, mean=look.mean, std=look.std), device)


def validation(embedder: Embedder, data: ReidData) -> dict[str, float]:
    """Rank-1, mAP and mINP in percent, by cosine distances, of a data set's query and gallery."""
    return _retrieval(*_compared(embedder, data))


def _measured(embedder: Embedder, data: ReidData) -> tuple[dict[str, float], float | None]:
    """What `validation` gives, and the threshold with equal errors, if there are both kinds."""
    compared = _compared(embedder, data)
    crossing = equal_error(*compared)
    return _retrieval(*compared), None if crossing is None else round(crossing.threshold, 3)


def _compared(embedder: Embedder, data: ReidData) -> tuple[Vectors, Vectors, Relevance]:
    relevance = Relevance.of(data.query, data.gallery)
    return vectors_of(embedder, data.query), vectors_of(embedder, data.gallery), relevance


def _retrieval(query: Vectors, gallery: Vectors, relevance: Relevance) -> dict[str, float]:
    scores: RetrievalScores = evaluate_vectors(query, gallery, relevance)
    found = {"rank-1": scores.rank(1), "mAP": scores.mAP, "mINP": scores.mINP}
    return {name: round(100 * value, 2) for name, value in found.items()}


def vectors_of(embedder: Embedder, pictures: Pictures) -> Vectors:
    """(n, dim) float32 vectors of all pictures; few pictures are in memory at a time."""
    if not len(pictures):
        return np.empty((0, embedder.dim), np.float32)
    crops = (pictures.image(row) for row in range(len(pictures)))
    return np.concatenate(list(embed_stream(embedder, crops)))


def _named(scores: dict[str, float], what: str) -> dict[str, float]:
    return {f"{what} {name}": value for name, value in scores.items()}


def _sampled(run: Run, network: nn.Module) -> SampledEmbedder:
    """The embedder of several networks drawn about the mean, each saved by itself."""
    averaging, moments = run.recipe.averaging, run.state.moments
    assert averaging is not None
    assert moments is not None
    generator = torch.Generator().manual_seed(run.recipe.seed)
    drawn = sample_networks(
        network, moments, lambda: _inputs(run), averaging.samples, generator, averaging.scale
    )
    members = [embedder_of(sample, run.recipe, run.place.device) for sample in drawn]
    if run.place.rank == 0:
        for number, member in enumerate(members):
            path = run.files.folder / "samples" / f"{number:02}"
            save_embedder(member, path, recipe=run.about["recipe"], data=run.data.name)
    look = run.recipe.augmentation
    size = cast(tuple[int, int], network.input_size)
    return SampledEmbedder(
        [member.network for member in members],
        Preprocessing(size, mean=look.mean, std=look.std),
        run.place.device,
    )


def _inputs(run: Run) -> Iterator[Tensor]:
    """One more epoch of batches, prepared as for training, for the normalisation's statistics."""
    epoch = run.recipe.all_epochs + 1
    rows = run.batches.epoch(epoch)
    look = run.recipe.augmentation
    for index, images in enumerate(run.pictures.batches(rows)):
        yield look.apply(images, run.draws(epoch, index))
