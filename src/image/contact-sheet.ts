import { extname } from "node:path";
import sharp, { type Sharp } from "sharp";
import { DreamError } from "../errors.ts";
import { drawText, lettersWithin, lineHeight } from "./bitmap-font.ts";

/** The layout of a sheet of square tiles with captions below; lengths in px. */
export interface SheetLayout {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  /** Side of a tile. */
  readonly tile: number;
  /** Side of one dot of a letter. */
  readonly scale: number;
  readonly rowHeight: number;
  /** Caption lines of each tile. */
  readonly captions: readonly (readonly string[])[];
}

const gap = 3;
const background = [16, 16, 18];
const ink = [228, 228, 224];

/** Lay out one tile with a side of `tile` px for each label, in at most `columns` columns. */
export function layOutSheet(labels: readonly string[], tile: number, columns: number): SheetLayout {
  const scale = Math.max(1, Math.round(tile / 128));
  const captions = labels.map((label) => wrapLabel(label, lettersWithin(tile, scale)));
  const lines = Math.max(...captions.map((caption) => caption.length));
  const across = Math.min(columns, labels.length);
  const rowHeight = tile + lines * lineHeight(scale) + gap;
  const width = gap + across * (tile + gap);
  const height = gap + Math.ceil(labels.length / across) * rowHeight;
  return { width, height, columns: across, tile, scale, rowHeight, captions };
}

/** Maximum side of a picture by format, px. */
const longest: Readonly<Record<string, number>> = { ".webp": 16383, ".jpg": 65500, ".jpeg": 65500 };

/** Throws `SIZE_INVALID` if the format of `file` cannot hold a picture as large as the sheet. */
export function checkSheetFits({ width, height }: SheetLayout, file: string): void {
  const extension = extname(file).toLowerCase();
  const max = longest[extension] ?? 2 ** 20;
  if (Math.max(width, height) <= max) return;
  throw new DreamError(
    "SIZE_INVALID",
    `the sheet would have ${width} × ${height} px; ${extension} holds ${max} a side`,
    { where: file, hint: "Choose smaller tiles, other columns, .png, or a page: .html." },
  );
}

/**
 * Draw `tiles`, PNG files in the order of the layout's captions, with their captions. The result is raw RGB; the caller
 * selects the format. Peak memory is the sheet and one tile.
 */
export async function contactSheet(
  layout: SheetLayout,
  tiles: readonly { readonly png: Buffer }[],
): Promise<Sharp> {
  const { width, height, columns, tile, scale, rowHeight, captions } = layout;
  const sheet = new Uint8Array(3 * width * height);
  for (let i = 0; i < sheet.length; i++) sheet[i] = background[i % 3]!;
  for (const [i, { png }] of tiles.entries()) {
    const left = gap + (i % columns) * (tile + gap);
    const top = gap + Math.floor(i / columns) * rowHeight;
    const pixels = await sharp(png).removeAlpha().toColourspace("srgb").raw().toBuffer();
    for (let y = 0; y < tile; y++) {
      sheet.set(pixels.subarray(3 * y * tile, 3 * (y + 1) * tile), 3 * ((top + y) * width + left));
    }
    captions[i]!.forEach((line, row) => {
      const text = drawText(line, scale);
      const start = top + tile + row * lineHeight(scale);
      for (const [p, value] of text.data.entries()) {
        if (value === 0) continue;
        const [x, y] = [left + (p % text.width), start + Math.floor(p / text.width)];
        sheet.set(ink, 3 * (y * width + x));
      }
    });
  }
  return sharp(sheet, { raw: { width, height, channels: 3 } });
}

/**
 * Wrap a label to at most two lines of `letters` letters, preferably after a slash. A longer label is cut at its start,
 * because the ends of layer names differ.
 */
export function wrapLabel(label: string, letters: number): string[] {
  const room = 2 * letters;
  const text = label.length > room ? `..${label.slice(label.length - room + 2)}` : label;
  if (text.length <= letters) return [text];
  const slash = text.lastIndexOf("/", letters - 1) + 1;
  const cut = text.length - slash <= letters ? slash : letters;
  return [text.slice(0, cut), text.slice(cut)];
}
