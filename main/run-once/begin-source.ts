import { beginScan, type EarlyScan } from '../engine/scan/early-scan.ts'
import type { RunOnceOptions } from '../run-once.ts'
import { openFolderScanner, type Workbench } from '../workbench.ts'
import { passRequest, type Pair } from './pair.ts'

/** What a walk may read while state is opened: about 24,000 entries. */
const BATCHES_AHEAD = 55

/** Read from now on, unless something is still to be changed there first: what was decided about, or the folder of two sides. */
export async function beginSource(bench: Workbench, pair: Pair, options: RunOnceOptions): Promise<EarlyScan> {
  const rules = { ignore: pair.globalIgnore, batchesAhead: BATCHES_AHEAD }
  const scanner = openFolderScanner(bench, pair.folder, rules)
  const mayChange = !options.dryRun && (options.held !== undefined || pair.folder.mode === 'two-way')
  return mayChange ? { scanner, end: () => Promise.resolve() } : beginScan(scanner, passRequest(options).signal)
}
