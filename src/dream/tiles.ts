/** Cuts pictures into overlapping windows of one size, for gradients that do not fit into memory as a whole. */

/** A window of a picture, and the part of the picture that uses its gradient. */
export interface Tile {
  /** Start of the window, px. It may extend beyond the picture, which is mirrored there. */
  readonly x: number;
  readonly y: number;
  readonly left: number;
  readonly top: number;
  /** Exclusive. */
  readonly right: number;
  readonly bottom: number;
}

/** The largest stride of common networks, px. Distances of windows are multiples of it. */
const phase = 32;
/** Minimum margin of a window around its own part, px, because it affects the gradient at the border of that part. */
const context = 72;
/** Minimum side of a tile, px. In a smaller one, margins of a quarter on each side would leave less than one stride. */
export const smallestTile = 2 * phase;

/**
 * Square windows with a side of `window` px, at least `smallestTile`, that cover a picture evenly, all moved by `shift` px.
 * Each window owns the pixels that are nearest to its centre. `jitter` is the range of the shifts.
 */
export function layOutTiles(
  height: number,
  width: number,
  window: number,
  jitter: number,
  shift: { readonly x: number; readonly y: number },
): Tile[] {
  const columns = spans(width, window, jitter, shift.x);
  const rows = spans(height, window, jitter, shift.y);
  return rows.flatMap(([y, top, bottom]) =>
    columns.map(([x, left, right]): Tile => ({ x, y, left, top, right, bottom })),
  );
}

/** Start of each window along a side, and the range that it owns. Windows outside the picture are omitted. */
function spans(
  length: number,
  window: number,
  jitter: number,
  shift: number,
): [number, number, number][] {
  // A multiple of the phase, so that all windows have the same grid of strides on the picture.
  const step = Math.max(1, Math.floor((window - 2 * Math.min(context, window >> 2)) / phase) - 1);
  // The windows cover the whole side at every shift.
  const beyond = Math.ceil(jitter / 2);
  const room = Math.ceil((length + 2 * beyond - window) / phase);
  const count = room <= 0 ? 1 : 1 + Math.ceil(room / step);
  const starts = Array.from({ length: count }, (_, i) =>
    count === 1
      ? Math.round((length - window) / 2 + shift)
      : phase * Math.round((i * room) / (count - 1)) - beyond + shift,
  );
  const border = (a: number, b: number): number =>
    Math.max(0, Math.min(length, Math.round((a + b + window) / 2)));
  return starts
    .map((start, i): [number, number, number] => {
      const from = i === 0 ? 0 : border(starts[i - 1]!, start);
      const to = i === count - 1 ? length : border(start, starts[i + 1]!);
      return [start, from, to];
    })
    .filter(([, from, to]) => to > from);
}

/** Cut a window from planar RGB `data`, mirrored beyond the picture's edges. */
export function cutTile(
  data: Float32Array,
  height: number,
  width: number,
  { x, y }: Tile,
  window: number,
): Float32Array {
  const cut = new Float32Array(3 * window * window);
  for (let c = 0, to = 0; c < 3; c++) {
    for (let row = 0; row < window; row++) {
      const from = (c * height + mirror(y + row, height)) * width;
      if (x >= 0 && x + window <= width) {
        cut.set(data.subarray(from + x, from + x + window), to);
        to += window;
      } else {
        for (let column = 0; column < window; column++)
          cut[to++] = data[from + mirror(x + column, width)]!;
      }
    }
  }
  return cut;
}

/** Copy the part of a window's `gradient` that the tile owns to the gradient of the whole picture. */
export function pasteTile(
  gradient: Float32Array,
  whole: Float32Array,
  height: number,
  width: number,
  tile: Tile,
  window: number,
): void {
  for (let c = 0; c < 3; c++) {
    for (let y = tile.top; y < tile.bottom; y++) {
      const from = (c * window + y - tile.y) * window - tile.x;
      const to = (c * height + y) * width;
      whole.set(gradient.subarray(from + tile.left, from + tile.right), to + tile.left);
    }
  }
}

function mirror(index: number, length: number): number {
  if (length === 1) return 0;
  const folded = Math.abs(index) % (2 * (length - 1));
  return folded < length ? folded : 2 * (length - 1) - folded;
}
