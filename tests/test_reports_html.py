from __future__ import annotations

import hashlib
import json
import math
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from reports_examples import (
    EXERCISE,
    good_set,
    make_rep,
    make_session,
    no_reps,
    oblique_set,
    poor_set,
    two_legs,
)

from formcheck.data._before import INF, Bands
from formcheck.data.results import Metric, SessionResult
from formcheck.report import charts, html
from formcheck.report.pictures import fitting
from formcheck.report.ranking import best_and_worst, labels
from formcheck.report.tracks import plots
from formcheck.report.words import band_texts

SESSIONS = [good_set, poor_set, two_legs, oblique_set, no_reps]
JPEG = b"\xff\xd8\xff\xe0 picture"
VOID = {"meta", "img", "br", "link", "input"}


def plain(text: str) -> str:
    """The text with ordinary spaces and hyphens for minus signs."""
    return " ".join(text.replace(charts.MINUS, "-").split())


class Page(HTMLParser):
    """Checks the nesting, and gathers the text, the ids and the addresses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.scripts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.addresses += [v for name, v in attrs if name in ("src", "href", "srcset") and v]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "script" in self.open:
            self.scripts.append(data)
        elif "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return plain(" ".join(self.words))


@pytest.mark.parametrize("make", SESSIONS)
def test_every_report_is_sound_and_asks_nothing_of_a_network(
    make: Callable[[], SessionResult],
) -> None:
    session = make()
    page = html.render(session, EXERCISE, {1: JPEG, 2: JPEG}, video="annotated.mp4")
    parsed = Page(page)
    assert page.startswith("<!DOCTYPE html>")
    assert len(parsed.ids) == len(set(parsed.ids))
    assert len(parsed.scripts) == 2, "the page's own script and its data"
    json.loads(parsed.scripts[0])
    assert "://" not in page
    assert len(page) < 3_000_000
    for address in parsed.addresses:
        assert address.startswith(("data:image/", "#", "./annotated.mp4"))
        if address.startswith("#"):
            assert address[1:] in parsed.ids
    assert session.summary.verdict in parsed.text
    assert "not a diagnosis" in parsed.text
    assert session.model.sha256 in parsed.text
    assert "nan" not in re.sub(r"[a-z]+nan|nan[a-z]+", "", parsed.text.lower()).split()
    assert "None" not in parsed.text.replace("None.", "")


def test_the_verdict_comes_first_and_then_the_advice_the_stills_and_the_table() -> None:
    session = poor_set()
    text = Page(html.render(session, EXERCISE, {1: JPEG, 5: JPEG})).text
    marks = [
        session.summary.verdict,
        session.summary.advice[0],
        "A coaching aid, not a diagnosis",
        "Each repetition at its lowest point",
        "The set over time",
        "From the start of the set to its end",
        "Repetition by repetition",
        "The repetitions over each other",
        "How the film suits the measurement",
        "What counts as good, and why",
    ]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_the_table_says_value_error_change_and_grade() -> None:
    text = Page(html.render(poor_set(), EXERCISE)).text
    assert "20.5 ± 1.6° +17.5° from standing fault" in text
    assert "Rep Leg Grade Lowering Knee valgus" in text  # a narrow window cuts off the right
    assert "2.90 ± 0.10 s good 20.5 ± 1.6°" in text
    assert "0.3 s 1.4 s" in text
    assert "Mean, right" in text


def test_a_gap_is_explained_in_a_footnote_that_prints() -> None:
    page = html.render(poor_set(), EXERCISE)
    text = Page(page).text
    assert "not measured 1" in text
    assert "1 Right heel hidden for 42 % of rep 3" in text
    assert 'title="Right heel hidden for 42 % of rep 3"' in page


def test_what_no_repetition_has_is_listed_once_with_the_reason() -> None:
    text = Page(html.render(oblique_set(), EXERCISE)).text
    wanted = (
        "Knee valgus (2D), Trunk lean, Knee over foot, Pelvic drop, not measured: "
        "The camera sees the person from an angle of 38°"
    )
    assert wanted in text
    assert "The repetitions over each other" not in text


def test_thresholds_come_with_their_sources() -> None:
    text = Page(html.render(good_set(), EXERCISE)).text
    assert "change from standing -5 to 8° 8 to 13° below -5° or above 13° ours, from" in text
    assert "aim at 3 s" in text
    assert "58 % of 177" in text


def test_the_film_section_says_what_the_numbers_are() -> None:
    text = Page(html.render(oblique_set(), EXERCISE)).text
    for said in (
        "oblique",
        "38 ± 2°",
        "unknown",
        "30.0 a second",
        "1.9 body heights",
        "assuming an ordinary lens",
        "Put the camera straight in front",
        "right side nearer",
        "up to 2",
    ):
        assert said in text


def test_texts_are_escaped_wherever_they_stand() -> None:
    evil = "<script>alert(\"1\")</script>' onload='x"
    rep = make_rep(1, 1.0)
    rep = replace(
        rep,
        notes=(evil,),
        metrics={**rep.metrics, "trunk_lean_deg": Metric(not_measured=evil)},
        faults=(replace(make_rep(1, 1.0, knee=30.0).faults[0], cue=evil),),
    )
    other = make_rep(2, 8.0)
    session = make_session([rep, other], verdict=evil, advice=(evil,), name=evil + ".mp4")
    session = replace(
        session, view=replace(session.view, warnings=(evil,)), config={evil: evil}, created=evil
    )
    page = html.render(
        session, EXERCISE, {1: JPEG}, video=evil + '"><b>.mp4', name=evil, notes=evil
    )
    parsed = Page(page)
    assert parsed.tags.count("script") == 2
    assert "alert" not in "".join(parsed.scripts)
    assert "><b>.mp4" not in page
    assert page.count("&lt;script&gt;") >= 11


def test_the_policy_knows_the_pages_own_style_and_script_and_nothing_else() -> None:
    page = html.render(good_set(), EXERCISE, video="annotated.mp4")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        text = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[-1]
        digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "media-src" not in html.render(good_set(), EXERCISE)


def test_name_and_notes_are_shown_when_given() -> None:
    text = Page(html.render(good_set(), EXERCISE, name="Ada  L.", notes="After the run.")).text
    assert "Ada L. ·" in text
    assert "Notes After the run." in text
    assert "Notes" not in Page(html.render(good_set(), EXERCISE)).text


def test_the_legs_are_put_side_by_side_and_the_thirds_of_each() -> None:
    text = Page(html.render(two_legs(), EXERCISE)).text
    assert "Left and right" in text
    assert "Knee valgus (2D): 5.4° more on the right, beyond the" in text
    assert "Repetitions 3 3 0 (0 %)" in text
    assert "2.6 ± 0.1 s 2.9 ± 0.1 s +0.3 s (+11 %) 0.3 s" in text
    assert "6.6 ± 1.9° 12.0 ± 1.9° +5.4° differs 5.3°" in text
    assert "Left leg" in text
    assert "Right leg" in text
    assert "Left and right" not in Page(html.render(good_set(), EXERCISE)).text


def test_a_set_that_falls_off_is_told() -> None:
    reps = [make_rep(n, 1 + 5.6 * n, knee=2.0 + 3.0 * n) for n in range(1, 7)]
    text = Page(html.render(make_session(reps, verdict="Six."), EXERCISE)).text
    assert re.search(
        r"Knee valgus \(2D\): 12\.0° more in the last third, beyond the 6\.\d° that", text
    )
    assert "first (rep 1, 2)" in text
    steady = make_session([replace(reps[0], index=n) for n in (1, 2, 3)], verdict="Three.")
    assert "differs from the first by nothing" in Page(html.render(steady, EXERCISE)).text


def test_what_stands_under_the_cursor_is_what_was_judged() -> None:
    parsed = Page(html.render(poor_set(), EXERCISE))
    data = json.loads(parsed.scripts[0])
    assert [rep["index"] for rep in data["reps"]] == [1, 2, 3, 4, 5, 6]
    by_name = {column["name"]: column for column in data["columns"]}
    assert next(iter(by_name)) == "hip drop"
    rep = poor_set().reps[4]
    column = by_name["knee valgus (2D)"]
    at = min(range(len(column["t"])), key=lambda n: abs(column["t"][n] - rep.lowest_s))
    course = rep.series["knee_fppa_deg"] - (rep.metrics["knee_fppa_deg"].standing or 0.0)
    there = int(np.argmin(np.abs(rep.series_t_s - rep.lowest_s)))
    assert column["y"][at] == pytest.approx(course[there], abs=0.01)


def test_every_still_is_embedded_and_the_best_and_the_worst_are_named() -> None:
    page = html.render(poor_set(), EXERCISE, dict.fromkeys(range(1, 7), JPEG))
    text = Page(page).text
    assert page.count("data:image/jpeg;base64,") == 6
    assert "Rep 1, right watch best" in text
    assert "Rep 5, right fault most to gain" in text


def test_many_stills_get_smaller_until_they_fit() -> None:
    picture = BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (720, 405, 3), dtype=np.uint8)
    Image.fromarray(noise).save(picture, "JPEG")
    some = dict.fromkeys(range(1, 13), picture.getvalue())
    fit = fitting(some, 700_000)
    assert sorted(fit) == sorted(some)
    assert 0 < sum(map(len, fit.values())) <= 700_000
    assert fitting(some, 10**9) == some
    assert len(fitting(some, 60_000)) < 12, "what does not fit at all is left out"


def test_what_is_not_a_picture_is_not_embedded() -> None:
    page = html.render(poor_set(), EXERCISE, {1: b"GIF89a"})
    assert "<img" not in page
    assert Page(page).tags.count("img") == 0


def test_best_and_worst() -> None:
    reps = poor_set().reps
    best, worst = best_and_worst(reps, EXERCISE)
    assert best is not None
    assert worst is not None
    assert (best.index, worst.index) == (1, 5)
    assert best_and_worst((), EXERCISE) == (None, None)
    assert best_and_worst(reps[:1], EXERCISE) == (reps[0], None)
    ungraded = oblique_set().reps
    assert best_and_worst(ungraded, EXERCISE) == (ungraded[0], None)


@pytest.mark.parametrize(
    ("bands", "words"),
    [
        (Bands((-5, 8), (-5, 13), ""), ("-5 to 8°", "8 to 13°", "below -5° or above 13°")),
        (Bands((-INF, 8), (-INF, 13), ""), ("below 8°", "8 to 13°", "above 13°")),
        (Bands((0.9, INF), (0.75, INF), ""), ("above 0.9°", "0.75 to 0.9°", "below 0.75°")),
        (Bands((-6, 6), (-10, 10), ""), ("-6 to 6°", "-10 to -6° or 6 to 10°", None)),
    ],
)
def test_bands_in_words(bands: Bands, words: tuple[str, str, str | None]) -> None:
    said = tuple(map(plain, band_texts(bands, "°")))
    assert said[:2] == words[:2]
    if words[2] is not None:
        assert said[2] == words[2]


def test_a_step_up_tells_its_own_tempo() -> None:
    text = Page(html.render(good_set(), replace(EXERCISE, order="up_down"))).text
    assert "Grade Lowering" in text
    assert "Rising Top" in text
    assert "2.60 ± 0.10 s good" in text
    assert "1.4 s 1.2 s" in text


def test_metrics_with_the_same_limits_share_a_row() -> None:
    knee = EXERCISE.metrics[0]
    both = (replace(knee, title="Left knee"), replace(knee, name="right", title="Right knee"))
    text = Page(html.render(good_set(), replace(EXERCISE, metrics=both))).text
    assert "Left knee, Right knee change from standing" in text


def test_legs_get_charts_of_their_own_on_one_scale() -> None:
    page = html.render(two_legs(), EXERCISE)
    assert 'id="knee_fppa_deg-left-title"' in page
    assert 'id="knee_fppa_deg-right-title"' in page
    left, right = (
        re.search(rf'id="knee_fppa_deg-{side}-desc".*?</svg>', page, re.DOTALL)
        for side in ("left", "right")
    )
    assert left is not None
    assert right is not None
    rects = [re.findall(r'<rect class="band [^>]*>', match.group()) for match in (left, right)]
    assert rects[0] == rects[1]


def test_charts_have_words_for_those_who_cannot_see_them() -> None:
    page = html.render(poor_set(), EXERCISE)
    assert page.count('role="img"') == 1 + 3 + 1 + 7 + 3, "tracks, thirds and panels"
    assert "repetition 5 runs from" in page
    assert "repetition 1 from 1.0 to" in page


@pytest.mark.parametrize(
    ("low", "high", "about", "expected"),
    [
        (0, 10, 5, [0, 2, 4, 6, 8, 10]),
        (-3.2, 17, 4, [0, 10]),
        (0.31, 0.44, 3, [0.35, 0.4]),
        (0, 0, 5, [0]),
        (math.nan, 1, 5, []),
    ],
)
def test_ticks_are_round(low: float, high: float, about: int, expected: list[float]) -> None:
    assert charts.ticks(low, high, about) == expected


def test_a_gap_lifts_the_pen() -> None:
    scale = charts.Scale(0, 10, 0, 100)
    t_s = np.array([0.0, 1.0, 2.0, 3.0])
    y = np.array([0.0, math.nan, 2.0, 3.0])
    assert charts.path_data(scale, scale, t_s, y) == "M0.0 0.0M20.0 20.0L30.0 30.0"


def test_the_good_band_is_always_in_the_picture() -> None:
    line = charts.Line("1", 0, np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    low, high = charts.metric_domain([line], Bands((-6, 6), (-10, 10), "")) or (0.0, 0.0)
    assert -10 < low < -6
    assert 6 < high < 10
    assert charts.metric_domain([], None) is None


def test_thinning_keeps_extremes_and_gaps() -> None:
    t_s = np.arange(10_000) / 30
    y = np.sin(t_s)
    y[4321] = 9.0
    y[6000:6500] = math.nan
    few_t, few_y = charts.thin(t_s, y, 300)
    assert len(few_y) <= 310
    assert few_y[np.isfinite(few_y)].max() == 9.0
    inside = (few_t > t_s[6000]) & (few_t < t_s[6499])
    assert np.isnan(few_y[inside]).all()
    assert inside.any()


def test_numbers_have_a_true_minus_and_no_minus_zero() -> None:
    assert charts.number(-3.14159, 1) == "\N{MINUS SIGN}3.1"
    assert charts.number(-0.04, 1) == "0.0"
    assert charts.clock(125, 300) == "2:05"
    assert charts.clock(2.5, 10) == "2.5"


def test_long_sessions_stay_small() -> None:
    session = make_session([make_rep(1, 600.0)], verdict="One.")
    assert len(html.render(session, EXERCISE)) < 200_000


def test_best_and_most_to_gain_need_different_grades() -> None:
    reps = [replace(rep, grade="watch") for rep in poor_set().reps]
    assert labels(reps, EXERCISE) == {}
    reps[2] = replace(reps[2], grade="good")
    assert labels(reps, EXERCISE)[3] == "best"
    assert "most to gain" in labels(reps, EXERCISE).values()


def test_the_tempo_counts_when_the_worst_is_chosen() -> None:
    calm = [replace(rep, grade="watch", faults=()) for rep in good_set().reps]
    calm[1] = replace(calm[1], tempo={**calm[1].tempo, "descent_s": 0.4})
    _, worst = best_and_worst(calm, EXERCISE)
    assert worst is calm[1]


def test_a_card_says_what_its_number_is() -> None:
    text = Page(html.render(poor_set(), EXERCISE)).text
    assert re.search(r"Knee valgus \(2D\) \+\S+ ± \S+ from standing", text)


def test_the_measured_depth_is_within_the_plot_of_the_hip() -> None:
    session = good_set()
    deep = Metric(value=60.0, sem=1.0)
    reps = tuple(replace(rep, metrics={**rep.metrics, "depth": deep}) for rep in session.reps)
    plot = plots(replace(session, reps=reps), EXERCISE)[0]
    assert plot.name == "depth"
    assert plot.domain[1] > 60.0


def test_no_line_is_drawn_through_a_time_without_pictures() -> None:
    session = good_set()
    t_s = session.frames["t_s"]
    whole, outage = plots(session, EXERCISE)[0], {5.0: 1.0, 9.0: 0.4}
    kept = {
        name: [
            value
            for t, value in zip(t_s, values, strict=True)
            if not any(start < t < start + length for start, length in outage.items())
        ]
        for name, values in session.frames.items()
    }
    broken = plots(replace(session, frames=kept), EXERCISE)[0]
    for plot, lines in ((whole, 1), (broken, 2)):
        path = re.search(r'class="course" d="([^"]*)"', charts.time_chart(plot))
        assert path is not None
        assert path.group(1).count("M") == lines, "the pen is lifted for more than half a second"
    assert broken.reading is not None
    within = np.abs(broken.reading.t_s - 5.5) < 0.4
    assert np.isnan(broken.reading.y[within]).tolist() == [True]
