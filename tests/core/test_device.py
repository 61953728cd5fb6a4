"""Rows on another device: the same sums, and nothing above them notices.

Where there is no GPU, `elsewhere` is one: the same numbers, and an error wherever its tensors meet the processor's.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch
from test_rows import mixed
from torch import Tensor

import cutline
from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.errors import UsageError
from cutline.fitting import fit_rows
from cutline.rows import Counted, Each, Rows, Summand, Together, together, width
from cutline.sources import device as source
from cutline.sources.device import OnDevice, moved, usable
from cutline.sources.memory import Memory
from cutline.summands.arrow import ArrowHessian, HeadHessian
from cutline.summands.logistic import (
    FirthScore,
    HessianTimes,
    LargestEntries,
    LargestQuadratic,
    Logistic,
    LossAlong,
    SquaresOf,
)
from cutline.summands.margins import Gather, SignedSum, WorstMargins
from cutline.summands.metrics import Judged, Ranked
from cutline.summands.moments import ClassRanges, ColumnMoments, OutcomeCounts
from cutline.testing import check_rows, problems
from elsewhere import THERE, Away, elsewhere, no_gpu

CPU = torch.device("cpu")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("block_rows", [1, 7, None])
def test_it_conforms(dtype: torch.dtype, sparse: bool, block_rows: int | None) -> None:
    block = mixed(dtype=dtype, sparse=sparse)
    check_rows(OnDevice(block, "cpu", block_rows), block, dtype)


def summands(block: Block) -> Iterator[tuple[str, Summand[Any]]]:
    """Every summand of the house, in every kind of coordinates the block allows."""
    p, wide = block.n_features, torch.float64
    scale = torch.linspace(0.5, 2.0, p, dtype=wide)
    kinds = {
        "as they are": Coordinates(p),
        "one entry held": Coordinates(p, scale=scale).hold(1, 0.5),
        "no intercept": Coordinates(p, False, scale=scale),
    }
    if not block.is_sparse:
        one = torch.ones(block.n_numbers, dtype=wide)
        kinds["centered"] = Coordinates(p, True, one, scale)
        kinds["centered, one entry held"] = Coordinates(p, True, -2 * one, scale).hold(1, 0.5)
        kinds["centered from afar"] = Coordinates(p, True, 1e3 * one, scale)
    for kind, at in kinds.items():
        theta, eye = torch.linspace(-0.5, 0.5, at.size, dtype=wide), torch.eye(at.size, dtype=wide)
        every = [
            *(Logistic(theta, at, order) for order in (0, 1, 2)),
            Logistic(theta, at, 2, rough=True),
            LossAlong(theta, theta, torch.linspace(0, 1, 5, dtype=wide), at),
            HessianTimes(theta, theta, at),
            FirthScore(theta, eye, at),
            LargestEntries(at),
            LargestQuadratic(eye, at),
            SquaresOf(eye[:, :2], at),
            Gather(at),
            SignedSum(at),
            WorstMargins(theta, at, 3),
            HeadHessian(theta, at, torch.arange(2)),
            Ranked(theta, at),
            Judged(theta, at),
            together(Logistic(theta, at, 2), ColumnMoments()),
        ]
        if block.levels and at.free is None:
            every.append(ArrowHessian(theta, at, 0))
        yield from ((f"{type(summand).__name__}, {kind}", summand) for summand in every)
    yield from ((type(summand).__name__, summand) for summand in (ColumnMoments(), OutcomeCounts(), ClassRanges(0)))


BLOCKS = {
    f"{'sparse' if sparse else 'dense'}, {'factors' if factors else 'numbers'}, {'weights' if weights else 'plain'}": (
        sparse,
        factors,
        weights,
    )
    for sparse in (False, True)
    for factors in (False, True)
    for weights in (False, True)
}


@pytest.mark.parametrize("kind", BLOCKS)
def test_no_summand_makes_a_tensor_that_is_not_where_the_block_is(kind: str) -> None:
    sparse, factors, weights = BLOCKS[kind]
    block = mixed(14, sparse=sparse, factors=factors)
    block = block if weights else replace(block, weight=None, offset=None)
    wrong = []
    for name, summand in summands(block):
        expected = Memory(block, 7).sum(summand)
        try:
            with elsewhere() as there:
                found = OnDevice(block, there, 7).sum(summand)
        except RuntimeError as error:
            wrong.append(f"{name}: {error}")
            continue
        torch.testing.assert_close(leaves(found), leaves(expected), rtol=1e-10, atol=1e-10)
        assert not any(isinstance(leaf, Away) for leaf in leaves(found))
    assert not wrong


def leaves(value: Any) -> list[Any]:
    """Every tensor and number in it, in order."""
    if hasattr(value, "__dataclass_fields__"):
        value = [getattr(value, name) for name in value.__dataclass_fields__]
    return [leaf for part in value for leaf in leaves(part)] if isinstance(value, tuple | list) else [value]


def many(n: int = 100_000) -> Block:
    """Enough rows for a fit to begin with a sample."""
    draw = torch.Generator().manual_seed(3)
    x = torch.randn(n, 4, generator=draw, dtype=torch.float64)
    code = torch.randint(0, 3, (n, 1), generator=draw)
    chance = torch.sigmoid(x @ torch.tensor([0.5, -1.0, 0.0, 0.2]).double() + 0.4 * code[:, 0] - 1)
    return Block(x, (torch.rand(n, generator=draw, dtype=torch.float64) < chance).double(), code, (2,))


FITS: dict[str, tuple[Any, dict[str, Any]]] = {
    **{problem.name: (problem.block, {}) for problem in problems() if problem.name != "constructed optimum"},
    "l2": (mixed(200), {"penalty": "l2", "C": 0.5}),
    "firth": (mixed(), {"penalty": "firth"}),
    "sparse": (mixed(200, sparse=True), {"penalty": "l2"}),
    "lbfgs": (mixed(200), {"solver": "lbfgs"}),
    "float32": (mixed(200, dtype=torch.float32), {}),
    "separated": (Block(torch.arange(8.0)[:, None], (torch.arange(8) > 3).double()), {"short": "return"}),
    "a collinear column": (Block(torch.arange(8.0).repeat(2, 1).t(), (torch.arange(8) % 2).double()), {}),
    "from a sample": (many(), {}),
}


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("where", ["cpu", "elsewhere", pytest.param("cuda", marks=no_gpu)])
def test_whole_fits_are_those_of_memory(name: str, where: str) -> None:
    block, settings = FITS[name]
    expected = fit_rows(Memory(block), **settings)
    if where == "elsewhere":
        with elsewhere() as there:
            found = fit_rows(OnDevice(block, there), **settings)
    else:
        found = fit_rows(OnDevice(block, where), **settings)
    assert found.aliased == expected.aliased
    assert (found.separation is None) == (expected.separation is None)
    assert type(found.weights) is Tensor
    if expected.separation is None:
        torch.testing.assert_close(found.weights, expected.weights, rtol=1e-7, atol=1e-7, equal_nan=True)
        torch.testing.assert_close(found.covariance, expected.covariance, rtol=1e-6, atol=1e-9, equal_nan=True)
        assert found.certificate.decrement <= 1e-6


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("there", ["cpu", "elsewhere"])
def test_a_sample_is_the_one_memory_draws(sparse: bool, there: str) -> None:
    block = mixed(500, sparse=sparse)
    expected = Memory(block).sample(100, 7).blocks[0]
    rows = OnDevice(block, "cpu")
    if there == "elsewhere":
        with elsewhere() as device:
            drawn = OnDevice(moved(block, device), device).sample(100, 7)
    else:
        drawn = rows.sample(100, 7)
    assert isinstance(drawn, Memory)
    (found,) = drawn.blocks
    dense = [one.x.to_dense() if sparse else one.x for one in (found, expected)]
    assert torch.equal(*dense)
    for part in ("y", "codes", "weight", "offset"):
        assert torch.equal(getattr(found, part), getattr(expected, part)), part
    assert rows.sample(500, 7) is rows


def vars_of(value: Any) -> dict[str, float]:
    return {
        name: number for name in value.__dataclass_fields__ if isinstance(number := getattr(value, name), int | float)
    }


TABLES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "numbers and categories": (
        {"x": [1, 2, 2, 4, 5, 5, 7, 8], "of": list("abbaabab"), "y": [0, 0, 1, 0, 1, 0, 1, 1]},
        {},
    ),
    "l2": ({"x": [1, 2, 3, 4, 5, 6], "y": [0, 1, 0, 1, 0, 1]}, {"penalty": "l2", "C": 0.5}),
    "separated": ({"x": [1, 2, 3, 4, 5, 6], "y": [0, 0, 0, 1, 1, 1]}, {}),
    "successes of trials": ({"x": [1, 2, 3], "s": [1, 3, 4], "m": [5, 6, 5]}, {"trials": "m"}),
}


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("where", ["elsewhere", pytest.param("cuda", marks=no_gpu)])
@pytest.mark.filterwarnings("ignore::cutline.CutlineWarning")
def test_a_model_fitted_there_is_the_model_fitted_here(kind: str, where: str) -> None:
    table, settings = TABLES[kind]
    target = "s" if "s" in table else "y"
    expected = cutline.fit(table, target, **settings)
    with elsewhere() if where == "elsewhere" else nullcontext(where) as there:
        found = cutline.fit(table, target, device=cast(str, there), **settings)
    for name in ("weights", "covariance", "p", "ci"):
        here, away = getattr(expected, name), getattr(found, name)
        assert (here is None) == (away is None), name
        if here is not None:
            np.testing.assert_allclose(away, here, rtol=1e-6, atol=1e-9, err_msg=name)
    assert vars_of(found.statistics) == pytest.approx(vars_of(expected.statistics), rel=1e-6, nan_ok=True)
    assert found.warnings == expected.warnings
    assert found.fingerprint == expected.fingerprint


def test_blocks_that_find_no_room_are_moved_in_each_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    block = mixed(40)
    each = source._size(block.slice(0, 10))
    monkeypatch.setattr(source, "_room", lambda device: 2.5 * each)
    with elsewhere() as there:
        rows = OnDevice(block, there, 10)
        assert [isinstance(part.x, Away) for part in rows._blocks] == [True, True, False, False]
        summand = Logistic(torch.zeros(9).double(), Coordinates(8), 2)
        torch.testing.assert_close(rows.sum(summand).hess, Memory(block).sum(summand).hess)


@pytest.mark.parametrize("room", [0.5, 1.0])
def test_rows_at_hand_are_asked_themselves(room: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all of them fit on the device a pass costs less than a sample; where they do not, a sample begins the fit."""
    block, drawn = many(), []
    monkeypatch.setattr(source, "_room", lambda device: room * source._size(block))
    expected = fit_rows(Memory(block))
    with elsewhere() as there:
        rows = OnDevice(block, there, 20_000)
        monkeypatch.setattr(OnDevice, "sample", lambda *given: drawn.append(1) or Memory(block).sample(*given[1:]))
        found = fit_rows(rows)
    assert rows.at_hand is Counted(rows).at_hand is (room == 1)
    assert width(Counted(rows)) == (0 if rows.at_hand else width(Memory(block))), (
        "no compiler reads rows that lie there"
    )
    assert bool(drawn) is (room < 1)
    assert not Counted(Memory(block)).at_hand
    torch.testing.assert_close(found.weights, expected.weights, rtol=1e-6, atol=1e-6)


