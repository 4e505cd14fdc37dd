"""Most likely values of positive parameters, with exact gradients and standard errors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.calibration import Floats
from ml.model_errors import ModelError

# Logarithms of parameters stay within these bounds; at one of them nothing can be said.
_BOUND = 12.0
_STEP = 1e-4
# Standard deviation of the logarithms before anything is known. So wide that data which say
# something decide alone, and narrow enough that parameters do not run away where nobody ever left.
_PRIOR = 4.0
# log parameters (p,) → minus the log-likelihood, and its gradient (p,) in these.
Objective = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True)
class Fitted:
    """Parameters (p,), all positive, and the covariance (p, p) of their logarithms."""

    names: tuple[str, ...]
    values: Floats
    log_covariance: Floats
    log_likelihood: float

    @property
    def standard_errors(self) -> Floats:
        """(p,) in the parameters' own units, by the delta method."""
        errors: Floats = self.values * np.sqrt(np.diag(self.log_covariance))
        return errors

    def in_units(self, name: str, unit: float) -> "Fitted":
        """The same with one parameter, of data in units of `unit`, in the data's own units."""
        factors = np.where(np.array(self.names) == name, unit, 1.0)
        return replace(self, values=self.values * factors)

    def drawn(self, count: int, generator: np.random.Generator) -> Floats:
        """(count, p) parameters that the data leave possible: normal in their logarithms."""
        logs = generator.multivariate_normal(
            np.log(self.values), self.log_covariance, count, method="eigh"
        )
        drawn: Floats = np.exp(logs)
        return drawn


def maximise(
    names: Sequence[str], objective: Objective, starts: Sequence[Sequence[float]]
) -> Fitted:
    """The most likely parameters that are reached from any of `starts`.

    The covariance is the inverse of the Hessian, by central differences of the exact gradient.
    Raises ModelError if there is no maximum: parameters run away, or the Hessian is not positive.
    """
    from scipy.optimize import minimize

    def penalised(logs: Floats) -> tuple[float, Floats]:
        value, gradient = objective(logs)
        return value + float(logs @ logs) / (2 * _PRIOR**2), gradient + logs / _PRIOR**2

    bounds = [(-_BOUND, _BOUND)] * len(names)
    runs = [
        minimize(
            penalised,
            np.log(np.asarray(start, dtype=np.float64)),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 2000, "ftol": 1e-14, "gtol": 1e-9},
        )
        for start in starts
    ]
    best = min(runs, key=lambda run: float(run.fun))
    logs: Floats = best.x
    if not np.isfinite(best.fun) or (np.abs(logs) > _BOUND - 0.5).any():
        raise ModelError("the likelihood has no maximum, so the parameters run away")
    hessian = _hessian(penalised, logs)
    if not np.isfinite(hessian).all() or np.linalg.eigvalsh(hessian).min() <= 0:
        raise ModelError("the likelihood is flat, so the parameters cannot be told apart")
    covariance: Floats = np.linalg.inv(hessian).astype(np.float64)
    return Fitted(tuple(names), np.exp(logs), covariance, -objective(logs)[0])


def _hessian(objective: Objective, logs: Floats) -> Floats:
    columns: list[Floats] = []
    for index in range(len(logs)):
        step = np.zeros(len(logs))
        step[index] = _STEP
        ahead, behind = objective(logs + step)[1], objective(logs - step)[1]
        columns.append((ahead - behind) / (2 * _STEP))
    hessian = np.column_stack(columns)
    symmetric: Floats = (hessian + hessian.T) / 2
    return symmetric
