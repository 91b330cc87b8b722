"""Commands about models: look at one, write it for other tools, read those of others."""

import click

from simsolid.errors import ParameterError

_TIME_UNIT = click.option("--time-unit", help="Unit of an SBML file's time, such as hour, where the file does not say.")


@click.command()
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


@click.group()
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


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False))
@_TIME_UNIT
def imported(file, time_unit):
    """Read a model from an SBML FILE and print its states, parameters and equations, or what in it cannot be run."""
    from simsolid.describe import describe

    click.echo(describe(_read(file, time_unit)))


def _read(file, time_unit):
    from simsolid.sbml_read.imported import import_sbml

    return import_sbml(file, time_unit=time_unit)
