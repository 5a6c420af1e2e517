import { createHmac } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";

const entrySchema = z.looseObject({ Id: z.string(), ReceiptHandle: z.string() });
const batchSchema = z.looseObject({ Entries: z.array(entrySchema) });
const singleSchema = z.looseObject({ ReceiptHandle: z.string() });

const fault = { code: "ReceiptHandleIsInvalid", message: "The input receipt handle is invalid." };

/**
 * Makes the server know its own receipt handles, as SQS does: they go out with a seal, and what comes back without a good one
 * is refused, within a batch entry by entry.
 */
export function sealReceiptHandles(app: FastifyInstance): FastifyInstance {
  const refused = new WeakMap<object, ReadonlySet<string>>();
  app.addHook("preHandler", async (request, reply) => {
    const single = singleSchema.safeParse(request.body).data;
    const batch = batchSchema.safeParse(request.body).data;
    if (single !== undefined) {
      const handle = open(single.ReceiptHandle);
      if (handle === null) return reply.code(400).headers(errorHeaders).send(errorBody);
      request.body = { ...single, ReceiptHandle: handle };
    } else if (batch !== undefined) {
      const opened = batch.Entries.map((entry) => ({ ...entry, handle: open(entry.ReceiptHandle) }));
      refused.set(request, new Set(opened.flatMap(({ Id: id, handle }) => (handle === null ? id : []))));
      const entries = opened.map(({ handle, ...entry }) => ({
        ...entry,
        ReceiptHandle: handle ?? entry.ReceiptHandle,
      }));
      request.body = { ...batch, Entries: entries };
    }
    return undefined;
  });
  app.addHook("onSend", async (request, _reply, payload) => {
    if (typeof payload !== "string") return payload;
    const bad = refused.get(request);
    return bad === undefined || bad.size === 0 ? sealAll(payload) : addFailed(payload, bad);
  });
  return app;
}

const jsonType = { "content-type": "application/x-amz-json-1.0" };
const errorHeaders = { ...jsonType, "x-amzn-query-error": `${fault.code};Sender` };
const errorBody = JSON.stringify({ __type: `com.amazonaws.sqs#${fault.code}`, message: fault.message });

const answeredSchema = z.looseObject({
  Successful: z.array(z.looseObject({ Id: z.string() })),
  Failed: z.array(z.unknown()).default([]),
});

/** The server takes what it does not know for deleted. */
function addFailed(payload: string, ids: ReadonlySet<string>): string {
  const answer = answeredSchema.safeParse(JSON.parse(payload)).data;
  if (answer === undefined) return payload;
  const taken = answer.Successful.filter(({ Id: id }) => !ids.has(id));
  const bad = answer.Successful.filter(({ Id: id }) => ids.has(id));
  const added = bad.map(({ Id: id }) => ({ Id: id, Code: fault.code, Message: fault.message, SenderFault: true }));
  return JSON.stringify({ ...answer, Successful: taken, Failed: [...answer.Failed, ...added] });
}

// Quotes within a message are escaped, so nothing that a message says looks like this.
function sealAll(payload: string): string {
  return payload.replaceAll(
    /"ReceiptHandle":"([\da-f-]{36})"/g,
    (_, handle: string) => `"ReceiptHandle":"${seal(handle)}"`,
  );
}

function seal(handle: string): string {
  return `${handle}.${createHmac("sha256", "sandbox").update(handle).digest("base64url")}`;
}

function open(sealed: string): string | null {
  const [handle = ""] = sealed.split(".");
  return seal(handle) === sealed ? handle : null;
}