def test_products_stand_for_near_centers_only() -> None:
    """Far from zero a product of all rows would lose the digits that centering each keeps."""
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(50, 2, generator=draw, dtype=torch.float64)
    for mean, near in ((5.0, True), (1e6, False)):
        block, at = Block(x + mean, (x[:, 0] > 0).double()), Coordinates(2, True, x.mean(0) + mean, 1 / x.std(0))
        assert at.nearby() is near
        with elsewhere() as there:
            view = moved(at, there).view(moved(block, there))
            assert (view.shift is not None) is near
            hess = view.sandwich(moved(torch.ones(50).double(), there)).cpu()
        torch.testing.assert_close(hess, at.view(block).sandwich(torch.ones(50).double()), rtol=1e-12, atol=1e-11)
    assert at.view(block).shift is None
    assert not Coordinates(2, True, torch.ones(2).double()).nearby(), "without a scale nobody knows what is near"


def test_columns_far_from_zero_and_nearly_collinear_keep_their_standard_errors() -> None:
    """A Hessian from products that stand for the centers loses c^2 there, and standard errors with it."""
    draw, n, eps = torch.Generator().manual_seed(1), 20_000, 1e-5
    a, b, rest = torch.randn(3, n, generator=draw, dtype=torch.float64)
    a, b = a + 25, b - 28
    x = torch.stack([a, b, a + b + eps * rest], 1)
    y = (torch.rand(n, generator=draw, dtype=torch.float64) < torch.sigmoid(a - 25)).double()
    with elsewhere() as there:
        found = fit_rows(OnDevice(Block(x, y), there))
    # the same model in columns that hang together no more than they must: the third is what the others leave of it
    apart = torch.stack([a - 25, b + 28, (x[:, 2] - a - b) / eps], 1)
    expected = fit_rows(Memory(Block(apart, y)))
    errors = [fit.covariance.diagonal().sqrt() for fit in (found, expected)]
    assert float(errors[0][3] * eps / errors[1][3]) == pytest.approx(1, rel=1e-3)


