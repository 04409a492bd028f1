/** Results go to stdout, everything else to stderr. */
import type { Command } from "commander";
import { printable } from "../../errors.ts";

/** Makes a new subcommand of the program. */
export type AddCommand = (nameAndArguments: string) => Command;

/** Options that most verbs share. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Print a result: as it is, or as JSON. */
export function printResult(value: unknown, text: string, { json }: CommonOptions): void {
  process.stdout.write(`${printable(json ? JSON.stringify(value, null, 2) : text)}\n`);
}

/** A printer of messages to stderr, silent with `--quiet`. */
export function noticePrinter({ quiet }: CommonOptions): (message: string) => void {
  return (message) => {
    if (!quiet) process.stderr.write(`note: ${printable(message)}\n`);
  };
}

/** Rows in columns, two spaces apart. Numbers are right-aligned. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) =>
    Math.max(...rows.map((row) => String(row[i] ?? "").length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) =>
          typeof cell === "number" ? String(cell).padStart(widths[i]!) : cell.padEnd(widths[i]!),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A number in three digits, or as many as its whole part has. */
export function digits(value: number): string {
  return String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

/** `446 MB`, rounded up. */
export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

/** `1 h 02 min`, `3 min 20 s`, `12 s`. */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s >= 3600)
    return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} min`;
  return s >= 60 ? `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s` : `${s} s`;
}
