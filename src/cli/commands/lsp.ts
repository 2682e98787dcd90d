// pulse lsp: the language server, over standard input and output.

import { isTable } from '../../asset/asset.ts';
import { EXIT, PulseError, PulseErrors } from '../../errors.ts';
import type { Analyzer } from '../../googlesql/analyzer.ts';
import type { Signatures } from '../../googlesql/signatures.ts';
import { defineCommand, type Globals } from '../command.ts';
import { errorFinding } from '../findings.ts';
import type { Io } from '../io.ts';
import type { ProjectView } from '../language-server.ts';

export const lspCommand = defineCommand({
  build: yargs =>
    yargs
      .option('stdio', { type: 'boolean', describe: 'Over standard input and output, as always (editors say it)' })
      .example('$0 lsp', 'what an editor starts: docs/editors.md says how'),
  run: async (args, io) => {
    const { startAnalyzer } = await import('../../googlesql/analyzer.ts');
    const { serveLanguage } = await import('../language-server.ts');
    const { rootAbove } = await import('../../loading/config.ts');
    const analyzer = startAnalyzer();
    try {
      await serveLanguage({
        input: io.in,
        output: io.out.stream as NodeJS.WritableStream & import('node:stream').Writable,
        functions: knownFunctions(analyzer),
        look: (overlay, folder) => {
          // Editors start servers where they like; what they have open may also hold the project somewhere below.
          const isProject = folder !== undefined && rootAbove(folder) !== undefined;
          return look({ args, io: isProject ? { ...io, cwd: folder } : io, analyzer, overlay });
        },
      });
    } finally {
      analyzer.close();
    }
    return EXIT.done;
  },
});

/** Asked once; an editor is told of columns also where there is no analyzer, which each look says. */
function knownFunctions(analyzer: Analyzer): () => Promise<Signatures> {
  let known: Promise<Signatures> | undefined;
  return () => {
    known ??= bigQueryFunctions(analyzer).catch(error => {
      known = undefined;
      if (!(error instanceof PulseError)) throw error;
      return new Map();
    });
    return known;
  };
}

async function bigQueryFunctions(analyzer: Analyzer): Promise<Signatures> {
  const { isAbsent } = await import('../../compile/bigquery-refusals.ts');
  return new Map([...(await analyzer.functions())].filter(([name]) => !isAbsent(name)));
}

interface Looking {
  readonly args: Globals;
  readonly io: Io;
  readonly analyzer: Analyzer;
  readonly overlay: ReadonlyMap<string, string>;
}

async function look({ args, io, analyzer, overlay }: Looking): Promise<ProjectView> {
  const { openFor } = await import('../open.ts');
  const { findingsIn } = await import('../../run/compile.ts');
  try {
    const project = await openFor(args, io, { lenient: true, analyzer, overlay });
    try {
      const result = await project.compile(project.graph.order);
      const { errors, ruled } = await findingsIn(project, result);
      const { join } = await import('node:path');
      const { typeText } = await import('../../googlesql/type.ts');
      const tables = [...project.graph.assets.values()].filter(isTable).map(asset => {
        const said = new Map(asset.columns.map(column => [column.name.toLowerCase(), column]));
        const made = result.models.get(asset.name)?.columns.map(({ name, type }) => ({ name, type: typeText(type) }));
        const columns = (made ?? asset.columns).map(({ name, type }) => ({
          name,
          type,
          description: said.get(name.toLowerCase())?.description ?? '',
        }));
        const file = asset.kind === 'model' ? `models/${asset.model}` : (project.graph.files.get(asset.name) ?? '');
        return [asset.name, { description: asset.description, columns, file: join(project.root, file) }] as const;
      });
      const partials = [...(await project.partials())].map(
        ([name, { file }]) => [name, join(project.root, file)] as const,
      );
      return {
        root: project.root,
        findings: [...errors.map(errorFinding), ...ruled.map(({ rule, ...one }) => ({ ...one, code: rule }))],
        tables: new Map(tables),
        partials: new Map(partials),
        vars: Object.keys(project.vars),
      };
    } finally {
      await project.close();
    }
  } catch (error) {
    if (!(error instanceof PulseError)) throw error;
    const errors = error instanceof PulseErrors ? error.errors : [error];
    return { root: io.cwd, findings: errors.map(errorFinding), tables: new Map(), partials: new Map(), vars: [] };
  }
}
