import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { signHeaders } from "./request-signature.ts";

const askedSchema = z.object({ QueueUrl: z.string() });
const answeredSchema = z.object({ Messages: z.array(z.object({ ReceiptHandle: z.string() })) });

const headers = {
  "x-amz-target": "AmazonSQS.ChangeMessageVisibility",
  "content-type": "application/x-amz-json-1.0",
};

/**
 * Makes the server give messages back at once when the receiver they are for has hung up: it answers long polls also
 * where no one listens any more, and would keep those messages out of sight until their visibility runs out.
 */
export function giveBackAbandoned(app: FastifyInstance): FastifyInstance {
  app.addHook("onSend", async (request, _reply, payload) => {
    const asked = askedSchema.safeParse(request.body);
    if (!request.raw.socket.destroyed || !asked.success || typeof payload !== "string") return payload;
    const { data } = answeredSchema.safeParse(JSON.parse(payload));
    for (const { ReceiptHandle: handle } of data?.Messages ?? []) {
      const body = JSON.stringify({ QueueUrl: asked.data.QueueUrl, ReceiptHandle: handle, VisibilityTimeout: 0 });
      const call = { method: "POST", url: "/" } as const;
      await app.inject({ ...call, headers: signHeaders({ ...call, headers, body }), payload: body });
    }
    return payload;
  });
  return app;
}
