import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { machineClocks } from "../../src/platform/time/clocks.ts";
import { openComparison } from "../../src/commands/open-comparison.ts";
import { readConfig } from "../../src/app/config.ts";
import { refresh, type Refresh, type RefreshSettings } from "../../src/operations/refresh/refresh-job.ts";
import { listCases } from "../../src/operations/reconciliation/selection-store.ts";
import { neverAborted } from "../support/test-database.ts";
import { startDriftOperator, type DriftOperator } from "./operator-fixture.ts";

const maxUnsettled = 64;
const slots = 16;

describe("a live event, while all cases are refreshed", { timeout: 300_000 }, () => {
  let operator: DriftOperator;
  before(async () => {
    operator = await startDriftOperator();
  });
  after(() => operator[Symbol.asyncDispose]());

  const countRefreshed = async () => {
    const [row] = await operator.database.query(
      "select count(*) as settled from mpc_delius.inbox where starts_with(inbox_key, 'refresh-')",
    );
    return Number(row?.["settled"]);
  };

  it("waits behind no more of the refresh than may be unsettled at once", async () => {
    await using comparison = await openComparison(readConfig(operator.environment));
    const { database } = comparison;
    const order: Refresh = {
      startedBy: "A_PERSON",
      dryRun: true,
      removeStale: false,
      selection: { all: true },
      next: async (last, most) => {
        const page = await listCases(database, { after: last, most, chosen: null, prison: null });
        return page.map((one) => ({ ...one, facts: ["handover", "allocation"] }));
      },
    };
    const isFull = Promise.withResolvers<void>();
    const onProgress: RefreshSettings["onProgress"] = ({ sent }) => {
      if (sent > maxUnsettled) isFull.resolve();
    };
    const unwatched = { idleMs: 60_000, onWait: () => undefined };
    const settings = { ...comparison, ...unwatched, ...machineClocks, pollMs: 5, patienceMs: 60_000, onProgress };
    let isEnded = false;
    const refreshing = refresh(settings, order, neverAborted()).finally(() => {
      isEnded = true;
    });
    await isFull.promise;
    const standing = await countRefreshed();
    const action = { kind: "setHandover", handoverDate: "2041-02-01", handoverStartDate: null } as const;
    const [published] = await operator.service.mpc.act("A1001AA", action);
    await operator.service.settled(published?.messageId ?? "");
    const ahead = (await countRefreshed()) - standing;
    assert.ok(ahead <= maxUnsettled + slots, `${ahead} were settled first`);
    assert.equal(isEnded, false, "the refresh was over before the event was");
    const { sent, outcomes } = await refreshing;
    assert.ok(sent > 2 * maxUnsettled, `${sent} sent`);
    assert.ok(Object.keys(outcomes).length > 1);
  });
});
