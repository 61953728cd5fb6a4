"""A sum does not depend on how rows are cut, stored or repeated."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.rows import Counted, together, tree_sum
from cutline.sources.device import OnDevice
from cutline.sources.memory import Memory
from cutline.summands.logistic import Logistic, LossAlong
from cutline.summands.margins import Gather
from cutline.summands.metrics import Ranked
from cutline.summands.moments import ClassRanges, ColumnMoments, OutcomeCounts
from cutline.terms import Terms
from cutline.testing import assert_close, check_rows, shuffled


def mixed(
    n: int = 50, dtype: torch.dtype = torch.float64, seed: int = 1, factors: bool = True, sparse: bool = False
) -> Block:
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 3, generator=draw, dtype=dtype)
    if sparse:
        x = (x * (x > 0.3)).to_sparse_csr()
    codes = torch.stack([torch.randint(0, 4, (n,), generator=draw), torch.randint(0, 3, (n,), generator=draw)], 1)
    return Block(
        x,
        (torch.rand(n, generator=draw) < 0.4).to(dtype),
        codes if factors else None,
        (3, 2) if factors else (),
        torch.rand(n, generator=draw, dtype=dtype) + 0.5,
        torch.randn(n, generator=draw, dtype=dtype),
    )


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("block_rows", [1, 7, 50])
def test_memory_conforms(dtype: torch.dtype, sparse: bool, block_rows: int) -> None:
    block = mixed(dtype=dtype, sparse=sparse)
    check_rows(Memory(block, block_rows), block, dtype)


@pytest.mark.parametrize("sparse", [False, True])
def test_products_are_those_of_the_dense_matrix(sparse: bool) -> None:
    block = mixed(sparse=sparse)
    x = block.dense()
    assert x.shape == (50, 8)
    draw = torch.Generator().manual_seed(2)
    w, k = torch.randn(8, generator=draw).double(), torch.randn(8, 4, generator=draw).double()
    r, d = torch.randn(50, generator=draw).double(), torch.rand(50, generator=draw).double()
    assert_close(block.matvec(w), x @ w)
    assert_close(block.matvec(k), x @ k)
    assert_close(block.rmatvec(r), x.T @ r)
    assert_close(block.rmatvec(torch.stack([r, d], 1)), x.T @ torch.stack([r, d], 1))
    assert_close(block.sandwich(d), x.T @ (d[:, None] * x))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("n", [1, 15, 16, 17, 500])
def test_ranges_are_those_of_every_column(n: int, dtype: torch.dtype) -> None:
    x = torch.randn(n, 6, generator=torch.Generator().manual_seed(n), dtype=dtype)
    x[n // 2, 3] = torch.nan
    for held in (x, x[:, ::2], x.t().contiguous().t(), x[:, :0]):
        low, high = Block(held, torch.zeros(n)).ranges()
        torch.testing.assert_close(low, held.double().amin(0), rtol=0, atol=0, equal_nan=True)
        torch.testing.assert_close(high, held.double().amax(0), rtol=0, atol=0, equal_nan=True)


def test_coordinates_are_a_change_of_variables() -> None:
    block = mixed()
    x = torch.cat([torch.ones(50, 1).double(), block.dense()], 1)
    center, scale = torch.tensor([5.0, -3.0, 0.5]).double(), torch.linspace(0.5, 3, 8).double()
    for coords in (
        Coordinates(8),
        Coordinates(8, True, center, scale),
        Coordinates(8, True, center, scale).hold(4, 1.5).without([6]),
    ):
        theta = torch.linspace(-1, 1, coords.size).double()
        full = coords.to_user(theta)
        view = coords.view(block)
        assert_close(view.matvec(theta), x @ full)
        assert_close(coords.from_user(full), theta)
        assert_close(coords.to_user(coords.from_user(full)), full)
        r = torch.linspace(-2, 1, 50).double()
        step = torch.autograd.functional.jacobian(lambda t, c=coords: x @ c.to_user(t), theta)
        assert_close(view.rmatvec(r), step.T @ r)
        assert_close(view.sandwich(r.abs()), step.T @ (r.abs()[:, None] * step))
        assert_close(view.quadratic(torch.eye(coords.size).double()), (step**2).sum(1))
        assert_close(view.matrix(), step)


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(0, 50), max_size=6), order=st.randoms(use_true_random=False))
def test_any_split_gives_the_same_sum(cuts: list[int], order) -> None:
    """Empty and one-row blocks, and blocks in any order."""
    block, coords = mixed(), Coordinates(8)
    summands = together(
        Logistic(torch.linspace(-1, 1, 9).double(), coords, 2),
        ColumnMoments(),
        OutcomeCounts(),
        ClassRanges(4),
    )
    edges = [0, *sorted(cuts), 50]
    blocks = [block.slice(a, b) for a, b in itertools.pairwise(edges)]
    order.shuffle(blocks)
    split, whole = tree_sum(summands(b) for b in blocks), summands(block)
    assert_close(split[0].grad, whole[0].grad)
    assert_close(split[0].hess, whole[0].hess)
    assert split[0].value == pytest.approx(whole[0].value, rel=1e-12)
    for name in ("mean", "m2", "low", "high"):
        assert_close(getattr(split[1], name), getattr(whole[1], name))
    assert split[1].n == whole[1].n
    assert split[2].rows == whole[2].rows
    assert split[3] == whole[3]


def test_weights_are_rows() -> None:
    """Ones are none, zero is a dropped row, two is a repeated row."""
    block = mixed()
    at = Logistic(torch.linspace(-1, 1, 9).double(), Coordinates(8), 2)
    plain = replace(block, weight=None)
    assert_close(at(plain).hess, at(replace(block, weight=torch.ones(50).double())).hess)
    times = torch.arange(50) % 3
    repeated = plain.rows(torch.arange(50).repeat_interleave(times))
    weighted = replace(block, weight=times.double())
    for summand in (at, LossAlong(at.theta, at.theta, torch.tensor([0.0, 1.0]).double(), at.at)):
        a, b = summand(weighted), summand(repeated)
        for one, two in [(a.grad, b.grad), (a.hess, b.hess)] if summand is at else [(a, b)]:
            assert_close(one, two)
    a, b = ColumnMoments()(weighted), ColumnMoments()(repeated)
    for name in ("mean", "m2", "low", "high"):
        assert_close(getattr(a, name), getattr(b, name))
    assert Gather(at.at)(weighted).z.shape[0] == int((times > 0).sum())


def test_moments_keep_their_digits_far_from_zero() -> None:
    x = torch.tensor([[1e9], [1e9 + 1], [1e9 + 2]], dtype=torch.float64)
    m = Memory(Block(x, torch.zeros(3).double()), 1).sum(ColumnMoments())
    assert float(m.mean[0]) == 1e9 + 1
    assert float(m.deviation(True)[0]) == pytest.approx((2 / 3) ** 0.5, rel=1e-12)


def test_auc_counts_ties_half() -> None:
    score = torch.tensor([0.1, 0.4, 0.4, 0.8, 0.4, 0.9], dtype=torch.float64)
    y = torch.tensor([0, 0, 1, 1, 0, 1.0]).double()
    at, one = Coordinates(1, False), torch.ones(1).double()
    pairs = [(a > b) + 0.5 * (a == b) for a in score[y == 1] for b in score[y == 0]]
    ranking = Memory(Block(score[:, None], y), 2).sum(Ranked(one, at))
    assert ranking.auc() == pytest.approx(float(sum(pairs)) / len(pairs))
    assert Memory(Block(score[:2, None], y[:2])).sum(Ranked(one, at)).auc() is None


def test_a_sample_follows_row_numbers_and_weighs_its_rows() -> None:
    block = mixed(20_000)
    rows = Memory(block, 999)
    sample = rows.sample(2_000, 7)
    assert 1_700 < sample.n_rows < 2_300
    again = Memory(block, 123).sample(2_000, 7)  # the cut does not matter
    assert torch.equal(torch.cat([b.x for b in again.blocks]), torch.cat([b.x for b in sample.blocks]))
    assert (
        rows.sample(2_000, 8).blocks[0].x[0, 0] != sample.blocks[0].x[0, 0]
        or rows.sample(2_000, 8).n_rows != sample.n_rows
    )
    total = sample.sum(OutcomeCounts()).weight
    assert total == pytest.approx(rows.sum(OutcomeCounts()).weight, rel=0.1)


@pytest.mark.parametrize("m", [2_000, 20_000])
def test_a_sample_in_units_is_the_same_rows_in_float32(m: int) -> None:
    block = mixed(20_000)
    block = replace(block, x=block.x.double() + 1e6)
    center, scale = block.x.mean(0), torch.full((block.n_numbers,), 1e-30).double()
    plain, near = (Memory(block).sample(m, 7, units) for units in (None, (center, scale)))
    one, other = (torch.cat([b.x for b in drawn.blocks]) for drawn in (plain, near))
    assert other.dtype == torch.float32
    torch.testing.assert_close(other, ((one - center) * scale).float(), rtol=0, atol=0)
    for part in ("y", "codes"):
        assert torch.equal(*(torch.cat([getattr(b, part) for b in drawn.blocks]) for drawn in (plain, near)))
    assert torch.equal(*(torch.cat([b.weights() for b in drawn.blocks]) for drawn in (plain, near)))


def test_passes_are_counted() -> None:
    rows = Counted(Memory(mixed()))
    rows.sum(together(ColumnMoments(), OutcomeCounts()))
    rows.sum(ColumnMoments())
    assert rows.passes == 2


def test_rows_must_agree() -> None:
    block = mixed()
    with pytest.raises(jaxtyping.TypeCheckError, match="y"):
        replace(block, y=block.y[:49])
    with pytest.raises(ValueError, match="at least one row"):
        Memory(block.slice(3, 3))
    with pytest.raises(ValueError, match="at least one block"):
        tree_sum([])


@pytest.mark.parametrize("order", [0, 1, 2])
def test_terms_are_added_in_the_memory_of_the_first(order: int) -> None:
    """To the bit what + makes of them."""
    block, at = mixed(), Coordinates(8)
    summand = Logistic(torch.linspace(-1, 1, 9).double(), at, order)
    parts = [summand(block.slice(i, i + 10)) for i in range(0, 50, 10)]
    ((a, b), (c, d)), e = ((summand(block.slice(0, 10)), parts[1]), (parts[2], parts[3])), parts[4]
    expected = ((a + b) + (c + d)) + e
    kept = tree_sum(parts)
    for name in ("grad", "hess")[:order]:
        assert torch.equal(getattr(parts[0], name), getattr(a, name)), "nobody said that it may be changed"
    found = tree_sum(parts, given=True)
    for name in ("weight", "value"):
        assert getattr(kept, name) == getattr(expected, name)
        assert getattr(found, name) == getattr(expected, name)
    for name in ("grad", "hess")[:order]:
        assert torch.equal(getattr(kept, name), getattr(expected, name))
        assert torch.equal(getattr(found, name), getattr(expected, name))
        assert getattr(found, name) is getattr(parts[0], name)


@dataclass(frozen=True)
class Shared:
    """A summand that returns what it keeps."""

    grad: torch.Tensor

    def __call__(self, block: Block, /) -> Terms:
        return Terms(float(block.n_rows), 0.0, self.grad)


def test_what_a_summand_keeps_is_not_added_to() -> None:
    summand = Shared(torch.ones(2, dtype=torch.float64))
    for size, blocks in ((50, 1), (25, 2), (10, 5), (7, 8)):
        for rows in (Memory(mixed(), size), OnDevice(mixed(), "cpu", size)):
            assert rows.sum(summand).grad.tolist() == [blocks, blocks]
    assert summand.grad.tolist() == [1.0, 1.0]


def test_order_of_rows_does_not_matter() -> None:
    block = mixed()
    at = Logistic(torch.linspace(-1, 1, 9).double(), Coordinates(8), 2)
    assert_close(at(block).hess, at(shuffled(block)).hess)