def test_a_kept_transpose_is_of_these_rows() -> None:
    """A matrix that its owner changes between two fits is transposed anew."""
    with elsewhere() as there:
        block = moved(mixed(20, sparse=True, factors=False), there)
        for factor in (1.0, 3.0):
            block.x.values().mul_(factor)
            summand = Logistic(torch.linspace(-1, 1, 4).double(), Coordinates(3))
            expected = Memory(moved(block, CPU)).sum(summand)
            torch.testing.assert_close(OnDevice(block, there).sum(summand).grad, expected.grad)


def test_a_block_without_numbers_warns_of_nothing() -> None:
    block = Block(
        torch.zeros(4, 0, dtype=torch.float64), torch.tensor([0, 1, 1, 0]), torch.tensor([[0], [1], [1], [0]]), (1,)
    )
    with elsewhere() as there:
        found = OnDevice(block, there).sum(ColumnMoments())
    assert found.mean.tolist() == [0.5]


@pytest.mark.usefixtures("by_blocks")
@pytest.mark.filterwarnings(
    "ignore:Converting a tensor with requires_grad"
)  # torch's, of numbers read off such tensors
def test_tensors_that_keep_a_gradient_are_fitted() -> None:
    block = mixed(200)
    expected = fit_rows(Memory(block))
    found = fit_rows(Memory(replace(block, x=block.x.clone().requires_grad_())))
    torch.testing.assert_close(found.weights.detach(), expected.weights)


