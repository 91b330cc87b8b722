"""All checks by model, in the order of the gallery."""

from simsolid.gallery import (
    barros2021,
    brummer2022,
    kara2024,
    khot2019,
    kimmel2021,
    leontriana2021,
    liu2022,
    owens2021,
    sahoo2020,
    stein2019,
)

CHECKS = {module.__name__.rpartition(".")[2]: module.CHECKS for module in (
    barros2021, brummer2022, kara2024, khot2019, kimmel2021, leontriana2021, liu2022, owens2021, sahoo2020, stein2019
)}  # fmt: skip
