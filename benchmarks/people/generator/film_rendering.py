"""Renders a person's movement into a film, off screen and without a graphics card.

The only module that needs pyvista and OpenCV; ffmpeg writes the film.
"""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyvista
from numpy.typing import NDArray

from generator.clothing import Surface
from generator.recipes import Recipe, kind_of
from generator.scene_camera import Camera
from generator.stair_steps import Block, stair_blocks

Array = NDArray[np.float64]

TEXTURE_PX = 512
WALL_BEHIND_M = -2.2
BOX_RGB = (0.45, 0.28, 0.14)
LIGHTS = (((1.5, 3.0, 3.0), 180 / 220), ((-2.0, 2.6, 2.0), 90 / 220))
"""Where each lamp is, m, and how strong."""
SHIFT_PX = 128
"""Noise is drawn once, on a sheet larger by this, and laid on each picture elsewhere: to draw it
anew would take longer than to render."""


def render(
    recipe: Recipe,
    surface: Surface,
    bodies: Iterable[Array],
    filmed: Sequence[Camera],
    film: Path,
) -> None:
    """Render a clip.

    Parameters
    ----------
    recipe
        Size, room, light and noise.
    surface
        What is drawn of the person.
    bodies
        For each frame, shape (V, 3): the surface's vertices, m.
    filmed
        The camera in each frame.
    film
        The MP4 file to write.

    Raises
    ------
    RuntimeError
        When ffmpeg cannot write the film.
    """
    rng = np.random.default_rng(recipe["seed"])
    moving = iter(bodies)
    first = next(moving)
    plotter, mesh = _scene(recipe, surface, first, filmed[0], rng)
    width, height = recipe["size"]
    noise = np.rint(rng.normal(0, recipe["pix_noise"], (height + SHIFT_PX, width + SHIFT_PX, 3)))
    sheet = noise.astype(np.int16)
    with subprocess.Popen(_encoder(recipe, film), stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        aimed = filmed[0]
        for body, camera in zip(itertools.chain([first], moving), filmed, strict=True):
            if camera != aimed:
                _aim(plotter, camera)
                aimed = camera
            mesh.points[:] = body.astype(np.float32)
            normals = _with_normals(mesh, consistent=False).point_data["Normals"]
            mesh.point_data["Normals"] = normals
            plotter.render()
            picture = plotter.screenshot(None, return_img=True)[..., :3].astype(np.int16)
            y, x = rng.integers(0, SHIFT_PX, 2)
            picture += sheet[y : y + height, x : x + width]
            encoder.stdin.write(np.clip(picture, 0, 255).astype(np.uint8).tobytes())
    plotter.close()
    if encoder.returncode:
        raise RuntimeError(f"ffmpeg could not write {film}")


def _encoder(recipe: Recipe, film: Path) -> list[str]:
    width, height = recipe["size"]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
    x264 = ["-c:v", "libx264", "-crf", "23", "-preset", "veryfast", "-pix_fmt", "yuv420p"]
    written = ["-movflags", "+faststart", "-f", "mp4", str(film)]
    fps = ["-framerate", str(recipe["fps"])]
    return ["ffmpeg", "-y", "-loglevel", "error", *raw, *fps, "-i", "-", *x264, *written]


def _scene(
    recipe: Recipe, surface: Surface, body: Array, camera: Camera, rng: np.random.Generator
) -> tuple[Any, Any]:
    """The plotter with room, lamps and camera, and the person's mesh in it."""
    pyvista.OFF_SCREEN = True
    plotter = pyvista.Plotter(off_screen=True, window_size=tuple(camera.size), lighting="none")
    mesh = _person(surface, body, rng)
    plotter.add_mesh(
        mesh, scalars="rgb", rgb=True, smooth_shading=True, specular=0.08, ambient=0.28, diffuse=0.8
    )
    _add_room(plotter, recipe, camera, rng)
    gain = recipe["gain"]
    for place, strength in LIGHTS:
        lamp = pyvista.Light(position=place, focal_point=(0, 1, 0), intensity=strength * gain)
        plotter.add_light(lamp)
    plotter.add_light(pyvista.Light(light_type="headlight", intensity=0.22 * gain))
    _aim(plotter, camera)
    plotter.disable_anti_aliasing()
    plotter.show(auto_close=False)
    return plotter, mesh


def _aim(plotter: Any, camera: Camera) -> None:
    plotter.camera.position = camera.eye
    plotter.camera.focal_point = camera.at
    plotter.camera.up = (0, 1, 0)
    plotter.camera.view_angle = camera.vfov
    plotter.camera.roll += camera.roll
    plotter.renderer.reset_camera_clipping_range()


def _person(surface: Surface, body: Array, rng: np.random.Generator) -> Any:
    count = len(surface.faces)
    corners = np.hstack([np.full((count, 1), 4), surface.faces]).ravel()
    mesh = pyvista.PolyData(body.astype(np.float32).astype(float), corners)
    colours = np.array([_screen(colour) for colour in surface.colours])[surface.material]
    tint = 1 + 0.05 * (rng.random((count, 1)) - 0.5)
    mesh.cell_data["rgb"] = (np.clip(colours * tint, 0, 1) * 255).astype(np.uint8)
    return _with_normals(mesh, consistent=True)


def _with_normals(mesh: Any, *, consistent: bool) -> Any:
    return mesh.compute_normals(
        cell_normals=False,
        point_normals=True,
        split_vertices=False,
        consistent_normals=consistent,
    )


def _add_room(plotter: Any, recipe: Recipe, camera: Camera, rng: np.random.Generator) -> None:
    """A floor, three walls, and the box or the stairs."""
    floor, wall = recipe["room"]["floor"], recipe["room"]["wall"]
    looks = {"ambient": 0.3, "diffuse": 0.75}
    ground = pyvista.Plane(center=(0, 0, 0), direction=(0, 1, 0), i_size=16, j_size=16)
    plotter.add_mesh(ground, texture=_texture(rng, floor, 0.25), **looks)
    behind = (0, 5, recipe.get("wall_behind", WALL_BEHIND_M))
    back = pyvista.Plane(center=behind, direction=(0, 0, 1), i_size=16, j_size=10)
    plotter.add_mesh(back, texture=_texture(rng, wall, 0.08), **looks)
    aside_m = max(3.5, abs(camera.eye[0]) + 1.5)
    for sign in (-1, 1):
        side = pyvista.Plane(
            center=(sign * aside_m, 5, 0), direction=(-sign, 0, 0), i_size=16, j_size=10
        )
        plotter.add_mesh(side, texture=_texture(rng, [c * 0.92 for c in wall], 0.08), **looks)
    for block in _blocks(recipe):
        x_m, y_m, z_m = block.size
        cube = pyvista.Cube(center=block.middle, x_length=x_m, y_length=y_m, z_length=z_m)
        plotter.add_mesh(cube, color=_screen(block.rgb), **looks)


def _blocks(recipe: Recipe) -> list[Block]:
    """What the person steps on."""
    if kind_of(recipe) == "flights":
        return stair_blocks(recipe)
    height = recipe["box"]
    if not height:
        return []
    if recipe["exercise"] == "step_down":
        x, z = 0.0, -0.10
    else:
        x, z = (0.1 if recipe["stance"] == "left" else -0.1), -0.02
    return [Block((x, height / 2, z), (0.55, height, 0.40), BOX_RGB)]


def _screen(rgb: Any) -> Array:
    """A linear colour as a screen shows it."""
    shown: Array = np.clip(np.array(rgb, float), 0, 1) ** (1 / 2.2)
    return shown


def _texture(rng: np.random.Generator, rgb: Any, amount: float) -> Any:
    """A colour that is cloudy by the amount."""
    clouds = np.zeros((TEXTURE_PX, TEXTURE_PX))
    for octave in range(5):
        size = 4 * 2**octave
        coarse = rng.random((size, size))
        clouds += cv2.resize(coarse, clouds.shape, interpolation=cv2.INTER_CUBIC) / 2**octave
    clouds -= clouds.min()
    share = (clouds / clouds.max())[..., None]
    picture = np.clip(_screen(rgb) * (1 - amount + 2 * amount * share), 0, 1)
    return pyvista.Texture((picture * 255).astype(np.uint8))
