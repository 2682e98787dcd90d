// A language server for models: what `pulse compile` says, at each keystroke, with completion, hover and definitions.
// Speaks over the streams it is given; opens the project anew for each answer, with one analyzer that stays.

import type { Readable, Writable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type CompletionItem,
  CompletionItemKind,
  createConnection,
  type Diagnostic,
  DiagnosticSeverity,
  DidChangeWatchedFilesNotification,
  type Hover,
  type Location,
  type Position,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { finalSelect, isWord, tokensOf } from '../googlesql/tokens.ts';
import { type Finding, withoutRepeats } from './findings.ts';

/** A column as an editor is told of it. */
export interface KnownColumn {
  readonly name: string;
  readonly type: string;
  readonly description: string;
}

export interface KnownTable {
  readonly description: string;
  readonly columns: readonly KnownColumn[];
  /** Absolute: a model's SQL, else the declaration. */
  readonly file: string;
}

/** An editor that shows only one of two places says it at both. */
export type LanguageFinding = Omit<Finding, 'text'>;

/** The project as it stands, unsaved texts included. */
export interface ProjectView {
  readonly root: string;
  readonly findings: readonly LanguageFinding[];
  readonly tables: ReadonlyMap<string, KnownTable>;
  /** By name, absolute. */
  readonly partials: ReadonlyMap<string, string>;
  readonly vars: readonly string[];
}

type Functions = ReadonlyMap<string, readonly string[]>;

export interface LanguageEffects {
  readonly input: Readable;
  readonly output: Writable;
  /** Every function with its signatures, by name in capitals. */
  functions(): Promise<Functions>;
  /**
   * Looks at the project with these texts instead of what is on the disk, by absolute path. `folder` is the one that the editor has
   * open, undefined where it says none.
   */
  look(overlay: ReadonlyMap<string, string>, folder: string | undefined): Promise<ProjectView>;
}

/** Serves until the client says exit or its stream ends. */
export function serveLanguage({ input, output, functions, look }: LanguageEffects): Promise<void> {
  const connection = createConnection(input, output);
  const documents = new TextDocuments(TextDocument);
  let view: ProjectView | undefined;
  let looking: Promise<void> | undefined;
  let isOutdated = false;
  let folder: string | undefined;
  const shown = new Set<string>();

  const refresh = async (): Promise<void> => {
    isOutdated = true;
    looking ??= (async () => {
      while (isOutdated) {
        isOutdated = false;
        view = await look(overlayOf(documents.all()), folder);
        await publish(view);
      }
    })().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const publish = async ({ root, findings }: ProjectView): Promise<void> => {
    const byUri = new Map<string, Diagnostic[]>([...shown].map(uri => [uri, []]));
    for (const finding of withoutRepeats(findings).flatMap(bothPlaces)) {
      const uri = uriOf(root, finding.place?.file ?? 'pulse.config.ts');
      byUri.set(uri, [...(byUri.get(uri) ?? []), diagnosticOf(finding, documents.get(uri))]);
    }
    shown.clear();
    for (const [uri, diagnostics] of byUri) {
      if (diagnostics.length > 0) shown.add(uri);
      await connection.sendDiagnostics({ uri, diagnostics });
    }
  };
  const say = (error: unknown): void =>
    connection.console.error(error instanceof Error ? error.message : String(error));
  const changed = (): void => void refresh().catch(say);

  let canWatch = false;
  connection.onInitialize(({ workspaceFolders, rootUri, capabilities }) => {
    folder = pathOf(workspaceFolders?.[0]?.uri ?? rootUri ?? '');
    canWatch = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    return {
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        completionProvider: { triggerCharacters: ['"', '.', '>', ' '] },
        hoverProvider: true,
        definitionProvider: true,
      },
      serverInfo: { name: 'pulse' },
    };
  });
  connection.onInitialized(() => {
    changed();
    // What is saved without being open here: assets, another branch.
    if (!canWatch) return;
    const watchers = WATCHED.map(globPattern => ({ globPattern }));
    connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }).catch(say);
  });
  connection.onDidChangeWatchedFiles(changed);
  documents.onDidChangeContent(changed);
  documents.onDidSave(changed);
  // What was not saved is gone with it.
  documents.onDidClose(changed);

  const at = async (uri: string, position: { line: number; character: number }): Promise<Cursor | undefined> => {
    if (view === undefined) await refresh();
    const document = documents.get(uri);
    if (document === undefined || view === undefined) return undefined;
    return cursorAt(document.getText(), document.offsetAt(position), { view, file: pathOf(uri) });
  };
  connection.onCompletion(async ({ textDocument, position }) => {
    const cursor = await at(textDocument.uri, position);
    return cursor === undefined ? [] : completions(cursor, await functions());
  });
  connection.onHover(async ({ textDocument, position }): Promise<Hover | null> => {
    const cursor = await at(textDocument.uri, position);
    const value = cursor && (hoverText(cursor) ?? functionText(cursor, await functions()));
    return value === undefined ? null : { contents: { kind: 'markdown', value } };
  });
  connection.onDefinition(async ({ textDocument, position }): Promise<Location | null> => {
    const cursor = await at(textDocument.uri, position);
    const file = cursor && definitionOf(cursor);
    const start = { line: 0, character: 0 };
    return file === undefined ? null : { uri: pathToFileURL(file).href, range: { start, end: start } };
  });
  documents.listen(connection);
  return new Promise(resolve => {
    connection.onExit(() => resolve());
    input.once('end', () => resolve());
    input.once('close', () => resolve());
    connection.listen();
  });
}

