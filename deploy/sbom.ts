import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { listProductionPackages } from "./image/assemble.ts";

// Prints the bill of materials of production. npm writes that of everything the lock file names; told to leave out what is
// for development, it also leaves out what production and development share.

const componentSchema = z.looseObject({ "bom-ref": z.string() });
const lockSchema = z.object({ packages: z.record(z.string(), z.looseObject({ version: z.string().optional() })) });
const bomSchema = z.looseObject({
  metadata: z.looseObject({ component: componentSchema }),
  components: z.array(componentSchema),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

const words = ["sbom", "--sbom-format=cyclonedx", "--sbom-type=application", "--package-lock-only"];
const whole = bomSchema.parse(JSON.parse(execFileSync("npm", words, { encoding: "utf8", maxBuffer: 1e8 })));
const lockFile = readFileSync(new URL("../package-lock.json", import.meta.url), "utf8");
const { packages: locked } = lockSchema.parse(JSON.parse(lockFile));
const production = new Set(
  listProductionPackages().map((folder) => `${folder.replace(/^.*node_modules\//, "")}@${locked[folder]?.version}`),
);
const components = whole.components.filter((component) => production.has(component["bom-ref"]));
const kept = new Set([whole.metadata.component["bom-ref"], ...components.map((component) => component["bom-ref"])]);
const dependencies = whole.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }));
process.stdout.write(`${JSON.stringify({ ...whole, components, dependencies }, null, 2)}\n`);
