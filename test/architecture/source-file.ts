import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync, Visitor, type Comment, type Program, type VisitorObject } from "oxc-parser";

/** The root of the project. */
export const root = path.resolve(import.meta.dirname, "../..");

/** A TypeScript file of the project. */
export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly imports: readonly Import[];
}

/** What a file takes from one other module. */
export interface Import {
  /** A path from the root, or the name of a package or of a part of Node. */
  readonly target: string;
  readonly isFile: boolean;
  /** Erased before the program runs. */
  readonly isType: boolean;
  /** Names nothing: the module is run for what it does. */
  readonly isForEffect: boolean;
  /** The names that are taken as values. */
  readonly values: readonly string[];
}

/** The folders that hold TypeScript of ours, and what must be there for a check to count. */
const folders = { src: 60, sandbox: 10, test: 5, docs: 1, bench: 0, deploy: 1 } as const;

/** A folder of {@link readSources}. */
export type Folder = keyof typeof folders;

/** Parsing takes most of the time of these tests: each file is parsed once for all of them. */
const parsed = new Map<string, SourceFile>();

/** Reads every TypeScript file of the named folders. */
export function readSources(...names: readonly Folder[]): readonly SourceFile[] {
  const files = names.flatMap((name) => listSources(name, folders[name]));
  return files.map((file) => {
    const source = parsed.get(file) ?? parseSource(file, readFileSync(path.join(root, file), "utf8"));
    parsed.set(file, source);
    return source;
  });
}

/** The TypeScript files of a folder. Raises when there are fewer than that: a check of nothing proves nothing. */
export function listSources(folder: string, least: number): readonly string[] {
  const found = globSync(`${folder}/**/*.ts`, { cwd: root }).toSorted();
  if (found.length < least) throw new Error(`Only ${found.length} files were found below ${folder}/.`);
  return found.map((file) => file.split(path.sep).join("/"));
}

/** Parses the text of one file. Raises when it is no TypeScript. */
export function parseSource(file: string, text: string): SourceFile {
  const { program, comments, errors } = parseSync(file, text);
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`);
  return { path: file, text, program, comments, imports: findImports(file, program) };
}

/** Runs a visitor over a file; what it reports comes back with the file and the line before it. */
export function inspect(
  file: SourceFile,
  visitor: (report: (place: { readonly start: number }, fault: string) => void) => VisitorObject,
): readonly string[] {
  const faults: string[] = [];
  const report = ({ start }: { readonly start: number }, fault: string) => {
    faults.push(`${file.path}:${lineAt(file, start)} ${fault}`);
  };
  new Visitor(visitor(report)).visit(file.program);
  return faults;
}

/** The number of the line that holds a character. */
export function lineAt({ text }: SourceFile, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function findImports(file: string, program: Program): readonly Import[] {
  const imports: Import[] = [];
  const add = (specifier: string, taken: Partial<Omit<Import, "target" | "isFile">>) => {
    const isFile = specifier.startsWith(".");
    const target = isFile ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
    imports.push({ target, isFile, isType: false, isForEffect: false, values: [], ...taken });
  };
  new Visitor({
    ImportDeclaration: ({ source, importKind, specifiers }) => {
      const values = importKind === "type" ? [] : specifiers.flatMap(valueName);
      const isForEffect = specifiers.length === 0;
      add(source.value, { values, isForEffect, isType: values.length === 0 && !isForEffect });
    },
    ExportNamedDeclaration: ({ source, exportKind }) => {
      if (source !== null) add(source.value, { isType: exportKind === "type" });
    },
    ExportAllDeclaration: ({ source, exportKind }) => add(source.value, { isType: exportKind === "type" }),
    ImportExpression: ({ source }) => add(source.type === "Literal" ? String(source.value) : "a computed module", {}),
    TSImportType: ({ source }) => add(source.value, { isType: true }),
  }).visit(program);
  return imports;
}

type Specifier = Extract<Program["body"][number], { type: "ImportDeclaration" }>["specifiers"][number];

function valueName(specifier: Specifier): readonly string[] {
  if (specifier.type !== "ImportSpecifier") return [specifier.local.name];
  if (specifier.importKind === "type") return [];
  const { imported } = specifier;
  return [imported.type === "Literal" ? imported.value : imported.name];
}
