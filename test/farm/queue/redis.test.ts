import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { loadQueuePackages } from "../../../src/farm/queue/packages.ts";
import {
  connectForever,
  connectOnce,
  redisAddress,
  settingsNotes,
  whileConnected,
} from "../../../src/farm/queue/redis.ts";
import { dreamreel } from "../../helpers/command.ts";
import { temporaryFolder } from "../../helpers/media.ts";
import { freePort, noRedis, startRedis } from "../../helpers/redis.ts";

/** The error of `work`, and how long it took, s. */
async function failure(work: () => Promise<unknown>): Promise<{ text: string; seconds: number }> {
  const began = performance.now();
  const error = await work().then(
    () => new Error("no error"),
    (thrown) => thrown,
  );
  const { code, message, hint } = error as { code: string; message: string; hint: string };
  return { text: `${code}: ${message}\n${hint}`, seconds: (performance.now() - began) / 1000 };
}

describe("the address of Redis", () => {
  test("is checked, and its password is never shown", () => {
    expect(redisAddress("redis://host:6379/2").shown).toBe("redis://host:6379/2");
    expect(redisAddress("redis://:secret@host:6379").shown).toBe("redis://:***@host:6379");
    expect(redisAddress("rediss://me:se:c@ret@host").shown).toBe("rediss://me:***@host");
    for (const wrong of ["host:6379", "http://me:secret@host", "redis://", "", "me:secret@host:1"])
      expect(() => redisAddress(wrong), wrong).toThrow(
        expect.objectContaining({ code: "USAGE", message: expect.not.stringContaining("secret") }),
      );
  });
});

describe("packages", () => {
  test("that are missing are named, with what to install", async () => {
    const load = async (name: string): Promise<unknown> => {
      if (name === "bullmq") throw new Error(`Cannot find package 'bullmq' imported from here`);
      return {};
    };
    await expect(loadQueuePackages(load)).rejects.toMatchObject({
      code: "PACKAGE_MISSING",
      message: "the farm needs bullmq, which is not installed",
      hint: expect.stringContaining("npm install bullmq"),
    });
  });

  test("that are broken are not called missing", async () => {
    const load = async (): Promise<unknown> => Promise.reject(new Error("bad binding"));
    await expect(loadQueuePackages(load)).rejects.toMatchObject({
      message: "the farm needs bullmq, which does not load: bad binding",
    });
  });
});

describe("a Redis that is not there", () => {
  test("is one clear error at once", async () => {
    const packages = await loadQueuePackages();
    const address = redisAddress(`redis://:secret@127.0.0.1:${await freePort()}`);
    for (const connect of [connectOnce, connectForever]) {
      const { text, seconds } = await failure(() => connect(packages, address));
      expect(text).toMatch(
        /^REDIS_UNAVAILABLE: no Redis answers at redis:\/\/:\*\*\*@127.*ECONNREFUSED/,
      );
      expect(text).toContain("redis-server --appendonly yes");
      expect(seconds).toBeLessThan(2);
    }
  });

  test("but something that never answers is an error within seconds", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    const packages = await loadQueuePackages();
    const { text, seconds } = await failure(() =>
      connectOnce(packages, redisAddress(`redis://127.0.0.1:${port}`)),
    );
    expect(text).toMatch(/^REDIS_UNAVAILABLE: no Redis answers/);
    expect(seconds).toBeLessThan(10);
    silent.close();
  });
});

describe.skipIf(noRedis)("a Redis that is there", () => {
  test("with a password wants it, and says so", async () => {
    await using server = await startRedis({ password: "open-sesame" });
    const packages = await loadQueuePackages();
    for (const secret of ["", ":wrong@", "user:wrong@"]) {
      const { text } = await failure(() =>
        connectOnce(packages, redisAddress(`redis://${secret}127.0.0.1:${server.port}`)),
      );
      expect(text).toMatch(/^REDIS_UNAVAILABLE: Redis at .* refuses the password/);
      expect(text).not.toContain("wrong");
    }
    const redis = await connectOnce(packages, server.address);
    expect(await settingsNotes(redis)).toEqual([]);
    redis.disconnect();
  });

  test.skipIf(spawnSync("openssl", ["version"]).error)(
    "with TLS must have a certificate that Node trusts, and the hint says how",
    async () => {
      const folder = await temporaryFolder();
      const [key, certificate] = ["host.key", "host.crt"].map((name) => join(folder.path, name));
      await execa("openssl", [
        ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key!, "-out", certificate!],
        ...["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"],
      ]);
      const tlsPort = await freePort();
      await using server = await startRedis({
        more: [
          ...["--tls-port", String(tlsPort), "--tls-auth-clients", "no"],
          ...["--tls-cert-file", certificate!, "--tls-key-file", key!],
        ],
      });
      const secure = `rediss://127.0.0.1:${tlsPort}`;
      const hintOf = async (address: string): Promise<string> => {
        const packages = await loadQueuePackages();
        const { text } = await failure(() => connectOnce(packages, redisAddress(address)));
        return text;
      };
      expect(await hintOf(secure)).toMatch(/certificate.*\n.*NODE_EXTRA_CA_CERTS/);
      const crossed = [`redis://127.0.0.1:${tlsPort}`, `rediss://127.0.0.1:${server.port}`];
      for (const address of crossed)
        expect(await hintOf(address)).toMatch(/rediss:\/\/ for the TLS port/);
      const env = { REDIS_URL: secure, DREAMREEL_SHARE: folder.path };
      const trusting = { env: { ...env, NODE_EXTRA_CA_CERTS: certificate! } };
      expect(await dreamreel(["farm", "workers"], trusting)).toMatchObject({ exitCode: 0 });
      expect((await dreamreel(["farm", "workers"], { env })).stderr).toMatch(/NODE_EXTRA_CA_CERTS/);
      await folder.remove();
    },
  );

  test("without a journal, or that drops keys, is noted", async () => {
    await using server = await startRedis({
      appendOnly: false,
      more: ["--maxmemory-policy", "allkeys-lru"],
    });
    const redis = await connectOnce(await loadQueuePackages(), server.address);
    const [journal, memory] = await settingsNotes(redis);
    expect(journal).toMatch(/--appendonly yes/);
    expect(memory).toMatch(/allkeys-lru.*--maxmemory-policy noeviction/);
    redis.disconnect();
  });

  test("that ends during a command is an error, not a wait", async () => {
    await using server = await startRedis();
    const redis = await connectOnce(await loadQueuePackages(), server.address);
    await server.kill();
    const { text, seconds } = await failure(() =>
      whileConnected(server.address, redis, () => redis.get("key")),
    );
    expect(text).toMatch(/^REDIS_UNAVAILABLE/);
    expect(seconds).toBeLessThan(2);
    redis.disconnect();
  });

  test("that ends and starts again is connected to again by a worker", async () => {
    await using server = await startRedis();
    const redis = await connectForever(await loadQueuePackages(), server.address);
    await redis.set("key", "kept");
    await server.kill();
    const answer = redis.get("key");
    await server.start();
    expect(await answer).toBe("kept");
    redis.disconnect();
  });
});
