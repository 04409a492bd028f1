/** A built-in bitmap font for contact sheets and charts, because the machine may have no fonts. */

/** Printable ASCII from space to ~ as the usual 5×7 dot matrix: five columns per letter, lowest bit at the top. */
const columns =
  "0000000000 00005f0000 0007000700 147f147f14 242a7f2a12 2313086462 3649562050 0000070000 " +
  "001c224100 0041221c00 2a1c7f1c2a 08083e0808 0080703000 0808080808 0000606000 2010080402 " +
  "3e5149453e 00427f4000 7249494946 2141494d33 1814127f10 2745454539 3c4a494931 4121110907 " +
  "3649494936 464949291e 0000140000 0040340000 0008142241 1414141414 4122140800 0201590906 " +
  "3e415d594e 7c1211127c 7f49494936 3e41414122 7f4141413e 7f49494941 7f09090901 3e41415173 " +
  "7f0808087f 00417f4100 2040413f01 7f08142241 7f40404040 7f021c027f 7f0408107f 3e4141413e " +
  "7f09090906 3e4151215e 7f09192946 2649494932 03017f0103 3f4040403f 1f2040201f 3f4038403f " +
  "6314081463 0304780403 6159494d43 007f414141 0204081020 4141417f00 0402010204 4040404040 " +
  "0003070800 2054547840 7f28444438 3844444428 384444287f 3854545418 00087e0902 18a4a49c78 " +
  "7f08040478 00447d4000 2040403d00 7f10284400 00417f4000 7c04780478 7c08040478 3844444438 " +
  "fc18242418 18242418fc 7c08040408 4854545424 04043f4424 3c4040207c 1c2040201c 3c4030403c " +
  "4428102844 4c9090907c 4464544c44 0008364100 0000770000 0041360800 0201020402";

const glyphs = columns.split(" ").map((hex) => Buffer.from(hex, "hex"));
const [advance, rows, margin] = [6, 8, 2];

export interface Label {
  /** One byte per pixel: 255 for ink, else 0. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Draw `text` with dots of `scale` px and a margin. Characters other than printable ASCII become question marks. */
export function drawText(text: string, scale = 1): Label {
  const width = (text.length * advance - 1 + 2 * margin) * scale;
  const height = lineHeight(scale);
  const data = new Uint8Array(width * height);
  [...text].forEach((letter, i) => {
    const glyph = glyphs[letter.charCodeAt(0) - 32] ?? glyphs["?".charCodeAt(0) - 32]!;
    for (let y = 0; y < rows * scale; y++) {
      for (let x = 0; x < 5 * scale; x++) {
        if (!((glyph[Math.floor(x / scale)]! >> Math.floor(y / scale)) & 1)) continue;
        data[(y + margin * scale) * width + (i * advance + margin) * scale + x] = 255;
      }
    }
  });
  return { data, width, height };
}

/** The number of letters, with dots of `scale` px, that fit into `width` px including the margin; at least one. */
export function lettersWithin(width: number, scale: number): number {
  return Math.max(1, Math.floor((width / scale - 2 * margin + 1) / advance));
}

/** Distance between the tops of two lines, px. */
export function lineHeight(scale: number): number {
  return (rows + 2 * margin) * scale;
}
