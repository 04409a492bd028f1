/**
 * Edits of a YAML text that touch nothing but the value: comments, order, quotes and spacing stay. Each edit is spliced into
 * the text, and checked against the same edit of the plain data; a layout that cannot be spliced is written by the yaml
 * package, which keeps comments.
 */
import { type Document, isCollection, parseDocument } from "yaml";
import { insertSplice, removeSplice, replaceSplice, type Splice } from "./yaml-splice.ts";

export type YamlPath = readonly (string | number)[];

/** Set the value at a path; maps on the way are made. Throws an `Error` where a list or a plain value is in the way. */
export function setIn(text: string, path: YamlPath, value: unknown): string {
  const document = parse(text);
  if (document.hasIn(path)) {
    return edited(text, document, replaceSplice(text, document, path, value), (copy) =>
      copy.setIn(path, copy.createNode(value)),
    );
  }
  // The nearest map that exists takes the rest of the path.
  let depth = path.length - 1;
  while (depth > 0 && !isCollection(document.getIn(path.slice(0, depth), true))) depth--;
  const parent = path.slice(0, depth);
  const nested = path
    .slice(depth + 1)
    .reduceRight<unknown>(
      (inner, key) => (typeof key === "number" ? [inner] : { [key]: inner }),
      value,
    );
  const key = path[depth]!;
  if (document.hasIn([...parent, key]) && document.getIn([...parent, key]) !== null)
    throw new Error(`${[...parent, key].join(".")} is no map`);
  const splice = document.hasIn([...parent, key])
    ? replaceSplice(text, document, [...parent, key], nested)
    : insertSplice(text, document, parent, { key, value: nested });
  return edited(text, document, splice, (copy) =>
    copy.setIn([...parent, key], copy.createNode(nested)),
  );
}

/** Put an item into the list at a path, before the item at `index`. */
export function insertItem(text: string, path: YamlPath, index: number, value: unknown): string {
  const document = parse(text);
  const splice = insertSplice(text, document, path, { index, value });
  return edited(text, document, splice, (copy) => {
    const list = copy.getIn(path) as { items: unknown[] };
    list.items.splice(index, 0, copy.createNode(value, { flow: true }));
  });
}

/** Remove what is at a path; maps and lists that it leaves empty go too. Nothing happens where there is nothing. */
export function removeIn(text: string, path: YamlPath): string {
  const document = parse(text);
  if (!document.hasIn(path)) return text;
  let own = path;
  for (let parent = own.slice(0, -1); parent.length > 0; parent = own.slice(0, -1)) {
    const collection = document.getIn(parent, true);
    if (!isCollection(collection) || collection.items.length > 1) break;
    own = parent;
  }
  return edited(text, document, removeSplice(text, document, own), (copy) => copy.deleteIn(own));
}

/** The plain data of a text. Throws the YAML library's error where it is no YAML. */
export function readPlain(text: string): unknown {
  return parse(text).toJS();
}

function parse(text: string): Document {
  const document = parseDocument(text, { keepSourceTokens: true, logLevel: "silent" });
  const [error] = document.errors;
  if (error) throw error;
  return document;
}

/** The spliced text where it says what `change` makes of the document, else the document as the library writes it. */
function edited(
  text: string,
  document: Document,
  splice: Splice | undefined,
  change: (copy: Document) => unknown,
): string {
  change(document);
  const wanted = JSON.stringify(document.toJS());
  if (splice) {
    const spliced = text.slice(0, splice.from) + splice.text + text.slice(splice.to);
    const result = parseDocument(spliced, { logLevel: "silent" });
    if (result.errors.length === 0 && sameData(JSON.stringify(result.toJS()), wanted))
      return spliced;
  }
  return document.toString({ lineWidth: 0 });
}

/** A new item may stand at another place of a map than in the document. */
function sameData(a: string, b: string): boolean {
  return (
    a === b || JSON.stringify(ordered(JSON.parse(a))) === JSON.stringify(ordered(JSON.parse(b)))
  );
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, ordered(inner)]));
}
