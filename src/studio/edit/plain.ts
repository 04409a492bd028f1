/** Plain values of a scene, without its text: what an edit must come to. */

type Path = readonly (string | number)[];

/** Whether two plain values are equal; the order of keys has no meaning in a scene. The page has no `node:util`. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return (
    left.length === right.length &&
    left.every(
      ([key, value]) => Object.hasOwn(b, key) && isSame(value, (b as Record<string, unknown>)[key]),
    )
  );
}

/**
 * `root` with `value` at `path`; maps and lists that are missing are made, and `{}` fills a list that is too short. The parts
 * that change are copies.
 */
export function withValue(root: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const old = root as Record<string | number, unknown> | null | undefined;
  const inner = withValue(old?.[key], rest, value);
  const list = typeof key === "number" && (root === undefined || root === null) ? [] : root;
  if (!Array.isArray(list)) return { ...(typeof list === "object" ? list : {}), [key]: inner };
  const length = Math.max(list.length, Number(key) + 1);
  return Array.from({ length }, (_, i) => (i === key ? inner : i < list.length ? list[i] : {}));
}

/** `root` without what is at `path`. */
export function withoutValue(root: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  if (key === undefined || typeof root !== "object" || root === null) return root;
  if (rest.length > 0)
    return withValue(
      root,
      [key],
      withoutValue((root as Record<string | number, unknown>)[key], rest),
    );
  if (Array.isArray(root)) return root.filter((_, index) => index !== key);
  return Object.fromEntries(Object.entries(root).filter(([name]) => name !== String(key)));
}
