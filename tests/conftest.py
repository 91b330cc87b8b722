"""What tests share by name."""

import pytest


@pytest.fixture(scope="module", params=["numpy", "llvm"])
def each_engine(request):
    """Run the tests of a module with one engine after the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMSOLID_ENGINE", request.param)
        yield request.param
