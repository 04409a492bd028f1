/** What the JSON Schema of scenes says of a key. */
import { signal } from "@preact/signals";
import { get } from "../state/api-client.ts";
import { tellFailure } from "../state/toasts.ts";

export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly (string | number)[];
  readonly const?: string | number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema | false;
  readonly anyOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

export const schema = signal<Schema | undefined>(undefined);

export async function loadSchema(): Promise<void> {
  try {
    schema.value ??= await get<Schema>("schema");
  } catch (error) {
    tellFailure(error);
  }
}

/** Every form that the value at `path` may have. */
export function formsAt(path: readonly string[]): readonly Schema[] {
  if (!schema.value) return [];
  let forms = alternatives(schema.value);
  for (const key of path) forms = forms.flatMap((form) => step(form, key)).flatMap(alternatives);
  return forms;
}

function step(form: Schema, key: string): Schema[] {
  if (key === "[]") return form.items ? [form.items] : [];
  const own = form.properties?.[key];
  if (own) return [own];
  return typeof form.additionalProperties === "object" ? [form.additionalProperties] : [];
}

/** A schema and what it is any of; the outer description is kept. */
function alternatives(form: Schema): Schema[] {
  const name = form.$ref?.split("/").at(-1);
  const target = name === undefined ? form : (schema.value?.$defs?.[name] ?? form);
  return [target, ...(target.anyOf ?? []).flatMap(alternatives)];
}

export function keysAt(path: readonly string[]): ReadonlyMap<string, Schema> {
  return new Map(formsAt(path).flatMap((form) => Object.entries(form.properties ?? {})));
}

export function describe(path: readonly string[]): string | undefined {
  return formsAt(path).find(({ description }) => description !== undefined)?.description;
}

/** What a number of a scene does. A part of a list has the words of the whole. */
export function describeValue(path: readonly (string | number)[]): string | undefined {
  const whole = typeof path.at(-1) === "number" ? path.slice(0, -1) : path;
  return describe(whole.map((key) => (typeof key === "number" ? "[]" : key)));
}

export function choicesAt(path: readonly string[]): readonly string[] {
  const forms = formsAt(path);
  const named = forms.flatMap(
    (form) => form.enum ?? (form.const === undefined ? [] : [form.const]),
  );
  const flags = forms.some(({ type }) => type === "boolean") ? ["true", "false"] : [];
  return [...new Set([...named.map(String), ...flags])];
}
