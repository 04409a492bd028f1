/** Bodies of requests. */
import type { Context } from "hono";
import type { z } from "zod";
import { Refused } from "./answer.ts";

/** Largest body of a request that is no upload: a scene has at most a megabyte of characters. */
const maxBytes = 8 << 20;

/** The JSON of a request, checked. Throws `Refused`. */
export async function bodyOf<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  if (!/^application\/json\b/.test(c.req.header("content-type") ?? ""))
    throw new Refused(415, "USAGE", "the body must be application/json");
  if (Number(c.req.header("content-length") ?? 0) > maxBytes)
    throw new Refused(413, "TOO_LARGE", "the body is too large");
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    length += (chunk as Uint8Array).length;
    if (length > maxBytes) throw new Refused(413, "TOO_LARGE", "the body is too large");
    chunks.push(chunk as Uint8Array);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new Refused(400, "USAGE", "the body is not JSON");
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new Refused(400, "USAGE", `${issue.path.join(".")}: ${issue.message}`);
}

/** A parameter of the address. Throws `Refused` where it is missing. */
export function queryOf(c: Context, name: string): string {
  const value = c.req.query(name);
  if (value === undefined) throw new Refused(400, "USAGE", `${name} is missing in the address`);
  return value;
}

/** A whole number of the address; undefined where it is missing. Throws `Refused`. */
export function numberOf(c: Context, name: string): number | undefined {
  const text = c.req.query(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw new Refused(400, "USAGE", `${name} must be a whole number`);
  return value;
}
