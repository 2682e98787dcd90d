// Makes one asset: which room does it, by its kind.

import { must } from '../errors.ts';
import { type Made, type RunContext, UNCHANGED } from './context.ts';
import { makeExtract } from './extract.ts';
import { makeIngest } from './ingest.ts';
import { makeModel } from './model.ts';
import { makeSeed } from './seed.ts';

/** Makes `name`, or finds that there is nothing to make. @throws {PulseError} what keeps it from being made. */
export async function execute(name: string, context: RunContext): Promise<Made> {
  const asset = must(context.project.graph.assets, name);
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
