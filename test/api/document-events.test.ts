import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import specs from "@asyncapi/specs";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { parse } from "yaml";
import { z } from "zod";
import { readCaseEvent, readEnvelope } from "../../src/sync/events/case-event.ts";
import { writeEventDocument } from "../../src/sync/events/event-document.ts";
import { listEventPayloads } from "../../src/sync/events/event-payload.ts";
import { eventRows, handledEventTypes, refreshEventType } from "../../src/sync/events/event-table.ts";
import { parseInstant } from "../../src/platform/time/london-time.ts";
import { startApi, type TestApi } from "../support/test-api.ts";

const draft07 = "http://json-schema.org/draft-07/schema";

const reference = z.strictObject({ $ref: z.string() });
const exampleSchema = z.strictObject({
  name: z.string(),
  headers: z.strictObject({ eventType: z.string() }).optional(),
  payload: z.record(z.string(), z.unknown()),
});
const specificationSchema = z.looseObject({ definitions: z.record(z.string(), z.unknown()) });
const documentSchema = z.object({
  channels: z.record(z.string(), z.object({ messages: z.record(z.string(), reference) })),
  operations: z.record(z.string(), z.object({ channel: reference, messages: z.array(reference).min(1) })),
  components: z.object({
    messages: z.record(z.string(), z.object({ payload: reference, examples: z.array(exampleSchema).min(1) })),
    schemas: z.record(z.string(), z.record(z.string(), z.unknown())),
  }),
});

const receivedAt = requireInstant("2026-08-01T00:00:00Z");

function requireInstant(text: string) {
  const instant = parseInstant(text);
  if (instant === null) throw new Error(`${text} is no instant.`);
  return instant;
}

/** What the service makes of a body that lies in its queue. */
function readBody(body: unknown) {
  return readCaseEvent(
    readEnvelope({ messageId: "1", body: JSON.stringify(body), attributes: {}, receives: 1, receivedAt }),
  );
}

describe("the document of the events", () => {
  const source = writeEventDocument();
  const document = documentSchema.parse(source);
  const { messages, schemas } = document.components;
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false });
  addFormats.default(ajv);

  test("is a valid AsyncAPI 3.0 document", () => {
    const { definitions, ...schema } = specificationSchema.parse(specs.schemas["3.0.0"]);
    // The validator brings this one along, and does not want it twice.
    const others = Object.fromEntries(Object.entries(definitions).filter(([name]) => name !== draft07));
    const judge = new Ajv({ strict: false, allErrors: true });
    addFormats.default(judge);
    const validate = judge.compile({ ...schema, definitions: others });
    assert.ok(Object.keys(others).length > 50);
    assert.deepEqual([validate(source), validate.errors], [true, null]);
    assert.equal(validate({ ...source, asyncapi: "3" }), false);
    assert.equal(validate({ ...source, channels: { one: { messages: 5 } } }), false);
  });

  test("is the file of the repository", async () => {
    const text = await readFile(path.join(import.meta.dirname, "../../docs/asyncapi.yaml"), "utf8");
    assert.deepEqual(parse(text), source);
  });

  test("holds every event type that the service handles, in its channel and with an operation, and no other", () => {
    const published = handledEventTypes.filter((type) => type !== refreshEventType);
    assert.deepEqual(Object.keys(messages).toSorted(), [...handledEventTypes, "notification"].toSorted());
    assert.deepEqual(Object.keys(document.channels["domainEvents"]?.messages ?? {}), published);
    assert.deepEqual(Object.keys(document.channels["queue"]?.messages ?? {}), ["notification", refreshEventType]);
    const received = handledEventTypes.map((type) => `receive-${type}`);
    assert.deepEqual(Object.keys(document.operations), [...received, "send-refresh"]);
  });

  test("refers only to what it holds", () => {
    const found = [...JSON.stringify(source).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, pointer = ""]) => pointer);
    assert.ok(found.length > 20);
    const missing = found.filter((pointer) => {
      const end = pointer
        .split("/")
        .reduce<unknown>((place, name) => z.record(z.string(), z.unknown()).safeParse(place).data?.[name], source);
      return end === undefined;
    });
    assert.deepEqual(missing, []);
  });

  for (const [name, { examples, payload }] of Object.entries(messages)) {
    const schema = schemas[payload.$ref.replace("#/components/schemas/", "")] ?? {};

    test(`has examples of ${name} that fit its schema and are understood by the service`, () => {
      const validate = ajv.compile(schema);
      for (const example of examples) {
        assert.deepEqual([validate(example.payload), validate.errors], [true, null], example.name);
        const event = readBody(example.payload);
        assert.equal(event.kind, "event", JSON.stringify(event));
        assert.deepEqual(event.rule, eventRows.get(example.headers?.eventType ?? handledEventTypes[0] ?? "")?.rule);
      }
    });

    test(`needs in ${name} what the service needs, and no more`, () => {
      const required = z.array(z.string()).parse(schema["required"]);
      const [example] = examples;
      for (const key of Object.keys(example?.payload ?? {})) {
        const { [key]: _left, ...rest } = example?.payload ?? {};
        const isUnderstood = readBody(rest).kind === "event" || isNoFault(readBody(rest));
        assert.equal(isUnderstood, !required.includes(key), `${name} without ${key}`);
        assert.equal(ajv.validate(schema, rest), isUnderstood, `${name} without ${key}`);
      }
    });
  }

  test("reports in words which person, address and facts belong to each event", () => {
    const payloads = listEventPayloads();
    assert.deepEqual(
      payloads.map(({ eventType }) => eventType),
      [...handledEventTypes],
    );
    payloads.forEach(({ title, sender, effect }) =>
      [title, sender, effect].forEach((text) => assert.match(text, /\w{3}/)),
    );
  });
});

