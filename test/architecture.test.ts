// Holds the shape of src/: who may import whom, and what may be used where. The tables are the rule; docs/architecture.md
// says why. Reads every file once with TypeScript's own parser.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { findCircles } from '../src/graph/circle.ts';

/** From the ground up. A room is a folder or a file of src/; it imports from floors below its own. */
const FLOORS: readonly (readonly string[])[] = [
  [
    'errors.ts',
    'closest.ts',
    'code-cache.ts',
    'failpoint.ts',
    'folder.ts',
    'sqlite.ts',
    'text-columns.ts',
    'diagnosis.ts',
    'writing',
  ],
  ['asset', 'raw', 'generate'],
  ['index.ts', 'graph', 'googlesql', 'warehouse', 'state'],
  ['compile'],
  ['loading', 'plan', 'quality'],
  ['project.ts'],
  ['run', 'serve'],
  ['model-tests'],
  ['cli'],
];

/** Arrows between rooms of one floor. */
const SIDEWAYS = [
  'warehouse -> googlesql',
  'state -> warehouse',
  'diagnosis.ts -> errors.ts',
  'failpoint.ts -> errors.ts',
  'writing -> folder.ts',
];

/** What talks to one engine. Only its own room and project.ts import it. */
const ADAPTERS = [/^raw\/(sqlite|mongo)/, /^state\/(knex|sqlite|postgres|migrat)/, /^warehouse\/(duckdb|bigquery)\//];

/** Rooms without a file, a process or a socket. */
const PURE = ['errors.ts', 'closest.ts', 'failpoint.ts', 'asset', 'graph', 'plan', 'index.ts'];
const PURE_MAY_IMPORT = ['graphology', 'graphology-dag', 'node:crypto'];

/** Libraries that one room (or two) hides from all others. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  knex: ['sqlite.ts', 'raw', 'state'],
  'better-sqlite3': ['sqlite.ts', 'raw', 'state'],
  '@duckdb/node-api': ['warehouse'],
  '@duckdb/node-bindings': ['warehouse'],
  '@google-cloud/bigquery': ['warehouse'],
  mongodb: ['raw'],
  protobufjs: ['googlesql'],
  graphology: ['graph'],
  'graphology-dag': ['graph'],
  handlebars: ['compile'],
  jiti: ['loading'],
  yargs: ['cli'],
  'vscode-languageserver': ['cli'],
  'vscode-languageserver-textdocument': ['cli'],
  'cli-table3': ['cli'],
  'log-update': ['cli'],
  yaml: ['model-tests'],
  picocolors: ['cli'],
};

/** What is taken from outside the program, and the rooms that may; all others are told. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  'process.env': ['project.ts', 'cli'],
  'the clock': ['project.ts', 'run', 'serve', 'cli'],
  console: ['cli'],
};
/** Where an adapter must, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

const VAGUE = /^(utils?|helpers?|common|misc|base|managers?|services?|lib)$/;

interface Import {
  readonly from: string;
  readonly isType: boolean;
}

interface Source {
  /** Relative to src/, with /. */
  readonly file: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** Keys of OUTSIDE. */
  readonly uses: ReadonlySet<string>;
  readonly hasDefaultExport: boolean;
}

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

function read(file: string, text: string): Source {
  const imports: Import[] = [];
  const uses = new Set<string>();
  let hasDefaultExport = false;
  const visit = (node: ts.Node): void => {
    imports.push(...importsOf(node));
    const use = useOf(node);
    if (use !== undefined) uses.add(use);
    hasDefaultExport ||= isDefaultExport(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, false));
  return { file, text, imports, uses, hasDefaultExport };
}

function importsOf(node: ts.Node): Import[] {
  const word = (of: ts.Node | undefined, isType: boolean): Import[] =>
    of !== undefined && ts.isStringLiteralLike(of) ? [{ from: of.text, isType }] : [];
  if (ts.isImportDeclaration(node)) return word(node.moduleSpecifier, isTypeOnly(node.importClause));
  if (ts.isExportDeclaration(node)) return word(node.moduleSpecifier, node.isTypeOnly);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return word(node.arguments[0], false);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return word(node.argument.literal, true);
  return [];
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = clause;
  if (name !== undefined || namedBindings === undefined || !ts.isNamedImports(namedBindings)) return false;
  return namedBindings.elements.length > 0 && namedBindings.elements.every(element => element.isTypeOnly);
}

function useOf(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
    return node.expression.text === 'Date' && (node.arguments?.length ?? 0) === 0 ? 'the clock' : undefined;
  }
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  const words = `${node.expression.text}.${node.name.text}`;
  if (words === 'process.env') return 'process.env';
  if (['Date.now', 'performance.now', 'process.hrtime', 'process.uptime'].includes(words)) return 'the clock';
  return node.expression.text === 'console' ? 'console' : undefined;
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  return (
    ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(one => one.kind === ts.SyntaxKind.DefaultKeyword)
  );
}

const sources: readonly Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map(file => file.replaceAll('\\', '/'))
  .filter(file => file.endsWith('.ts'))
  .sort()
  .map(file => read(file, readFileSync(join(SRC, file), 'utf8')));
const modules = sources.filter(source => !source.file.endsWith('.d.ts'));

const roomOf = (file: string): string => file.split('/')[0] ?? file;
const floorOf = (file: string): number => FLOORS.findIndex(rooms => rooms.includes(roomOf(file)));
const isInside = (from: string): boolean => from.startsWith('.');
/** The file of src/ that an import names; undefined for one outside of src/. */
function target(source: Source, { from }: Import): string | undefined {
  if (!isInside(from)) return undefined;
  const path = relative(SRC, join(SRC, dirname(source.file), from)).replaceAll('\\', '/');
  return path.startsWith('..') ? undefined : path;
}
const packageOf = (from: string): string =>
  from.startsWith('node:')
    ? from
    : from
        .split('/')
        .slice(0, from.startsWith('@') ? 2 : 1)
        .join('/');

