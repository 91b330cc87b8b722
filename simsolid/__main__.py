"""Command line: compare routes, list and check parameters, cite, show the model, run the demo."""

import sys

import click

from simsolid import __version__
from simsolid.errors import ModelError, ParameterError, SolveError

LISTED = ("tumours", "targets", "products", "routes", "models", "rules", "trials", "calibrations")
_TIME_UNIT = click.option("--time-unit", help="Unit of an SBML file's time, such as hour, where the file does not say.")
CODES = {ParameterError: 2, ModelError: 2, SolveError: 1, OSError: 1, MemoryError: 1, KeyboardInterrupt: 130}
FORMATS = ("text", "markdown", "csv", "latex")


class _Friendly(click.Group):
    """Bad input ends with its message and code 2, a failed run with code 1, an interruption with 130; no tracebacks."""

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except tuple(CODES) as fault:
            said = str(fault) or "interrupted before anything was finished"
            click.echo(f"simsolid: {said}", err=True)
            ctx.exit(next(code for kind, code in CODES.items() if isinstance(fault, kind)))


@click.group(cls=_Friendly, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main():
    """Simulate CAR-T cell therapy of solid tumours. Research and teaching only; not medical advice."""


@main.command()
@click.argument("tumour")
@click.option("--target", help="Antigen; may be left out when the tumour has one.")
@click.option("--product", help="CAR-T product; the usual one when left out.")
@click.option("--routes", help="Routes to compare, separated by commas; the usual ones when left out.")
@click.option("--patients", default=500, show_default=True, help="Number of virtual patients.")
@click.option("--seed", default=7, show_default=True, help="Seed of the cohort.")
@click.option("--days", default=365.0, show_default=True, help="Days after the infusion.")
@click.option("--dose", type=float, help="CAR-T cells; the product's reference dose when left out.")
@click.option("--conditioning", default="product", show_default=True, help="Lymphodepletion, or none.")
@click.option("--armour", help="Armour; the product's own when left out.")
@click.option("--origin", help="autologous, allogeneic or allogeneic_edited; the product's own when left out.")
@click.option("--first-scan", default=28.0, show_default=True, help="Day of the first scan.")
@click.option("--scan-every", default=42.0, show_default=True, help="Days between later scans.")
@click.option("--rescue", default="standard", show_default=True, help="Set of rescue rules, a .toml file of them, or none.")
@click.option("--rtol", default=1e-5, show_default=True, help="Relative tolerance per patient.")
@click.option("--engine", default="auto", show_default=True, help="numpy, llvm (machine code), or the faster one at hand.")
@click.option("--out", type=click.Path(file_okay=False), help="Folder for tables, trajectories, figures and manifest.")
def compare(tumour, target, product, routes, out, **options):
    """Compare delivery routes of TUMOUR in the same virtual patients."""
    from simsolid.compare import compare as run

    chosen = [name.strip() for name in routes.split(",") if name.strip()] if routes else []
    answer = run(tumour, target, product, routes=chosen, out=out, command=["simsolid", *sys.argv[1:]], **options)
    click.echo(str(answer))
    if out:
        click.echo(f"\nWritten to {out}", err=True)
    if answer.stopped is not None:
        sys.exit(next((code for kind, code in CODES.items() if isinstance(answer.stopped, kind)), 1))


@main.command()
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
    routes = [name.strip() for name in route.split(",") if name.strip()]
    plan = Regimen.single(dose, routes[0], conditioning=conditioning).with_rules(rescue)
    plan = vary(plan, route=routes) if len(routes) > 1 else plan
    names = [name.strip() for name in outputs.split(",") if name.strip()] if outputs else OUTPUTS
    answer = rests_on(setting, plan, names, **options)
    click.echo(str(answer))
    if folder:
        write_rests(answer, folder)
        click.echo(f"\nWritten to {out}", err=True)


@main.command()
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


@main.command("list")
@click.argument("what", type=click.Choice(LISTED))
def listed(what):
    """List tumours, targets, products, routes, models, sets of rules, reported trials or calibrations."""
    from simsolid.calibrate.plans import plan
    from simsolid.files import available
    from simsolid.load import layer
    from simsolid.models import GALLERY, MODELS
    from simsolid.rulebook import title
    from simsolid.trials.files import trial

    titles = {"rules": title, "trials": lambda name: trial(name).title, "calibrations": lambda name: plan(name).title}
    wide = max(26, *map(len, available(what))) if what != "models" else 26
    if what == "models":
        for name, model in (MODELS | GALLERY).items():
            click.echo(f"{name:26} {sys.modules[model.rates.__module__].__doc__.splitlines()[0]}")
        return
    for name in available(what):
        told = titles[what](name) if what in titles else layer(what, name).title
        click.echo(f"{name:{wide}} {told}")


@main.command("rules")
@click.argument("source")
def told_rules(source):
    """Print the rules of a set, by NAME or from a .toml file, as sentences; or list its faults."""
    from simsolid.rulebook import rules, title

    click.echo("\n".join([title(source), *(f"  {rule}" for rule in rules(source))]))


@main.command()
@click.argument("model", default="house")
@click.option("--sbml", "file", type=click.Path(dir_okay=False), help="File to write, SBML Level 3.")
@click.option("--petab", type=click.Path(file_okay=False), help="Folder to write, a PEtab problem of a published model.")
@click.option("--data", type=click.Path(), help="For --petab: CSV file with TIME, DV and as needed ID, AMT, EVID, CMT, WHAT.")
@click.option("--fit", multiple=True, help="For --petab: PARAMETER or PARAMETER=LOW:HIGH; may be repeated.")
@click.option("--observes", help="For --petab: the observable, where the data do not say.")
@click.option("--doses-into", help="For --petab: the state that receives doses, where the data do not say.")
@click.option("--tumour", default="gastric", show_default=True, help="Tumour of the setting.")
@click.option("--target", help="Antigen; may be left out when the tumour has one.")
@click.option("--product", help="CAR-T product; the usual one when left out.")
@click.option("--route", default="intravenous", show_default=True, help="Route of the infusion on day 0.")
@click.option("--dose", type=float, help="CAR-T cells; the product's reference dose when left out.")
@click.option("--hours", default=0.0, show_default=True, help="Duration of the infusion; 0 gives all cells at once.")
@click.option("--conditioning", default="product", show_default=True, help="Lymphodepletion, or none.")
@click.option("--armour", help="Armour; the product's own when left out.")
@click.option("--origin", help="autologous, allogeneic or allogeneic_edited; the product's own when left out.")
@click.option("--lesions", type=int, help="Lesions of the typical patient; the most frequent number when left out.")
@click.option("--patient", type=int, help="Number of a drawn patient; the typical patient when left out.")
@click.option("--seed", default=7, show_default=True, help="Seed of the cohort from which --patient is drawn.")
@click.option("--days", default=180.0, show_default=True, help="Days after the infusion.")
@click.option("--rescue", default="none", show_default=True, help="Rescue rules; what they give this patient becomes events.")
@click.option("--begin", type=float, help="First day; when left out -7, and 0 for a published model.")
@click.option("--variant", help="Patient, group or experiment of a published model.")
@click.option("--piecewise/--no-piecewise", default=True, show_default=True,
              help="Branches as piecewise, or in arithmetic: COPASI stops at a dose that changes two piecewise at once.")
@click.pass_context
def export(ctx, model, file, petab, data, fit, observes, doses_into, begin, variant, days, piecewise, **chosen):
    """Write MODEL as SBML, for COPASI, libRoadRunner and others: one patient under one plan, or a published model.

    With --petab, write a published model with measurements and parameters to fit, for pyPESTO, Data2Dynamics and others.
    """
    from simsolid.design import BEGIN
    from simsolid.export import exported, written
    from simsolid.export_model import export_model
    from simsolid.export_petab import commanded
    from simsolid.load import load_model
    from simsolid.models import GALLERY

    if petab is not None:
        _refuse_given(ctx, [*chosen, "days"], "with --petab")
        if file is not None:
            raise ParameterError("export: --sbml and --petab are two commands; give one of them")
        choices = {"observes": observes, "doses_into": doses_into, "begin": begin or 0.0, "piecewise": piecewise}
        click.echo(f"Written: {commanded(model, petab, data, fit, variant, **choices)}")
        return
    _refuse_given(ctx, ["data", "fit", "observes", "doses_into"], "without --petab")
    if file is None:
        raise ParameterError("export: say where to: --sbml FILE, or --petab DIR with --data FILE and --fit PARAMETER")
    both = {"days": days, "piecewise": piecewise}
    _refuse_given(ctx, [*chosen] if model in GALLERY else ["variant"], f"for model '{model}'")
    if model in GALLERY:
        text = export_model(model, load_model(model, variant=variant), begin=0.0 if begin is None else begin, **both)
    else:
        text = exported(model, begin=BEGIN if begin is None else begin, **both, **chosen)
    written(file, text)
    click.echo(f"Written: {file}")


def _refuse_given(ctx, names, where):
    """Refuse options that mean nothing here, instead of passing over them."""
    typed = click.core.ParameterSource.COMMANDLINE
    given = [f"--{name.replace('_', '-')}" for name in names if ctx.get_parameter_source(name) is typed]
    if given:
        raise ParameterError(f"export: {', '.join(given)} means nothing {where}; leave it out")


@main.group()
def params():
    """Check and tabulate parameter files."""


@params.command()
@click.argument("files", nargs=-1, type=click.Path())
def check(files):
    """Check parameter FILES, or all that are shipped; list every fault."""
    from pathlib import Path

    from simsolid.calibrate.plans import plan
    from simsolid.files import FOLDERS, available, layer_path
    from simsolid.load import read_file
    from simsolid.rulebook import rules
    from simsolid.trials.files import trial

    readers = {"rules": rules, "trials": trial, "calibrations": plan}
    paths = list(files) or [layer_path(kind, name) for kind in FOLDERS for name in available(kind)]
    faults = []
    for path in paths:
        try:
            readers.get(Path(path).parent.name, read_file)(path)
        except ParameterError as fault:
            faults.append(str(fault))
    if faults:
        raise ParameterError("\n".join(faults))
    click.echo(f"{len(paths)} files: no faults")


@params.command()
@click.argument("tumour", required=False)
@click.option("--target")
@click.option("--product")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
def table(tumour, target, product, form):
    """Print the parameters of a setting, or of all files, with unit, range, basis and source."""
    from simsolid.files import KINDS, available
    from simsolid.load import layer, load
    from simsolid.tables import table as tabulate

    every = [layer(kind, name) for kind in KINDS for name in available(kind)] if tumour is None else None
    click.echo(tabulate(every if every is not None else load(tumour, target, product), form))


@main.command()
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


@main.command()
@click.argument("tumour")
@click.option("--target")
@click.option("--product")
@click.option("--bibtex", is_flag=True, help="Print BibTeX instead of the readable list.")
def cite(tumour, target, product, bibtex):
    """Print what a setting relies on and how much of it is assumed."""
    from simsolid.cite import cite as sources
    from simsolid.load import load

    found = sources(load(tumour, target, product))
    click.echo(found.bibtex() if bibtex else found.text())


@main.command()
@click.argument("rows", nargs=-1, required=True)
def evidence(rows):
    """Print what sources found, by the ROWS that parameters and trials name, such as C003 or f_lung0."""
    from simsolid.evidence import told

    click.echo(told(*rows))


@main.command()
@click.option("--out", default="simsolid-demo.png", show_default=True, type=click.Path(dir_okay=False))
def demo(out):
    """Simulate one typical patient and draw one figure, in seconds."""
    from simsolid.compare import demo as run

    run(out)
    click.echo(f"Drawn: {out}")


@main.group()
def model():
    """Look at a model."""


@model.command()
@click.argument("name", default="house")
@click.option("--lesions", default=1, show_default=True, help="Number of lesions to write out.")
@_TIME_UNIT
def show(name, lesions, time_unit):
    """Print states with units, mechanisms and equations (LaTeX) of a model, by NAME or from an SBML file."""
    from simsolid.describe import describe

    click.echo(describe(_read(name, time_unit) if name.lower().endswith((".xml", ".sbml")) else name, lesions))


@main.command("import")
@click.argument("file", type=click.Path(dir_okay=False))
@_TIME_UNIT
def imported(file, time_unit):
    """Read a model from an SBML FILE and print its states, parameters and equations, or what in it cannot be run."""
    from simsolid.describe import describe

    click.echo(describe(_read(file, time_unit)))


def _read(file, time_unit):
    from simsolid.sbml_read.imported import import_sbml

    return import_sbml(file, time_unit=time_unit)


if __name__ == "__main__":
    main()
