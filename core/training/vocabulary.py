"""Only the embeddings that the rows use are in memory while training.

A vocabulary of 250,000 pieces of which a dataset uses 12,000 costs memory and time for weights,
gradients and optimizer state that never change: a row of the table that no feature has gets no
gradient, so Adam leaves it as it is. Only weight decay would move it; with it all rows stay.

Outside of this module nothing is compact: features hold the tokenizer's ids, a state dict (a
checkpoint, the saved model) holds the whole table. The optimizer's state is that of the rows used,
which are the same when a run is resumed, as they follow from its data.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.runs.folder import Run

log = logging.getLogger(__name__)

MOST = 0.8  # share of the vocabulary above which nothing is gained


class CompactEmbedding(torch.nn.Embedding):  # type: ignore[misc]  # mypy does not follow torch
    """The rows of an embedding table that are used; the others lie in a file.

    Args:
        table: the embedding that it takes the place of.
        used: ids of the rows to keep in memory, ascending.
        folder: where the whole table is put, in a file without a name that goes with the process.
    """

    def __init__(self, table: torch.nn.Embedding, used: torch.Tensor, folder: Path) -> None:
        places = torch.full((table.num_embeddings,), -1)  # an id that is not used is an error
        places[used] = torch.arange(len(used))
        padding = None if table.padding_idx is None else int(places[table.padding_idx])
        weights = table.weight.detach()[used].clone()
        super().__init__(len(used), table.embedding_dim, padding, _weight=weights)
        self.whole_size = table.num_embeddings
        self.places: torch.Tensor
        self.register_buffer("places", places, persistent=False)
        self._used = used
        self._table = _parked(table.weight.detach(), folder)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Look up the tokenizer's ids."""
        return super().forward(self.places[input])

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        whole = torch.from_numpy(np.array(self._table))
        whole[self._used] = self.weight.detach().cpu()
        destination[prefix + "weight"] = whole

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *args: Any, **named: Any) -> None:
        name = prefix + "weight"
        if name in state_dict:
            state_dict[name] = state_dict[name][self._used]
        super()._load_from_state_dict(state_dict, prefix, *args, **named)


def _parked(table: torch.Tensor, folder: Path) -> Any:
    """Return the table as an array that lies in a file, so that its memory can be given back."""
    with tempfile.TemporaryFile(dir=folder) as file:
        table.numpy().tofile(file)
        file.flush()
        return np.memmap(file, np.float32, "r", shape=tuple(table.shape))


def leave_out(
    run: Run, model: Any, inputs: Iterable[Mapping[str, Sequence[Any]]], padding: int
) -> int:
    """Make a run's model compact if that changes nothing; return how many numbers it leaves out."""
    before = run.started_with()
    if before and not before.get("left_out_parameters"):
        return 0  # a run goes on as it began
    if run.spec().hyperparameters.weight_decay:
        log.info("all embeddings stay in memory: weight_decay moves those that no row uses, too")
        return 0
    small = compact(model, inputs, [padding], run.path)
    if small is None:
        return 0
    log.info("%d of %d embeddings are in memory", small.num_embeddings, small.whole_size)
    return int((small.whole_size - small.num_embeddings) * small.embedding_dim)


def compact(
    model: Any, inputs: Iterable[Mapping[str, Sequence[Any]]], special: Iterable[int], folder: Path
) -> CompactEmbedding | None:
    """Put the compact embedding in the model; None where that is not possible or gains nothing.

    Args:
        model: on the CPU, in float32; changed in place.
        inputs: the inputs of the features of all splits.
        special: ids that no feature may have, but a batch, such as that of the padding.
        folder: as in `CompactEmbedding`.
    """
    table = model.get_input_embeddings()
    if type(table) is not torch.nn.Embedding or not _stands_alone(model, table):
        return None
    used = torch.zeros(table.num_embeddings, dtype=torch.bool)
    padding = [] if table.padding_idx is None else [table.padding_idx]
    used[[*special, *padding]] = True
    for columns in inputs:
        for ids in columns["input_ids"]:
            used[ids] = True
    if int(used.sum()) > MOST * len(used):
        return None
    small = CompactEmbedding(table, used.nonzero().flatten(), folder)
    model.set_input_embeddings(small)
    return small


def _stands_alone(model: Any, table: torch.nn.Embedding) -> bool:
    """Say whether the table is trained, in float32, and no other part of the model uses it."""
    owners = [w for w in model.parameters() if w is table.weight]
    names = [n for n, w in model.named_parameters(remove_duplicate=False) if w is table.weight]
    plain = table.max_norm is None and not table.scale_grad_by_freq and not table.sparse
    trained = table.weight.requires_grad and table.weight.dtype == torch.float32
    alone = len(owners) == len(names) == 1 and model.get_output_embeddings() is None
    return plain and trained and alone
