/**
 * Who may talk to the server. Any website in the user's browser can send requests to 127.0.0.1, and with a name that it
 * resolves anew (DNS rebinding) it can read the answers: so the `Host` must be ours, a cookie from the launch token must be
 * there, and what writes must come from our own page.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Context, MiddlewareHandler, Next } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { Refused } from "./answer.ts";
import { policyWith } from "./policy.ts";

const headers: Readonly<Record<string, string>> = {
  "Content-Security-Policy": policyWith("'unsafe-inline'"),
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

const reading = new Set(["GET", "HEAD"]);

/** Days after which the cookie of a folder changes. */
const cookieDays = 30;

/** One run of the server: its secrets, and the checks that every request passes. */
export class StudioSession {
  /** In the address that is opened once. */
  readonly token: string = randomBytes(24).toString("base64url");
  readonly #cookie: string;
  #port = 0;

  private constructor(cookie: string) {
    this.#cookie = cookie;
  }

  /**
   * The session of a folder. Its cookie outlives the server, so that an open page goes on when it is started again; it is
   * kept in `file`, which only the user may read.
   */
  static async open(file: string): Promise<StudioSession> {
    const found = await stat(file).catch(() => undefined);
    const fresh = found && Date.now() - found.mtimeMs < cookieDays * 86_400_000;
    const isPrivate = process.platform === "win32" || ((found?.mode ?? 0) & 0o077) === 0;
    const kept = fresh && isPrivate ? (await readFile(file, "utf8")).trim() : "";
    if (/^[\w-]{32}$/.test(kept)) return new StudioSession(kept);
    const cookie = randomBytes(24).toString("base64url");
    await rm(file, { force: true });
    await mkdir(dirname(file), { recursive: true });
    // Where it cannot be kept, the page has to be opened again after a restart.
    await writeFile(file, cookie, { mode: 0o600, flag: "wx" }).catch(() => {});
    return new StudioSession(cookie);
  }

  /** The checks know the port once the server listens. */
  listensOn(port: number): void {
    this.#port = port;
  }

  /** The address to open. */
  get address(): string {
    return `http://127.0.0.1:${this.#port}/?token=${this.token}`;
  }

  /** Checks of every request, and the headers of every answer. Throws `Refused`. */
  readonly guard: MiddlewareHandler = async (c, next) => {
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    const hosts = ["127.0.0.1", "localhost"].map((name) => `${name}:${this.#port}`);
    const host = c.req.header("host") ?? "";
    if (!hosts.includes(host))
      throw new Refused(421, "FORBIDDEN", "this server answers to 127.0.0.1 and localhost only");
    const site = c.req.header("sec-fetch-site");
    const navigates = c.req.method === "GET" && c.req.header("sec-fetch-mode") === "navigate";
    if (site !== undefined && site !== "same-origin" && site !== "none" && !navigates)
      throw new Refused(403, "FORBIDDEN", "another site sent this request");
    if (!reading.has(c.req.method) && c.req.header("origin") !== `http://${host}`)
      throw new Refused(403, "FORBIDDEN", "only the studio's own page may change anything");
    const given = c.req.query("token");
    if (c.req.path === "/" && given !== undefined) return this.#open(c, given, next);
    if (!this.#knows(c)) {
      if (!c.req.path.startsWith("/api/")) return c.html(closedPage, 403);
      throw new Refused(
        403,
        "FORBIDDEN",
        "this page does not belong to the running studio",
        "Open the address that dreamreel studio printed.",
      );
    }
    return next();
  };

  /** Exchange the token for the cookie. The page takes the token out of its address. */
  async #open(c: Context, given: string, next: Next): Promise<Response | undefined> {
    if (!same(given, this.token)) return c.html(closedPage, 403);
    setCookie(c, this.#name, this.#cookie, { httpOnly: true, sameSite: "Strict", path: "/" });
    await next();
    c.header("Cache-Control", "no-store");
    return undefined;
  }

  #knows(c: Context): boolean {
    return same(getCookie(c, this.#name) ?? "", this.#cookie);
  }

  /** Browsers send cookies to all ports of a host: each server has a name of its own. */
  get #name(): string {
    return `dreamreel-${this.#port}`;
  }
}

function same(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

const closedPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>dreamreel studio</title>
<style>body{background:#111;color:#ddd;font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;height:100vh;margin:0}main{max-width:32rem;padding:2rem}code{color:#fff}</style>
<main><h1>This page is closed</h1><p>Open the address that <code>dreamreel studio</code> printed: it holds the key to the running studio. Each start has a new one.</p></main></html>`;
