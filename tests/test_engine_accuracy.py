"""Each engine against closed forms, published values and tight references."""

import pytest

from simsolid.engines.integrate import Status
from tests import problems

pytestmark = pytest.mark.usefixtures("each_engine")

STIFF_AND_NOT = {
    "robertson": problems.robertson,
    "hires": problems.hires,
    "van_der_pol": problems.van_der_pol,
    "trafficking": problems.trafficking,
    "kaps": problems.kaps,
    "follower": problems.follower,
    "gompertz": problems.gompertz,
    "coupled": problems.coupled,
    "sixty_states": lambda: problems.coupled(size=60, seed=2),
}


@pytest.mark.parametrize("name", STIFF_AND_NOT)
@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_error_stays_within_ten_times_the_tolerance(name, rtol):
    problem = STIFF_AND_NOT[name]()
    found = problem.solve(rtol)
    assert (found.status == Status.FINISHED).all()
    assert problem.error(found.values).max() < 10.0 * rtol
