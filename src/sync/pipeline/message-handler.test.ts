import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { handoverEvent } from "../../../test/support/messages.ts";
import { deliveryOf, mpcOrigin } from "../../../test/support/pipeline-fixture.ts";
import type { MpcApi } from "../manage-pom-cases/mpc-api.ts";
import { fetchDetails, readMessage } from "./message-handler.ts";
import type { Ended, ToFetch } from "./prepared-message.ts";

const { signal } = new AbortController();
const { event } = readMessage(deliveryOf(handoverEvent(mpcOrigin, "A1001AA")));
const sentenceChange = readMessage(deliveryOf({ eventType: "SENTENCE_CHANGED", crn: "X000001" })).event;
const handover: ToFetch = { kind: "fetch", fact: "handover", url: "handover address" };
const allocation: ToFetch = { kind: "fetch", fact: "allocation", url: "allocation address" };
const unexpected = { kind: "refused", outcome: "UnexpectedNotFound", reason: "It is not known." } as const;

/** Manage POM Cases as the test says, with the addresses that it is asked at. */
function mpc(answers: Partial<Pick<MpcApi, "fetchHandover" | "fetchAllocation">>) {
  const asked: string[] = [];
  const api: MpcApi = {
    fetchHandover: async (url, given) => {
      asked.push(url);
      assert.equal(given, signal);
      return (await answers.fetchHandover?.(url, given)) ?? { kind: "answer", answer: { kind: "noData" } };
    },
    fetchAllocation: async (url, given) => {
      asked.push(url);
      assert.equal(given, signal);
      return (await answers.fetchAllocation?.(url, given)) ?? { kind: "answer", answer: { kind: "notReady" } };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  return { api, asked };
}

describe("the facts of a message", () => {
  test("are asked about at their addresses, and keep their order", async () => {
    const { api, asked } = mpc({});
    const preparedFacts = await fetchDetails(api, { event, steps: [allocation, handover] }, { signal });
    assert.deepEqual(asked.toSorted(), ["allocation address", "handover address"]);
    assert.deepEqual(preparedFacts, [
      { kind: "answer", fact: "allocation", answer: { kind: "notReady" } },
      { kind: "answer", fact: "handover", answer: { kind: "noData" } },
    ]);
  });

  test("are each reported when Manage POM Cases has answered, be it with a refusal", async () => {
    const { api } = mpc({ fetchHandover: async () => unexpected });
    let answers = 0;
    const asking = { signal, onAnswer: () => void (answers += 1) };
    await fetchDetails(api, { event, steps: [allocation, handover] }, asking);
    assert.equal(answers, 2);
    const broken = mpc({ fetchAllocation: () => Promise.reject(new Error("refused")) });
    await assert.rejects(fetchDetails(broken.api, { event, steps: [allocation] }, asking), /refused/);
    assert.equal(answers, 2);
  });

  test("that have ended are not asked about", async () => {
    const { api, asked } = mpc({});
    const ended: Ended = { kind: "ended", fact: "handover", outcome: "PersonNotFound", reason: "Nobody." };
    assert.deepEqual(await fetchDetails(api, { event, steps: [ended] }, { signal }), [ended]);
    assert.deepEqual(asked, []);
  });

  test("end where the answer cannot be used", async () => {
    const invalid = { kind: "refused", outcome: "InvalidAnswer", reason: "It does not fit." } as const;
    const { api } = mpc({ fetchHandover: async () => unexpected, fetchAllocation: async () => invalid });
    assert.deepEqual(await fetchDetails(api, { event, steps: [handover, allocation] }, { signal }), [
      { ...unexpected, kind: "ended", fact: "handover" },
      { ...invalid, kind: "ended", fact: "allocation" },
    ]);
  });

  test("fail together when one cannot be fetched", async () => {
    const { api } = mpc({ fetchAllocation: () => Promise.reject(new Error("refused")) });
    await assert.rejects(fetchDetails(api, { event, steps: [handover, allocation] }, { signal }), /refused/);
  });
});

describe("any JSON 404 about handover dates", () => {
  test("means no data for a sentence change", async () => {
    const { api } = mpc({ fetchHandover: async () => unexpected });
    const preparedFacts = await fetchDetails(api, { event: sentenceChange, steps: [handover] }, { signal });
    assert.deepEqual(preparedFacts, [{ kind: "answer", fact: "handover", answer: { kind: "noData" } }]);
  });

  test("does not make a wrong answer right", async () => {
    const invalid = { kind: "refused", outcome: "InvalidAnswer", reason: "It does not fit." } as const;
    const { api } = mpc({ fetchHandover: async () => invalid });
    const preparedFacts = await fetchDetails(api, { event: sentenceChange, steps: [handover] }, { signal });
    assert.deepEqual(preparedFacts, [{ ...invalid, kind: "ended", fact: "handover" }]);
  });
});
