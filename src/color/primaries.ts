/** Colour primaries, by ffmpeg's names, and their conversion to BT.709. Source: ITU-T H.273, table 2. */

/** CIE x and y of red, green, blue and white. */
type Chromaticities = readonly [number, number, number, number, number, number, number, number];
/** A 3 × 3 matrix in row-major order. */
export type Matrix = readonly number[];

const d65 = [0.3127, 0.329] as const;
const c = [0.31, 0.316] as const;

const primaries: Readonly<Record<string, Chromaticities>> = {
  bt709: [0.64, 0.33, 0.3, 0.6, 0.15, 0.06, ...d65],
  bt470m: [0.67, 0.33, 0.21, 0.71, 0.14, 0.08, ...c],
  bt470bg: [0.64, 0.33, 0.29, 0.6, 0.15, 0.06, ...d65],
  smpte170m: [0.63, 0.34, 0.31, 0.595, 0.155, 0.07, ...d65],
  smpte240m: [0.63, 0.34, 0.31, 0.595, 0.155, 0.07, ...d65],
  film: [0.681, 0.319, 0.243, 0.692, 0.145, 0.049, ...c],
  bt2020: [0.708, 0.292, 0.17, 0.797, 0.131, 0.046, ...d65],
  smpte431: [0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.314, 0.351],
  smpte432: [0.68, 0.32, 0.265, 0.69, 0.15, 0.06, ...d65],
  ebu3213: [0.63, 0.34, 0.295, 0.605, 0.155, 0.077, ...d65],
  "jedec-p22": [0.63, 0.34, 0.295, 0.605, 0.155, 0.077, ...d65],
};

/** Whether `toBt709` accepts these primaries. */
export function isKnownPrimaries(name: string): boolean {
  return Object.hasOwn(primaries, name);
}

/** The matrix from linear light of known primaries to that of BT.709, which sRGB shares. White maps to white. */
export function toBt709(name: string): Matrix {
  const from = primaries[name]!;
  const to = primaries.bt709!;
  const adapted = multiply(adaptation(whiteOf(from), whiteOf(to)), toXyz(from));
  return multiply(invert(toXyz(to)), adapted);
}

/** Linear RGB to XYZ. Source: SMPTE RP 177. */
function toXyz(of: Chromaticities): Matrix {
  const [xr, yr, xg, yg, xb, yb] = of;
  const columns = [xr, xg, xb, yr, yg, yb, 1 - xr - yr, 1 - xg - yg, 1 - xb - yb];
  const amounts = apply(invert(columns), whiteOf(of));
  return columns.map((value, i) => value * amounts[i % 3]!);
}

function whiteOf(of: Chromaticities): readonly number[] {
  const [x, y] = [of[6], of[7]];
  return [x / y, 1, (1 - x - y) / y];
}

/** Bradford chromatic adaptation. Source: ICC.1, annex E. */
const cones: Matrix = [0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296];

function adaptation(from: readonly number[], to: readonly number[]): Matrix {
  const [a, b] = [apply(cones, from), apply(cones, to)];
  const scaled = cones.map((value, i) => {
    const row = Math.floor(i / 3);
    return (value * b[row]!) / a[row]!;
  });
  return multiply(invert(cones), scaled);
}

function apply(m: Matrix, v: readonly number[]): number[] {
  return [0, 3, 6].map((row) => m[row]! * v[0]! + m[row + 1]! * v[1]! + m[row + 2]! * v[2]!);
}

function multiply(a: Matrix, b: Matrix): Matrix {
  return Array.from({ length: 9 }, (_, i) => {
    const [row, column] = [i - (i % 3), i % 3];
    return a[row]! * b[column]! + a[row + 1]! * b[column + 3]! + a[row + 2]! * b[column + 6]!;
  });
}

function invert(m: Matrix): Matrix {
  const cofactor = (i: number): number => {
    const [row, column] = [Math.floor(i / 3), i % 3];
    const at = (r: number, s: number): number => m[3 * ((row + r) % 3) + ((column + s) % 3)]!;
    return at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1);
  };
  const determinant = m[0]! * cofactor(0) + m[1]! * cofactor(1) + m[2]! * cofactor(2);
  return m.map((_, i) => cofactor(3 * (i % 3) + Math.floor(i / 3)) / determinant);
}