const WATCHED = ['**/{assets,models,sql}/**/*.{ts,sql}', '**/pulse.config.ts'];

/** Editors have open what is no file: a new text, the other side of a comparison. */
const pathOf = (uri: string): string | undefined => (uri.startsWith('file:') ? fileURLToPath(uri) : undefined);

const overlayOf = (documents: readonly TextDocument[]): ReadonlyMap<string, string> =>
  new Map(
    documents.flatMap(one => {
      const path = pathOf(one.uri);
      return path === undefined ? [] : [[path, one.getText()] as const];
    }),
  );

const uriOf = (root: string, file: string): string => pathToFileURL(`${root}/${file}`).href;

const bothPlaces = (finding: LanguageFinding): readonly LanguageFinding[] =>
  finding.also === undefined ? [finding] : [finding, { ...finding, place: finding.also }];

/** What an editor underlines goes to the end of the word there. */
function diagnosticOf(
  { level, code, message, hint, place }: LanguageFinding,
  document: TextDocument | undefined,
): Diagnostic {
  const start = { line: (place?.line ?? 1) - 1, character: (place?.column ?? 1) - 1 };
  return {
    severity: level === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    range: { start, end: document === undefined ? start : wordEnd(document, start) },
    message: hint === undefined ? message : `${message}\n${hint}`,
    code,
    source: 'pulse',
  };
}

