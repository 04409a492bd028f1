/** The address: `#/scene/PATH`, `#/layers/LAYER/CHANNEL?scene=PATH`, `#/result/PATH?frames=FIRST-LAST`. */
import { signal } from "@preact/signals";

export type Route =
  | { readonly type: "none" }
  | { readonly type: "scene"; readonly path: string }
  | { readonly type: "result"; readonly path: string; readonly frames?: string }
  | {
      readonly type: "layers";
      readonly path: string;
      readonly layer?: string;
      readonly channel?: number;
    };

export const route = signal<Route>({ type: "none" });

export function parseRoute(hash: string): Route {
  const [place = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [type, ...parts] = place.split("/").map(safeDecode);
  const rest = parts.join("/");
  if (type === "scene" && rest !== "") return { type, path: rest };
  if (type === "result" && rest !== "") {
    const frames = new URLSearchParams(query).get("frames");
    return { type, path: rest, ...(frames === null ? {} : { frames }) };
  }
  if (type === "layers") {
    const [layer, number] = parts;
    const channel = number === undefined || number === "" ? Number.NaN : Number(number);
    return {
      type,
      path: new URLSearchParams(query).get("scene") ?? "",
      ...(layer ? { layer } : {}),
      ...(Number.isInteger(channel) && channel >= 0 ? { channel } : {}),
    };
  }
  return { type: "none" };
}

function safeDecode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const encodePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

export function formatRoute(to: Route): string {
  if (to.type === "none") return "#/";
  if (to.type !== "layers") {
    const frames = to.type === "result" && to.frames ? `?frames=${to.frames}` : "";
    return `#/${to.type}/${encodePath(to.path)}${frames}`;
  }
  const parts = [
    to.layer === undefined ? [] : encodeURIComponent(to.layer),
    to.channel ?? [],
  ].flat();
  return `#/layers${parts.map((part) => `/${part}`).join("")}?scene=${encodeURIComponent(to.path)}`;
}

export function go(to: Route): void {
  location.hash = formatRoute(to);
}

export function startRoute(): void {
  const read = (): void => {
    route.value = parseRoute(location.hash);
  };
  addEventListener("hashchange", read);
  read();
}
