/** How the last output moves before it is fed back. Everything is per second, so the frame rate never changes the look. */
export interface Motion {
  /** × per second; > 1 zooms in. */
  readonly zoom: number;
  /** Degrees per second, clockwise as seen. */
  readonly rotate: number;
  /** Fractions of the width per second, x then y; the picture moves right and down. */
  readonly pan: readonly [number, number];
  /** Fixed point of zoom and rotation, fractions of width and height. */
  readonly center: readonly [number, number];
}

/**
 * Where each output pixel comes from: `[a, b, c, d, e, f]` with source x = a·x + b·y + c and
 * y = d·x + e·y + f, in px at pixel centres, for one frame of `1 / fps` seconds.
 */
export type Affine = readonly [number, number, number, number, number, number];

/** The inverse map of one frame's motion of a picture of `height` × `width` px. */
export function motionAffine(motion: Motion, fps: number, height: number, width: number): Affine {
  const zoom = motion.zoom ** (1 / fps);
  const angle = (motion.rotate / fps) * (Math.PI / 180);
  const [px, py] = [(motion.pan[0] * width) / fps, (motion.pan[1] * width) / fps];
  const [cx, cy] = [motion.center[0] * width - 0.5, motion.center[1] * height - 0.5];
  const [cos, sin] = [Math.cos(angle) / zoom, Math.sin(angle) / zoom];
  const [dx, dy] = [cx + px, cy + py];
  return [cos, sin, cx - cos * dx - sin * dy, -sin, cos, cy + sin * dx - cos * dy];
}

/** Whether a map moves nothing. */
export function isIdentity([a, b, c, d, e, f]: Affine): boolean {
  return a === 1 && b === 0 && c === 0 && d === 0 && e === 1 && f === 0;
}
