import { describe, expect, test } from "vitest";
import { backoffMs, MachineFailures, stopsFilm } from "../../../src/farm/worker/rules.ts";

const failures = (...hosts: string[]): Parameters<typeof stopsFilm>[0] =>
  hosts.map((host) => ({ host, worker: `${host}-1`, at: "2026-01-01", message: "broken" }));

describe("a piece that fails", () => {
  test("on three machines stops its film", () => {
    expect(stopsFilm(failures("a", "b"), ["a", "b", "c"])).toBe(false);
    expect(stopsFilm(failures("a", "b", "b"), ["a", "b", "c"])).toBe(false);
    expect(stopsFilm(failures("a", "b", "c"), ["a", "b", "c", "d"])).toBe(true);
  });

  test("three times stops its film where there are fewer machines", () => {
    expect(stopsFilm(failures("a", "a"), ["a"])).toBe(false);
    expect(stopsFilm(failures("a", "a", "a"), ["a"])).toBe(true);
    expect(stopsFilm(failures("a", "b", "a"), ["a", "b"])).toBe(true);
    expect(stopsFilm(failures("a", "a", "a"), ["a", "b"])).toBe(false);
  });

  test("is tried again after growing pauses", () => {
    expect([1, 2, 3, 9].map((n) => backoffMs(n))).toEqual([5000, 10_000, 20_000, 120_000]);
  });
});

describe("a machine", () => {
  test("that fails three pieces within an hour is set aside", () => {
    let now = 0;
    const machine = new MachineFailures(() => now);
    expect(machine.add("film", "a")).toBe(1);
    expect(machine.add("film", "a")).toBe(1);
    now = 3_700_000;
    expect(machine.add("film", "b")).toBe(1);
    machine.add("film", "c");
    expect(machine.areTooMany).toBe(false);
    expect(machine.add("other", "d")).toBe(3);
    expect(machine.areTooMany).toBe(true);
    machine.clear();
    expect(machine.areTooMany).toBe(false);
  });

  test("is not blamed for a film that fails everywhere", () => {
    const machine = new MachineFailures();
    machine.add("broken", "a");
    machine.add("broken", "b");
    machine.add("good", "c");
    machine.forgetFilm("broken");
    expect(machine.keys).toEqual(["c"]);
  });
});
