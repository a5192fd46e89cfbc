"""Rendering against a kernel that does nothing but cast the same rays."""

# Warp reads the annotations of kernels, so they must not be postponed.
import tempfile

import warp as wp

from benchmarks.measuring import side_by_side, timed_line
from nurture.stimuli.rendered.design import design
from nurture.stimuli.rendered.identity import draw_identity
from nurture.stimuli.rendered.recipes import read_recipes
from nurture.stimuli.rendered.rendering import Renderer, render
from nurture.stimuli.rendered.scene import scene
from nurture.stimuli.rendered.shading import DISTANCE, EYE_HEIGHT, FRAME

SIZE, IDENTITIES, SEED = 224, 4, 1


@wp.kernel
def cast_alone(mesh: wp.uint64, size: int, depth: wp.array2d(dtype=float)):
    """Cast two rays through each pixel, as many as an even region has samples that are shaded."""
    row, column = wp.tid()
    start = wp.vec3(0.0, 0.0, DISTANCE)
    for k in range(2):
        u = (float(column) + 0.25 + 0.5 * float(k)) / float(size)
        v = (float(row) + 0.25 + 0.5 * float(k)) / float(size)
        d = wp.normalize(wp.vec3((u - 0.5) * FRAME, (EYE_HEIGHT - v) * FRAME, 0.0) - start)
        hit = wp.mesh_query_ray(mesh, start, d, 2.0 * DISTANCE)
        if hit.result:
            depth[row, column] = hit.t


def rendering(repeats: int, action_units: str) -> list[dict]:
    """Render faces on the CPU, against the rays alone on a head that does not move."""
    recipes = read_recipes(action_units)
    spec = {"kind": "expressions", "first_identity": 0, "identities": IDENTITIES}
    labels = design(spec, SEED)
    with tempfile.TemporaryDirectory() as kernels:

        def ours() -> None:
            for _ in render(labels, recipes, SEED, SIZE, "cpu", kernels):
                pass

        ours()
        renderer = Renderer(SIZE, "cpu")
        # The base head lies outside the frame, where rays would meet nothing.
        posed, *_ = scene(draw_identity(SEED, 0), next(labels.itertuples()), recipes)
        renderer.points.assign(posed.astype("float32"))
        depth = wp.zeros((SIZE, SIZE), dtype=float, device="cpu")

        def rays() -> None:
            for _ in range(len(labels)):
                renderer.mesh.refit()
                inputs = [renderer.mesh.id, SIZE]
                wp.launch(cast_alone, (SIZE, SIZE), inputs, [depth], device="cpu")

        timings = side_by_side([ours, rays], repeats)
    rate = len(labels) / min(timings[0].wall)
    return [
        timed_line(
            f"rendering, {len(labels)} faces of {IDENTITIES} identities at {SIZE} pixels",
            "refitting one mesh and casting two rays a pixel, unlit",
            timings,
            note=f"{rate:.1f} faces a second, identities and posing included",
        )
    ]
