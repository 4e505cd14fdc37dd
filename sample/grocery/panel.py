"""The panel: everything that is fixed before the first day."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sample.grocery.campaigns import Campaigns, build_campaigns
from sample.grocery.catalogue import Catalogue, build_catalogue
from sample.grocery.households import Households, build_households
from sample.grocery.shape import FULL_STORES, Shape
from sample.streams import stream


@dataclass(frozen=True)
class Panel:
    """Households, products, stores and campaigns of one shape and seed."""

    shape: Shape
    seed: int
    catalogue: Catalogue
    households: Households
    campaigns: Campaigns
    store_id: npt.NDArray[np.int64]


def build_panel(shape: Shape, seed: int) -> Panel:
    """Return the panel of this shape; equal for equal seeds."""
    catalogue = build_catalogue(shape.products, seed)
    households = build_households(shape.households, shape.days, shape.stores, seed)
    campaigns = build_campaigns(catalogue, households, shape.days, seed)
    numbers = np.concatenate([np.arange(1, 4 * FULL_STORES), np.arange(31_000, 34_281)])
    store_id = np.sort(stream(seed, 100).permutation(numbers)[: shape.stores])
    return Panel(shape, seed, catalogue, households, campaigns, store_id)
