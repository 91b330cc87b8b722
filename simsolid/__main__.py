"""Command line: compare routes, run the demo, and the commands of `simsolid.commands`."""

import sys

import click

from simsolid import __version__
from simsolid.commands import several
from simsolid.commands.contents import cite, evidence, listed, params, told_rules
from simsolid.commands.evidence import calibrate, rests, validate
from simsolid.commands.exchange import export, imported, model
from simsolid.errors import ModelError, ParameterError, SolveError

CODES = {ParameterError: 2, ModelError: 2, SolveError: 1, OSError: 1, MemoryError: 1, KeyboardInterrupt: 130}


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

    answer = run(tumour, target, product, routes=several(routes), out=out, command=["simsolid", *sys.argv[1:]], **options)
    click.echo(str(answer))
    if out:
        click.echo(f"\nWritten to {out}", err=True)
    if answer.stopped is not None:
        sys.exit(next((code for kind, code in CODES.items() if isinstance(answer.stopped, kind)), 1))


@main.command()
@click.option("--out", default="simsolid-demo.png", show_default=True, type=click.Path(dir_okay=False))
def demo(out):
    """Simulate one typical patient and draw one figure, in seconds."""
    from simsolid.compare import demo as run

    run(out)
    click.echo(f"Drawn: {out}")


for command in (rests, calibrate, validate, export, model, imported, listed, told_rules, params, cite, evidence):
    main.add_command(command)


if __name__ == "__main__":
    main()
