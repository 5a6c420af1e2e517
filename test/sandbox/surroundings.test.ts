import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { listenOn } from "../../sandbox/free-port.ts";
import { locateData } from "../../sandbox/postgres-data.ts";
import { copyCheckout } from "./checkout.ts";
import { makeStateFolder, portsIn, root, runProcess, startProcess, type UserId } from "./sandbox-process.ts";

const nobody = { uid: 65534, gid: 65534 };

/** Someone who is not root and can read the project; ourselves where we are such a one. */
async function findOrdinaryUser(): Promise<UserId> {
  const probe = path.join(root, "data");
  const canRead = (await locateData(probe)) === probe;
  return process.getuid?.() === 0 && canRead ? nobody : {};
}

describe("npm start", () => {
  const all = new AsyncDisposableStack();
  after(() => all.disposeAsync());

  it("works in any checkout, for root and an ordinary user, side by side, with ports taken and no temporary folder", async () => {
    const preferred = 9091;
    // Where someone has it already, it is taken just as well.
    await listenOn(all.use(createServer()), preferred).catch(() => undefined);
    const user = await findOrdinaryUser();
    const [checkout, state] = [all.use(await copyCheckout()), all.use(await makeStateFolder(user))];
    const ours = all.use(startProcess({ directory: null, checkout: checkout.directory }));
    // Root below a closed folder keeps PostgreSQL's programs there, so then it has to exist.
    const isNeeded = process.getuid?.() === 0 && user.uid === undefined;
    const environment: Record<string, string> = isNeeded ? {} : { TMPDIR: path.join(tmpdir(), "not-there") };
    const theirs = all.use(startProcess({ directory: state.directory, user, environment }));
    const printed = await Promise.all([ours.ready(), theirs.ready()]);
    const ports = printed.flatMap(portsIn);
    assert.equal(new Set(ports).size, 12);
    assert.ok(!ports.includes(preferred));
    const reason = /^Manage POM Cases moved to port \d+: (process \d+ \(.+\)|another program) has port 9091\.$/m;
    for (const one of printed) assert.match(one, reason);
    assert.match(printed[0], /the state is kept in \.sandbox /);
    const { uid } = await stat(path.join(state.directory, "scenario.json"));
    assert.equal(uid, user.uid ?? process.getuid?.());
    const endings = await Promise.all([ours.stop(), theirs.stop("SIGTERM")]);
    assert.deepEqual(
      endings.map(({ code, errors }) => [code, errors]),
      [
        [0, ""],
        [0, ""],
      ],
    );
  });

  it("refuses a folder that holds something else, and leaves it alone", async () => {
    const checkout = all.use(await copyCheckout());
    const { code, errors } = await runProcess({ directory: checkout.directory, arguments: ["--fresh"] });
    assert.equal(code, 1);
    assert.match(
      errors,
      /holds (docs|migrations|node_modules|package\.json|sandbox|src), which is no part of a sandbox/,
    );
    assert.ok((await stat(path.join(checkout.directory, "src"))).isDirectory());
  });
});
