import assert from "node:assert/strict";
import { chmod, mkdir } from "node:fs/promises";
import path from "node:path";
import { after, describe, it } from "node:test";
import { figures } from "../support/figures.ts";
import { copyProject, makePlace, mountPlace, ordinary, startNpm } from "./place.ts";

/** Nothing listens there; nothing is tried twice. */
const deadRegistry = { npm_config_registry: "http://127.0.0.1:9/", npm_config_fetch_retries: "0" };

describe("npm start in a bare clone", () => {
  const all = new AsyncDisposableStack();
  after(() => all.disposeAsync());

  it("with a dead registry and an empty cache says that the registry is out of reach", async () => {
    const { directory } = all.use(await makePlace());
    const checkout = await copyProject(path.join(directory, "clone"), { isInstalled: false });
    const environment = { ...deadRegistry, npm_config_cache: path.join(directory, "cache") };
    const { ended, printed } = startNpm(["start"], { checkout, environment });
    assert.notEqual(await ended, 0);
    assert.match(printed(), /about \d+ MB, usually within a minute/);
    assert.match(printed(), /The download failed: the npm registry is out of reach \(ECONNREFUSED\)/);
  });

  it("with a home that cannot be written says which folder that is", async () => {
    const { directory } = all.use(await makePlace());
    const home = path.join(directory, "home");
    await mkdir(home);
    await chmod(home, 0o555);
    const checkout = await copyProject(path.join(directory, "clone"), { isInstalled: false, user: ordinary });
    const { ended, printed } = startNpm(["start"], {
      checkout,
      user: ordinary,
      environment: { ...deadRegistry, HOME: home },
    });
    assert.notEqual(await ended, 0);
    assert.match(printed(), /npm cannot write .*home.*: set npm_config_cache to a folder that is yours/);
  });

  it("shows how it is used without a registry", async () => {
    const { directory } = all.use(await makePlace());
    const checkout = await copyProject(path.join(directory, "clone"), { isInstalled: false });
    const { ended, printed } = startNpm(["start", "--", "--help"], { checkout, environment: deadRegistry });
    assert.equal(await ended, 0);
    assert.match(printed(), /Usage: npm start/);
  });

  if (!figures.isWhole) return;

  it("on a disk of 300 MB says that there is no room", async () => {
    const { directory } = all.use(await mountPlace("size=300m"));
    const checkout = await copyProject(path.join(directory, "clone"), { isInstalled: false });
    const { ended, printed } = startNpm(["start"], { checkout });
    assert.equal(await ended, 1);
    assert.match(printed(), /There is no room for it: \d+ MB are free in /);
  });
});
