import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { sandboxSecret } from "../../src/app/config.ts";
import { courseCases, startCourse } from "../support/course.ts";
import { findFreePort } from "../../sandbox/free-port.ts";
import { deploy, type Deployment } from "../support/deployment.ts";
import { reportFigures } from "../support/figures.ts";
import { startIssuer, type Issuer } from "../support/issuer.ts";
import { eventTypes, handoverEvent, nomsOf, paths, toNotification } from "../support/messages.ts";
import { startOtlpReceiver, type OtlpReceiver } from "../support/otlp-receiver.ts";
import { findPersonal, listPersonal } from "../support/personal-data.ts";
import type { Replica } from "../support/replica.ts";

const people = 20;
/** Stands in every text that someone may send us and no one may find again. */
const marker = "Confidential-7c1d";
const roles = ["ROLE_MANAGE_POM_CASES", "ROLE_MPC_DELIUS_VIEW", "ROLE_MPC_DELIUS_OPERATE", "ROLE_QUEUE_ADMIN"];

/** Messages that go wrong in every way that there is, each about someone. */
function wrongMessages(origin: string): readonly string[] {
  const noms = "A1002AA";
  const event = (rest: Readonly<Record<string, unknown>>) =>
    handoverEvent(origin, noms, { description: marker, ...rest });
  return [
    `${marker} about Ruth Adeyemi, ${noms}`,
    `{"crn": "X100002", "name": "${marker}"`,
    toNotification(event({ personReference: { identifiers: [{ type: "NOMS", value: `${noms} ${marker}` }] } })),
    toNotification(event({ eventType: marker })),
    toNotification(event({ eventType: noms })),
    toNotification(event({ detailUrl: `http://127.0.0.1:1/api/handovers/${noms}/${marker}` })),
    toNotification(event({ detailUrl: `${origin}/api/handovers/A1001AA` })),
    toNotification({ eventType: "SENTENCE_CHANGED", crn: `X100002${marker}` }),
    toNotification({ eventType: "SENTENCE_CHANGED", crn: "X999999" }),
    toNotification(
      event({ personReference: { identifiers: [{ type: "NOMS", value: "Z9999ZZ" }] }, detailUrl: undefined }),
    ),
  ];
}

/** What Manage POM Cases may answer instead of the truth, to people one after the other. */
const wrongAnswers = [
  { status: 200, body: JSON.stringify({ handoverDate: marker, handoverStartDate: null }) },
  { status: 200, body: JSON.stringify({ nomsNumber: "A1001AA", handoverDate: "2031-07-01" }) },
  { status: 404, body: JSON.stringify({ status: "error", message: marker }) },
  { status: 200, body: `<html><body>${marker} for A1002AA</body></html>` },
  { status: 500, body: JSON.stringify({ message: `${marker} at Ruth Adeyemi` }) },
  { status: 403, body: marker },
  { status: 302, body: marker, headers: { location: `http://127.0.0.1:1/${marker}` } },
] as const;

const calls: readonly (readonly [method: string, path: string, body?: unknown])[] = [
  ["GET", "/case-records/X100001"],
  ["GET", "/case-records/a1002aa"],
  ["GET", "/case-records/X100001/risks/mappa"],
  ["GET", "/case-records/X100001/risks/rosh"],
  ["GET", "/case-records/X999999"],
  ["GET", `/case-records/${encodeURIComponent(`Ruth Adeyemi ${marker}`)}`],
  ["GET", `/A1001AA/${marker}?name=Adeyemi`],
  ["POST", "/case-records/batch", { identifiers: ["X100001", "A1002AA", "Z9999ZZ", marker] }],
  ["POST", "/case-records/batch", { names: [marker, "Adeyemi"] }],
  ["PUT", "/case-records/X100001", { name: marker }],
  ["GET", "/operations/messages?identifier=A1002AA"],
  ["GET", `/operations/messages/${marker}`],
  ["GET", "/operations/quarantine"],
  ["GET", "/operations/quarantine/messages?reason=UnreadableMessage"],
  ["POST", "/operations/quarantine/preview", { group: "InvalidAnswer" }],
  ["POST", "/operations/quarantine/replay", { group: "UnreadableMessage", reason: `${marker}: Ruth Adeyemi has left` }],
  ["POST", "/operations/quarantine/discard", { group: "UntrustedDetailUrl", reason: `${marker} of A1002AA` }],
  ["GET", "/operations/waiting/cases?waitsFor=prison%20identifier"],
  ["POST", "/operations/waiting/dismiss", { nomsNumber: "Z9999ZZ", fact: "handover", reason: marker }],
  ["POST", "/operations/intake/pause", { reason: `${marker} for X100001` }],
  ["POST", "/operations/intake/resume", { reason: marker }],
  ["GET", "/operations/actions"],
  ["GET", "/queue-admin/get-dlq-messages/manage-pom-cases-and-delius-dlq"],
  ["PUT", "/queue-admin/retry-all-dlqs"],
  ["PUT", `/queue-admin/purge-queue/${marker}`],
];

