"""The deck's two modules; the first can be had from a fitted model, and made into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from cutline.nn.checks import positive_count

if TYPE_CHECKING:
    from typing import Self

    from cutline.model import Model


class BinaryClassifier(nn.Module):
    """The deck's class: a linear layer, then a sigmoid; (n, in_features) in, probabilities (n, 1) out.

    It starts as every `nn.Linear` does: uniform in +-1/sqrt(in_features), from torch's random numbers.

    Examples
    --------
    >>> model = BinaryClassifier(2)
    >>> _ = nn.init.zeros_(model.linear.weight), nn.init.zeros_(model.linear.bias)
    >>> model(torch.tensor([[1.0, 2.0], [6.0, 2.0]])).tolist()
    [[0.5], [0.5]]

    """

    def __init__(
        self, in_features: int, *, bias: bool = True, device: Any = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        positive_count("in_features", in_features)
        self.linear = nn.Linear(in_features, 1, bias=bias, device=device, dtype=dtype)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Probabilities of the positive label, (n, 1)."""
        return self.sigmoid(self.linear(x))

    @classmethod
    def from_model(cls, model: Model, *, dtype: torch.dtype | None = None) -> Self:
        """A classifier with a fitted model's weights; `cutline.nn.inputs(model, data)` is what it takes.

        Its inputs are the model's terms in order, without the intercept; an aliased term has weight 0. In torch's
        default float32 it agrees with the model to about 7 digits, with ``dtype=torch.float64`` to all of them.
        Raises `UsageError` for a model with an offset.
        """
        from cutline.nn import exchange

        dtype = dtype or torch.get_default_dtype()
        weight, bias = exchange.state_of(model, dtype)
        # made on "meta", where nothing is filled in, so that no random number is drawn
        module = cls(weight.shape[1], bias=bias is not None, device="meta", dtype=dtype).to_empty(device="cpu")
        module.load_state_dict({"linear.weight": weight} | ({} if bias is None else {"linear.bias": bias}))
        return module

    def to_model(
        self,
        x: Tensor,
        y: Tensor,
        *,
        features: Sequence[str] | None = None,
        target: str = "target",
        labels: tuple[Any, Any] = ("0", "1"),
        like: Model | None = None,
    ) -> Model:
        """These weights as a `cutline.Model`: it predicts from tables by column name, and saves as JSON.

        The rows `x` (n, in_features) and `y` (0 or 1) it was trained on give it its likelihood, its AUC and its
        certificate: how near the maximum of the likelihood the weights are. It has no standard errors, and says why.

        Parameters
        ----------
        x, y : tensor
            The rows it was trained on.
        features : sequence of str
            The names of its inputs, in order.
        target, labels : str, pair
            The name of the outcome, and what 0 and 1 are called.
        like : Model, optional
            Instead of all these names: the model whose columns, levels and labels these are, after `from_model`.

        Raises
        ------
        UsageError
            Names, shapes or weights that do not fit.
        DataError
            Labels other than 0 and 1, or only one of them; NaN or infinity in `x`.

        Examples
        --------
        >>> x, y = torch.tensor([[1.0], [2.0], [3.0], [4.0]]), torch.tensor([[0.0], [1.0], [0.0], [1.0]])
        >>> model = BinaryClassifier(1).to_model(x, y, features=["hours"], target="passed", labels=("no", "yes"))
        >>> model.terms
        ('(intercept)', 'hours')

        """
        from cutline.nn import exchange

        return exchange.model_of(self, x, y, features=features, target=target, labels=labels, like=like)


class TwoLayerNet(nn.Module):
    """A hidden layer of ReLUs between two linear layers; it returns a LOGIT (n, d_out), not a probability.

    The deck's own TwoLayerNet is squared-error regression and never meets a sigmoid. This one classifies:
    train it with ``train(net, x, y, output="logit")``; its probabilities are ``cutline.sigmoid(net(x))``.
    """

    def __init__(self, d_in: int, hidden: int, d_out: int = 1) -> None:
        super().__init__()
        for name, value in (("d_in", d_in), ("hidden", hidden), ("d_out", d_out)):
            positive_count(name, value)
        self.linear1 = nn.Linear(d_in, hidden)
        self.linear2 = nn.Linear(hidden, d_out)

    def forward(self, x: Tensor) -> Tensor:
        """Logits, (n, d_out): any real number, positive where the positive label is the likelier one."""
        h_relu = self.linear1(x).clamp(min=0)
        return self.linear2(h_relu)
