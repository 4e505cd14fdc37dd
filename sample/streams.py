"""Random numbers: one independent stream per purpose, all from one seed."""

import numpy as np
import numpy.typing as npt

SEED = 20_040_323
"""The seed used when none is given."""


def stream(seed: int, *purpose: int) -> np.random.Generator:
    """Return the random stream of one purpose, the same for the same seed and purpose.

    With a separate stream for each purpose (and day), everything else stays the same if one part of
    the generator draws more or fewer numbers.
    """
    return np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=purpose))


def fixed_uniform(seed: int, *parts: npt.NDArray[np.int64] | int) -> npt.NDArray[np.float64]:
    """Return numbers in [0, 1) that depend only on the parts, not on the order of drawing.

    Parts are broadcast against each other. Used for what must always be the same: a household's
    favourite product, a product's promotion in a week. The mixing function is SplitMix64 (Steele,
    Lea and Flood, 2014).
    """
    mixed = np.asarray(seed, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for part in parts:
            mixed = mixed + np.asarray(part).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            mixed = mixed ^ (mixed >> np.uint64(31))
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
