import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema, RouteOptions } from "fastify";
import { z } from "zod";
import { nameSchemas } from "./named-schemas.ts";

const config = { access: "open" } as const;
const page = "/swagger-ui";

// The page draws itself with scripts and styles that it brings along, and asks for nothing elsewhere.
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

const description = [
  "The probation case held in Delius, for Manage POM Cases.",
  "Case data needs a bearer token from HMPPS Auth with one of the roles that the operation names. A property without a value is left out, never null; its description says what that means.",
  "Every error has the same body (`ErrorBody`). A 5xx carries a correlation id, which is also in the log. After a 503, try again when `Retry-After` says; after a 4xx, try again only for a 401, with a fresh token.",
  "`default` covers the errors of the web server itself: 400, 408, 414, 417 and 431 for a request that is malformed, too slow or too large, 404 for an unknown path, and 405 for a method that the path does not accept (`Allow` lists those that it does).",
].join("\n\n");

const document = {
  openapi: "3.1.0",
  info: {
    title: "Manage POM Cases and Delius",
    // That of what is promised to callers, not of the build: it changes when a caller may notice.
    version: "1.0",
    description,
    license: { name: "MIT", identifier: "MIT" },
  },
  servers: [{ url: "/" }],
  tags: [
    { name: "The probation case", description: "What Manage POM Cases shows of a case, one at a time or many at once" },
    { name: "Risks", description: "MAPPA and the risk of serious harm" },
    { name: "The service itself", description: "Health, build and metrics; open to all" },
    { name: "Cases", description: "The state of a case and the reasons for it" },
    { name: "Messages", description: "Events that were received, and what was decided about them" },
    { name: "Quarantine", description: "Messages that wait for an operator" },
    { name: "Waiting", description: "Cases that cannot be written yet" },
    { name: "Intake", description: "Whether messages are received, for every replica" },
    { name: "Actions", description: "What operators did" },
    { name: "Reconciliation", description: "How Delius differs from Manage POM Cases, and how that is repaired" },
    { name: "Queue administration", description: "The queue and its dead-letter queue, as HMPPS's tools reach them" },
  ],
  components: {
    securitySchemes: {
      hmppsAuth: {
        type: "http",
        scheme: "bearer",
        bearerFormat: "JWT",
        description: "A client-credentials token of HMPPS Auth with one of the roles that the operation names",
      },
    },
  },
} as const;

/**
 * Writes the OpenAPI document from the routes that are added after this call, and serves it with a page to read and try
 * it. The page works offline. Raises for a route that is not hidden and does not describe its answer.
 */
export async function addApiDocument(app: FastifyInstance): Promise<void> {
  const described = new Map<FastifySchema | undefined, FastifySchema>();
  await app.register(swagger, {
    openapi: { ...document, servers: [...document.servers], tags: [...document.tags] },
    transform: ({ schema, url }) => ({ schema: described.get(schema) ?? schema, url }),
    transformObject: (written) => ("openapiObject" in written ? nameSchemas(written.openapiObject) : {}),
  });
  const serve = serveDocument(app);
  await app.register(async (scope) => {
    scope.addHook("onRoute", (route) => {
      route.config = { ...route.config, ...config };
      if (route.url === `${page}/json`) route.handler = serve.json;
      if (route.url === `${page}/yaml`) route.handler = serve.yaml;
    });
    await scope.register(swaggerUi, {
      routePrefix: page,
      staticCSP: pagePolicy,
      theme: { title: document.info.title },
      // Without a bar that would fetch any other document.
      uiConfig: { layout: "BaseLayout", deepLinking: true, defaultModelsExpandDepth: 0 },
    });
  });
  const hidden = { config, schema: { hide: true } };
  app.get(`${page}/index.html`, hidden, (_request, reply) => reply.redirect(`${page}/`));
  app.get("/v3/api-docs", hidden, serve.json);
  app.get("/v3/api-docs.yaml", hidden, serve.yaml);
  app.addHook("onRoute", (route) => {
    requireAnswer(route);
    const { schema } = route;
    if (schema === undefined) return;
    route.schema = omitErrors(schema);
    described.set(route.schema, schema);
  });
}

const errorSchema = z.looseObject({ title: z.literal("ErrorBody") });

/**
 * What answers are written by. An error is described for the document alone, for `sendRefusal` writes all errors in one way:
 * at each start the web framework would make hundreds of serialisers that no one uses.
 */
function omitErrors(schema: FastifySchema): FastifySchema {
  const answers = Object.entries(schema.response ?? {}).filter(([, answer]) => !errorSchema.safeParse(answer).success);
  return { ...schema, response: Object.fromEntries(answers) };
}

const shapeSchema = z.looseObject({ type: z.string() });
/** Anything but JSON stands by its content type. */
const answerSchema = shapeSchema.or(
  z.looseObject({ content: z.record(z.string(), z.object({ schema: shapeSchema })) }),
);
const routeSchema = z
  .looseObject({ hide: z.literal(true) })
  .or(z.looseObject({ response: z.looseObject({ 200: answerSchema }) }));

/** An answer is written by the schema of its route: without one, anything that a handler returns would go out. */
function requireAnswer({ method, url, schema }: RouteOptions): void {
  if (routeSchema.safeParse(schema).success) return;
  throw new Error(`The route ${[method].flat().join(", ")} ${url} does not describe its answer`);
}

/** The document as bytes that every answer shares; they are made when they are first asked for, and once. */
function serveDocument(app: FastifyInstance) {
  let made: Readonly<Record<"json" | "yaml", Buffer>> | null = null;
  const make = () => ({
    json: Buffer.from(JSON.stringify(app.swagger())),
    yaml: Buffer.from(app.swagger({ yaml: true })),
  });
  const send = (kind: "json" | "yaml") => (_request: FastifyRequest, reply: FastifyReply) => {
    made ??= make();
    return reply.type(`application/${kind}; charset=utf-8`).send(made[kind]);
  };
  return { json: send("json"), yaml: send("yaml") };
}