@pytest.mark.parametrize(("free", "bytes_"), [(80e9, 1.25e9), (4e9, 0.5e9), (0.1e9, source.BLOCK_BYTES)])
def test_a_block_is_no_larger_than_there_is_room_to_work(
    free: float, bytes_: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (int(free), 80_000_000_000))
    assert source._block_bytes(torch.device("cuda:0")) == bytes_
    assert source._block_bytes(THERE) == source.BLOCK_BYTES


@no_gpu
@pytest.mark.parametrize("kind", ["by rows", "by columns", "one row", "every other"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.int8])
def test_what_is_carried_to_a_gpu_arrives(kind: str, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "STAGE", 1_000)
    x = torch.arange(9_973 * 3).reshape(-1, 3).to(dtype)
    x = {"by rows": x, "by columns": x.t().contiguous().t(), "one row": x[:1], "every other": x[::2]}[kind]
    found = moved(x, torch.device("cuda"))
    assert source._is_long(x, torch.device("cuda")) is kind.startswith("by")
    assert found.device.type == "cuda"
    assert torch.equal(found.cpu(), x)
    assert found.stride() == x.stride() or kind == "every other"


def test_moved_keeps_kinds_and_what_needs_no_move() -> None:
    pair = namedtuple("pair", "a b")
    tensor, at = torch.ones(2).double(), Coordinates(1, True, torch.ones(1).double())
    summand = Logistic(tensor, at)
    whole: Any = (Each((tensor, 1.5)), pair(tensor, "b"), [tensor], Together((summand, ColumnMoments())), None, Tensor)
    assert moved(whole, CPU) is whole
    with elsewhere() as there:
        each, two, listed, both, nothing, kind = moved(whole, there)
    assert isinstance(each, Each)
    assert isinstance(two, pair)
    assert (each[1], two.b, nothing, kind) == (1.5, "b", None, Tensor)
    logistic = cast(Logistic, both.summands[0])
    for one in (each[0], two.a, listed[0], logistic.theta, logistic.at.center, *logistic.line):
        assert isinstance(one, Away)
    assert both.summands[1] is whole[3].summands[1]
    assert type(summand.theta) is Tensor, "the one that was given is as it was"


