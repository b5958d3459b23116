"""How embedders are made, and how well they find people.

`train` follows a `Recipe` (the published ones are in `recipes`) on pictures from `open_data`;
`evaluate_vectors` measures. All names are loaded at their first use, since most need PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .augment import Augmentation
    from .batches import IdentityBatches
    from .datasets import (
        cuhk03,
        drawn_people,
        dukemtmc,
        from_sequence,
        hold_out,
        identity_folder,
        join,
        market1501,
        msmt17,
        open_data,
    )
    from .execution import Execution
    from .finish import vectors_of
    from .logs import read_log
    from .loop import TrainingDiverged, TrainingStopped, train
    from .objective import Objective
    from .pictures import Pictures, ReidData
    from .recipe import Averaging, BatchSize, Optimiser, Recipe
    from .relevance import Relevance
    from .reranking import k_reciprocal
    from .retrieval import RetrievalScores, evaluate, evaluate_vectors
    from .schedules import CyclicCosine, WarmupSteps
    from .swag import Moments, SampledEmbedder, update_normalisation

_LATER = {
    "Augmentation": "augment",
    "Averaging": "recipe",
    "BatchSize": "recipe",
    "CyclicCosine": "schedules",
    "Execution": "execution",
    "IdentityBatches": "batches",
    "Moments": "swag",
    "Objective": "objective",
    "Optimiser": "recipe",
    "Pictures": "pictures",
    "Recipe": "recipe",
    "ReidData": "pictures",
    "Relevance": "relevance",
    "RetrievalScores": "retrieval",
    "SampledEmbedder": "swag",
    "TrainingDiverged": "loop",
    "TrainingStopped": "loop",
    "WarmupSteps": "schedules",
    "cuhk03": "datasets",
    "drawn_people": "datasets",
    "dukemtmc": "datasets",
    "evaluate": "retrieval",
    "evaluate_vectors": "retrieval",
    "from_sequence": "datasets",
    "hold_out": "datasets",
    "identity_folder": "datasets",
    "join": "datasets",
    "k_reciprocal": "reranking",
    "market1501": "datasets",
    "msmt17": "datasets",
    "open_data": "datasets",
    "read_log": "logs",
    "train": "loop",
    "update_normalisation": "swag",
    "vectors_of": "finish",
}

__all__ = [
    "Augmentation",
    "Averaging",
    "BatchSize",
    "CyclicCosine",
    "Execution",
    "IdentityBatches",
    "Moments",
    "Objective",
    "Optimiser",
    "Pictures",
    "Recipe",
    "ReidData",
    "Relevance",
    "RetrievalScores",
    "SampledEmbedder",
    "TrainingDiverged",
    "TrainingStopped",
    "WarmupSteps",
    "cuhk03",
    "drawn_people",
    "dukemtmc",
    "evaluate",
    "evaluate_vectors",
    "from_sequence",
    "hold_out",
    "identity_folder",
    "join",
    "k_reciprocal",
    "market1501",
    "msmt17",
    "open_data",
    "read_log",
    "train",
    "update_normalisation",
    "vectors_of",
]


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f".{_LATER[name]}", __name__)
    found: object = getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
