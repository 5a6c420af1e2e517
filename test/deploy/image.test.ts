import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir, totalmem } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { listProductionPackages } from "../../deploy/image/assemble.ts";
import { findFreePort } from "../../sandbox/free-port.ts";
import { fillSecrets, readDeployed, readPod, readVariables, secretTexts } from "../support/manifests.ts";
import { compiledCode, openImage, type AssembledImage, type ImageProcess } from "../support/image.ts";
import { startOtlpReceiver, type OtlpReceiver } from "../support/otlp-receiver.ts";
import { startProductionPeers, type ProductionPeers } from "../support/production-peers.ts";
import { createServiceRole, type ServiceRole } from "../support/service-role.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const heapFlags = ["--max-old-space-size-percentage=50", "--max-semi-space-size=16", "--min-semi-space-size=16"];
const entryPoint = [...heapFlags, "src/commands/cli.ts"];
const maxMegabytes = 48;
/** Loaded before the service: names each module of telemetry that is loaded. prom-client loads the API, which does nothing by itself. */
const watchModules = `--import=data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({
    load: (url, context, load) => {
      if (/@opentelemetry\\/(?!api\\/)|platform\\/telemetry\\//.test(url)) console.log("loads " + url);
      return load(url, context);
    },
  });`)}`;
/** What a process of it finds, as JSON: whether it may write, what Debian would give to other programs, and who it is. */
const lookAround = `
  const { spawnSync } = require("node:child_process");
  const attempt = (action) => { try { return action() } catch ({ code }) { return code } };
  const inLondon = { timeZone: "Europe/London" };
  require("node:dns").lookup("localhost", (error) => console.log(JSON.stringify({
    own: attempt(() => fs.writeFileSync("written", "")),
    root: attempt(() => fs.writeFileSync("/written", "")),
    shell: spawnSync("/bin/sh").error?.code,
    authorities: require("node:tls").rootCertificates.length > 100,
    summer: new Date("2026-07-01T12:00Z").toLocaleTimeString("en-GB", inLondon),
    host: error === null,
    user: attempt(() => require("node:os").userInfo().username),
    uid: process.getuid(),
    groups: process.getgroups(),
  })));`;
const { CONSOLE_URL: consoleUrl, AUTH_AUTHORIZE_URL: authorizeUrl } = fillSecrets(
  readVariables("deployment.yaml", "dev"),
  secretTexts,
);

/** Its files below the folder of the service. */
function listService({ files }: AssembledImage): readonly string[] {
  return files.flatMap((file) => (file.startsWith(`app${path.sep}`) ? file.slice("app/".length) : []));
}

/** What the loader of Linux would load for a program, by its place below the root; elsewhere the image has none of it. */
function listLibraries(program: string): readonly string[] {
  if (process.platform !== "linux") return [];
  const traced = spawnSync(program, { env: { LD_TRACE_LOADED_OBJECTS: "1" }, encoding: "utf8" });
  return [...traced.stdout.matchAll(/(?:=> |^\t)\/(\S+) \(/gm)].map(([, file = ""]) => file);
}

describe("the image", () => {
  let image: AssembledImage;
  before(async () => {
    image = await openImage();
  });
  after(() => image[Symbol.asyncDispose]());

  it("holds what production runs on, and neither sandbox, tests nor development packages", () => {
    const files = listService(image);
    const items = new Set(files.map((file) => String(file.split(path.sep)[0])));
    assert.deepEqual([...items].toSorted(), [
      "LICENSE",
      "compile-cache",
      "deploy",
      "docs",
      "migrations",
      "node_modules",
      "package.json",
      "src",
    ]);
    assert.deepEqual(
      files.filter((file) => /\.test\.[cm]?[jt]s$/.test(file) || /(^|\/)tests?(\/|$)/.test(file)),
      [],
    );
    const packages = globSync("node_modules/{@*/*,*}/package.json", { cwd: path.join(image.folder, "app") }).map(
      (file) => path.dirname(file),
    );
    const wanted = listProductionPackages().filter((folder) => folder.lastIndexOf("node_modules") === 0);
    assert.deepEqual(packages.toSorted(), wanted.toSorted());
    assert.ok(!packages.includes(path.join("node_modules", "fauxqs")));
  });

  it("holds Node and the libraries that it needs, and no shell, package manager or other program", () => {
    const files = image.files.filter((file) => !file.startsWith(`app${path.sep}`));
    const programs = files.filter((file) => !file.startsWith(`etc${path.sep}`));
    const needed = listLibraries(path.join(image.folder, "usr/local/bin/node"));
    assert.deepEqual(programs, [...needed, "usr/local/bin/node"].toSorted());
    assert.deepEqual(
      files.filter((file) => !programs.includes(file)),
      ["etc/group", "etc/nsswitch.conf", "etc/passwd"],
    );
    const executable = image.files.filter((file) => (statSync(path.join(image.folder, file)).mode & 0o7111) !== 0);
    assert.deepEqual(executable, programs);
    // What is linked with such a file would be missing.
    assert.deepEqual(
      image.files.filter((file) => file.endsWith(".node")),
      [],
    );
  });

  it("is small, and written by no one", (test) => {
    const stats = image.files.map((file) => ({ file, size: statSync(path.join(image.folder, file)).size }));
    const folders = [...new Set(image.files.map((file) => path.dirname(file)))];
    const modes = [...image.files, ...folders].map((file) => statSync(path.join(image.folder, file)).mode);
    assert.ok(modes.every((mode) => (mode & 0o222) === 0));
    const sum = (of: typeof stats) => of.reduce((bytes, { size }) => bytes + size, 0) / 1e6;
    const service = sum(stats.filter(({ file }) => file.startsWith(`app${path.sep}`)));
    test.diagnostic(`${sum(stats).toFixed(1)} MB, ${service.toFixed(1)} beside Node, in ${stats.length} files`);
    assert.ok(service < maxMegabytes, `${service} MB`);
  });

  it("shows its processes nothing else, and lets them write nothing", async (test) => {
    await using tried = image.start(["--eval", lookAround], {});
    assert.equal(await tried.ended, 0, tried.lines.join("\n"));
    const seen: unknown = JSON.parse(tried.lines.join(""));
    const anywhere = { authorities: true, summer: "13:00:00", own: image.isRoot ? "EROFS" : "EACCES" };
    const inside = { root: "EROFS", shell: "ENOENT", user: "service", uid: 2000, groups: [2000], host: true };
    assert.partialDeepStrictEqual(seen, image.isRoot ? { ...anywhere, ...inside } : anywhere);
    test.diagnostic(
      image.isRoot
        ? "as user 2000, with the image as its read-only root"
        : "by its modes alone: to start it in a root of its own, run this test on Linux as root, who may mount and unshare",
    );
  });

  it("finds its code compiled", async () => {
    const load = `import("./src/commands/serve-command.ts").then(() => import("./src/app/app.ts"))`;
    await using tried = image.start(["--eval", load], { NODE_DEBUG_NATIVE: "COMPILE_CACHE" });
    assert.equal(await tried.ended, 0, tried.lines.slice(-5).join("\n"));
    const count = (text: RegExp) => tried.lines.filter((line) => text.test(line)).length;
    const counts = { accepted: count(/src\/.*was accepted/), rejected: count(/was rejected/) };
    assert.ok(counts.accepted > 100 && counts.rejected === 0, JSON.stringify(counts));
  });

  it("is built on a base that a digest names, starts without a shell as a numbered user, and says what it is", () => {
    const dockerfile = readDeployed("image/Dockerfile");
    assert.match(dockerfile, /^ARG NODE_IMAGE=\S+@sha256:[0-9a-f]{64}$/m);
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    assert.deepEqual(bases, ["${NODE_IMAGE}", "scratch"]);
    assert.match(dockerfile, /^USER 2000:2000$/m);
    const [, started = ""] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
    assert.deepEqual(JSON.parse(started), ["node", ...entryPoint]);
    assert.match(dockerfile, /^HEALTHCHECK .*CMD \["node", "deploy\/image\/health-check\.ts"\]$/m);
    for (const label of ["title", "description", "licenses", "version", "revision"]) {
      assert.match(dockerfile, new RegExp(`org\\.opencontainers\\.image\\.${label}=`));
    }
    assert.match(dockerfile, /^ENV .*BUILD_VERSION="\$\{BUILD_NUMBER\}" BUILD_COMMIT="\$\{GIT_REF\}"$/m);
    assert.match(dockerfile, /^ENV PATH=\/usr\/local\/bin$/m);
    const compiled = Object.entries(compiledCode).map((variable) => variable.join("="));
    assert.ok(dockerfile.includes(`\nENV ${compiled.join(" ")}\n`));
  });

  it("keeps its heap within half of the memory that it may use, so that the whole stays within the limit", async () => {
    const limit = `const { heap_size_limit } = require("node:v8").getHeapStatistics(); console.log(heap_size_limit)`;
    await using told = image.start([...heapFlags, "--eval", limit], {});
    assert.equal(await told.ended, 0);
    const available = Math.min(process.constrainedMemory() || Infinity, totalmem());
    assert.ok(Number(told.lines[0]) < available * 0.6, told.lines.join("\n"));
  });

  describe("deployed from an empty namespace, step by step as docs/deploying.md says", () => {
    const all = new AsyncDisposableStack();
    let database: TestDatabase;
    let peers: ProductionPeers;
    let collector: OtlpReceiver;
    let role: ServiceRole;
    let service: ImageProcess;
    let address: string;
    const configure = (workload: Parameters<typeof readVariables>[0], databaseUrl: string) => ({
      ...fillSecrets(readVariables(workload, "dev"), { ...peers.environment, DATABASE_URL: databaseUrl }),
      ...peers.environment,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      BUILD_VERSION: "2026-05-11.7.4f1c2ab",
      BUILD_COMMIT: "4f1c2ab",
    });
    const run = async (
      workload: "migration.yaml" | "reconciliation.yaml",
      databaseUrl: string,
      ...more: readonly string[]
    ) => {
      const [{ args }] = readPod(workload).spec.containers;
      await using job = image.start([...entryPoint, ...args, ...more], configure(workload, databaseUrl));
      return { code: await job.ended, output: job.lines.join("\n") };
    };
    before(async () => {
      const folder = all.adopt(await mkdtemp(path.join(tmpdir(), "deploying-")), (one) => rm(one, { recursive: true }));
      await chmod(folder, 0o755);
      database = all.use(await createTestDatabase());
      // A Delius that others made: it knows nothing of us.
      await database.query("drop schema mpc_delius cascade");
      collector = all.use(await startOtlpReceiver());
      peers = all.use(await startProductionPeers(path.join(folder, "authority.pem")));
    });
    after(() => all.disposeAsync());

    it("1. the migration job, as the owner, makes our own schema and leaves Delius's tables alone", async () => {
      const { code, output } = await run("migration.yaml", database.url);
      assert.equal(code, 0, output);
      assert.match(output, /^The Delius tables were made by others and were left alone\. Applied: mpc_delius\/0001/);
      assert.match((await run("migration.yaml", database.url)).output, /Applied: nothing, all is up to date$/);
    });

    it("2. the grants give the service's own user what it needs", async () => {
      role = all.use(await createServiceRole(database));
    });

    it("3. the service becomes ready on read-only files, as another user, and says which build it is", async () => {
      const port = await findFreePort();
      address = `http://127.0.0.1:${port}`;
      const [{ args }] = readPod("deployment.yaml").spec.containers;
      const environment = { ...configure("deployment.yaml", role.url), PORT: String(port), HOST: "127.0.0.1" };
      service = all.use(image.start([watchModules, ...entryPoint, ...args], environment));
      await service.line('"consumer started"');
      const ready = await fetch(`${address}/health/readiness`);
      assert.equal(ready.status, 200);
      const info = await (await fetch(`${address}/info`)).json();
      assert.partialDeepStrictEqual(info, {
        git: { commit: "4f1c2ab" },
        build: { name: "manage-pom-cases-and-delius", version: "2026-05-11.7.4f1c2ab" },
      });
    });

    it("4. the console leads people to HMPPS Auth", async () => {
      const { status, headers } = await fetch(`${address}/console/sign-in`, { redirect: "manual" });
      const asked = new URL(headers.get("location") ?? "");
      assert.deepEqual([status, asked.origin + asked.pathname], [303, authorizeUrl]);
      assert.equal(asked.searchParams.get("redirect_uri"), `${consoleUrl}/console/sign-in/callback`);
    });

    it("5. the first event becomes a key date", async () => {
      const action = { kind: "setHandover", handoverDate: "2027-01-02", handoverStartDate: null } as const;
      const [event] = await peers.mpc.act("A1004AA", action);
      const line = await service.line(`"inboxKey":"${event?.messageId}"`);
      assert.match(line, /KeyDateCreated/);
      const dates = await database.query("select key_date from key_date where custody_id = 40");
      assert.equal(dates.length, 1);
    });

    it("6. the nightly reconciliation compares every case", async () => {
      const { code, output } = await run("reconciliation.yaml", role.url, "--settle", "0");
      assert.equal(code, 0, output);
      const [, compared] = /^Reconciliation run 1: (\d+) cases compared\.$/m.exec(output) ?? [];
      const [span, ...others] = collector.spans.filter(({ name }) => name === "RECONCILE");
      const ended = collector.logs.find(({ eventName }) => eventName === "ReconciliationFinished");
      assert.ok(span !== undefined && ended !== undefined && others.length === 0);
      const { traceId, parentSpanId, attributes } = span;
      assert.deepEqual([parentSpanId, ended.traceId, ended.spanId], [undefined, traceId, span.spanId]);
      assert.deepEqual(
        [attributes["mpc_delius.reconciliation.run"], attributes["mpc_delius.reconciliation.compared"]],
        [1, Number(compared)],
      );
      const parts = collector.spans.filter((one) => one.parentSpanId === span.spanId).map(({ name }) => name);
      for (const name of ["GET mpc handover", "GET mpc allocation", "look up", "keep findings"]) {
        assert.ok(parts.includes(name), `no ${name}`);
      }
      assert.deepEqual(collector.faults, []);
    });

    it("7. the health check asks without a shell, and SIGTERM ends the service in order", async () => {
      const check = () => image.start(["deploy/image/health-check.ts"], { PORT: new URL(address).port });
      await using healthy = check();
      assert.equal(await healthy.ended, 0);
      service.signal("SIGTERM");
      assert.equal(await service.ended, 0);
      await using gone = check();
      assert.equal(await gone.ended, 1);
    });

    it("8. the collector has the event's trace, and which environment and build it is of", () => {
      assert.deepEqual(collector.faults, []);
      assert.ok(collector.spans.some(({ name }) => name === "RECEIVE offender-management.handover.changed"));
      assert.partialDeepStrictEqual(collector.resources[0], {
        "deployment.environment.name": "dev",
        "service.version": "2026-05-11.7.4f1c2ab",
      });
    });

    it("9. without a collector, nothing of telemetry is loaded", async () => {
      const { OTEL_EXPORTER_OTLP_ENDPOINT: _, ...environment } = configure("deployment.yaml", role.url);
      const given = { ...environment, PORT: "0", HOST: "127.0.0.1" };
      await using quiet = image.start([watchModules, ...entryPoint, "serve"], given);
      await quiet.line('"consumer started"');
      quiet.signal("SIGTERM");
      assert.equal(await quiet.ended, 0);
      const listLoaded = ({ lines }: ImageProcess) => lines.filter((line) => line.startsWith("loads "));
      assert.deepEqual(listLoaded(quiet), []);
      assert.ok(listLoaded(service).some((line) => line.includes("@opentelemetry/sdk-trace")));
    });
  });
});
