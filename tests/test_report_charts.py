"""The charts: what is drawn, and that page and paper can both take it."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest
from session_examples import (
    EXAMPLES,
    KNEE,
    SQUAT,
    STEP_UP,
    good_set,
    make_rep,
    make_session,
    plank_set,
    poor_two_leg_set,
    step_up_set,
)

from formcheck.data.session import Limits
from formcheck.report.charts import (
    Area,
    Axis,
    Chart,
    Line,
    Mark,
    bands,
    clock,
    domain,
    key_sample,
    paint,
    thin,
    ticks,
)
from formcheck.report.plots import panels, readings, set_charts

SVG = "{http://www.w3.org/2000/svg}"


def a_chart(**more: object) -> Chart:
    return Chart("one", "One", "A line.", Axis(0.0, 10.0), Axis(0.0, 10.0), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_element_carries_its_colours(name: str) -> None:
    session = EXAMPLES[name]()
    charts = [*set_charts(session), *(c for panel in panels(session) for _, c in panel.charts)]
    for chart in charts:
        root = ElementTree.fromstring(str(paint(chart)))  # noqa: S314
        assert root.find(f"{SVG}title") is not None
        for element in root.iter():
            tag = element.tag.removeprefix(SVG)
            if tag in ("rect", "circle", "path", "line"):
                assert element.get("fill") or element.get("stroke")
            if tag == "text":
                assert element.get("font-family")
                assert element.get("fill")
            assert element.get("style") is None


def test_each_grade_has_a_shape_and_a_doubtful_one_is_hollow() -> None:
    marks = [
        Mark(grade, 5.0, 5.0, hollow=hollow)
        for grade in ("good", "watch", "fault", "none")
        for hollow in (False, True)
    ]
    drawn = [str(paint(a_chart(marks=(mark,)), on_paper=True)) for mark in marks]
    assert len(set(drawn)) == len(drawn)
    for solid, hollow in zip(drawn[::2], drawn[1::2], strict=True):
        colour = re.search(r'class="mark \w+" fill="([^"]+)"', solid)
        assert colour is not None
        assert f'stroke="{colour.group(1)}"' in hollow, "the same colour, as an outline"
    shapes = [re.search(r"<(\w+) class=\"mark", text) for text in drawn[::2]]
    assert [shape and shape.group(1) for shape in shapes] == ["circle", "path", "rect", "circle"]


def test_the_marks_are_the_judged_numbers() -> None:
    session = poor_two_leg_set()
    chart = next(one for one in set_charts(session) if one.id == f"set-{KNEE.id}")
    found = [
        rep.measurements[KNEE.id]
        for rep in session.reps
        if rep.measurements[KNEE.id].value is not None
    ]
    assert [(mark.y, mark.style, mark.hollow) for mark in chart.marks] == [
        (one.value, one.grade, one.sure != "sure") for one in found
    ]


def test_only_the_way_down_stands_in_bands_and_has_a_grade() -> None:
    for session in (poor_two_leg_set(), step_up_set()):
        chart = set_charts(session)[-1]
        assert chart.title == "Tempo"
        graded = [area for area in chart.areas if area.style.startswith("bar-")]
        grey = [area for area in graded if area.style == "bar-neutral"]
        grounds = [area for area in chart.areas if area.style.startswith("band-")]
        ways_down = {area.x for area in graded if area not in grey}
        assert {area.x for area in grounds} == ways_down
        assert not {area.x for area in grey} & ways_down
        for rep in session.reps:
            found = rep.measurements["descent_s"]
            if found.value is not None:
                assert (0.0, found.value) in [area.y for area in graded if area not in grey]


def test_where_no_tempo_is_asked_the_bars_are_grey_and_nothing_is_said_of_grades() -> None:
    specs = tuple(
        msgspec.structs.replace(spec, limits=None) if spec.role == "tempo" else spec
        for spec in SQUAT.specs
    )
    untimed = msgspec.structs.replace(SQUAT, specs=specs)
    reps = [make_rep(n, untimed, side="both", kasr=1.0, descent_s=1.0) for n in (1, 2)]
    chart = set_charts(make_session(reps, untimed))[-1]
    assert chart.title == "Tempo"
    assert {(area.style, area.hollow) for area in chart.areas} == {("bar-neutral", False)}
    assert [area.y for area in chart.areas].count((0.0, 1.0)) == 2, "as long as it was measured"
    assert chart.subtitle == "in seconds; not judged, because no tempo was asked for"
    assert "repetition 1 1.00" in chart.description or "repetition 1 1.0" in chart.description
    assert "judged" not in chart.description
    assert "good" not in chart.description


def test_legs_have_charts_of_their_own_on_one_scale() -> None:
    panel = panels(poor_two_leg_set())[0]
    assert [leg for leg, _ in panel.charts] == ["left leg", "right leg"]
    assert panel.charts[0][1].y == panel.charts[1][1].y
    assert panel.charts[0][1].areas == panel.charts[1][1].areas


def test_bands_are_drawn_only_where_they_judge() -> None:
    reps = [
        make_rep(n, SQUAT, side="both", kasr=0.6, trunk_lean_deg=2.0, depth=40.0) for n in (1, 2)
    ]
    session = make_session(reps, SQUAT)
    _, gap, lean, _ = set_charts(session)

    def stretches(chart: Chart) -> list[tuple[float | None, float | None]]:
        return list(dict.fromkeys(area.x for area in chart.areas))

    # What is judged at the lowest point: while the body is lower than half of its way.
    for (start_s, end_s), rep in zip(stretches(gap), session.reps, strict=True):
        assert start_s == pytest.approx(rep.lowest_s - 0.75, abs=0.11)
        assert end_s == pytest.approx(rep.lowest_s + 0.75, abs=0.11)
    assert stretches(lean) == [(rep.start_s, rep.end_s) for rep in session.reps]
    assert str(paint(gap)).count(">fault</text>") == 1, "a band has its name once"
    (panel,) = (one for one in panels(session) if one.title == SQUAT.spec("kasr").title)
    (across,) = dict.fromkeys(area.x for area in panel.charts[0][1].areas)
    start_s, end_s = (end - session.reps[0].start_s for end in stretches(gap)[0] if end)
    assert across == pytest.approx((start_s, end_s))


def test_where_the_depth_is_not_known_bands_cover_the_repetition() -> None:
    session = make_session([make_rep(1, SQUAT, side="both", kasr=0.6)], SQUAT)
    gap = set_charts(session)[1]
    assert {area.x for area in gap.areas} == {(session.reps[0].start_s, session.reps[0].end_s)}


def test_a_gap_lifts_the_pen() -> None:
    points = [(0.0, 0.0), (1.0, math.nan), (2.0, 2.0), (3.0, 3.0)]
    drawn = str(paint(a_chart(lines=(Line("measured", points),))))
    (path,) = re.findall(r' d="([^"]*)"', drawn)
    assert path.count("M") == 2
    assert path.count("L") == 1


def test_no_line_is_drawn_through_a_time_without_pictures() -> None:
    session = good_set()
    t_s = session.series["t_s"]
    kept = [n for n, t in enumerate(t_s) if not 5.0 < t < 6.0]
    series = {name: [values[n] for n in kept] for name, values in session.series.items()}
    broken = msgspec.structs.replace(session, series=series)
    whole, lifted = (set_charts(one)[0].lines[0].points for one in (session, broken))
    assert not [y for _, y in whole if math.isnan(y)]
    assert [t for t, y in lifted if math.isnan(y)] == [pytest.approx(5.5)]


def test_the_measured_depth_is_within_the_chart_of_the_hip() -> None:
    deep = make_rep(1, knee_fppa_deg=1.0, depth=60.0)
    assert set_charts(make_session([deep]))[0].y.high > 60.0


def test_holds_are_called_holds_and_have_no_chart_of_the_hips() -> None:
    session = plank_set()
    first, line = set_charts(session)
    assert (first.title, first.description) == (
        "Holds",
        "hold 1 from 1.0 to 5.0 s; hold 2 from 7.0 to 11.0 s; hold 3 from 13.0 to 17.0 s.",
    )
    assert [badge.text for badge in first.badges] == ["1", "2", "3"]
    for chart in (line, panels(session)[0].charts[0][1]):
        assert chart.description.startswith("hold 1 ")
        assert "repetition" not in chart.description
    assert [column["name"] for column in readings(session)["columns"]] == ["body line"]


def test_what_the_cursor_reads_is_what_was_judged() -> None:
    session = poor_two_leg_set()
    found = readings(session)
    assert [rep["index"] for rep in found["reps"]] == [1, 2, 3, 4, 5, 6, 7]
    by_name = {column["name"]: column for column in found["columns"]}
    assert next(iter(by_name)) == "hip drop"
    column, rep = by_name["knee valgus"], session.reps[2]
    at = min(range(len(column["t"])), key=lambda n: abs(column["t"][n] - rep.lowest_s))
    assert column["y"][at] == rep.measurements[KNEE.id].value
    step_up = readings(step_up_set())
    assert [phase[0] for phase in step_up["reps"][0]["phases"]] == ["way up", "top", "way down"]
    assert STEP_UP.order == "up_down"


def test_bands_cover_everything_once() -> None:
    def areas(limits: Limits) -> list[tuple[str, tuple[float | None, float | None]]]:
        found = bands(limits, lambda grade, ends: Area(grade, y=ends))
        return sorted(((area.style, area.y) for area in found), key=lambda item: item[1][0] or -99)

    assert areas(Limits(good_low=-6, good_high=6, watch_low=-10, watch_high=10)) == [
        ("fault", (None, -10)),
        ("watch", (-10, -6)),
        ("good", (-6, 6)),
        ("watch", (6, 10)),
        ("fault", (10, None)),
    ]
    assert areas(Limits(good_low=2, watch_low=1)) == [
        ("fault", (None, 1)),
        ("watch", (1, 2)),
        ("good", (2, None)),
    ]
    assert bands(None, lambda grade, ends: Area(grade, y=ends)) == ()


def test_the_good_band_is_always_in_the_picture() -> None:
    limits = Limits(good_low=-6, good_high=6, watch_low=-10, watch_high=10)
    low, high = domain([0.0, 1.0], limits) or (0.0, 0.0)
    assert -10 < low < -6
    assert 6 < high < 10
    assert domain([math.nan], None) is None


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
    assert ticks(low, high, about) == expected


def test_thinning_keeps_extremes_and_gaps() -> None:
    t_s = np.arange(10_000) / 30
    y = np.sin(t_s)
    y[4321] = 9.0
    y[6000:6500] = math.nan
    few = thin(t_s, y, 300)
    assert len(few) <= 310
    assert max(value for _, value in few if not math.isnan(value)) == 9.0
    inside = [value for t, value in few if t_s[6000] < t < t_s[6499]]
    assert inside
    assert all(math.isnan(value) for value in inside)


def test_times_on_an_axis() -> None:
    assert clock(125, 300) == "2:05"
    assert clock(2.5, 10) == "2.5"


def test_texts_are_escaped() -> None:
    chart = a_chart(areas=(Area("band-good", name="<b>"),), subtitle="")
    assert "<b>" not in paint(chart)
    assert 'aria-hidden="true"' in key_sample("watch", hollow=True)
