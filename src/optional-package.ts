/** Packages that dreamreel uses where they are installed. */
import { messageOf } from "./errors.ts";

/** Imports a package by name; tests replace it to simulate missing packages. */
export type Import = (name: string) => Promise<unknown>;

/** Whether an import failed because the package itself is missing, not one of its dependencies. */
export function isAbsent(cause: unknown, name: string): boolean {
  const message = messageOf(cause);
  const quoted = [`'${name}'`, `"${name}"`].some((text) => message.includes(text));
  return quoted && /cannot find|could not resolve/i.test(message);
}
