// What the compiling thread does: answers each model that it is asked about, with an analyzer of its own. Its end is the thread's.

import type { MessagePort } from 'node:worker_threads';
import { PulseError, type PulseErrorOptions, PulseErrors } from '../errors.ts';
import { startAnalyzer } from '../googlesql/analyzer.ts';
import { type Examined, examine, type RenderedModel } from './examine.ts';
import { engineOf } from './open-engine.ts';

export interface Question {
  readonly id: number;
  readonly model: RenderedModel;
}

export interface Answer {
  readonly id: number;
  readonly examined?: Examined;
  readonly error?: ToldError;
}

/** An error as it passes between threads, where it loses its class: one that a person can act on, several, or a bug. */
type ToldError =
  | ({ readonly code: PulseError['code']; readonly message: string } & Omit<PulseErrorOptions, 'cause'>)
  | { readonly message: string; readonly all: readonly ToldError[] }
  | { readonly bug: unknown };

export function work(port: MessagePort): void {
  const engine = engineOf(startAnalyzer());
  port.on('message', async ({ id, model }: Question) => {
    const answer = await examine(model, engine).then(
      (examined): Answer => ({ id, examined }),
      (error): Answer => ({ id, error: told(error) }),
    );
    port.postMessage(answer);
  });
}

function told(error: unknown): ToldError {
  if (error instanceof PulseErrors) return { message: error.message, all: error.errors.map(told) };
  if (!(error instanceof PulseError)) return { bug: error };
  const { code, message, hint, transient, place, also } = error;
  return { code, message, transient, also, ...(hint !== undefined && { hint }), ...(place !== undefined && { place }) };
}

/** The error that was told. */
export function errorOf(error: ToldError | undefined): unknown {
  if (error === undefined || 'bug' in error) return error?.bug;
  if ('all' in error) return new PulseErrors(error.message, error.all.map(errorOf) as PulseError[]);
  return new PulseError(error.code, error.message, error);
}
