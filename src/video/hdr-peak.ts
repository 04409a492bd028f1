import { findFfmpeg, runTool } from "./ffmpeg.ts";
import { ffmpegPath, fileOptions } from "./input.ts";

interface SideData {
  readonly max_content?: number;
  readonly max_luminance?: string;
}

/** Maximum luminance of PQ, cd/m². */
const maxPeak = 10_000;

/**
 * The peak luminance of a PQ clip, cd/m², from the metadata of its first picture: MaxCLL, else the peak of the mastering
 * display. Undefined if there is neither, or no ffprobe. Sources: CTA-861.3, SMPTE ST 2086.
 */
export async function readPeak(file: string, stream: number): Promise<number | undefined> {
  const { ffprobe } = await findFfmpeg();
  if (!ffprobe) return undefined;
  const { stdout } = await runTool(ffprobe, [
    ...["-v", "error", "-select_streams", String(stream), "-read_intervals", "%+#1"],
    ...["-show_frames", "-show_entries", "frame_side_data", "-of", "json"],
    ...[...fileOptions, "-i", ffmpegPath(file)],
  ]);
  return parsePeak(stdout);
}

/** Parse the peak from ffprobe's JSON; undefined if there is none or the text is not JSON. */
export function parsePeak(text: string): number | undefined {
  let frames: readonly { readonly side_data_list?: readonly SideData[] }[] | undefined;
  try {
    ({ frames } = JSON.parse(text) as { frames?: typeof frames });
  } catch {
    return undefined;
  }
  const data = frames?.flatMap(({ side_data_list = [] }) => side_data_list) ?? [];
  const contents = data.map(({ max_content = 0 }) => max_content);
  const displays = data.map(({ max_luminance = "0" }) => {
    const [num = 0, den = 1] = max_luminance.split("/").map(Number);
    return num / den;
  });
  return [...contents, ...displays].find((peak) => peak > 0 && peak <= maxPeak);
}
