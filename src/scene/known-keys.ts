/** The keys of the scene language, by their places. */
import { z } from "zod";
import { sceneSchema } from "./schema.ts";

/** Keys that a map at `path` may have. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let schema: z.ZodType | undefined = sceneSchema;
  for (const part of path) {
    if (typeof part === "number") schema = asArray(schema)?.element as z.ZodType | undefined;
    else schema = asObject(schema)?.shape[String(part)] as z.ZodType | undefined;
  }
  return keysOf(asObject(schema));
}

/** Paths of all keys of a scene without shots and timeline, such as `motion.zoom`. */
export function allPlaces(): readonly string[] {
  return placesIn(sceneSchema, "");
}

function placesIn(schema: z.ZodObject, above: string): string[] {
  return keysOf(schema).flatMap((key): string[] => {
    const inner = asObject(schema.shape[key] as z.ZodType);
    return [`${above}${key}`, ...(inner ? placesIn(inner, `${above}${key}.`) : [])];
  });
}

function keysOf(schema: z.ZodObject | undefined): string[] {
  return Object.keys(schema?.shape ?? {}).filter((key) => key !== "$schema");
}

function asObject(schema: z.ZodType | undefined): z.ZodObject | undefined {
  if (schema instanceof z.ZodOptional) return asObject(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodPipe) return asObject(schema.in as z.ZodType);
  if (schema instanceof z.ZodUnion)
    return (schema.options as z.ZodType[]).map(asObject).find((option) => option !== undefined);
  return schema instanceof z.ZodObject ? schema : undefined;
}

function asArray(schema: z.ZodType | undefined): z.ZodArray | undefined {
  if (schema instanceof z.ZodOptional) return asArray(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodArray ? schema : undefined;
}
