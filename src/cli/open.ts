// Opens the project that a command line means.

import type { Project } from '../project.ts';
import type { Globals } from './command.ts';
import type { Io } from './io.ts';

/** Opens the project, hands it to `use`, and closes it whatever happens. */
export async function withProject<T>(args: Globals, io: Io, use: (project: Project) => Promise<T>): Promise<T> {
  const { openProject } = await import('../project.ts');
  const { resolve } = await import('node:path');
  const project = await openProject({
    cwd: args.projectDir === undefined ? io.cwd : resolve(io.cwd, args.projectDir),
    env: io.env,
    now: io.now,
    ...(args.target === undefined ? {} : { target: args.target }),
    ...(args.dataDir === undefined ? {} : { dataDir: resolve(io.cwd, args.dataDir) }),
    ...(args.home === undefined ? {} : { home: resolve(io.cwd, args.home) }),
  });
  try {
    return await use(project);
  } finally {
    await project.close();
  }
}
