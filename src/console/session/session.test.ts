import assert from "node:assert/strict";
import { test } from "node:test";
import { beginSession, isLive, mayOperate, sessionLimits } from "./session.ts";

const caller = { client: "c", actor: "A_PERSON", authorities: new Set(["ROLE_MPC_DELIUS_VIEW", "ROLE_OF_OTHERS"]) };
const session = beginSession("1", caller, 1_000_000_000);

test("a session keeps the roles that the console knows and no others", () => {
  assert.deepEqual(session.authorities, ["ROLE_MPC_DELIUS_VIEW"]);
  assert.equal(mayOperate(session), false);
});

test("a session holds until it is idle or open for too long, and not before it began", () => {
  const { idleMs, absoluteMs } = sessionLimits;
  const { signedInAt } = session;
  assert.equal(isLive(session, signedInAt + idleMs - 1), true);
  assert.equal(isLive(session, signedInAt + idleMs), false);
  assert.equal(isLive({ ...session, seenAt: signedInAt + absoluteMs }, signedInAt + absoluteMs), false);
  assert.equal(isLive(session, signedInAt - 2 * sessionLimits.renewMs), false);
});
