"""Which films a batch finds, where their results go, and how each is analyzed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.app.batch.choices import FilmRule, choices_for, load_rules
from formcheck.app.batch.films import _safe, _with_folders, find_films
from formcheck.app.options import FilmOptions, require_possible
from formcheck.data.errors import SourceError, UsageError


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def folders(*names: str) -> list[str]:
    return [film.folder for film in _with_folders(names, names)]


def test_a_folder_gives_its_films_and_counts_the_rest(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "b.MP4",
        "at-home/a.mov",
        "at-home/a.mp4",
        "notes.txt",
        ".hidden.mp4",
        ".cache/c.mp4",
    )
    found = find_films(tmp_path)
    assert [film.name for film in found.films] == ["at-home/a.mov", "at-home/a.mp4", "b.MP4"]
    assert [film.folder for film in found.films] == ["at-home/a_mov", "at-home/a_mp4", "b_MP4"]
    assert [Path(film.address) for film in found.films] == [
        tmp_path.resolve() / film.name for film in found.films
    ]
    assert found.skipped == 1


def test_results_are_not_taken_for_films(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "out/a_mp4/annotated.mp4", "a_formcheck/annotated.mp4")
    touch(tmp_path, "a_formcheck/session.json", "mine/annotated.mp4")
    names = [film.name for film in find_films(tmp_path, tmp_path / "out").films]
    assert names == ["a.mp4", "mine/annotated.mp4"]


def test_kept_poses_stand_in_for_their_film_unless_they_lie_beside_its_results(
    tmp_path: Path,
) -> None:
    touch(tmp_path, "a.fcp", "a_formcheck/poses.fcp", "a_formcheck/session.json", "mine/poses.fcp")
    touch(tmp_path, "live/poses.fcp", "live/session.journal.jsonl")
    assert [film.name for film in find_films(tmp_path).films] == ["a.fcp", "mine/poses.fcp"]


def test_a_list_gives_paths_from_its_own_folder_and_addresses(tmp_path: Path) -> None:
    films = tmp_path / "list.txt"
    films.write_text("# monday\nx/a.mp4\n\nx/a.mp4\n../b.mp4\ns3://bucket/x/c.mp4\n")
    found = find_films(films).films
    assert [film.address for film in found] == [
        str(tmp_path / "x" / "a.mp4"),
        str(tmp_path.parent / "b.mp4"),
        "s3://bucket/x/c.mp4",
    ]


def test_a_list_is_named_from_the_nearest_common_folder(tmp_path: Path) -> None:
    films = tmp_path / "list.txt"
    films.write_text("far/x/a.mp4\nfar/y/a.mp4\n")
    assert [film.folder for film in find_films(films).films] == ["x/a_mp4", "y/a_mp4"]


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"\x00\x01", b"\xff\xfe\x80"])
def test_what_is_no_list_is_refused(content: bytes, tmp_path: Path) -> None:
    films = tmp_path / "list.txt"
    films.write_bytes(content)
    with pytest.raises(SourceError):
        find_films(films)


def test_a_folder_without_films_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "notes.txt")
    with pytest.raises(SourceError, match="no film"):
        find_films(tmp_path)
    with pytest.raises(SourceError, match="no folder or list"):
        find_films(tmp_path / "nowhere")


def test_names_that_clash_get_a_number() -> None:
    assert folders("a.mp4", "A.MP4", "a_mp4") == ["a_mp4", "A_MP4-2", "a_mp4-3"]


def test_a_folder_of_films_is_not_the_results_folder_of_one() -> None:
    assert folders("a.mp4", "a_mp4/stills/b.mp4") == ["a_mp4-2", "a_mp4/stills/b_mp4"]


def test_a_long_name_is_cut_and_stays_its_own() -> None:
    one, other = folders("é" * 120 + "1.mp4", "é" * 120 + "2.mp4")
    assert one != other
    assert len(one.encode()) < 120
    assert one.endswith("_mp4")


@pytest.mark.parametrize("part", ["..", ".", "...", "", " ", "a\nb", "c:d", "x\\y", "\udc80", "a."])
def test_a_part_of_a_path_is_nothing_but_a_name(part: str) -> None:
    safe = _safe(part)
    assert safe not in {"", ".", ".."}
    assert not set(safe) & set('/\\:*?"<>|\n')
    safe.encode()


@given(st.lists(st.text(st.characters(exclude_characters="\0"), min_size=1), unique=True))
def test_no_folder_leads_out_and_no_two_are_one(names: list[str]) -> None:
    given_ = [f"{name}/film" for name in names]
    found = folders(*given_)
    root = Path("/out")
    for folder in found:
        assert ".." not in Path(folder).parts
        assert (root / folder).is_relative_to(root)
        assert root / folder != root
    assert len({folder.casefold() for folder in found}) == len(names)


# --- choices -------------------------------------------------------------------------------------

TOML = """
[all]
exercise = "squat"
[films."runner-1/*"]
person = "runner-1"
side = "left"
[films."b.mp4"]
mirrored = true
slow_motion = 4
"""
CSV = """\
film,exercise,person,side,mirrored,slow_motion
*,squat,,,,
runner-1/*,,runner-1,left,,
b.mp4,,,,yes,4
"""


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", TOML), ("a.csv", CSV), ("a.csv", CSV.replace(",", ";"))]
)
def test_a_file_says_how_single_films_are_analyzed(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    films = ["runner-1/a.mp4", "b.mp4", "c.mp4"]
    chosen = choices_for(films[:2] + films[2:], FilmOptions(view="front"), load_rules(path))
    assert chosen == {
        "runner-1/a.mp4": FilmOptions(
            exercise="squat", side="left", view="front", person="runner-1"
        ),
        "b.mp4": FilmOptions(exercise="squat", view="front", mirrored=True, slow_motion=4.0),
        "c.mp4": FilmOptions(exercise="squat", view="front"),
    }


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.toml", '[films."a"]\ncolour = "red"', "colour"),
        ("a.toml", '[films."a"]\nexercise = "sqat"', "sqat"),
        ("a.toml", '[films."a"]\nexercise = 3', "exercise"),
        ("a.toml", '[films."a"]\nslow_motion = 0.5', "slow motion"),
        ("a.toml", '[films."a"]\nslow_motion = true', "slow_motion"),
        ("a.toml", '[films."a"]\nrotate = 45', "rotate"),
        ("a.toml", '[films."a"]\nrotate = 90.5', "rotate"),
        ("a.csv", "film,rotate\na,left\n", "rotate"),
        ("a.toml", '[films."a"]\nsubject = "2,2"', "'a'"),
        ("a.toml", "[film]\n", "film"),
        ("a.toml", "films = 3", "films"),
        ("a.toml", "[films]\na = 3", "'a'"),
        ("a.toml", "= 3", "not valid TOML"),
        ("a.csv", "name,side\na,left\n", "column 'film'"),
        ("a.csv", "film,side\na,middle\n", "middle"),
        ("a.csv", "film,side\na\n", "line 2"),
        ("a.csv", "film,side\na,left,more\n", "line 2"),
        ("a.csv", "film,side\n,left\n", "names no film"),
        ("a.csv", "film,mirrored\na,perhaps\n", "mirrored"),
        ("a.csv", "film,slow_motion\na,nan\n", "slow motion"),
        ("a.csv", "film,slow_motion\na,fast\n", "slow_motion"),
        ("a.csv", "", "column 'film'"),
        ("a.csv", "film,side, side\na,left,right\n", "two columns 'side'"),
        ("a.csv", "film;film\na;b\n", "two columns 'film'"),
        ("a.yaml", "a: b", "must end in .toml or .csv"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(
    name: str, text: str, says: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        load_rules(path)
    assert says in refused.value.message


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(UsageError, match="cannot read"):
        load_rules(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UTF-8"):
        load_rules(path)


def test_a_rule_that_fits_no_film_is_refused() -> None:
    with pytest.raises(UsageError, match="monady"):
        choices_for(["monday.mp4"], FilmOptions(), [FilmRule("monady.mp4", {})])


def test_a_name_with_brackets_fits_itself() -> None:
    assert FilmRule("a[1].mp4", {}).fits("x/a[1].mp4")


def test_choices_of_the_command_line_are_checked() -> None:
    with pytest.raises(UsageError):
        require_possible(FilmOptions(exercise="sqat"))
