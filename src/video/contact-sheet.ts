import sharp, { type OverlayOptions, type Sharp } from "sharp";
import { drawText, textWidth } from "./bitmap-font.ts";

export interface SheetTile {
  readonly label: string;
  /** A PNG of `size` × `size` px. */
  readonly png: Buffer;
}

const gap = 3;
const background = { r: 16, g: 16, b: 18 };

/**
 * Tiles side by side with their labels below, as raw RGB through sharp; the caller picks the format.
 * `size` is a tile's side in px.
 */
export function contactSheet(tiles: readonly SheetTile[], size: number, columns: number): Sharp {
  const scale = Math.max(1, Math.round(size / 128));
  const caption = drawText("x", scale).height;
  const rows = Math.ceil(tiles.length / columns);
  const cell = (i: number): { left: number; top: number } => ({
    left: gap + (i % columns) * (size + gap),
    top: gap + Math.floor(i / columns) * (size + caption + gap),
  });
  const layers = tiles.flatMap(({ label, png }, i): OverlayOptions[] => {
    const { left, top } = cell(i);
    const text = drawText(shorten(label, size, scale), scale);
    const ink = Buffer.alloc(text.data.length * 4);
    for (const [p, value] of text.data.entries()) ink.set([228, 228, 224, value], p * 4);
    return [
      { input: png, left, top },
      {
        input: ink,
        raw: { width: text.width, height: text.height, channels: 4 },
        left,
        top: top + size,
      },
    ];
  });
  return sharp({
    create: {
      width: gap + columns * (size + gap),
      height: gap + rows * (size + caption + gap),
      channels: 3,
      background,
    },
  })
    .composite(layers)
    .removeAlpha();
}

/** Long names keep their end, which tells layers apart. */
function shorten(label: string, size: number, scale: number): string {
  let text = label;
  while (textWidth(text, scale) > size && text.length > 3) text = `..${text.slice(3)}`;
  return text;
}
