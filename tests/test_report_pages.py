"""Page, PDF and Markdown: sound, safe, complete, and asking nothing of any network."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from io import BytesIO
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader
from report_reading import Page, md_text, pdf_pages, pdf_text
from session_examples import (
    EXAMPLES,
    HIDDEN_REASON,
    SQUAT,
    good_set,
    hostile,
    make_rep,
    make_session,
    oblique_set,
    poor_two_leg_set,
    squat_set,
)

from formcheck.data.session import Training
from formcheck.report import html, markdown, pdf, terminal
from formcheck.report.embedded_stills import fitting
from formcheck.report.view import view

JPEG = b"\xff\xd8\xff\xe0 picture"
EVIL = "<script>alert(\"1\")</script>' onload='x"


def still(shade: int = 90) -> bytes:
    picture = BytesIO()
    Image.new("RGB", (160, 90), (shade, shade, 90)).save(picture, "JPEG")
    return picture.getvalue()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_page_is_sound_and_asks_nothing_of_a_network(name: str) -> None:
    shown = view(EXAMPLES[name]())
    page = html.render(shown, {1: JPEG, 2: JPEG}, video="annotated.mp4")
    parsed = Page(page)
    assert page.startswith("<!DOCTYPE html>")
    assert len(parsed.ids) == len(set(parsed.ids))
    assert len(parsed.scripts) == 2, "the page's own script and its data"
    json.loads(parsed.scripts[0])
    assert "://" not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert len(page) < 3_000_000
    for address in parsed.addresses:
        assert address.startswith(("data:image/", "#", "./annotated.mp4"))
        if address.startswith("#"):
            assert address[1:] in parsed.ids
    assert "not a diagnosis" in parsed.text
    assert shown.model_sha256 in parsed.text
    assert "nan" not in parsed.text.lower().split()
    assert not re.search(r"\bNone\b(?! of)", parsed.text)


def test_the_verdict_comes_first_then_advice_pictures_and_table() -> None:
    shown = view(poor_two_leg_set(), notes="After the run.")
    text = Page(html.render(shown, {1: JPEG, 5: JPEG})).text
    marks = [
        "Person A",
        shown.verdict[0],
        shown.verdict[-1],
        "Form 2 good",
        shown.advice[0],
        "Notes After the run.",
        "A coaching aid, not a diagnosis",
        "Each repetition at its lowest point",
        "The set over time",
        "Left and right",
        "Start and end of the set",
        "Repetition by repetition",
        "Clinical scale",
        "All repetitions overlaid",
        "Video quality",
        "What counts as good, and why",
    ]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_a_gap_is_explained_in_a_footnote() -> None:
    page = html.render(view(poor_two_leg_set()))
    assert "not measured 1" in Page(page).text
    assert 'title="The foot left the picture"' in page
    assert '<li id="why-1"><sup>1</sup> The foot left the picture</li>' in page


def test_paper_explains_only_the_gaps_of_its_own_columns() -> None:
    first = make_rep(1, knee_fppa_deg=1.0, trunk_lean_deg=1.0, refused={"bottom_s": "it was short"})
    second = make_rep(2, trunk_lean_deg=1.0, refused={"knee_fppa_deg": "the knee was hidden"})
    shown = view(make_session([first, second]))
    assert shown.footnotes == ("The knee was hidden", "It was short")
    assert "2 It was short" in Page(html.render(shown)).text
    for text in (pdf_text(pdf.render(shown)), md_text(markdown.render(shown))):
        assert "1) The knee was hidden" in text
        assert "not measured 1)" in text
        assert "It was short" not in text


def test_what_no_repetition_has_is_listed_once_with_the_reason() -> None:
    text = Page(html.render(view(oblique_set()))).text
    assert "Not measured: Knee valgus, Trunk lean. The camera stands at 38°" in text
    assert f"Not measured: Forward lean. {HIDDEN_REASON.capitalize()}" not in text


def test_several_reasons_are_sentences_and_those_alike_are_said_once() -> None:
    turned = "turned too far from the camera ({}°). Face the camera"
    whys = [turned.format(16), turned.format(18), "the knee was hidden"]
    reps = [
        make_rep(n, trunk_lean_deg=1.0, refused={"knee_fppa_deg": why})
        for n, why in enumerate(whys, 1)
    ]
    shown = view(make_session(reps))
    said = "Turned too far from the camera (16°). Face the camera. The knee was hidden"
    assert dict(shown.missing)["Knee valgus"] == said
    for text in (Page(html.render(shown)).text, md_text(markdown.render(shown))):
        assert f"Not measured: Knee valgus. {said}" in text


def test_limits_are_those_of_the_session_with_their_source() -> None:
    for text in (
        Page(html.render(view(squat_set()))).text,
        pdf_text(pdf.render(view(squat_set()))),
    ):
        assert "above 0.85" in text
        assert "0.7 to 0.85" in text
        assert "ours" in text
    assert SQUAT.specs[0].limits is not None


def test_measurements_with_the_same_limits_share_a_row() -> None:
    knee = good_set().exercise.specs[0]
    right = msgspec.structs.replace(knee, id="right_knee", title="Right knee")
    exercise = msgspec.structs.replace(good_set().exercise, specs=(*good_set().specs, right))
    shown = view(msgspec.structs.replace(good_set(), exercise=exercise))
    assert "Knee valgus, Right knee" in [row.title for row in shown.limits]


def test_texts_are_escaped_wherever_they_stand() -> None:
    shown = view(hostile(EVIL), name=EVIL, notes=EVIL)
    page = html.render(shown, {1: JPEG}, video=EVIL + '"><b>.mp4')
    parsed = Page(page)
    assert parsed.tags.count("script") == 2
    assert "alert" not in "".join(parsed.scripts)
    assert "><b>.mp4" not in page
    assert page.count("&lt;script&gt;") >= 11
    text = markdown.render(shown)
    assert "<script>" not in text
    assert "alert" in pdf_text(pdf.render(shown))


def test_the_policy_knows_the_pages_own_style_and_script_and_nothing_else() -> None:
    page = html.render(view(good_set()), video="annotated.mp4")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        text = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[-1]
        digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "media-src" not in html.render(view(good_set()))


def test_every_still_is_embedded_and_the_best_and_the_worst_are_named() -> None:
    page = html.render(view(poor_two_leg_set()), dict.fromkeys(range(1, 8), JPEG))
    text = Page(page).text
    assert page.count("data:image/jpeg;base64,") == 7
    assert "Rep 1, left best Form good Tempo good" in text
    assert "Rep 3, left needs most work Form fault Tempo fault" in text


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


def test_what_is_not_a_picture_is_left_out() -> None:
    shown = view(poor_two_leg_set())
    assert Page(html.render(shown, {1: b"GIF89a"})).tags.count("img") == 0
    assert pdf.render(shown, {1: b"GIF89a", 2: JPEG}) == pdf.render(shown)


def test_charts_have_words_for_those_who_cannot_see_them() -> None:
    page = html.render(view(poor_two_leg_set()))
    assert page.count('role="img"') == page.count("</desc>") > 10
    assert "repetition 3 +19.5 ± 1.4°, fault" in Page(page).text


def test_long_sessions_stay_small() -> None:
    reps = [make_rep(n, knee_fppa_deg=2.0, trunk_lean_deg=1.0, depth=14.0) for n in range(1, 101)]
    assert len(html.render(view(make_session(reps)))) < 1_500_000


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_set_of_usual_length_takes_two_sheets(name: str) -> None:
    session = EXAMPLES[name]()
    stills = {rep.index: still(30 * rep.index) for rep in session.reps}
    assert pdf_pages(pdf.render(view(session), stills)) <= 2


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_word_breaks_on_paper(name: str) -> None:
    shown = view(EXAMPLES[name]())
    words = set(pdf_text(pdf.render(shown)).split())
    said: list[str] = [column.title for column in shown.columns[: shown.main]]
    said += [badge.words for rep in shown.reps for _, badge in rep.verdicts]
    said += [row.source for row in shown.limits] + [
        text for row in shown.limits for text in row.cells
    ]
    missing = {
        word for text in said for word in Page(f"<p>{text}</p>").text.split() if word not in words
    }
    assert missing == set()


def test_a_name_that_the_typeface_lacks_is_no_crash() -> None:
    paper = pdf_text(pdf.render(view(good_set(), name="Ζωή \N{SNOWMAN} 例")))
    assert "Ζωή ? ?" in paper


def test_a_minus_is_no_hyphen_on_paper() -> None:
    """The typeface that needs no file has no minus sign; its dash looks like one."""
    pages = PdfReader(BytesIO(pdf.render(view(poor_two_leg_set())))).pages
    said = "\n".join(page.extract_text() for page in pages)
    assert "\N{EN DASH}8.5°" in said
    assert re.search(r"(?<!\w)-\d", said) is None


def test_remarks_on_repetitions_are_in_every_form() -> None:
    session = good_set()
    first, *others = session.reps
    noted = msgspec.structs.replace(first, notes=("The knee shook on the way down.",))
    shown = view(msgspec.structs.replace(session, efforts=(noted, *others)))
    said = "Rep 1: The knee shook on the way down."
    assert said in Page(html.render(shown)).text
    assert said in pdf_text(pdf.render(shown))
    assert said in md_text(markdown.render(shown))


def test_markdown_is_only_text() -> None:
    text = markdown.render(view(good_set(), name="*bold* [x](y)", notes="# not a heading\n- item"))
    assert r"\*bold\* \[x\](y)" in text
    assert "\n# not" not in text
    assert "Name: *bold* [x](y)".replace("*", "") in md_text(text)


def test_the_terminal_shows_what_fits_and_marks_what_is_not_good() -> None:
    shown = view(poor_two_leg_set())
    wide, narrow = terminal.render(shown, 200), terminal.render(shown, 80)
    assert wide.titles == (
        "rep",
        "leg",
        "form",
        "tempo",
        "Way down",
        "Knee valgus",
        "Trunk lean",
        "Depth",
    )
    assert narrow.titles == wide.titles[:6]
    marks: list[Any] = [row[5].text.split("°")[-1] for row in wide.rows]
    assert marks == ["", " !?", " !!", " !!", "", "not measured", ""]
    assert wide.heading == "Step-down, Person A: 7 repetitions, 4 left and 3 right, front view"
    assert any(note.startswith("Not measured: Forward lean. This view") for note in wide.notes)


def test_any_text_and_any_picture_can_be_printed() -> None:
    evil = "<script>|`*_[x](y)\n# \u202e\x00\x1b[31m名前"
    broken = {1: b"\xff\xd8\xff broken", 2: b"GIF89a"}
    shown = view(hostile(evil * 9), name=evil * 20, notes=(evil + "\n") * 5 + "w" * 500)
    assert pdf.render(shown, broken).startswith(b"%PDF-")
    text = markdown.render(shown)
    assert "<script" not in text.replace("\\<script", "")
    assert "[x](y)" not in text
    assert "\n# \u202e" not in text


def test_long_sets_go_on_over_more_sheets() -> None:
    reps = [make_rep(n, knee_fppa_deg=2.0, trunk_lean_deg=1.0) for n in range(1, 81)]
    assert pdf_pages(pdf.render(view(make_session(reps)))) > 2


def test_the_day_that_was_entered_is_the_sessions() -> None:
    entered = Training(date="2025-11-10", step_height_cm=15.0, pain=2)
    shown = view(msgspec.structs.replace(good_set(), training=entered))
    for text in (Page(html.render(shown)).text, pdf_text(pdf.render(shown))):
        assert "10 November 2025" in text
        assert "step 15 cm · pain 2/10" in text
        assert "14 March 2026, 09:26" in text
    bare = md_text(markdown.render(view(oblique_set())))
    assert "Entered" not in bare
    assert "Analyzed" not in bare


def test_notes_are_not_among_what_costs_accuracy() -> None:
    shown = view(poor_two_leg_set())
    assert shown.notes == ("One repetition at the end was cut off.",)
    assert shown.warnings == ()
    assert shown.set_up == "Camera set-up is fine."
    assert "Note: One repetition at the end was cut off." in md_text(markdown.render(shown))
