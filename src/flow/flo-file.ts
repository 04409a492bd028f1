import { DreamError } from "../errors.ts";
import type { FlowField } from "./flow-field.ts";

/** The number at the start of every .flo file; its bytes spell "PIEH". */
const tag = 202021.25;
/** Values with a larger magnitude mean "unknown". */
const unknown = 1e9;

/** Encode a flow as a .flo file. Source: Baker et al. 2011, Middlebury flow benchmark. */
export function encodeFlo({ data, height, width }: FlowField): Uint8Array {
  const area = height * width;
  const bytes = new DataView(new ArrayBuffer(12 + 8 * area));
  bytes.setFloat32(0, tag, true);
  bytes.setInt32(4, width, true);
  bytes.setInt32(8, height, true);
  for (let i = 0; i < area; i++) {
    bytes.setFloat32(12 + 8 * i, data[i]!, true);
    bytes.setFloat32(16 + 8 * i, data[i + area]!, true);
  }
  return new Uint8Array(bytes.buffer);
}

/** Decode the bytes of the .flo file `file`; unknown values become NaN. Throws `FLOW_INVALID`. */
export function decodeFlo(bytes: Uint8Array, file: string): FlowField {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || view.getFloat32(0, true) !== tag) {
    throw new DreamError("FLOW_INVALID", "this is not a .flo file: it does not start with PIEH", {
      where: file,
      hint: "Flow is read from Middlebury .flo files.",
    });
  }
  const [width, height] = [view.getInt32(4, true), view.getInt32(8, true)];
  const area = width * height;
  if (width < 1 || height < 1 || bytes.length !== 12 + 8 * area) {
    throw new DreamError(
      "FLOW_INVALID",
      `a flow of ${width}×${height} px takes ${12 + 8 * area} bytes, but the file has ${bytes.length}`,
      { where: file, hint: "The file is truncated or damaged; create it again." },
    );
  }
  const data = new Float32Array(2 * area);
  const known = (v: number): number => (Math.abs(v) > unknown ? Number.NaN : v);
  for (let i = 0; i < area; i++) {
    data[i] = known(view.getFloat32(12 + 8 * i, true));
    data[i + area] = known(view.getFloat32(16 + 8 * i, true));
  }
  return { data, height, width };
}
