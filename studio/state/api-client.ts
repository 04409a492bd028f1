/** Requests to the studio's server. Every failure is a `RequestError`. */
import type { ApiError } from "../../src/studio/api.ts";

export class RequestError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  /** 0 where the server did not answer. */
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, error: ApiError, body?: unknown) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.hint = error.hint;
    this.body = body;
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>;

/** An address under /api/ with its query. */
export function apiUrl(name: string, query: Query = {}): string {
  const given = Object.entries(query).filter((entry) => entry[1] !== undefined);
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return `/api/${name}${text ? `?${text}` : ""}`;
}

/** Fetch, with the answer's JSON. Throws `RequestError`; an aborted request throws the signal's reason. */
async function request<T>(url: string, options: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new RequestError(0, {
      code: "OFFLINE",
      message: "The studio's server does not answer.",
      hint: "Start it again with dreamreel studio.",
    });
  }
  const text = await response.text();
  const body: unknown = text === "" ? undefined : parseJson(text);
  if (response.ok) return body as T;
  const error = body as Partial<ApiError> | undefined;
  throw new RequestError(
    response.status,
    {
      code: error?.code ?? "FAILED",
      message: error?.message ?? `The server answered ${response.status}.`,
      ...(error?.hint === undefined ? {} : { hint: error.hint }),
    },
    body,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function get<T>(name: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return request<T>(apiUrl(name, query), signal ? { signal } : {});
}

export function post<T>(name: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return request<T>(apiUrl(name), withJson("POST", body, signal));
}

export function put<T>(name: string, query: Query, body: unknown): Promise<T> {
  return request<T>(apiUrl(name, query), withJson("PUT", body));
}

function withJson(method: string, body: unknown, signal?: AbortSignal): RequestInit {
  return {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body ?? {}),
    ...(signal ? { signal } : {}),
  };
}

/** Upload a file's bytes with its share done, 0..1. */
export function upload(
  file: File,
  onShare: (share: number) => void,
): Promise<{ readonly path: string }> {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", apiUrl("files", { name: file.name }));
    sending.upload.onprogress = ({ loaded, total }) => onShare(total > 0 ? loaded / total : 0);
    sending.onerror = () =>
      reject(
        new RequestError(0, {
          code: "INTERRUPTED",
          message: `The upload of ${file.name} was interrupted.`,
          hint: "Drop it again when the server answers.",
        }),
      );
    sending.onload = () => {
      const body = parseJson(sending.responseText);
      if (sending.status < 300) return resolve(body as { path: string });
      const error = body as Partial<ApiError> | undefined;
      const message = error?.message ?? `The server answered ${sending.status}.`;
      const hint = error?.hint === undefined ? {} : { hint: error.hint };
      reject(new RequestError(sending.status, { code: error?.code ?? "FAILED", message, ...hint }));
    };
    sending.send(file);
  });
}