/** `rule` of every import that stays in src/, where it has something to say. */
const ofArrows = (rule: (from: string, to: string) => boolean): string[] =>
  modules.flatMap(source =>
    source.imports.flatMap(one => {
      const to = target(source, one);
      return to !== undefined && rule(source.file, to) ? [`${source.file} -> ${to}`] : [];
    }),
  );
const ofFiles = (rule: (source: Source) => boolean): string[] => sources.filter(rule).map(source => source.file);

describe('imports', () => {
  test('every room stands on a floor', () => {
    expect(ofFiles(source => floorOf(source.file) < 0)).toEqual([]);
  });

  test('go down only, but for the arrows of one floor that are listed', () => {
    const wrong = ofArrows((from, to) => {
      if (roomOf(from) === roomOf(to) || floorOf(from) > floorOf(to)) return false;
      return floorOf(from) < floorOf(to) || !SIDEWAYS.includes(`${roomOf(from)} -> ${roomOf(to)}`);
    });
    expect(wrong).toEqual([]);
  });

  test('go in no circles, types included', () => {
    const arrows = new Map(
      modules.map(source => [source.file, source.imports.flatMap(one => target(source, one) ?? [])]),
    );
    const circles = findCircles([...arrows.keys()], file => arrows.get(file) ?? []);
    expect(circles.map(circle => circle.join(' -> '))).toEqual([]);
  });

  test('reach an adapter from its own room and from project.ts only', () => {
    const wrong = ofArrows(
      (from, to) => ADAPTERS.some(adapter => adapter.test(to)) && from !== 'project.ts' && roomOf(from) !== roomOf(to),
    );
    expect(wrong).toEqual([]);
  });

  test('reach a library from the room that hides it only', () => {
    const wrong = modules.flatMap(source =>
      source.imports
        .map(one => packageOf(one.from))
        .filter(name => LIBRARIES[name]?.includes(roomOf(source.file)) === false)
        .map(name => `${source.file} -> ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('of a pure room reach nothing that touches the world', () => {
    const wrong = modules
      .filter(source => PURE.includes(roomOf(source.file)))
      .flatMap(source =>
        source.imports
          .filter(one => !isInside(one.from) && !one.isType && !PURE_MAY_IMPORT.includes(packageOf(one.from)))
          .map(one => `${source.file} -> ${one.from}`),
      );
    expect(wrong).toEqual([]);
  });

  test('name the file with its ending, as Node does', () => {
    const wrong = modules.flatMap(source =>
      source.imports
        .filter(one => isInside(one.from) && !/\.(ts|json|\w+\?raw)$/.test(one.from))
        .map(one => `${source.file} -> ${one.from}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('files', () => {
  test('take environment, time and console from their caller, below the rooms that may', () => {
    const found = modules.flatMap(source =>
      [...source.uses]
        .filter(use => OUTSIDE[use]?.includes(roomOf(source.file)) === false)
        .map(use => `${source.file} uses ${use}`),
    );
    expect(found.filter(use => EXCEPTIONS[use] === undefined)).toEqual([]);
    expect(Object.keys(EXCEPTIONS).filter(use => !found.includes(use))).toEqual([]);
  });

  test('open with one to five lines on what they are', () => {
    const opens = ({ text }: Source): boolean => {
      const lines = text.replace(/^#!.*\n/, '').split('\n');
      const comment = lines.findIndex(line => !line.startsWith('// '));
      return comment >= 1 && comment <= 5;
    };
    expect(ofFiles(source => !opens(source))).toEqual([]);
  });

  test('have names that say something, in kebab case', () => {
    const isNamed = (file: string): boolean =>
      file
        .split('/')
        .every(part => /^[a-z0-9]+(-[a-z0-9]+)*(\.d)?(\.ts)?$/.test(part) && !VAGUE.test(part.replace(/\..*/, '')));
    expect(ofFiles(source => !isNamed(source.file))).toEqual([]);
  });

  test('export by name', () => {
    expect(modules.filter(source => source.hasDefaultExport).map(source => source.file)).toEqual([]);
  });
});

test('the reader sees what the rules are about', () => {
  const text = `#!/usr/bin/env node
    import a, { type B } from './a.ts'; import type { C } from '../c.ts'; import { type D } from 'd';
    export { e } from './e.ts'; export type { F } from './f.ts'; import './g.ts';
    const h = await import('./h.ts'); type I = import('./i.ts').I; // import './comment.ts'
    const s = "import './text.ts'; process.env; console.log()";
    export default () => [process.env.HOME, Date.now(), new Date(0), console.log];`;
  const { imports, uses, hasDefaultExport } = read('x.ts', text);
  expect(imports.map(one => `${one.from}${one.isType ? ' type' : ''}`)).toEqual([
    './a.ts',
    '../c.ts type',
    'd type',
    './e.ts',
    './f.ts type',
    './g.ts',
    './h.ts',
    './i.ts type',
  ]);
  expect([...uses].sort()).toEqual(['console', 'process.env', 'the clock']);
  expect(hasDefaultExport).toBe(true);
  expect([...read('y.ts', 'export const now = () => new Date();').uses]).toEqual(['the clock']);
  expect([...read('y.ts', 'export const then = new Date(0);').uses]).toEqual([]);
});
