"""Commands about what answers rest on: sensitivity, calibration, validation."""

import sys

import click

from . import several


@click.command()
@click.argument("tumour")
@click.option("--target", help="Antigen; may be left out when the tumour has one.")
@click.option("--product", help="CAR-T product; the usual one when left out.")
@click.option("--route", default="intravenous", show_default=True, help="Route of the infusion; of two, a,b: their difference.")
@click.option("--dose", type=float, help="CAR-T cells; the product's reference dose when left out.")
@click.option("--conditioning", default="product", show_default=True, help="Lymphodepletion, or none.")
@click.option("--rescue", default="standard", show_default=True, help="Set of rescue rules, a .toml file of them, or none.")
@click.option("--outputs", help="Measures of the summary, separated by commas; response, kinetics, CRS and PFS when left out.")
@click.option("--patients", default=30, show_default=True, help="Patients of each cohort.")
@click.option("--samples", default=256, show_default=True, help="Rows of the design, a power of two: more narrow the intervals.")
@click.option("--ranked", default=24, show_default=True, help="Values that are looked at one by one.")
@click.option("--seed", default=7, show_default=True, help="Seed of patients and design.")
@click.option("--days", default=180.0, show_default=True, help="Days after the infusion.")
@click.option("--out", type=click.Path(file_okay=False), help="Folder for the tables and the figure.")
def rests(tumour, target, product, route, dose, conditioning, rescue, outputs, out, **options):
    """Say what an answer rests on: shares of its variance from assumed and measured values, and what to measure next."""
    from simsolid.load import load
    from simsolid.regimen import Regimen
    from simsolid.results import writable, write_rests
    from simsolid.sensitivity import OUTPUTS, rests_on
    from simsolid.vary import vary

    folder = writable(out) if out else None
    setting = load(tumour, target, product)
    dose = float(setting["reference_dose"]) if dose is None else dose
    routes = several(route)
    plan = Regimen.single(dose, routes[0], conditioning=conditioning).with_rules(rescue)
    plan = vary(plan, route=routes) if len(routes) > 1 else plan
    answer = rests_on(setting, plan, several(outputs) if outputs else OUTPUTS, **options)
    click.echo(str(answer))
    if folder:
        write_rests(answer, folder)
        click.echo(f"\nWritten to {out}", err=True)


@click.command()
@click.argument("setting")
@click.option("--out", type=click.Path(file_okay=False), help="Folder for fitted values, draws, report and finished points; "
              "calibration/SETTING when left out.")
@click.option("--patients", type=int, help="Simulated patients of each trial; those of the file when left out.")
@click.option("--seed", type=int, help="Seed; that of the file when left out.")
@click.option("--quick", is_flag=True, help="Few points and patients: shows that everything works, not for use.")
@click.option("--workers", default=1, show_default=True, help="Processes that simulate points side by side.")
def calibrate(setting, out, **options):
    """Fit the parameters that params/calibrations/SETTING.toml names to what its trials found.

    Finished points are kept in the folder: the same command goes on where an earlier one was stopped.
    """
    from simsolid.calibrate import calibrate as run

    folder = out or f"calibration/{setting.removesuffix('.toml').rpartition('/')[2]}"
    answer = run(setting, out=folder, command=["simsolid", *sys.argv[1:]], **options)
    click.echo(str(answer))
    click.echo(f"Written to {folder}", err=True)


@click.command()
@click.argument("trials", nargs=-1)
@click.option("--out", type=click.Path(file_okay=False), help="Folder for report, table, figure and manifest.")
@click.option("--check", "folder", type=click.Path(file_okay=False), help="Folder of a validation to make again.")
@click.option("--patients", default=200, show_default=True, help="Virtual patients of a cohort, at least.")
@click.option("--draws", default=20, show_default=True, help="Cohorts of each trial, each with its draw of fitted values.")
@click.option("--workers", default=1, show_default=True, help="Processes that share the trials; they change no result.")
@click.option("--replicates", default=400, show_default=True, help="Trials of the reported size read out of them.")
@click.option("--seed", default=2026, show_default=True, help="Seed of it all.")
@click.option("--engine", default="auto", show_default=True, help="numpy, llvm (machine code), or the faster one at hand.")
def validate(trials, folder, out, **options):
    """Hold predictions against what TRIALS saw, endpoint by endpoint; all trials when none is named.

    With machine code (pip install 'simsolid[fast]') the committed report is made again in about 4 minutes of one core, without
    it in about 18; the results agree.
    """
    from simsolid.validation.run import validate as run
    from simsolid.validation.write import changed_files, committed, differences

    command = ["simsolid", *sys.argv[1:]]
    if folder is None:
        click.echo(str(run(trials or None, out=out, command=command, **options)))
        return
    before, facts = committed(folder)
    names = list(trials) or facts["trials"]
    answer = run(names, out=out, command=command, engine=options["engine"], workers=options["workers"],
                 **facts["effort"])
    found = differences(answer.table, before[before["trial"].isin(names)])
    changed = [f"{name}: not the file it was made with" for name in changed_files(facts)] if found else []
    told = f"{len(answer.table)} endpoints made again: {len(found) or 'no'} differences from {folder}"
    click.echo("\n".join([*changed, *found, told]))
    sys.exit(1 if found or answer.undiscussed else 0)
