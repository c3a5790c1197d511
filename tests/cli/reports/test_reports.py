"""Reports are well formed, need nothing from outside, and take nothing from the data for markup."""

import html.parser
import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from kerasflow.cli.console import Console
from kerasflow.cli.outcome import save_outcome
from kerasflow.cli.reports.markdown import markdown
from kerasflow.cli.reports.page import page
from kerasflow.cli.reports.story import told
from kerasflow.cli.results import evaluation
from kerasflow.cli.scores import Answers
from tests.cli.tables import homes

EVIL = '<script>alert("1")</script>'


def report(outcome):
    held_out = outcome.held_out
    found = evaluation(outcome.run.target, Answers.of(held_out.truth, held_out.predicted, held_out.weights))
    metrics = {"validation": found, "epochs": len(outcome.history["loss"]), "seconds": 1.5}
    return told(outcome, metrics, {"python": "3", "packages": {"numpy": "2"}})


class Page(html.parser.HTMLParser):
    """The elements of a page, checked to be closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.attributes = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.texts.append(text)


KINDS = [(), ("no", "yes"), ("a", "b", "c")]


@pytest.mark.parametrize("labels", KINDS)
def test_a_page_is_well_formed_and_needs_nothing(made, labels):
    text = page(report(made(labels)))
    found = Page(text)
    assert not {"script", "img", "link", "iframe", "object", "a"} & set(found.tags)
    names = {name for name, _ in found.attributes}
    assert not {"src", "href"} & names and not any(name.startswith("on") for name in names)
    assert "url(" not in text and "@import" not in text
    assert re.findall(r"https?://[^\"']+", text) == ["http://www.w3.org/2000/svg"] * found.tags.count("svg")
    assert (
        any(value and "default-src 'none'" in value for _, value in found.attributes)
        and 'lang="en"' in text
        and "prefers-color-scheme: dark" in text
    )
    for drawing in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        root = ElementTree.fromstring(drawing)
        assert root.get("role") == "img" and len(root.get("aria-label")) > 20
        numbers = [
            float(v) for e in root.iter() for k, v in e.items() if k in ("x", "y", "cx", "cy", "width", "height")
        ]
        assert np.isfinite(numbers).all() and min(numbers) >= 0 and max(numbers) <= 700


@pytest.mark.parametrize("labels", KINDS)
def test_what_is_told(made, labels):
    outcome = made(labels, warnings=["'z' says the same in every row"])
    both = page(report(outcome)), markdown(report(outcome)).replace("\\", "")
    for text in both:
        assert "Trained on 1,200 rows of DATA.csv, judged on 300 rows held out." in text
        assert "the loss on the rows held out had stopped falling" in text and "Training ended after 3 epochs" in text
        assert re.search(r"'z' says the same|&#x27;z&#x27; says the same|z' says", text)
        for title in ("How good it is", "Which columns matter", "The data", "Where it errs most", "To repeat it"):
            assert title in text
    assert ("R2" in both[0]) == (not labels) and ("Calibration" in both[0]) == (len(labels) == 2)
    assert ("Each class" in both[0]) == (len(labels) == 3) and ("is \\ predicted" in both[0]) == bool(labels)


def test_markdown_tells_in_tables_what_charts_show(made):
    outcome = made()
    md = markdown(report(outcome))
    rows = re.search(r"\| rows \| true mean \| predicted \|\n.*\n((?:\|.*\n){5})", md)[1].splitlines()
    cells = [[float(cell.replace(",", "")) for cell in row.strip("| ").split("|")] for row in rows]
    truth = np.sort(outcome.held_out.truth).reshape(5, 60)
    assert [row[0] for row in cells] == [60] * 5
    np.testing.assert_allclose([row[1] for row in cells], truth.mean(axis=1), rtol=1e-4)
    np.testing.assert_allclose([row[2] for row in cells], truth.mean(axis=1), atol=0.2)
    assert "dashed line" not in md and "Larger dots" not in markdown(report(made(("no", "yes"))))


def test_the_summary_says_if_the_model_is_no_better_than_the_baseline(made):
    outcome = made()
    assert re.search(r"Its RMSE is 9\d% below that of always answering the mean\.", markdown(report(outcome)))
    outcome.held_out.predicted[:] = outcome.held_out.truth.mean()
    assert "It is no better than a baseline that looks at no column" in markdown(report(outcome))


@pytest.mark.parametrize("labels", [(), (EVIL, "b|`*_[x](http://x)\\"), (EVIL, "b", "c\r\n\x1b")])
def test_nothing_in_the_data_is_markup(made, labels):
    outcome = made(labels, names=(EVIL, "b|`*_\n[x](javascript:x)", f"{EVIL}&amp;"), warnings=[EVIL], note=EVIL)
    outcome.held_out.places[0] = (EVIL, 2)
    text = page(report(outcome))
    assert "script" not in Page(text).tags and "<script" not in text and "\x1b" not in text
    assert EVIL in Page(text).texts  # shown as it is
    md = markdown(report(outcome))
    assert "<script" not in md.replace("\\<", "") and "\x1b" not in md and "\r" not in md
    for line in md.splitlines():
        bare = re.sub(r"\\.", "", line)  # what is escaped means itself
        assert not re.search(r"[`*\[\]<>]", bare.removeprefix("> **Note:** ")), line
    heads = [line for line in md.splitlines() if line.startswith("| column")]
    for line in md.splitlines():
        if line.startswith("|"):
            assert line.endswith("|")
    assert heads


def test_tables_of_markdown_have_rows_of_one_width(made):
    for labels in KINDS:
        width = None
        for line in markdown(report(made(labels))).splitlines():
            cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else None
            assert width is None or cells in (None, width)
            width = cells


@pytest.mark.parametrize(
    ("wanted", "files"),
    [("md", ["report.md"]), ("html", ["report.html"]), ("both", ["report.html", "report.md"]), ("none", [])],
)
def test_reports_are_written_as_asked(made, tmp_path, wanted, files):
    save_outcome(tmp_path, made(report=wanted), Console())
    assert sorted(path.name for path in tmp_path.glob("report.*")) == files
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["validation"]["model"]["r2"] > 0.99


def test_extremes_can_be_drawn(made):
    outcome = made(rows=3)
    outcome.history.update(loss=[1e-9, 1e9, 0.0], val_loss=[5.0, 5.0, 5.0])
    outcome.held_out.truth[:] = 7.0
    outcome.held_out.predicted[:] = 7.0
    Page(page(report(outcome)))
    one = made(("no", "yes"), rows=1)
    one.history.update(loss=[1.0], val_loss=[1.0])
    object.__setattr__(one, "best_epoch", 1)
    Page(page(report(one)))


def test_a_report_warns_of_no_column_that_is_left_out(kerasflow, tmp_path):
    lines = homes(60).splitlines()
    text = "\n".join([f"id,{lines[0]}", *(f"{k},{line}" for k, line in enumerate(lines[1:]))])
    (tmp_path / "DATA.csv").write_text(text + "\n")
    for options, found in (([], True), (["--id", "id"], False)):
        arguments = ("DATA.csv", "--target", "price", "-o", "RUN", "--overwrite", "--epochs", "1", *options)
        assert kerasflow("train", *arguments).code == 0
        assert ("tells rows apart" in (tmp_path / "RUN" / "report.md").read_text()) is found
