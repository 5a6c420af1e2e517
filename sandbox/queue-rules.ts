import type { FastifyInstance } from "fastify";
import { z } from "zod";

const attributeSchema = z.looseObject({ DataType: z.string().optional(), StringValue: z.string().optional() });
const callSchema = z.object({
  QueueUrl: z.string(),
  VisibilityTimeout: z.number().optional(),
  MessageAttributes: z.record(z.string(), attributeSchema).optional(),
});

/** A call of SQS. */
type Call = z.infer<typeof callSchema>;

interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Makes the server refuse what SQS refuses and the package lets pass: see `docs/stand-ins.md`. */
export function refuseAsSqsDoes(app: FastifyInstance): FastifyInstance {
  app.addHook("preHandler", async (request, reply) => {
    const [, action = ""] = /^AmazonSQS\.(\w+)$/.exec(String(request.headers["x-amz-target"])) ?? [];
    const call = callSchema.safeParse(request.body);
    if (action === "" || !call.success) return undefined;
    const refusal = findRefusal(action, call.data);
    if (refusal === null) return undefined;
    const type = { "content-type": "application/x-amz-json-1.0", "x-amzn-query-error": `${refusal.code};Sender` };
    return reply
      .code(400)
      .headers(type)
      .send(JSON.stringify({ __type: `com.amazonaws.sqs#${refusal.code}`, message: refusal.message }));
  });
  return app;
}

function findRefusal(action: string, call: Call): Refusal | null {
  const { VisibilityTimeout: seconds = 0, MessageAttributes: attributes = {} } = call;
  if (!Number.isInteger(seconds))
    return { code: "SerializationException", message: "VisibilityTimeout is no integer." };
  return action === "SendMessage" ? findAttributeFault(attributes) : null;
}

const maxAttributes = 10;
const attributeName = /^(?!aws\.|amazon\.|\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/i;
const attributeType = /^(String|Number|Binary)(\.[\w.-]+)?$/;

function findAttributeFault(attributes: NonNullable<Call["MessageAttributes"]>): Refusal | null {
  const entries = Object.entries(attributes);
  const faulty = entries.find(
    ([name, { DataType: type = "", StringValue: text }]) =>
      !attributeName.test(name) || !attributeType.test(type) || text === "",
  );
  if (entries.length > maxAttributes) return refuseAttributes("too many of them");
  return faulty === undefined ? null : refuseAttributes(faulty[0]);
}

function refuseAttributes(which: string): Refusal {
  return { code: "InvalidParameterValue", message: `The message attributes are invalid: ${which}.` };
}
