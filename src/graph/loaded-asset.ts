// An asset together with where it was found. A value; who loads files is project.ts.

import type { Asset } from '../asset/asset.ts';

export interface LoadedAsset {
  readonly asset: Asset;
  /** The file that declares it, relative to the project, with /. */
  readonly file: string;
  /** The text of that file, for the place of an error; absent where there is none. */
  readonly text?: () => string;
}
