"""One Rosenbrock step for a block of patients side by side.

A kernel owns the memory of its block and knows how to evaluate and solve; `step` is the method itself. Three kernels share it:
blocks of many patients, a few patients on plain floats (NumPy's cost per call would dominate), and a pivoted one for the rare
patient whose written-out elimination meets a pivot near zero, and for models too dense to write out.
"""

import numpy as np

from simsolid.engines import tableau
from simsolid.engines.plan import Plan

# A pivot of (I - h gamma J) this much smaller than 1 has lost too many digits; such a patient's step is done with pivoting.
SMALLEST_PIVOT = 1e-7


class ArrayKernel:
    """A block of patients, computed together.

    Parameters
    ----------
    plan : Plan
        Programs of the model.
    x : units of the states, states by patients
        State; the kernel works on this memory.
    p : units of the parameters, parameters by patients
        Parameters; likewise.
    """

    def __init__(self, plan: Plan, x: np.ndarray, p: np.ndarray):
        self.plan, self.x, self.p, self.width = plan, x, p, x.shape[1]
        self.q = np.empty((len(plan.known), self.width))
        self.stage, self.b, self.history, self.end = (np.empty_like(x) for _ in range(4))
        self.u = np.empty((tableau.STAGES, *x.shape))
        self.refresh(np.arange(self.width))
        self._prepare()

    def _prepare(self):
        plan, width = self.plan, self.width
        programs = [plan.rates, plan.factor] + ([plan.solve] if plan.sparse else [])
        self.w = np.empty((len(plan.factor.targets), width))
        self.slopes = self.w[len(self.w) - len(plan.moving) :]
        self.inverse = self.w[: len(plan.states)]
        self._scratch = list(np.empty((max(p.scratch for p in programs), width)))
        self._mask = np.empty(width, dtype=bool)
        given = {"p": list(self.p), "q": list(self.q)}
        self._at_start, self._at_stage = {"x": list(self.x), **given}, {"x": list(self.stage), **given}
        self._w, self._b, self._u = list(self.w), list(self.b), [list(u) for u in self.u]
        self._system = {"w": self._w, "b": self._b}

    def refresh(self, columns: np.ndarray) -> None:
        """Compute again what depends on the parameters of some columns.

        Parameters
        ----------
        columns : [1], one per column
            Places in the block.
        """
        self.q[:, columns] = self.plan.derived.block(np.zeros(len(columns)), {"p": self.p[:, columns]})

    def factor(self, t: np.ndarray, g: np.ndarray) -> None:
        """Factorise the shifted Jacobian at the start of the step.

        Parameters
        ----------
        t : [day], one per patient
            Start of the step.
        g : [1/day], one per patient
            Shift 1 / (h gamma).
        """
        self.plan.factor.arrays(t, g, self._at_start, self._w, self._scratch, self._mask)

    def rates(self, t: np.ndarray, first: bool) -> None:
        """Evaluate the rates into ``b``.

        Parameters
        ----------
        t : [day], one per patient
            Time of the stage.
        first : bool
            At the start of the step, or at ``stage``.
        """
        rows = self._at_start if first else self._at_stage
        self.plan.rates.arrays(t, None, rows, self._b, self._scratch, self._mask)

    def solve(self, i: int) -> None:
        """Solve for stage ``i`` from ``b``, which is lost.

        Parameters
        ----------
        i : [1], one
            Stage.
        """
        self.plan.solve.arrays(None, None, self._system, self._u[i], self._scratch, self._mask)

    def doubtful(self, g: np.ndarray) -> np.ndarray:
        """Mark the patients whose elimination met a pivot near zero.

        Parameters
        ----------
        g : [1/day], one per patient
            Shift of the Jacobian.
        """
        return ~(np.abs(self.inverse).max(axis=0) * g < 1.0 / SMALLEST_PIVOT)


class FloatKernel(ArrayKernel):
    """A few patients, computed one after the other on plain floats; the same bits as in a block."""

    def _prepare(self):
        self.inverse = np.empty_like(self.x)
        self.slopes = np.empty((len(self.plan.moving), self.width))
        self._rows = [()] * self.width

    def _given(self, x, column):
        rows = {"x": x, "p": self.p, "q": self.q}
        return {kind: block[:, column].tolist() for kind, block in rows.items()}

    def factor(self, t, g):  # noqa: D102
        size, moving = len(self.plan.states), len(self.plan.moving)
        for k in range(self.width):
            row = self._rows[k] = self.plan.factor.alone(float(t[k]), float(g[k]), self._given(self.x, k))
            self.inverse[:, k] = row[:size]
            self.slopes[:, k] = row[len(row) - moving :]

    def rates(self, t, first):  # noqa: D102
        x = self.x if first else self.stage
        for k in range(self.width):
            self.b[:, k] = self.plan.rates.alone(float(t[k]), None, self._given(x, k))

    def solve(self, i):  # noqa: D102
        for k in range(self.width):
            rows = {"w": self._rows[k], "b": self.b[:, k].tolist()}
            self.u[i, :, k] = self.plan.solve.alone(None, None, rows)


