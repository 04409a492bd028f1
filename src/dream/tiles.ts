/** Pictures in overlapping windows of one size, for gradients that would not fit into memory as a whole. */

/** A window into a picture, and the part of the picture that its gradient is for. */
export interface Tile {
  /** Where the window begins; it may reach beyond the picture, where it is mirrored. */
  readonly x: number;
  readonly y: number;
  readonly left: number;
  readonly top: number;
  /** Exclusive. */
  readonly right: number;
  readonly bottom: number;
}

/** The largest stride of usual networks: windows are this or multiples of it apart, px. */
const phase = 32;
/** px around its own part that a window sees at least: what lies there shapes the gradient at its border. */
const context = 72;
/** A side of fewer px would leave a window, between a quarter on each side to look at, less than a stride of its own. */
export const smallestTile = 2 * phase;

/**
 * Square windows of `window` px a side, at least `smallestTile`, that cover a picture, evenly spread, all moved by `shift`
 * px, each the owner of what is nearer to its middle than to any other's. `jitter` is the most they are ever moved.
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

/** Start of each window along a side, and from where to where it is the owner. Those moved off the picture are left out. */
function spans(
  length: number,
  window: number,
  jitter: number,
  shift: number,
): [number, number, number][] {
  // In units of the phase, so that every window sees the picture through the same grid of strides.
  const step = Math.max(1, Math.floor((window - 2 * Math.min(context, window >> 2)) / phase) - 1);
  // Wherever they are moved, they cover the whole side.
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

/** The window's part of planar RGB `data`, mirrored beyond the picture's edges. */
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

/** Put what is the tile's own of a window's `gradient` into that of the whole picture. */
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
