/**
 * Reads the colour code points of a picture, which replace an ICC profile: the cICP chunk of PNG, the colr box of AVIF.
 * Sources: PNG, third edition, 11.3.2.6; ISO/IEC 14496-12, 12.1.5; ITU-T H.273, tables 2 and 3.
 */
import type { ColorMeaning } from "./convert.ts";

/** ffmpeg's names by code point. Unspecified values count as sRGB. */
const primaries: Readonly<Record<number, string>> = {
  ...{ 1: "bt709", 2: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m" },
  ...{ 8: "film", 9: "bt2020", 11: "smpte431", 12: "smpte432", 22: "ebu3213" },
};
const transfers: Readonly<Record<number, string>> = {
  ...{ 1: "bt709", 2: "iec61966-2-1", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m" },
  ...{ 8: "linear", 11: "iec61966-2-4", 12: "bt1361e", 13: "iec61966-2-1", 14: "bt2020-10" },
  ...{ 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67" },
};

/** The colours that a PNG or AVIF file declares; undefined without code points, or if an ICC profile takes precedence. */
export function codedColors(bytes: Buffer, hasProfile: boolean): ColorMeaning | undefined {
  const codes = isPng(bytes) ? pngCodes(bytes) : hasProfile ? undefined : avifCodes(bytes);
  if (!codes) return undefined;
  const [color, curve] = codes;
  return {
    primaries: primaries[color] ?? `number ${color}`,
    transfer: transfers[curve] ?? `number ${curve}`,
  };
}

function isPng(bytes: Buffer): boolean {
  return bytes.toString("latin1", 1, 4) === "PNG";
}

/** Primaries and transfer of the cICP chunk, which precedes the pixels. */
function pngCodes(bytes: Buffer): readonly [number, number] | undefined {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (type === "IDAT") return undefined;
    if (type === "cICP") return [bytes[at + 8]!, bytes[at + 9]!];
  }
  return undefined;
}

/** Primaries and transfer of the first colr box inside the meta box. */
function avifCodes(bytes: Buffer): readonly [number, number] | undefined {
  const meta = bytes.indexOf("meta", 8, "latin1");
  if (bytes.toString("latin1", 4, 8) !== "ftyp" || meta < 4) return undefined;
  const box = bytes.subarray(meta, meta - 4 + bytes.readUInt32BE(meta - 4));
  const at = box.indexOf("colrnclx", 0, "latin1");
  if (at < 0 || at + 12 > box.length) return undefined;
  return [box.readUInt16BE(at + 8), box.readUInt16BE(at + 10)];
}
