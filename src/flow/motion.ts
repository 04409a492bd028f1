/** How the previous output moves before it is fed back. Speeds are per second, so the frame rate does not change the look. */
export interface Motion {
  /** Factor per second; > 1 zooms in. */
  readonly zoom: number;
  /** Degrees per second, clockwise. */
  readonly rotate: number;
  /** Degrees per second about the horizontal axis; > 0 moves the top edge away. */
  readonly tilt: number;
  /** Degrees per second about the vertical axis; > 0 moves the right edge away. */
  readonly turn: number;
  /** Horizontal field of view, degrees, which sets the strength of perspective for tilt and turn. */
  readonly fov: number;
  /** Fractions of the width per second, x then y; > 0 moves the picture right and down. */
  readonly pan: readonly [number, number];
  /** Fixed point of zoom, rotation, tilt and turn, fractions of width and height. */
  readonly center: readonly [number, number];
}

/**
 * The source position of each output pixel, as a matrix in row-major order: the source of `[x, y]` is `[u / w, v / w]` with
 * `[u, v, w] = H · [x, y, 1]`, px; integers are pixel centres. An affine map has the last row `0, 0, 1`.
 */
export type Homography = readonly [
  ...[number, number, number],
  ...[number, number, number],
  ...[number, number, number],
];

/** Nothing moves. */
export const identity: Homography = [1, 0, 0, 0, 1, 0, 0, 0, 1];

const radians = Math.PI / 180;

/** The map from output to source for the motion during one frame, `1 / fps` s, of a picture of `height` × `width` px. */
export function motionHomography(
  motion: Motion,
  fps: number,
  height: number,
  width: number,
): Homography {
  const [px, py] = [(motion.pan[0] * width) / fps, (motion.pan[1] * width) / fps];
  const [cx, cy] = [motion.center[0] * width - 0.5, motion.center[1] * height - 0.5];
  const [dx, dy] = [cx + px, cy + py];
  if (motion.tilt === 0 && motion.turn === 0) {
    const zoom = motion.zoom ** (1 / fps);
    const angle = (motion.rotate / fps) * radians;
    const [cos, sin] = [Math.cos(angle) / zoom, Math.sin(angle) / zoom];
    return [cos, sin, cx - cos * dx - sin * dy, -sin, cos, cy + sin * dx - cos * dy, 0, 0, 1];
  }
  const back = exponential(multiplyBy(velocity(motion, width), -1 / fps));
  const away: Homography = [1, 0, -dx, 0, 1, -dy, 0, 0, 1];
  const there: Homography = [1, 0, cx, 0, 1, cy, 0, 0, 1];
  return multiply(multiply(there, back), away);
}

/** The map that moves by `first` and then by `second`, both as inverse maps. */
export function followedBy(first: Homography, second: Homography): Homography {
  return isIdentity(second)
    ? first
    : isIdentity(first)
      ? second
      : normalised(multiply(first, second));
}

/** The map the other way. */
export function inverseOf([a, b, c, d, e, f, g, h, i]: Homography): Homography {
  return normalised([
    ...([e * i - f * h, c * h - b * i, b * f - c * e] as const),
    ...([f * g - d * i, a * i - c * g, c * d - a * f] as const),
    ...([d * h - e * g, b * g - a * h, a * e - b * d] as const),
  ]);
}

/** A homography is the same at any scale; at this one an affine map is known as such. */
function normalised(map: Homography): Homography {
  const affine = Math.abs(map[6]) + Math.abs(map[7]) < 1e-15 * Math.abs(map[8]);
  const scaled = multiplyBy(map, 1 / map[8]);
  return affine ? ([...scaled.slice(0, 6), 0, 0, 1] as unknown as Homography) : scaled;
}

/** Whether a map moves nothing. */
export function isIdentity(map: Homography): boolean {
  return map.every((value, i) => value === identity[i]);
}

/** Whether a map keeps parallel lines parallel. */
export function isAffine(map: Homography): boolean {
  return map[6] === 0 && map[7] === 0 && map[8] === 1;
}

/**
 * The derivative of the motion about its centre with respect to time, per second. The picture is a plane perpendicular to
 * the camera's axis at the focal length. The matrix exponential of a multiple is a power, so the motion is the same at any
 * frame rate.
 */
function velocity({ zoom, rotate, tilt, turn, fov }: Motion, width: number): Homography {
  const focalPx = width / (2 * Math.tan((fov / 2) * radians));
  const [grow, angle] = [Math.log(zoom), rotate * radians];
  return [
    ...([grow, -angle, 0] as const),
    ...([angle, grow, 0] as const),
    ...([(turn * radians) / focalPx, (-tilt * radians) / focalPx, 0] as const),
  ];
}

/** The matrix exponential by scaling and squaring with a Taylor series. */
function exponential(matrix: Homography): Homography {
  const size = Math.max(...matrix.map(Math.abs));
  const halvings = Math.max(0, Math.ceil(Math.log2(Math.max(size, 1e-9))) + 6);
  const small = multiplyBy(matrix, 2 ** -halvings);
  let term = identity;
  let sum = term;
  for (let n = 1; n <= 8; n++) {
    term = multiplyBy(multiply(term, small), 1 / n);
    sum = sum.map((value, i) => value + term[i]!) as unknown as Homography;
  }
  for (let i = 0; i < halvings; i++) sum = multiply(sum, sum);
  return sum;
}

function multiply(a: Homography, b: Homography): Homography {
  return Array.from({ length: 9 }, (_, i) => {
    const [row, column] = [3 * Math.floor(i / 3), i % 3];
    return a[row]! * b[column]! + a[row + 1]! * b[column + 3]! + a[row + 2]! * b[column + 6]!;
  }) as unknown as Homography;
}

function multiplyBy(matrix: Homography, factor: number): Homography {
  return matrix.map((value) => value * factor) as unknown as Homography;
}
