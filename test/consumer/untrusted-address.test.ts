import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { handoverEvent, toPublication } from "../support/messages.ts";
import { startOtherServer, type OtherServer } from "../support/other-server.ts";
import { startService, type TestService } from "../support/service.ts";

const path = "/api/handovers/A1002AA";

interface Servers {
  readonly mpc: string;
  readonly other: string;
}

const hostOf = (origin: string) => origin.slice("http://".length);
const portOf = (origin: string) => origin.slice(origin.lastIndexOf(":") + 1);

/** Addresses that lead, or seem to lead, elsewhere than to this case in Manage POM Cases (rule E5). */
const addresses: Readonly<Record<string, (servers: Servers) => string>> = {
  "another server": ({ other }) => other + path,
  "the allowed host as a name of a user": ({ mpc, other }) => `${mpc}@${hostOf(other)}${path}`,
  "the allowed host as a name of a user, behind a backslash": ({ mpc, other }) => `${mpc}\\@${hostOf(other)}${path}`,
  "the allowed host as the beginning of another": ({ mpc }) => `${mpc}.example.com${path}`,
  "another port that begins with ours": ({ mpc }) => `${mpc}0${path}`,
  "a host with a dot at its end": ({ mpc }) => `http://127.0.0.1.:${portOf(mpc)}${path}`,
  "a host by another name": ({ mpc }) => `http://localhost:${portOf(mpc)}${path}`,
  "a host as one number": ({ other }) => `http://2130706433:${portOf(other)}${path}`,
  "a host in hexadecimal": ({ other }) => `http://0x7f.1:${portOf(other)}${path}`,
  "a host of wide digits": ({ other }) => `http://１２７.0.0.1:${portOf(other)}${path}`,
  "a host of IPv6": ({ other }) => `http://[::ffff:127.0.0.1]:${portOf(other)}${path}`,
  "capital letters": ({ mpc }) => `HTTP://${hostOf(mpc)}${path}`,
  "another scheme": ({ mpc }) => `https://${hostOf(mpc)}${path}`,
  "no scheme": ({ other }) => `//${hostOf(other)}${path}`,
  "a file": () => `file://${path}`,
  "its own data": () => 'data:application/json,{"handoverDate":null}#/api/handovers/A1002AA',
  "a tab before the path": ({ mpc }) => `${mpc}\t${path}`,
  "a line feed in the path": ({ mpc }) => `${mpc}/api/handovers/\nA1002AA`,
  "a space before all": ({ mpc }) => ` ${mpc}${path}`,
  "a path outside the API": ({ mpc }) => `${mpc}/handovers/A1002AA`,
  "a path up and out of the API": ({ mpc }) => `${mpc}/api/../handovers/A1002AA`,
  "a path up, written in another way": ({ mpc }) => `${mpc}/api/%2e%2e/handovers/A1002AA`,
  "a slash written in another way": ({ mpc }) => `${mpc}/api%2Fhandovers/A1002AA`,
  "a backslash in the path": ({ mpc }) => `${mpc}/api/..\\handovers/A1002AA`,
  "another person": ({ mpc }) => `${mpc}/api/handovers/A1004AA`,
  "another person, by a path up": ({ mpc }) => `${mpc}/api/handovers/A1002AA/../A1004AA`,
  "another person, with ours in the query": ({ mpc }) => `${mpc}/api/handovers/A1004AA?noms=/A1002AA`,
  "another person, with ours in the fragment": ({ mpc }) => `${mpc}/api/handovers/A1004AA#/A1002AA`,
  "another person whose number holds ours": ({ mpc }) => `${mpc}/api/handovers/XA1002AAX`,
  "a query": ({ mpc }) => `${mpc}${path}?full=true`,
  "an empty text": () => "",
};

describe("an event whose address leads to", () => {
  let service: TestService;
  let other: OtherServer;
  let listed: OtherServer;
  before(async () => {
    other = await startOtherServer();
    listed = await startOtherServer();
    service = await startService({ environment: { MPC_ALLOWED_ORIGINS: listed.origin } });
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await listed[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  const publish = (detailUrl: string) => {
    const event = handoverEvent(service.mpc.origin, "A1002AA", { detailUrl });
    return service.queue.publish(toPublication(event));
  };

  for (const [what, make] of Object.entries(addresses)) {
    it(`${what} is quarantined, and no one is asked`, async () => {
      const key = await publish(make({ mpc: service.mpc.origin, other: other.origin }));
      assert.deepEqual(await service.settled(key), ["UntrustedDetailUrl"]);
      assert.deepEqual(other.requests, []);
      assert.deepEqual(service.mpc.requests(), []);
      assert.equal(service.auth.requests(), 0);
    });
  }

  it("a further origin that is listed is followed with our token", async () => {
    assert.deepEqual(await service.settled(await publish(listed.origin + path)), ["KeyDateUpdated"]);
    assert.match(listed.requests[0]?.authorization ?? "", /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
  });
});