function isNoFault(event: ReturnType<typeof readCaseEvent>): boolean {
  return event.kind === "refused" && event.outcome === "NoNomsNumber";
}

describe("the pages of the events", () => {
  let api: TestApi;
  before(async () => {
    api = await startApi();
  });
  after(() => api[Symbol.asyncDispose]());

  test("serve the document as it stands in the repository, to anybody", async () => {
    const { status, text, headers } = await api.get("/docs/asyncapi.yaml", { headers: {} });
    assert.deepEqual([status, headers.get("content-type")], [200, "application/yaml; charset=utf-8"]);
    assert.deepEqual(parse(text), writeEventDocument());
  });

  test("show every event type, its rule, its properties and its examples", async () => {
    const { status, text, headers } = await api.get("/docs/asyncapi", { headers: {} });
    assert.deepEqual([status, headers.get("content-type")], [200, "text/html; charset=utf-8"]);
    for (const { eventType, title, effect, examples } of listEventPayloads()) {
      for (const shown of [
        `<a href="#${eventType}">`,
        `<section id="${eventType}"><h2>${title}</h2>`,
        ...effect.split("'"),
      ]) {
        assert.ok(text.includes(shown), `${eventType}: ${shown}`);
      }
      for (const { payload } of examples) {
        assert.ok(text.includes(JSON.stringify(payload, null, 2).replaceAll('"', "&quot;")), eventType);
      }
    }
    assert.match(
      text,
      /<code>additionalInformation\.facts<\/code><\/th><td data-column="Type">list of &quot;handover&quot; or &quot;allocation&quot;<\/td><td data-column="Needed">yes<\/td>/,
    );
    assert.match(text, /<code>personReference\.identifiers\[\]\.value<\/code>/);
  });

  test("put what may be wider than the screen into areas that take focus and say what they are", async () => {
    const { text } = await api.get("/docs/asyncapi", { headers: {} });
    const areas = [
      ...text.matchAll(/<div class="scroll" tabindex="0" role="region" aria-label="([^"]+)"><(table|pre)>/g),
    ];
    const labels = areas.map(([, label = ""]) => label);
    assert.equal(areas.length, (text.match(/<(table|pre)[ >]/g) ?? []).length);
    assert.deepEqual(labels, [...new Set(labels)]);
    assert.ok(labels.includes("Properties of SENTENCE_CHANGED"));
  });

  test("run no script, load nothing, and may do no more than they do", async () => {
    const { text, headers } = await api.get("/docs/asyncapi", { headers: {} });
    const [, style = ""] = /<style>([^]*)<\/style>/.exec(text) ?? [];
    const policy = `default-src 'none'; style-src 'sha256-${hash("sha256", style, "base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
    assert.equal(headers.get("content-security-policy"), policy);
    assert.doesNotMatch(text, /<script|<link|<img|<iframe|\ssrc=|\sstyle=|\son\w+=|url\(|@import|javascript:/);
    const links = [...text.matchAll(/href="([^"]*)"/g)].map(([, link = ""]) => link);
    assert.deepEqual(
      links.filter((link) => !link.startsWith("#")),
      ["/docs/asyncapi.yaml"],
    );
    const targets = links.filter((link) => link.startsWith("#")).map((link) => link.slice(1));
    assert.deepEqual(
      targets.filter((target) => !text.includes(`id="${target}"`)),
      [],
    );
  });
});
