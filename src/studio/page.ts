/** Gives out files: the page that Vite built, and media of the folder, in ranges. */
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Context } from "hono";
import { packageFolder } from "../package.ts";
import { Refused } from "./answer.ts";
import { policyWith } from "./policy.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".gif": "image/gif",
  ".apng": "image/apng",
  ".tif": "image/tiff",
  ".tiff": "image/tiff",
  ".mp4": "video/mp4",
  ".m4v": "video/mp4",
  ".mov": "video/quicktime",
  ".webm": "video/webm",
  ".mkv": "video/x-matroska",
  ".ogv": "video/ogg",
  ".wav": "audio/wav",
  ".mp3": "audio/mpeg",
  ".m4a": "audio/mp4",
  ".flac": "audio/flac",
  ".ogg": "audio/ogg",
  ".opus": "audio/ogg",
  ".aac": "audio/aac",
};

/** The folder of the built page. */
export const builtPage: string = fileURLToPath(new URL("dist/studio/page", packageFolder));

/** Scripts and styles of the page, by file. Their names change with their content. */
const assets = new Map<string, Buffer>();

/**
 * Read the page's scripts and styles before a browser asks. It asks for the scenes at the same time, which keep the server busy
 * for a while: what is read by then is sent before.
 */
export async function readPage(folder: string): Promise<void> {
  const names = await readdir(join(folder, "assets")).catch(() => []);
  const files = names.map((name) => join(folder, "assets", name));
  await Promise.all(files.map(async (file) => assets.set(file, await readFile(file)))).catch(
    () => {},
  );
}

/** A file of the page; addresses of its views give `index.html`. Throws `Refused`. */
export async function servePage(c: Context, folder: string): Promise<Response> {
  const path = normalize(decodeURIComponent(c.req.path)).replace(/^[/\\]+/, "");
  const file = join(folder, path);
  const inside = path === "" || file.startsWith(folder + sep);
  const asset = assets.get(file);
  if (asset) return serveFile(c, asset, file, true);
  const isFile = inside && path !== "" && (await stat(file).catch(() => undefined))?.isFile();
  if (!isFile && extname(path) !== "") throw new Refused(404, "NOT_FOUND", "there is no such file");
  const chosen = isFile ? file : join(folder, "index.html");
  const content = await readFile(chosen).catch(() => {
    throw new Refused(
      404,
      "NOT_FOUND",
      "the studio's page has not been built",
      "In a clone of dreamreel, run npm run build.",
    );
  });
  if (extname(chosen) === ".html") return serveHtml(c, content.toString("utf8"));
  return serveFile(c, content, chosen, /[/\\]assets[/\\]/.test(chosen));
}

function serveFile(c: Context, content: Buffer, file: string, isKept: boolean): Response {
  return c.body(new Uint8Array(content), 200, {
    "Content-Type": types[extname(file)] ?? "application/octet-stream",
    "Cache-Control": isKept ? "public, max-age=31536000, immutable" : "no-cache",
  });
}

/** A page. Where it has a place for a nonce, only style elements with it are allowed; scripts come from files alone. */
function serveHtml(c: Context, html: string): Response {
  const nonce = randomBytes(16).toString("base64");
  const style = html.includes("%nonce%") ? `'nonce-${nonce}'` : "'unsafe-inline'";
  return c.body(html.replaceAll("%nonce%", nonce), 200, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": policyWith(style),
    "Cache-Control": "no-cache",
  });
}

/** A file of the folder, or the range of it that is asked for. Only media is shown; anything else is downloaded. */
export async function serveMedia(
  c: Context,
  file: string,
  { download }: { readonly download?: string } = {},
): Promise<Response> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new Refused(404, "NOT_FOUND", "there is no such file");
  const type = types[extname(file).toLowerCase()];
  const shown = type !== undefined && /^(?:image\/(?!svg)|video|audio)/.test(type);
  c.header("Content-Type", shown ? type : "application/octet-stream");
  if (download !== undefined || !shown)
    c.header(
      "Content-Disposition",
      `attachment; filename*=UTF-8''${encodeURIComponent(download ?? "file")}`,
    );
  c.header("Accept-Ranges", "bytes");
  c.header("Cache-Control", "no-cache");
  c.header("ETag", `"${found.size}-${Math.round(found.mtimeMs)}"`);
  if (c.req.header("if-none-match") === `"${found.size}-${Math.round(found.mtimeMs)}"`)
    return c.body(null, 304);
  const range = rangeOf(c.req.header("range"), found.size);
  if (range === "unsatisfiable") {
    c.header("Content-Range", `bytes */${found.size}`);
    return c.body(null, 416);
  }
  const [start, end] = range ?? [0, found.size - 1];
  c.header("Content-Length", String(end - start + 1));
  if (range) c.header("Content-Range", `bytes ${start}-${end}/${found.size}`);
  if (c.req.method === "HEAD" || found.size === 0) return c.body(null, range ? 206 : 200);
  const stream = Readable.toWeb(createReadStream(file, { start, end })) as ReadableStream;
  return c.body(stream, range ? 206 : 200);
}

/** First and last byte of a `Range` header; undefined where all is asked for, or several parts. */
function rangeOf(
  header: string | undefined,
  size: number,
): [number, number] | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const last = size - 1;
  const [start, end] =
    match[1] === ""
      ? [Math.max(0, size - Number(match[2])), last]
      : [Number(match[1]), match[2] === "" ? last : Math.min(last, Number(match[2]))];
  return start > end || start > last ? "unsatisfiable" : [start, end];
}
