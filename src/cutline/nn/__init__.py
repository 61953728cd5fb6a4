"""The deck's world in PyTorch: two modules, and one training loop for any module with one output.

    H(x) = sigmoid(Wx + b),   cost = -mean[ y log H + (1 - y) log(1 - H) ],   W := W - lr * dcost/dW

modules   BinaryClassifier and TwoLayerNet
exchange  the door between a BinaryClassifier and a fitted model
training  train, its History and its Epoch, the cost by hand and from logits
checks    what is refused before and during training, and in which words

The loop is the deck's, so its numbers are the deck's to every digit. It is there to be seen and learned from;
the fast and certified fit is `cutline.fit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cutline.nn.modules import BinaryClassifier, TwoLayerNet
from cutline.nn.training import Epoch, History, hand_written_cost, logit_cost, train

if TYPE_CHECKING:
    from cutline.nn.exchange import inputs as inputs

__all__ = ["BinaryClassifier", "Epoch", "History", "TwoLayerNet", "hand_written_cost", "inputs", "logit_cost", "train"]


def __getattr__(name: str) -> Any:
    # training needs torch alone; the door to models brings tables and statistics with it
    if name == "inputs":
        from cutline.nn.exchange import inputs

        return inputs
    raise AttributeError(f"module 'cutline.nn' has no attribute {name!r}")
