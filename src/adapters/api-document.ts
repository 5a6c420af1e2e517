import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";

const config = { access: "open" } as const;
const page = "/swagger-ui";

// The page draws itself with scripts and styles that it brings along, and asks for nothing elsewhere.
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

// That of what is promised to callers, not of the build: it changes when a caller may notice.
const version = "1.0";

/**
 * Writes the OpenAPI document from the routes that are added after this call, and serves it with a page to read and try
 * it (spec 4.7). The page works offline.
 */
export async function addApiDocument(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Manage POM Cases and Delius",
        version,
        description: "The probation case held in Delius, for Manage POM Cases.",
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/" }],
      components: {
        securitySchemes: {
          hmppsAuth: {
            type: "http",
            scheme: "bearer",
            bearerFormat: "JWT",
            description: "A client-credentials token of HMPPS Auth with one of the roles that the route names",
          },
        },
      },
    },
  });
  await app.register(async (scope) => {
    scope.addHook("onRoute", (route) => {
      route.config = { ...route.config, ...config };
    });
    await scope.register(swaggerUi, { routePrefix: page, staticCSP: pagePolicy });
  });
  const hidden = { config, schema: { hide: true } };
  app.get(`${page}/index.html`, hidden, (_request, reply) => reply.redirect(`${page}/`));
  app.get("/v3/api-docs", hidden, (_request, reply) => reply.send(app.swagger()));
  app.get("/v3/api-docs.yaml", hidden, (_request, reply) =>
    reply.type("application/yaml; charset=utf-8").send(app.swagger({ yaml: true })),
  );
}
