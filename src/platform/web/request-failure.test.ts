import assert from "node:assert/strict";
import { test } from "node:test";
import { fastify } from "fastify";
import { overloaded } from "./http-error.ts";
import { answerFailures } from "./request-failure.ts";

test("refusals because too much is asked share one line of the log a minute for each reason, and its correlation id", async () => {
  const time = { now: 0 };
  const lines: unknown[] = [];
  const write = (fields: object, message: string) => void lines.push({ ...fields, message });
  const answerFailure = answerFailures({ info: write, warn: write, error: write }, () => time.now);
  await using app = fastify({ genReqId: () => `request ${(requests += 1)}` });
  let requests = 0;
  app.setErrorHandler((error, request, reply) => reply.send(answerFailure(request, error).headers));
  app.get<{ Params: { reason: string } }>("/refuse/:reason", ({ params }) => {
    throw overloaded(params.reason);
  });
  const refuse = async (reason: string) => (await app.inject(`/refuse/${reason}`)).json<object>();
  const named = (id: number) => ({ "retry-after": "1", "x-correlation-id": `request ${id}` });
  const line = (id: number, reason: string) => ({
    correlationId: `request ${id}`,
    route: "/refuse/:reason",
    reason,
    message: "requests refused",
  });
  assert.deepEqual(await Promise.all([refuse("busy"), refuse("busy"), refuse("greedy")]), [
    named(1),
    named(1),
    named(3),
  ]);
  time.now = 59_999;
  assert.deepEqual(await refuse("busy"), named(1));
  time.now = 60_000;
  assert.deepEqual(await refuse("busy"), named(5));
  assert.deepEqual(lines, [line(1, "busy"), line(3, "greedy"), line(5, "busy")]);
});
