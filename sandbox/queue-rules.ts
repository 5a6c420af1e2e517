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

/** Makes the server refuse what SQS and SNS refuse and the package lets pass: see `docs/stand-ins.md`. */
export function refuseAsAwsDoes(app: FastifyInstance): FastifyInstance {
  app.addHook("preHandler", async (request, reply) => {
    const fields = formSchema.safeParse(request.body).data;
    const fault = fields?.["Action"] === "Publish" ? findAttributeFault(readAttributes(fields)) : null;
    if (fault !== null) return reply.code(400).type("text/xml").send(writeXml(fault.message));
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

const formSchema = z.record(z.string(), z.string());

/** The attributes of a publication: SNS takes them as fields of a form, numbered from one. */
function readAttributes(fields: z.infer<typeof formSchema>): NonNullable<Call["MessageAttributes"]> {
  const attributes: Record<string, z.infer<typeof attributeSchema>> = {};
  for (let number = 1; ; number += 1) {
    const entry = `MessageAttributes.entry.${number}.`;
    const name = fields[`${entry}Name`];
    if (name === undefined) return attributes;
    const [DataType, StringValue] = ["DataType", "StringValue"].map((part) => fields[`${entry}Value.${part}`]);
    attributes[name] = { DataType, StringValue };
  }
}

function writeXml(message: string): string {
  const error = `<Type>Sender</Type><Code>InvalidParameterValue</Code><Message>${message}</Message>`;
  return `<ErrorResponse><Error>${error}</Error></ErrorResponse>`;
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