describe("6.3: everything that the service writes while it works, fails and is asked", () => {
  let deployment: Deployment;
  let issuer: Issuer;
  let collector: OtlpReceiver;
  let replica: Replica;
  let address = "";
  const tokens = new Set<string>();
  const shown: string[] = [];
  before(async () => {
    issuer = await startIssuer();
    collector = await startOtlpReceiver();
    const hear = { fromServer: (_: object, bytes: Buffer) => collectTokens(bytes.toString("latin1")) };
    deployment = await deploy({
      maxReceiveCount: 3,
      prepare: ({ url }) => seedCases(url, courseCases(people)),
      environment: {
        AUTH_ISSUER: issuer.issuer,
        AUTH_JWKS_URL: issuer.jwksUrl,
        LOG_LEVEL: "trace",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      },
      listeners: { auth: hear },
    });
    replica = await deployment.prepareReplica();
    const port = await findFreePort();
    address = `http://127.0.0.1:${port}`;
    await replica.start({ PORT: String(port) });
  });
  after(async () => {
    await issuer[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
    await deployment[Symbol.asyncDispose]();
  });

  const collectTokens = (text: string) => {
    for (const [, token = ""] of text.matchAll(/"access_token":"([^"]+)"/g)) tokens.add(token);
  };

  const call = async ([method, path, body]: (typeof calls)[number], authorization: string) => {
    const headers = { authorization, "x-name": marker, "content-type": "application/json" };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const { status } = await fetch(address + path, { method, headers, ...sent });
    return status;
  };

  /** What anybody may look at without a token. */
  const look = async () => {
    for (const path of ["/health", "/info", "/metrics"]) shown.push(await (await fetch(address + path)).text());
  };

  it("is made of good messages, bad ones and failing ones", async () => {
    const { mpc, queue } = deployment;
    const course = startCourse({ mpc, seed: 63, people, repeated: 0.2 });
    for (const { body } of [...(await course.live(60)), ...course.rest()]) await queue.send(body);
    await deployment.allSettled(course.keys());
    for (const body of wrongMessages(mpc.origin)) await queue.send(body);
    wrongAnswers.forEach((answer, index) => mpc.answerWith(paths.handover(nomsOf(index)), answer));
    const keys = wrongAnswers.map((_, index) => `wrong-answer-${index}`);
    for (const [index, key] of keys.entries()) {
      await queue.send(toNotification(handoverEvent(mpc.origin, nomsOf(index)), key));
    }
    // The first three are data, and go aside; the others are tried again until the queue gives them up.
    await deployment.allSettled(keys.slice(0, 3));
    for (const inboxKey of keys.slice(3)) await deployment.line(`${eventTypes.handover}-sent-to-dlq`, { inboxKey });
    await deployment.untilQueueIsEmpty();
    const reasons = await deployment.database.query("select distinct reason from mpc_delius.quarantine");
    assert.ok(reasons.length >= 5, JSON.stringify(reasons));
    await look();
  });

  it("of a database that tells of the row which it refuses", async () => {
    const { database, mpc, queue } = deployment;
    await database.query(`
      create function refuse() returns trigger language plpgsql as $$ begin
        raise 'Ruth Adeyemi, A1002AA, ${marker}' using detail = '${marker}', hint = '${marker}'; end $$`);
    await database.query("create trigger refuse before insert on mpc_delius.journal execute function refuse()");
    await queue.send(toNotification(handoverEvent(mpc.origin, "A1002AA"), "refused"));
    await deployment.line("attempt failed", { inboxKey: "refused", errorClass: "P0001" });
    await database.query("drop trigger refuse on mpc_delius.journal");
    await deployment.settled("refused");
  });

  it("of callers who may, who may not, and who make no sense", async () => {
    const token = await issuer.sign({ authorities: roles, user_name: "RUTH_ADEYEMI" });
    tokens.add(token);
    for (const one of calls) {
      await call(one, `Bearer ${token}`);
      await call(one, `Bearer ${marker}.A1002AA.Adeyemi`);
    }
    await fetch(`${address}/case-records/X100001?access_token=${token}`);
    // Everything that stands behind the API is down for a while.
    const { database, directory, queue, mpc } = replica.proxies;
    [database, directory, queue, mpc].forEach((proxy) => proxy.goDown());
    const statuses = [];
    for (const one of calls) statuses.push(await call(one, `Bearer ${token}`));
    assert.ok(statuses.includes(503), statuses.join(" "));
    await look();
    [database, directory, queue, mpc].forEach((proxy) => proxy.comeBack());
    await replica.stop();
  });

  it("of a start that is refused", async () => {
    const refused = await deployment.prepareReplica();
    refused.launch({
      PORT: marker,
      DATABASE_URL: `postgres://ruth:${marker}@127.0.0.1:1/delius`,
      AUTH_CLIENT_ID: marker,
    });
    assert.equal((await refused.ended).code, 1);
    assert.match(refused.output.join("\n"), /PORT/);
  });

  it("is one JSON text a line", () => {
    const lines = replica.output.filter((line) => line.trim() !== "");
    assert.ok(lines.length > 100);
    for (const line of lines) assert.doesNotThrow(() => void JSON.parse(line), line);
  });

  it("reaches the collector as spans, custom events and metrics, of what fails too", () => {
    assert.deepEqual(collector.faults, []);
    const failed = collector.spans.filter(({ status }) => status.code === 2).map(({ name }) => name);
    for (const name of ["GET /case-records/:identifier", `RECEIVE ${eventTypes.handover}`, "settle"]) {
      assert.ok(failed.includes(name), `no failed ${name}: ${[...new Set(failed)].join()}`);
    }
    assert.ok(collector.spans.some(({ name }) => name === "GET mpc handover"));
    assert.ok(collector.logs.length > 0 && collector.metrics.length > 0);
  });

  it("holds no name, number, address, token, secret or text of anybody", async () => {
    const written = [...deployment.replicas.flatMap(({ output }) => output), ...shown, ...collector.texts];
    assert.ok(tokens.size >= 2, "no token was overheard");
    const personal = await listPersonal(deployment);
    const secrets = [...personal, "X999999", "Z9999ZZ", ...tokens, sandboxSecret, marker];
    assert.ok(secrets.length > 80);
    const found = findPersonal(written, secrets);
    reportFigures({
      "lines and telemetry looked at for personal data": written.length,
      "lines that hold some": found.length,
    });
    assert.deepEqual(found, []);
  });

  it("would be found out if it held some", () => {
    const personal = ["Adeyemi", "van der Berg", "ruth.adeyemi@example.com"];
    const lines = [
      '{"msg":"for ADEYEMI"}',
      '{"officer":"Jan van der Berg"}',
      '{"to":"somebody.else@example.com"}',
      '{"person":"Z1234ZZ"}',
      '{"crn":"x123456"}',
      '{"msg":"all is well","name":"Adeyemis","inboxKey":"0a1b2c3d-1234-4abc-8def-0123456789ab"}',
    ];
    assert.deepEqual(
      lines.filter((line) => findPersonal([line], personal).length > 0),
      lines.slice(0, -1),
    );
  });
});
