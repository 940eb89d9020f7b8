import { TidekeepError } from '../../common/errors.ts'
import type { Entry } from '../../common/model.ts'
import type { Clock } from '../../main/host.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

interface Copy {
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * A target whose files below `folder` lie in an archive class, by the rules of RestoreObject: a copy is there four hours
 * after it was asked for, lives for its days, and until then nothing can be read.
 */
export function archiveTarget(
  inner: TargetProvider,
  { folder, clock, copies }: { readonly folder: string; readonly clock: Clock; readonly copies: Map<string, Copy> },
): TargetProvider {
  const isCold = (path: string): boolean => path.startsWith(`${folder}/`)
  const listed = (entry: Entry): Entry =>
    entry.kind === 'file' && isCold(entry.path) ? { ...entry, storageClass: 'DEEP_ARCHIVE' } : entry
  const thawOf = (path: string): Pick<Entry, 'thaw' | 'thawedUntilMs'> => {
    const copy = copies.get(path)
    if (copy === undefined || copy.untilMs <= clock.now()) return {}
    return copy.fromMs > clock.now() ? { thaw: 'under-way' } : { thaw: 'ready', thawedUntilMs: copy.untilMs }
  }
  return {
    location: 's3://family-archive/papers',
    features: {
      ...inner.features,
      thaw: async (path, { days }) => {
        const { thaw } = thawOf(path)
        if (thaw === 'under-way') return thaw
        const fromMs = thaw === 'ready' ? clock.now() : clock.now() + 4 * HOUR_MS
        copies.set(path, { fromMs, untilMs: fromMs + days * DAY_MS })
        return thaw ?? 'requested'
      },
    },
    list: async function* (path, options) {
      for await (const batch of inner.list(path, options)) yield batch.map(listed)
    },
    stat: async (path, options) => ({ ...listed(await inner.stat(path, options)), ...thawOf(path) }),
    read: (path, options) => {
      if (!isCold(path) || thawOf(path).thaw === 'ready') return inner.read(path, options)
      throw new TidekeepError({ code: 'unsupported', message: `${path} must be thawed before it can be read.`, path })
    },
    put: (path, content, options) => inner.put(path, content, options),
    remove: (path, options) => inner.remove(path, options),
    close: () => inner.close(),
  }
}