class PivotedKernel(ArrayKernel):
    """A block of patients whose linear systems are solved by a dense inverse with pivoting, one matrix per patient."""

    def _prepare(self):
        plan, width = self.plan, self.width
        self._entries = np.empty((len(plan.jacobian.targets), width))
        self.slopes = self._entries[len(plan.entries) :]
        self._scratch = list(np.empty((max(plan.rates.scratch, plan.jacobian.scratch), width)))
        self._mask = np.empty(width, dtype=bool)
        given = {"p": list(self.p), "q": list(self.q)}
        self._at_start, self._at_stage = {"x": list(self.x), **given}, {"x": list(self.stage), **given}
        self._e, self._b = list(self._entries), list(self.b)
        self._i, self._j = np.array(plan.entries, dtype=int).reshape(-1, 2).T

    def factor(self, t, g):  # noqa: D102
        size = len(self.plan.states)
        self.plan.jacobian.arrays(t, None, self._at_start, self._e, self._scratch, self._mask)
        matrix = np.zeros((self.width, size, size))
        matrix[:, self._i, self._j] = -self._entries[: len(self._i)].T
        matrix[:, range(size), range(size)] += g[:, None]
        # Column after column of the inverse, each with the patients innermost, as everything else here.
        self._inverse = np.ascontiguousarray(_inverted(matrix).transpose(2, 1, 0))

    def solve(self, i):  # noqa: D102
        u, term = np.multiply(self._inverse[0], self.b[0], self.u[i]), self.history
        for column, value in zip(self._inverse[1:], self.b[1:], strict=True):
            u += np.multiply(column, value, term)

    def doubtful(self, g):  # noqa: D102
        return np.zeros(self.width, dtype=bool)


def _inverted(matrices):
    try:
        return np.linalg.inv(matrices)
    except np.linalg.LinAlgError:  # one singular matrix must not take the others with it
        if len(matrices) > 1:
            return np.concatenate([_inverted(one[None]) for one in matrices])
        return np.full_like(matrices, np.nan)


def weighted(weights: np.ndarray, stages: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Sum stages by weight, stage after stage, so that a patient's bits do not depend on the block.

    Parameters
    ----------
    weights : [1], one per stage
        Weights.
    stages : units of the states, stages by states by patients
        What is summed.
    out : units of the states, states by patients
        Memory of the result.
    """
    if len(weights) == 1:
        return np.multiply(stages[0], weights[0], out)
    if out.size == 1:  # a single number would be summed in another order
        out[...] = np.einsum("j,jk->k", weights, np.repeat(stages.reshape(-1, 1), 2, axis=1))[:1]
        return out
    # Contiguous, because einsum goes along the shortest stride first, and that must be the patients, not the stages.
    np.einsum("j,jk->k", weights, np.ascontiguousarray(stages).reshape(len(stages), -1), out=out.reshape(-1))
    return out


def step(kernel: ArrayKernel, t: np.ndarray, h: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Take one step from the kernel's state, and return the state at its end, in ``kernel.end``; the stages stay in ``kernel.u``.

    Parameters
    ----------
    kernel : kernel
        Block of patients.
    t : [day], one per patient
        Start of the step.
    h : [day], one per patient
        Length of the step.
    g : [1/day], one per patient
        Shift 1 / (h gamma).

    References
    ----------
    steinebach2023
    """
    kernel.factor(t, g)
    u, stage, b, history, per_h = kernel.u, kernel.stage, kernel.b, kernel.history, 1.0 / h
    for i in range(tableau.STAGES):
        if i > 5:
            np.add(stage, u[i - 1], stage)
        elif i:
            weighted(tableau.A[i, :i], u[:i], stage)
            stage += kernel.x
        kernel.rates(t + tableau.TIMES[i] * h, not i)
        if i:
            weighted(tableau.C[i, :i], u[:i], history)
            history *= per_h
            b += history
        if tableau.TIME_WEIGHTS[i]:
            for row, slope in zip(kernel.plan.moving, kernel.slopes, strict=True):
                b[row] += tableau.TIME_WEIGHTS[i] * h * slope
        kernel.solve(i)
    return np.add(stage, u[-1], kernel.end)
