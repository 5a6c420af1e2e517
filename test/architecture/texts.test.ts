import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { root } from "./source-file.ts";

interface Text {
  readonly file: string;
  readonly text: string;
}

const notOurs: ReadonlySet<string> = new Set([".git", ".sandbox", "node_modules", "coverage", "package-lock.json"]);

function readTexts(...patterns: readonly string[]): readonly Text[] {
  const found = globSync(patterns, { cwd: root, exclude: (name) => notOurs.has(path.basename(name)) });
  // In a worktree of git, .git is a file.
  const files = found.filter((file) => !notOurs.has(file) && statSync(path.join(root, file)).isFile());
  return files.map((file) => ({ file, text: readFileSync(path.join(root, file), "utf8") }));
}

/**
 * What is true on one machine only. Where this checkout lies does not matter: the same text is right or wrong in all of
 * them.
 */
function findMachines({ file, text }: Text): readonly string[] {
  const folders = text.match(/(?<![\w.])\/(home|Users|root|work|workspace)\/\w+/g) ?? [];
  const outside = text.match(/(\.\.\/)+shared\//g) ?? [];
  const hosts = text.match(/\bregistry\.(npmjs|yarnpkg)\b/g) ?? [];
  return [...folders, ...outside, ...hosts].map((found) => `${file} names ${found}`);
}

const tree = "src|sandbox|test|docs|migrations|deploy|bench";
const isThere = (place: string) => existsSync(path.join(root, place));

/** What a document points to: links, and files of ours that it names. */
function findDeadEnds({ file, text }: Text, names: ReadonlySet<string>): readonly string[] {
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].flatMap(([, link]) => link ?? []);
  const local = links.filter((link) => !/^[a-z]+:/.test(link)).map((link) => path.join(path.dirname(file), link));
  const quoted = text.match(/(?<=`)[\w./-]+(?=`)/g) ?? [];
  const dead = [
    ...local.filter((link) => !isThere(link)),
    ...quoted.filter((name) => new RegExp(`^(${tree})/`).test(name) && !isThere(name)),
    ...quoted.filter((name) => /^[a-z-]+\.ts$/.test(name) && !names.has(name)),
  ];
  return dead.map((found) => `${file} points to ${found}, which is not there`);
}

describe("texts", () => {
  it("name no machine", () => {
    const texts = readTexts("**/*", ".*", ".ci/*");
    assert.ok(texts.length > 100);
    assert.deepEqual(texts.flatMap(findMachines), []);
  });

  it("point to what is there", () => {
    const documents = readTexts("*.md", "docs/**/*.md").filter(({ file }) => !/CHANGELOG|decisions/.test(file));
    const names = new Set(
      globSync(`{src,sandbox,test,docs,bench}/**/*.ts`, { cwd: root }).map((file) => path.basename(file)),
    );
    assert.ok(documents.length > 2);
    assert.deepEqual(
      documents.flatMap((document) => findDeadEnds(document, names)),
      [],
    );
  });

  it("bear the number of their file where they are decisions", () => {
    const pages = readTexts("docs/decisions/0*.md");
    assert.ok(pages.length > 50);
    const wrong = pages.filter(({ file, text }) => !text.startsWith(`# ${Number(path.basename(file).slice(0, 4))} `));
    assert.deepEqual(
      wrong.map(({ file }) => file),
      [],
    );
  });

  it("that do not are found", () => {
    const [home, users, work, shared] = ["/home", "/Users", "/work", "../shared"].map((folder) => `${folder}/`);
    const text = `see ${home}ann/x, ${users}ann/x, ${work}tree/src and ${shared}x`;
    assert.deepEqual(findMachines({ file: "a.md", text }), [
      `a.md names ${home}ann`,
      `a.md names ${users}ann`,
      `a.md names ${work}tree`,
      `a.md names ${shared}`,
    ]);
    assert.deepEqual(findMachines({ file: "a.md", text: "https://host/home/page" }), []);
    const pages =
      "[a](gone.md) [b](dependencies.md#in) [c](https://host/x) `src/gone.ts` `src/app/app.ts` `gone.ts` `app.ts`";
    assert.deepEqual(findDeadEnds({ file: "docs/a.md", text: pages }, new Set(["app.ts"])), [
      "docs/a.md points to docs/gone.md, which is not there",
      "docs/a.md points to src/gone.ts, which is not there",
      "docs/a.md points to gone.ts, which is not there",
    ]);
  });
});
