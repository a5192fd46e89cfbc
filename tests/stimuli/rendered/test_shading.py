# Warp reads the annotations of kernels, so they must not be postponed.
import numpy as np
import pytest
import warp as wp

from nurture.stimuli.rendered import shading
from nurture.stimuli.rendered.design import design
from nurture.stimuli.rendered.identity import draw_identity
from nurture.stimuli.rendered.rendering import Renderer
from nurture.stimuli.rendered.scene import scene

SIZE = 112
POSES = {"frontal": {}, "turned": {"yaw": 15.0, "pitch": -8.0}}


@wp.kernel
def cast(mesh: wp.uint64, size: int, face: wp.array2d(dtype=int)):
    """Cast a ray through each of 2 x 2 samples of a pixel."""
    row, column = wp.tid()
    start = wp.vec3(0.0, 0.0, shading.DISTANCE)
    u, v = (float(column) + 0.5) / float(2 * size), (float(row) + 0.5) / float(2 * size)
    to = wp.vec3((u - 0.5) * shading.FRAME, (shading.EYE_HEIGHT - v) * shading.FRAME, 0.0)
    hit = wp.mesh_query_ray(mesh, start, wp.normalize(to - start), 2.0 * shading.DISTANCE)
    face[row, column] = wp.where(hit.result, hit.face, -1)


@pytest.fixture
def posed(draw, recipes, request):
    """A renderer whose head is open-mouthed and posed; `draw` has chosen where kernels are kept."""
    spec = {"kind": "expressions", "first_identity": 0, "identities": 1, "expressions": ["fear"]}
    labels = design(spec, seed=1)
    draw(labels)
    renderer = Renderer(SIZE, "cpu")
    row = next(labels.assign(**request.param).itertuples())
    return renderer, scene(draw_identity(1, 0), row, recipes)


def first_seen(renderer):
    """The triangle of each sample, -1 where there is none."""
    lower = int(shading.LOWER)
    nearest = renderer.nearest.numpy().astype("int64")
    return np.where(nearest > 0, lower - (nearest & lower), -1)


@pytest.mark.parametrize("posed", POSES.values(), ids=POSES.keys(), indirect=True)
def test_samples_see_what_rays_hit_first(posed):
    renderer, (points, *_) = posed
    renderer.points.assign(points.astype("float32"))
    renderer.mesh.refit()
    head, size = renderer.head, 2 * SIZE
    renderer._run(shading.project, len(points), [head, SIZE], [head.frame])
    renderer._run(
        shading.rasterise, len(renderer.model.triangles), [head, SIZE], [renderer.nearest]
    )
    expected = wp.zeros((size, size), dtype=int, device="cpu")
    wp.launch(cast, (size, size), [renderer.mesh.id, SIZE], [expected], device="cpu")
    found, expected = first_seen(renderer), expected.numpy()
    assert 0.3 < (expected >= 0).mean() < 0.9
    # Rays and triangles meet in float32: where two triangles do, either may come first.
    assert (found != expected).mean() < 1e-4
    assert ((found < 0) != (expected < 0)).sum() <= 1


@pytest.mark.parametrize("posed", [{}], ids=["frontal"], indirect=True)
def test_of_triangles_equally_near_the_first_is_seen_whichever_is_drawn_first(posed):
    renderer, (points, *_) = posed
    frames = []
    for order in (slice(None), slice(None, None, -1)):
        half = renderer.model.triangles[: len(renderer.model.triangles) // 2]
        twice = np.concatenate([half[order], half[order]])
        head = renderer.head
        head.triangles = renderer._upload(twice, wp.vec3i)
        renderer.points.assign(points.astype("float32"))
        renderer.nearest.zero_()
        renderer._run(shading.project, len(points), [head, SIZE], [head.frame])
        renderer._run(shading.rasterise, len(twice), [head, SIZE], [renderer.nearest])
        found = first_seen(renderer)
        assert found.max() < len(half)
        frames.append(np.sort(twice[found], axis=-1)[found >= 0])
    apart = (frames[0] != frames[1]).any(axis=-1)
    assert apart.mean() < 1e-3
