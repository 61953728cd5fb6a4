"""The commands and their options, as typer sees them; what they do is in run.py (and `learn` is in learn.py).

This module is imported by `cutline --help`, so it imports typer and nothing heavier.
"""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from cutline.faces.cli.learn import learn

app = typer.Typer(
    name="cutline",
    help="Logistic regression you can see, trust and scale: a table in, a model you can read out.",
    epilog="Start with: cutline fit DATA.csv --target COLUMN --out model.json",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

WHAT, HOW, READING, RESULT = "What to fit", "How to fit it", "How to read DATA", "What to say and keep"

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A table: CSV (also .gz), Parquet, Arrow or Feather; - is standard input.",
        show_default=False,
    ),
]
ModelFile = Annotated[
    str,
    typer.Argument(metavar="MODEL", help="A model file that 'cutline fit --out' wrote.", show_default=False),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        metavar="E",
        rich_help_panel=READING,
        help="Encoding of a text file, such as utf-8, utf-16 or cp949.",
        show_default="recognized",
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        metavar="D",
        rich_help_panel=READING,
        help="The character between cells, such as ';' or tab.",
        show_default="recognized",
    ),
]
NoHeader = Annotated[
    bool,
    typer.Option(
        "--no-header",
        rich_help_panel=READING,
        help="The first line is data too; the columns have no names of their own and are numbered.",
        show_default="the first line holds the names",
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        rich_help_panel=RESULT,
        help="Print exactly one JSON document on standard output, and nothing else there.",
        show_default="a report to read",
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        metavar="P",
        rich_help_panel=RESULT,
        help="A row is predicted positive from this probability on.",
        show_default="the model's, 0.5",
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"cutline {version('cutline')}")
        raise typer.Exit


@app.callback()
def cutline(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """Logistic regression you can see, trust and scale: a table in, a model you can read out."""


@app.command()
def fit(
    data: Data,
    target: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            rich_help_panel=WHAT,
            help="The column to explain: two labels, a count of successes with --trials, or a proportion "
            "with --weights.",
            show_default=False,
        ),
    ],
    positive: Annotated[
        str | None,
        typer.Option(
            metavar="LABEL",
            rich_help_panel=WHAT,
            help="The label whose probability is modeled.",
            show_default="the last in sorted order",
        ),
    ] = None,
    features: Annotated[
        list[str] | None,
        typer.Option(
            metavar="a,b",
            rich_help_panel=WHAT,
            help="Use these columns only; a name that holds a comma goes in double quotes ('\"height, cm\",age').",
            show_default="all columns",
        ),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="a,b",
            rich_help_panel=WHAT,
            help="Use all columns but these; not together with --features.",
            show_default="none",
        ),
    ] = None,
    categorical: Annotated[
        list[str] | None,
        typer.Option(
            metavar="a,b",
            rich_help_panel=WHAT,
            help="Treat these columns as categories although they hold numbers or nearly unique texts.",
            show_default="text and boolean columns",
        ),
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COL=LEVEL",
            rich_help_panel=WHAT,
            help="The level a category is compared with; repeat for other columns.",
            show_default="the first in sorted order",
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="COL",
            rich_help_panel=WHAT,
            help="A column of prior weights: 2 counts a row twice, 0 leaves it out.",
            show_default="1 each",
        ),
    ] = None,
    offset: Annotated[
        str | None,
        typer.Option(
            metavar="COL",
            rich_help_panel=WHAT,
            help="A column added to the linear predictor with coefficient 1.",
            show_default="none",
        ),
    ] = None,
    trials: Annotated[
        str | None,
        typer.Option(
            metavar="COL",
            rich_help_panel=WHAT,
            help="A column with the number of trials behind each row; the target then counts successes.",
            show_default="one trial a row",
        ),
    ] = None,
    penalty: Annotated[
        Literal["auto", "none", "l2", "firth"],
        typer.Option(
            rich_help_panel=HOW,
            help="auto is maximum likelihood, and Firth's penalty where the classes are separated.",
        ),
    ] = "auto",
    C: Annotated[
        float | None,
        typer.Option(
            "--C",
            metavar="X",
            rich_help_panel=HOW,
            help="With --penalty l2: the inverse of the penalty's strength; smaller shrinks more.",
            show_default="1 with l2",
        ),
    ] = None,
    no_intercept: Annotated[
        bool,
        typer.Option(
            "--no-intercept",
            rich_help_panel=HOW,
            help="Fit without a constant term.",
            show_default="with one",
        ),
    ] = False,
    solver: Annotated[
        Literal["auto", "newton", "lbfgs", "gradient-descent"],
        typer.Option(rich_help_panel=HOW, help="How to minimize; auto chooses by the size of the table."),
    ] = "auto",
    tol: Annotated[
        float,
        typer.Option(
            metavar="T",
            rich_help_panel=HOW,
            help="Stop when every coefficient is within this many of its standard errors of the optimum.",
        ),
    ] = 1e-6,
    conf_level: Annotated[
        float, typer.Option(metavar="P", rich_help_panel=HOW, help="Level of the confidence intervals.")
    ] = 0.95,
    seed: Annotated[
        int,
        typer.Option(metavar="N", min=0, rich_help_panel=HOW, help="Seed of the sample that starts a large fit."),
    ] = 0,
    device: Annotated[
        str,
        typer.Option(metavar="NAME", rich_help_panel=HOW, help="Where to compute: cpu, or a GPU: cuda, cuda:1."),
    ] = "cpu",
    missing: Annotated[
        Literal["drop", "impute", "fail"],
        typer.Option(
            rich_help_panel=READING,
            help="Rows with a missing value in a used column: drop them (counted), impute the column's "
            "median or commonest level, or fail.",
        ),
    ] = "drop",
    on_bad_rows: Annotated[
        Literal["fail", "reject"],
        typer.Option(
            rich_help_panel=READING,
            help="Lines with too many or too few cells: fail, or reject them, counted and listed in a file.",
        ),
    ] = "fail",
    na: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TOKENS",
            rich_help_panel=READING,
            help="Cells that mean missing, besides the empty cell: for example '?,-999'.",
            show_default="the usual ones, such as NA and NaN",
        ),
    ] = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    no_header: NoHeader = False,
    decimal: Annotated[
        Literal[".", ","],
        typer.Option(rich_help_panel=READING, help="The decimal mark of a text file."),
    ] = ".",
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=RESULT,
            help="Write the model here, as JSON; it holds no rows.",
            show_default="no file is written",
        ),
    ] = None,
    json: Json = False,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            rich_help_panel=RESULT,
            help="No report and no progress; --out and --json still deliver, warnings and errors are said.",
            show_default="the report",
        ),
    ] = False,
) -> None:
    """Fit a logistic regression to DATA and print it; --out keeps it.

    No row is lost in silence: every dropped row is counted with its reason.
    Where the classes are separated, so that no maximum exists, the columns that do it are named.
    """
    from cutline.faces.cli import options, run

    chosen = {
        "positive": positive,
        "features": options.names("--features", features) or None,
        "drop": options.names("--drop", drop),
        "categorical": options.names("--categorical", categorical),
        "reference": options.references(reference) or None,
        "weights": weights,
        "offset": offset,
        "trials": trials,
        "intercept": not no_intercept,
        "penalty": penalty,
        "C": C,
        "missing": missing,
        "on_bad_rows": on_bad_rows,
        "na": options.tokens("--na", na),
        "encoding": encoding,
        "delimiter": delimiter,
        "header": not no_header,
        "decimal": decimal,
        "solver": solver,
        "device": device,
        "tol": tol,
        "conf_level": conf_level,
        "seed": seed,
    }
    options.check_fit(target, chosen, data=data, out=out)
    run.fit(data, target, chosen, out=out, as_json=json, quiet=quiet)


