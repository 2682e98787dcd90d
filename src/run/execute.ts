// Makes one asset: which room does it, by its kind.

import { must, PulseError } from '../errors.ts';
import { type Made, type RunContext, UNCHANGED } from './context.ts';
import { makeExtract } from './extract.ts';
import { makeIngest } from './ingest.ts';
import { makeModel } from './model.ts';
import { makeSeed } from './seed.ts';

/** Makes `name`, or finds that there is nothing to make. @throws {PulseError} what keeps it from being made. */
export async function execute(name: string, context: RunContext): Promise<Made> {
  const asset = must(context.project.graph.assets, name);
  throwIfBroken(name, context);
  switch (asset.kind) {
    case 'source':
      return UNCHANGED;
    case 'ingest':
      return makeIngest(asset, context);
    case 'extract':
      return makeExtract(asset, context);
    case 'seed':
      return makeSeed(asset, context);
    case 'model':
      return makeModel(asset, context);
  }
}

/** @throws {PulseError} what is wrong with the asset's SQL: its model or its checks. */
function throwIfBroken(name: string, { compiled }: RunContext): void {
  const upstream = compiled.notChecked.get(name);
  if (upstream !== undefined) {
    throw new PulseError('UPSTREAM_BROKEN', `${upstream}, which ${name} reads, does not compile.`, {
      hint: 'Run `pulse compile`.',
    });
  }
  const [first, ...others] = compiled.errors.get(name) ?? [];
  if (first === undefined) return;
  if (others.length === 0) throw first;
  throw new PulseError(first.code, `${first.message} (and ${others.length} more)`, {
    hint: `Run \`pulse compile ${name}\` to see them all.`,
    ...(first.place === undefined ? {} : { place: first.place }),
  });
}
