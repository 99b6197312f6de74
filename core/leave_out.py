"""Kernel ridge regression, and what it would have said of each example without having seen it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.search import Vector

RIDGE = 0.1
"""How much a fit may miss its examples; 0.3 tells fewer intents apart."""
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """One score a group for a text, near 1 for its own and near 0 for others and for nothing alike.

    `coefficients`, shape (examples, groups): a text's likeness to the examples times these
    gives its scores. `without_itself` and `without_its_group`, of the same shape, are the
    scores of each example by a fit that has not seen it, or none of its group.
    """

    coefficients: Vector
    without_itself: Vector
    without_its_group: Vector


def fit(likeness: Vector, groups: Numbers, count: int) -> Regression:
    """The regression of `count` groups on examples whose likeness to each other is given.

    `groups` names each example's group, or is -1 for an example of none. `likeness`, shape
    (examples, examples), is used up. Leaving out takes no second fit: with the inverse G of
    likeness and ridge, and coefficients A = G Y, an example's score without it and its block B
    is Y_B - G_BB^-1 A_B (Rifkin and Lippert, 2007, "Notes on Regularized Least Squares").
    """
    from scipy.linalg import lapack  # noqa: PLC0415 - a tenth of a second at import

    likeness[np.diag_indices_from(likeness)] += RIDGE
    wanted = np.asarray(groups[:, None] == np.arange(count), np.float32)
    # The lower half of a matrix stored by columns: each step then works in place. With the ridge
    # no factorisation of a likeness can fail, so what LAPACK says of that is not looked at.
    factor, _ = lapack.spotrf(likeness.T, lower=1, overwrite_a=1)
    coefficients, _ = lapack.spotrs(factor, wanted, lower=1)
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    own = np.diag(inverse)[:, None]
    without_group = wanted - coefficients / own
    without_itself = without_group.copy()
    for group in range(count):
        block = np.flatnonzero(groups == group)
        lower = np.tril(inverse[np.ix_(block, block)])
        whole = lower + np.tril(lower, -1).T
        without_group[block] = wanted[block] - np.linalg.solve(whole, coefficients[block])
    return Regression(
        coefficients=np.ascontiguousarray(coefficients),
        without_itself=without_itself,
        without_its_group=without_group,
    )