@app.command()
def predict(
    model: ModelFile,
    data: Data,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=RESULT,
            help="Write here: FILE.csv or FILE.parquet.",
            show_default="CSV on standard output",
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLS",
            rich_help_panel=RESULT,
            help="Columns of DATA to carry along, separated by commas.",
            show_default="none",
        ),
    ] = None,
    threshold: Threshold = None,
    unseen: Annotated[
        Literal["empty", "reference", "fail"],
        typer.Option(
            rich_help_panel=RESULT,
            help="A category the model has not seen: an empty probability, the reference level, or an error.",
        ),
    ] = "empty",
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    no_header: NoHeader = False,
) -> None:
    """Give every row of DATA its probability: row, probability, prediction.

    Rows keep their order and number.
    A row that cannot be scored gets an empty probability, and is counted on standard error.
    """
    from cutline.faces.cli import options, run

    options.check_predict(threshold, out=out, inputs=(model, data))
    run.predict(
        model,
        data,
        out=out,
        keep=options.names("--keep", keep),
        threshold=threshold,
        unseen=unseen,
        reading={"encoding": encoding, "delimiter": delimiter, "header": not no_header},
    )


@app.command()
def score(
    model: ModelFile,
    data: Data,
    threshold: Threshold = None,
    json: Json = False,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    no_header: NoHeader = False,
) -> None:
    """Compare the model's probabilities with the labels in DATA.

    Log-loss, Brier score, AUC and calibration of the probabilities.
    Accuracy, precision, recall and the confusion matrix at the threshold.
    """
    from cutline.faces.cli import options, run

    options.between("--threshold", threshold, 0, 1)
    run.score(
        model,
        data,
        threshold=threshold,
        as_json=json,
        reading={"encoding": encoding, "delimiter": delimiter, "header": not no_header},
    )


@app.command()
def show(model: ModelFile, json: Json = False) -> None:
    """Print a saved model, in words and as a table."""
    from cutline.faces.cli import run

    run.show(model, as_json=json)


app.command()(learn)