@pytest.mark.parametrize("there", ["foo", "", "gpu"])
def test_what_is_no_device_is_refused(there: Any) -> None:
    with pytest.raises(UsageError, match="device: expected 'cpu', 'cuda' or 'cuda:0', got"):
        usable(there)


@pytest.mark.parametrize("there", ["meta", "xpu:7", "cuda:99"])
def test_a_device_that_is_not_here_is_refused_before_any_work(there: str) -> None:
    if there.startswith("xpu") and torch.xpu.is_available():
        pytest.skip("it may be here")
    with pytest.raises(UsageError, match=rf"(?s)expected one that torch computes on here \('cpu'.*got '{there}'.*give"):
        OnDevice(mixed(), there)


def test_mps_is_refused_for_it_has_no_float64(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not it is here: what it would compute is not the answer."""
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    for there in ("mps", "mps:0", torch.device("mps")):
        with pytest.raises(UsageError, match=r"computes in float64, got 'mps.*float32 only.*give device='cpu'"):
            OnDevice(mixed(), there)


def test_what_memory_refuses_it_refuses() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        OnDevice(mixed().slice(0, 0), "cpu")
    with pytest.raises(ValueError, match="x has 49 rows and y has 50"):
        OnDevice(replace(mixed(), x=mixed(49).x), "cpu")


@no_gpu
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("sparse", [False, True])
def test_a_gpu_conforms(dtype: torch.dtype, sparse: bool) -> None:
    block = mixed(500, dtype=dtype, sparse=sparse, factors=False)  # to count levels it adds in no fixed order
    for given in (block, moved(block, torch.device("cuda"))):
        check_rows(OnDevice(given, "cuda", 70), block, dtype)
    assert isinstance(OnDevice(block, "cuda"), Rows)


@no_gpu
def test_a_gpu_runs_every_summand() -> None:
    for sparse, factors, weights in BLOCKS.values():
        block = mixed(20, sparse=sparse, factors=factors)
        block = block if weights else replace(block, weight=None, offset=None)
        for name, summand in summands(block):
            found, expected = OnDevice(block, "cuda", 7).sum(summand), Memory(block, 7).sum(summand)
            torch.testing.assert_close(leaves(found), leaves(expected), rtol=1e-9, atol=1e-9, msg=name)


def test_the_stand_in_minds_a_mixture() -> None:
    with elsewhere() as there:
        x = torch.arange(5.0).to(there)
        assert x.device == torch.zeros(1, device=there).device == THERE
        assert float((x + 1).sum()) == 15
        for mixture in (
            lambda: x + torch.ones(5),
            lambda: torch.ones(5)[x.long()],
            lambda: torch.cat([x, torch.ones(1)]),
        ):
            with pytest.raises(RuntimeError, match="Expected all tensors to be on the same device"):
                mixture()
        assert x[torch.tensor([4])].cpu().tolist() == [4.0]
