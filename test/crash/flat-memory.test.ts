import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { courseCases, startCourse } from "../support/course.ts";
import { deploy, type Deployment } from "../support/deployment.ts";
import { figures, reportFigures } from "../support/figures.ts";
import { memoryOptions, takeSample, type MemorySample } from "../support/memory-sample.ts";
import { startOtherServer } from "../support/other-server.ts";

const amounts = figures.isWhole ? { polls: 10_000, messages: 50_000 } : { polls: 600, messages: 600 };
const samplesPerThird = 10;

const environment = { NODE_OPTIONS: memoryOptions };

type Sample = Pick<MemorySample, "heap" | "handles" | "files">;

/** Samples while work goes on; the first third warms the process up, the second is what the last is held against. */
async function watchGrowth(deployment: Deployment, work: (sample: number) => Promise<void>, given = {}) {
  const replica = await deployment.addReplica({ ...environment, ...given });
  const samples: Sample[] = [];
  for (let index = 0; index < samplesPerThird * 3; index += 1) {
    await work(index);
    samples.push(await takeSample(deployment, replica));
  }
  const [middle, last] = [1, 2].map((third) =>
    summarise(samples.slice(third * samplesPerThird).slice(0, samplesPerThird)),
  );
  assert.ok(middle !== undefined && last !== undefined);
  return { middle, last };
}

// What is in work at the moment of a sample counts too, so the least of several is nearest to what stays.
function summarise(samples: readonly Sample[]): Sample {
  return {
    heap: Math.min(...samples.map(({ heap }) => heap)),
    handles: Math.max(...samples.map(({ handles }) => handles)),
    files: Math.max(...samples.map(({ files }) => files)),
  };
}

const pooled = 40;

function expectFlat(what: string, { middle, last }: { readonly middle: Sample; readonly last: Sample }): void {
  const mebibytes = (sample: Sample) => Math.round(sample.heap / 2 ** 20);
  reportFigures({
    [`heap in MiB, ${what}`]: `${mebibytes(middle)}, then ${mebibytes(last)}`,
    [`handles, ${what}`]: `${middle.handles}, then ${last.handles}`,
    [`open files, ${what}`]: `${middle.files}, then ${last.files}`,
  });
  assert.ok(last.heap < middle.heap * 1.02 + 2 ** 20, `the heap grows: ${middle.heap}, then ${last.heap}`);
  // Connections of the pools come and go, 32 to Manage POM Cases alone; what leaks comes in hundreds by now.
  assert.ok(last.handles <= middle.handles + pooled, `handles grow: ${middle.handles}, then ${last.handles}`);
  assert.ok(last.files <= middle.files + pooled, `open files grow: ${middle.files}, then ${last.files}`);
}

describe("P16: memory and handles stay flat", () => {
  it(`over ${amounts.polls} polls`, async () => {
    await using deployment = await deploy();
    let polls = 0;
    await using idle = await startOtherServer((request, response) => {
      if (request.headers["x-amz-target"] === "AmazonSQS.ReceiveMessage") polls += 1;
      deployment.poke();
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end("{}");
    });
    const pollMore = async (sample: number) => {
      const wanted = ((sample + 1) * amounts.polls) / (samplesPerThird * 3);
      await deployment.until(`poll ${wanted}`, () => polls >= wanted || undefined);
    };
    const growth = await watchGrowth(deployment, pollMore, { AWS_ENDPOINT_URL_SQS: idle.origin });
    expectFlat("polls", growth);
  });

  it(`over ${amounts.messages} messages`, async () => {
    await using deployment = await deploy({ prepare: ({ url }) => seedCases(url, courseCases(100)) });
    const course = startCourse({ mpc: deployment.mpc, seed: 16, people: 100, repeated: 0.2 });
    const growth = await watchGrowth(deployment, async () => {
      for (const { body } of await course.live(amounts.messages / (samplesPerThird * 3)))
        await deployment.queue.send(body);
      await deployment.until(
        "its share of messages",
        () => deployment.settlements.size > course.keys().length - 20 || undefined,
      );
    });
    expectFlat("messages", growth);
    assert.equal((await deployment.queue.count()).dead, 0);
  });
});
