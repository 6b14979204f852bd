"""Rows of a case folder from outside may hold numbers of any size."""

import pytest

from vallum.evidence.handed import read_row
from vallum.ground.errors import BadInput
from vallum.ground.records import Stratum


def test_a_number_beyond_all_bounds_is_no_row_and_no_crash():
    with pytest.raises(BadInput, match="is no such row .OverflowError."):
        read_row(Stratum, {"id": "x", "n_units": float("inf")})
