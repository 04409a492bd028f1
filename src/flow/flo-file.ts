import { DreamError } from "../errors.ts";
import type { FlowField } from "./flow-field.ts";

/** The tag that starts every .flo file: 202021.25, "PIEH" as bytes. */
const tag = 202021.25;
/** Beyond this a value means "unknown". */
const unknown = 1e9;

/** A flow as the bytes of a .flo file. Source: Baker et al. 2011, Middlebury flow benchmark. */
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

/** The flow of a .flo file's bytes; unknown values become NaN. Throws `FLOW_INVALID` naming `file`. */
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
      `the file says ${width}×${height}, which takes ${12 + 8 * area} bytes, but has ${bytes.length}`,
      { where: file, hint: "It is cut short or damaged; make it again." },
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
