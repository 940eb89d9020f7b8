import type { Entry, RelPath } from '../../common/model.ts'
import type { Stretch } from '../../common/stretch.ts'
import type { ScanBatch, Scanner } from '../../main/engine/scan/scanner.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import type { Listed, ListOptions, TargetProvider } from '../../main/providers/provider.ts'

/** Short, so that small trees have some. */
const MOST_ENTRIES = 4

function endsHere(entries: readonly Entry[]): boolean {
  return entries.length === MOST_ENTRIES || (entries.at(-1)?.path.charCodeAt(0) ?? 0) % 3 === 0
}

/** As a real one tells them: whatever a comparison goes by is in the digest, and a folder's times are not. */
function stretchOf(entries: readonly Entry[]): Stretch & { readonly first: RelPath } {
  const files = entries.filter(({ kind }) => kind === 'file')
  const compared = ({ path, kind, size, mtimeNs, mode, etag, identity }: Entry): readonly unknown[] => [
    path,
    kind,
    mode,
    ...(kind === 'file' ? [size, String(mtimeNs), etag, identity?.inode, String(identity?.ctimeNs)] : []),
  ]
  return {
    first: entries[0]!.path,
    last: entries.at(-1)!.path,
    count: entries.length,
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    digest: () => entries.map((entry) => JSON.stringify(compared(entry))).join('\n'),
  }
}

/** The same scanner, with what it finds of everything cut into stretches. */
export function scanInStretches(scanner: Scanner): Scanner {
  return {
    scan: (scopes, signal) => cutBatches(scanner.scan(scopes, signal)),
    stat: (path) => scanner.stat(path),
    exists: (path) => scanner.exists(path),
    names: (directory) => scanner.names(directory),
    root: () => scanner.root(),
    ...(scanner.ignores === undefined ? {} : { ignores: (path, kind) => scanner.ignores!(path, kind) }),
  }
}

async function* cutBatches(batches: AsyncIterable<ScanBatch>): AsyncGenerator<ScanBatch> {
  let entries: Entry[] = []
  const taken = (): ScanBatch => {
    const batch = { entries, problems: [], ignored: 0, stretch: stretchOf(entries) }
    entries = []
    return batch
  }
  for await (const batch of batches) {
    if (batch.problems.length > 0 || batch.ignored > 0) {
      if (entries.length > 0) yield taken()
      yield batch
      continue
    }
    for (const entry of batch.entries) {
      entries.push(entry)
      if (endsHere(entries)) yield taken()
    }
  }
  if (entries.length > 0) yield taken()
}

/** The same target, with its listing cut into stretches. */
export function listInStretches(target: TargetProvider): TargetProvider {
  const listStretches = (path: RelPath, options: ListOptions): AsyncIterable<Listed> =>
    cutPages(target.list(path, options))
  const wrapped = intercept(target, {})
  Object.defineProperty(wrapped.features, 'listStretches', { value: listStretches, enumerable: true })
  return wrapped
}

async function* cutPages(pages: AsyncIterable<readonly Entry[]>): AsyncGenerator<Listed> {
  let entries: Entry[] = []
  const taken = (): Listed => {
    const all = entries
    entries = []
    return { ...stretchOf(all), entries: () => all }
  }
  for await (const page of pages) {
    for (const entry of page) {
      entries.push(entry)
      if (endsHere(entries)) yield taken()
    }
  }
  if (entries.length > 0) yield taken()
}
