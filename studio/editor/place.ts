/** Where in a scene the cursor is: the keys that lead there, from indentation and brackets alone, so that broken text works too. */

export interface Place {
  /** Keys from the top; list entries are `[]`. */
  readonly path: readonly string[];
  /** Whether a key is being written, else the value of the last key of `path`. */
  readonly part: "key" | "value";
  /** Offset in the text at which the word under the cursor begins. */
  readonly from: number;
}

interface Level {
  readonly indent: number;
  readonly key: string;
}

const keyLine = /^(\s*)((?:-\s+)*)(?:("[^"]*"|'[^']*'|[^\s#:{[,][^#:]*?)\s*:(?=\s|$))?/;

/** The place at `offset`. */
export function placeAt(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split("\n");
  const current = lines.pop() ?? "";
  const open: Level[] = [];
  for (const line of lines) {
    if (/^\s*(#|$)/.test(line)) continue;
    enter(open, line);
  }
  return inLine(open, current, offset);
}

/** Follow a whole line: close deeper levels, open its dashes and its key. */
function enter(open: Level[], line: string): void {
  const match = keyLine.exec(line)!;
  let indent = match[1]!.length;
  close(open, indent);
  for (const dash of match[2]!.match(/-\s+/g) ?? []) {
    open.push({ indent, key: "[]" });
    indent += dash.length;
    close(open, indent);
  }
  if (match[3] !== undefined) open.push({ indent, key: unquote(match[3]) });
}

function close(open: Level[], indent: number): void {
  while (open.length > 0 && open.at(-1)!.indent >= indent) open.pop();
}

function inLine(open: Level[], line: string, offset: number): Place {
  const start = offset - line.length;
  const match = keyLine.exec(line)!;
  enter(open, line);
  const path = open.map(({ key }) => key);
  if (match[3] === undefined) {
    const word = /[^\s-].*$/.exec(line.slice(match[1]!.length + match[2]!.length))?.[0] ?? "";
    // A line that only begins may also be the value of the key above, written on a line of its own.
    return { path, part: "key", from: start + line.length - word.length };
  }
  return inFlow(path, line.slice(match[0].length), start + match[0].length);
}

/** Inside `{ key: value, … }` and `[ … ]` behind a key. */
function inFlow(path: readonly string[], rest: string, start: number): Place {
  const keys = [...path];
  const brackets: { readonly kind: string; readonly depth: number }[] = [];
  let word = 0;
  let part: Place["part"] = "value";
  for (let i = 0; i < rest.length; i++) {
    const c = rest[i]!;
    if (c === '"' || c === "'") {
      const end = rest.indexOf(c, i + 1);
      if (end < 0) break;
      i = end;
    } else if (c === "{" || c === "[") {
      brackets.push({ kind: c, depth: keys.length });
      if (c === "[") keys.push("[]");
      part = c === "{" ? "key" : "value";
      word = i + 1;
    } else if (c === "}" || c === "]") {
      const closed = brackets.pop();
      if (closed) keys.length = closed.depth;
      word = i + 1;
      part = "value";
    } else if (c === "," && brackets.length > 0) {
      const { kind, depth } = brackets.at(-1)!;
      keys.length = kind === "[" ? depth + 1 : depth;
      part = kind === "{" ? "key" : "value";
      word = i + 1;
    } else if (c === ":" && part === "key" && /\s|^$/.test(rest[i + 1] ?? "")) {
      keys.push(unquote(rest.slice(word, i).trim()));
      part = "value";
      word = i + 1;
    }
  }
  const gap = /^\s*/.exec(rest.slice(word))![0].length;
  return { path: keys, part, from: start + word + gap };
}

function unquote(key: string): string {
  return key.replace(/^(["'])(.*)\1$/, "$2");
}