/** The end of the name, number or quoted name at a place; one character where there is none, and nothing at the end of a line. */
function wordEnd(document: TextDocument, start: Position): Position {
  const rest = document.getText({ start, end: { line: start.line + 1, character: 0 } });
  const word = /^(?:[`"'][^`"'\n]+[`"']|[\w$@]+|[^\r\n])/.exec(rest)?.[0] ?? '';
  return { line: start.line, character: start.character + word.length };
}

/** What stands around the cursor. */
interface Cursor {
  readonly view: ProjectView;
  /** Of the text that it is in, absolute; undefined where that is no file. */
  readonly file: string | undefined;
  /** Whether a bracket opens behind the word. */
  readonly isCall: boolean;
  /** What is before it on its line. */
  readonly before: string;
  readonly word: string;
  /** The tag it stands in, if any: `ref`, `var`, `>`. */
  readonly tag: string | undefined;
  /** The tables that the template reads, in order. */
  readonly reads: readonly string[];
  /** What stands before the dot that the word is behind, if any. */
  readonly owner: string | undefined;
  /** The tables that aliases of the template stand for, by the alias in small letters. */
  readonly aliases: ReadonlyMap<string, string>;
  /** The columns of what is named before the dot, where that is a CTE whose list names each of them. */
  readonly made: readonly string[] | undefined;
}

const REF = /\{\{~?\s*ref\s+["'](\w+)["']\s*~?\}\}(?:\s+(?:AS\s+)?(\w+))?/gi;
/** What stands behind a table and is no alias. */
const NO_ALIAS =
  /^(?:as|on|using|where|join|inner|left|right|full|cross|group|order|having|qualify|window|limit|union|except|intersect|pivot|unpivot|tablesample|for)$/i;

function cursorAt(text: string, offset: number, { view, file }: Pick<Cursor, 'view' | 'file'>): Cursor {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  const head = /[\w]*$/.exec(before)?.[0] ?? '';
  const tail = /^\w*/.exec(text.slice(offset))?.[0] ?? '';
  const open = before.slice(before.lastIndexOf('{{'));
  const tag =
    before.includes('{{') && !open.includes('}}') ? /^\{\{~?\s*(ref|var|in_partitions|>)/.exec(open)?.[1] : undefined;
  const found = [...text.matchAll(REF)].map(([, table = '', alias]) => ({ table, alias }));
  const aliases = found.flatMap(({ table, alias }) =>
    alias === undefined || NO_ALIAS.test(alias) ? [] : [[alias.toLowerCase(), table] as const],
  );
  const owner = /([\w`]+)\.\w*$/.exec(before)?.[1]?.replaceAll('`', '');
  return {
    view,
    file,
    isCall: /^\w*`?\s*\(/.test(text.slice(offset)),
    before,
    word: head + tail,
    tag,
    reads: [...new Set(found.map(({ table }) => table))],
    owner,
    aliases: new Map(aliases),
    made: owner === undefined ? undefined : columnsOfCte(text, owner.toLowerCase()),
  };
}

/** Of a CTE by its name or by an alias of it; undefined where there is none, and where its list has a star or what has no name. */
function columnsOfCte(text: string, owner: string): readonly string[] | undefined {
  const tokens = tokensOf(text).filter(token => token.kind !== 'comment');
  const bodyOf = (name: string): string | undefined => {
    const at = tokens.findIndex(
      ({ text: word }, i) => word.toLowerCase() === name && isWord(tokens[i + 1], 'AS') && tokens[i + 2]?.text === '(',
    );
    const open = at < 0 ? undefined : tokens[at + 2];
    const end = tokens.find(({ start, depth }) => open !== undefined && start > open.start && depth <= open.depth);
    return open === undefined ? undefined : text.slice(open.start + 1, end?.start);
  };
  const named = tokens.findIndex(
    ({ text: word }, i) =>
      word.toLowerCase() === owner && isWord(tokens[isWord(tokens[i - 1], 'AS') ? i - 3 : i - 2], 'FROM', 'JOIN'),
  );
  const read = tokens[isWord(tokens[named - 1], 'AS') ? named - 2 : named - 1]?.text.toLowerCase();
  const body = bodyOf(owner) ?? (named < 0 || read === undefined ? undefined : bodyOf(read));
  if (body === undefined) return undefined;
  const names = finalSelect(body).flatMap(({ name }) => (name === undefined || name === '*' ? [] : [name]));
  return names.length > 0 && names.length === finalSelect(body).length ? [...new Set(names)] : undefined;
}

/** The tables that the word may be a column of. */
function tablesAt({ owner, aliases, reads }: Cursor): readonly string[] {
  const table =
    owner === undefined ? undefined : (aliases.get(owner.toLowerCase()) ?? reads.find(one => one === owner));
  return table === undefined ? reads : [table];
}

function completions(cursor: Cursor, functions: Functions): CompletionItem[] {
  const { view, tag, owner, file } = cursor;
  if (tag === 'ref') {
    // A model that read itself would be made from itself.
    return [...view.tables]
      .filter(([, table]) => table.file !== file)
      .map(([label, { description }]) => ({ label, kind: CompletionItemKind.Class, detail: description }));
  }
  if (tag === '>') return [...view.partials.keys()].map(label => ({ label, kind: CompletionItemKind.Snippet }));
  if (tag === 'var') return view.vars.map(label => ({ label, kind: CompletionItemKind.Constant }));
  if (tag === undefined && cursor.made !== undefined) {
    return cursor.made.map(label => ({ label, kind: CompletionItemKind.Field, detail: `of ${owner}` }));
  }
  const all = tablesAt(cursor).flatMap(table =>
    (view.tables.get(table)?.columns ?? []).map(({ name, type, description }) => ({
      label: name,
      kind: CompletionItemKind.Field,
      detail: `${type}, ${table}`,
      documentation: description,
    })),
  );
  // One that two tables have is the same word.
  const columns = [...new Map([...all].reverse().map(one => [one.label.toLowerCase(), one])).values()].reverse();
  // Behind a dot, and in {{in_partitions "…"}}, there are columns only.
  if (tag !== undefined || owner !== undefined) return columns;
  return [...columns, ...[...functions].map(([label, [detail]]) => functionItem(label, detail))];
}

const functionItem = (label: string, detail: string | undefined): CompletionItem => ({
  label,
  kind: CompletionItemKind.Function,
  ...(detail !== undefined && { detail }),
});

/** The signatures of the function that is called there; a name before its dot may be its family's (NET.HOST), or SAFE. */
function functionText({ word, owner, isCall, tag }: Cursor, functions: Functions): string | undefined {
  if (!isCall || tag !== undefined) return undefined;
  const own = functions.get(word.toUpperCase());
  const signatures = owner === undefined ? own : (functions.get(`${owner}.${word}`.toUpperCase()) ?? own);
  return signatures && ['```sql', ...signatures, '```'].join('\n');
}

function hoverText(cursor: Cursor): string | undefined {
  const { view, word, owner } = cursor;
  const table = owner === undefined ? view.tables.get(word) : undefined;
  if (table !== undefined) {
    const columns = table.columns.map(column => `| ${column.name} | ${column.type} | ${column.description} |`);
    return [
      `**${word}** ${table.description}`,
      '',
      '| column | type | meaning |',
      '| --- | --- | --- |',
      ...columns,
    ].join('\n');
  }
  const known = tablesAt(cursor).flatMap(name => {
    const column = view.tables.get(name)?.columns.find(one => one.name.toLowerCase() === word.toLowerCase());
    return column === undefined ? [] : [`**${name}.${column.name}** ${column.type}. ${column.description}`];
  });
  return known.length === 0 ? undefined : known.join('\n\n');
}

/** A column may be called like a partial, and is none. */
const definitionOf = ({ view, word, tag, owner }: Cursor): string | undefined => {
  if (tag === '>') return view.partials.get(word);
  return owner === undefined ? view.tables.get(word)?.file : undefined;
};
