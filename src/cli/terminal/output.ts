/** Results go to stdout, everything else to stderr. */
import type { Command } from "commander";
import { printable } from "../../errors.ts";

/** Adds a subcommand to the program. */
export type AddCommand = (nameAndArguments: string) => Command;

/** Options that most commands share. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Print `text`, or with `--json` the value as JSON, to stdout. */
export function printResult(value: unknown, text: string, { json }: CommonOptions): void {
  process.stdout.write(`${printable(json ? JSON.stringify(value, null, 2) : text)}\n`);
}

/** A printer of messages to stderr, silent with `--quiet`. */
export function noticePrinter({ quiet }: CommonOptions): (message: string) => void {
  return (message) => {
    if (!quiet) process.stderr.write(`note: ${printable(message)}\n`);
  };
}

/** Format rows as columns with two spaces in between. Numbers are right-aligned. */
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

/** Format a number with three significant digits, or as an integer from 100 on. */
export function digits(value: number): string {
  return String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

/** Format bytes as megabytes, rounded up: `446 MB`. */
export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

/** Format seconds: `1 h 02 min`, `3 min 20 s`, `12 s`. */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s >= 3600)
    return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} min`;
  return s >= 60 ? `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s` : `${s} s`;
}
