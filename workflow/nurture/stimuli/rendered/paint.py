"""What the head is painted with: skin, lips, brows, hair, eyes, as Warp functions.

Colour is a function of where a ray hits the *base* head, whatever shape the head has taken since:
brows, lips, iris and hairline so move with the skin they lie on. Positions are decimetres of the
base mesh, with the eyes at height 7.28, the lips at 6.60 and the chin at 6.17.
"""

# Warp reads the annotations of functions and structs, so they must not be postponed.
import warp as wp


@wp.struct
class Paint:
    """What is uniform over one image; colours are linear RGB reflectances."""

    background: wp.vec3
    skin: wp.vec3
    lips: wp.vec3
    iris: wp.vec3
    hair: wp.vec3
    brow_width: float
    brow_density: float
    stubble: float
    age: float
    texture: float
    light: wp.vec3
    exposure: float
    eye_left: wp.vec3
    eye_right: wp.vec3
    base_eye_left: wp.vec3
    base_eye_right: wp.vec3
    frown: float
    sneer: float
    raised: float
    fold: float


@wp.func
def smooth(low: float, high: float, x: float):
    """0 below `low`, 1 above `high`, smooth between (also when low > high)."""
    t = wp.clamp((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


@wp.func
def bump(x: float, width: float):
    """Return a Gaussian of `x`."""
    return wp.exp(-0.5 * (x / width) * (x / width))


@wp.func
def brow(b: wp.vec3, width: float, seed: float):
    """How much of the skin at base position `b` the brow covers, 0..1."""
    t = (wp.abs(b[0]) - 0.10) / 0.44
    if t > 1.2 or wp.abs(b[1] - 7.47) > 0.14 or b[2] < 1.0:
        return 0.0
    middle = 7.462 + 0.095 * t - 0.110 * t * t * t
    half = width * (1.0 - 0.62 * t * t) * smooth(-0.10, 0.12, t)
    hairs = 0.14 * wp.noise(wp.rand_init(7), wp.vec3(b[0] * 55.0, b[1] * 22.0, seed))
    across = wp.abs(b[1] - middle) / wp.max(half, 0.004) + hairs
    along = smooth(-0.12, 0.03, t) * smooth(1.10, 0.92, t)
    return along * smooth(1.25, 0.65, across) * smooth(1.0, 1.15, b[2])


@wp.func
def crease(b: wp.vec3, paint: Paint):
    """Darkness of the skin's expression lines at base position `b`, 0..1."""
    x = wp.abs(b[0])
    y = b[1]
    if b[2] < 1.0 or x > 0.6 or y < 6.5 or y > 7.95:
        return 0.0
    front = smooth(1.0, 1.2, b[2])
    if y < 6.95:
        nasolabial = bump(x - (0.165 + 0.60 * (6.88 - y)), 0.026)
        nasolabial = nasolabial * smooth(6.52, 6.68, y) * smooth(6.93, 6.84, y)
        return wp.min(0.28 * paint.fold + 0.12 * paint.age, 0.6) * nasolabial * front
    between = bump(x - 0.055, 0.016) * smooth(7.36, 7.43, y) * smooth(7.62, 7.50, y)
    root = bump(wp.mod(y - 7.16, 0.07) - 0.035, 0.014) * smooth(0.13, 0.05, x)
    root = root * smooth(7.13, 7.20, y) * smooth(7.42, 7.34, y)
    rise = y - 0.03 * wp.cos(9.0 * x) - 7.60
    lines = bump(wp.mod(rise, 0.105) - 0.0525, 0.017) * smooth(0.48, 0.15, x)
    lines = lines * smooth(7.58, 7.66, y) * smooth(7.95, 7.80, y)
    frown = 0.40 * paint.frown * between + 0.30 * paint.sneer * root
    return wp.min(frown + 0.18 * paint.raised * lines, 0.6) * front


@wp.func
def complexion(b: wp.vec3, paint: Paint):
    """Reflectance of bare skin at base position `b`: mottled, flushed, with sockets and stubble."""
    x = wp.abs(b[0])
    mottle = wp.noise(wp.rand_init(3), wp.vec3(b[0] * 9.0, b[1] * 9.0, b[2] * 9.0 + paint.texture))
    colour = paint.skin * (1.0 + 0.07 * mottle)
    flush = bump(x - 0.42, 0.16) * bump(b[1] - 6.95, 0.16) + bump(x, 0.12) * bump(b[1] - 6.95, 0.12)
    colour = wp.cw_mul(colour, wp.vec3(1.0, 1.0 - 0.13 * flush, 1.0 - 0.12 * flush))
    socket = bump(x - 0.31, 0.15) * (bump(b[1] - 7.13, 0.06) + 0.8 * bump(b[1] - 7.37, 0.05))
    colour = colour * (1.0 - 0.16 * socket)
    beard = smooth(6.83, 6.62, b[1]) * smooth(0.45, 0.7, b[2])
    beard = beard * (1.0 - bump(x, 0.10) * bump(b[1] - 6.47, 0.03))
    return wp.lerp(colour, paint.hair, 0.5 * paint.stubble * beard)


@wp.func
def skin_colour(skin: wp.vec3, b: wp.vec3, mask: wp.vec4, paint: Paint):
    """Reflectance of what covers `skin` at base position `b`: lips, brows, hair, inner mouth."""
    colour = skin * (1.0 - crease(b, paint))
    colour = wp.lerp(colour, paint.lips, smooth(0.25, 0.75, mask[0]))
    colour = wp.lerp(
        colour, paint.hair, paint.brow_density * brow(b, paint.brow_width, paint.texture)
    )
    if mask[3] > 0.1:
        strands = wp.noise(wp.rand_init(5), wp.vec3(b[0] * 30.0, b[1] * 6.0, b[2] * 6.0))
        hair = smooth(0.35, 0.65, mask[3] + 0.12 * strands)
        colour = wp.lerp(colour, paint.hair * (1.0 + 0.4 * strands), hair)
    return wp.lerp(colour, wp.vec3(0.16, 0.035, 0.03), smooth(0.3, 0.7, mask[2]))


@wp.func
def eye_colour(q: wp.vec3, paint: Paint):
    """Reflectance of the eye globe at `q`, a unit vector from its centre on the base head."""
    angle = wp.acos(wp.clamp(q[2], -1.0, 1.0))
    white = wp.vec3(0.72, 0.69, 0.66)
    spokes = wp.noise(wp.rand_init(11), wp.vec3(wp.atan2(q[1], q[0]) * 6.0, angle * 4.0, 0.5))
    iris = paint.iris * (1.0 + 0.35 * spokes) * (1.0 - 0.7 * smooth(0.36, 0.47, angle))
    colour = wp.lerp(iris, white, smooth(0.45, 0.50, angle))
    return wp.lerp(wp.vec3(0.006, 0.006, 0.006), colour, smooth(0.15, 0.20, angle))


@wp.func
def in_face(b: wp.vec3, mask: wp.vec4):
    """Whether base position `b` is in the paper's face: jaw to above the brows, no ears or hair."""
    jaw = 6.17 + 0.5 * wp.max(1.35 - b[2], 0.0)
    temple = 0.66 + 0.22 * smooth(7.0, 7.6, b[1])
    return b[1] < 7.70 and b[1] > jaw and b[2] > temple and mask[1] < 0.3 and mask[3] < 0.3
