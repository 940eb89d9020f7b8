import { TidekeepError } from '../../../common/errors.ts'
import type { Content } from '../provider.ts'
import {
  aborted,
  ABSENT,
  ANY,
  at,
  contentOf,
  fileNames,
  isThere,
  list,
  MTIME_NS,
  must,
  mustFail,
  mustHold,
  pattern,
  stat,
  store,
  type Check,
} from './check.ts'

/** Gives out half its bytes, then fails as a file that vanished. */
function breaking(sizeBytes: number): Content {
  return {
    size: sizeBytes,
    open: async function* () {
      yield pattern(Math.floor(sizeBytes / 2))
      throw new TidekeepError({ code: 'vanished', message: 'The source is gone.' })
    },
  }
}

/** Says another size than it has. */
function lying(saidBytes: number, realBytes: number): Content {
  return { ...contentOf(pattern(realBytes)), size: saidBytes, open: () => contentOf(pattern(realBytes)).open() }
}

const METADATA = { mtimeNs: MTIME_NS }

/** What fails leaves no trace, and says why. */
export const FAILURE_CHECKS: readonly Check[] = [
  {
    name: 'leaves nothing when the source breaks in the middle',
    run: async (context) => {
      await mustFail(store(context, 'broken', breaking(300_000)), ['vanished'], 'A put from a breaking source')
      must(!(await isThere(context, 'broken')), 'Half a file was left behind.')
      must(fileNames(context, await list(context)).length === 0, 'Something of a failed put is listed.')
    },
  },
  {
    name: 'keeps the old file when its replacement breaks in the middle',
    run: async (context) => {
      await store(context, 'kept', pattern(4000))
      await mustFail(
        store(context, 'kept', breaking(9000), { expect: ANY }),
        ['vanished'],
        'A put from a breaking source',
      )
      await mustHold(context, 'kept', pattern(4000))
    },
  },
  {
    name: 'refuses a source that ends early',
    run: async (context) => {
      await mustFail(
        store(context, 'early', lying(5000, 4000)),
        ['changed', 'vanished'],
        'A put from a source that ends early',
      )
      must(!(await isThere(context, 'early')), 'A file that ended early was stored.')
    },
  },
  {
    name: 'refuses a source that is longer than it said',
    run: async (context) => {
      await mustFail(store(context, 'long', lying(4000, 5000)), ['changed'], 'A put from a source that is too long')
      must(!(await isThere(context, 'long')), 'A file that was too long was stored.')
    },
  },
  {
    name: 'refuses a name that is too long and stores nothing',
    run: async (context) => {
      const name = 'x'.repeat(context.provider.features.limits.maxPathBytes + 1)
      const put = store(context, `long-names/${name}`, pattern(10))
      await mustFail(put, ['unsupported', 'invalid'], 'A put under a name that is too long')
      must(fileNames(context, await list(context)).length === 0, 'Something was stored for a name that is too long.')
    },
  },
  {
    name: 'names the path in its errors',
    run: async (context) => {
      const error = await mustFail(stat(context, 'nowhere'), ['not-found'], 'stat of a missing file')
      must(error.path?.endsWith('nowhere') === true, `The error for "nowhere" names ${error.path ?? 'no path'}.`)
    },
  },
  {
    name: 'starts no put once it is cancelled',
    run: async (context) => {
      await mustFail(store(context, 'cancelled', pattern(10), { signal: aborted() }), ['cancelled'], 'A cancelled put')
      must(!(await isThere(context, 'cancelled')), 'A put went on although it was cancelled before it began.')
    },
  },
  {
    name: 'leaves nothing when a put is cancelled in the middle',
    run: async (context) => {
      const controller = new AbortController()
      const content: Content = {
        size: 400_000,
        open: async function* () {
          yield pattern(200_000)
          controller.abort(new Error('aborted by the check'))
          yield pattern(200_000)
        },
      }
      await mustFail(
        store(context, 'middle', content, { signal: controller.signal }),
        ['cancelled'],
        'A put cancelled in the middle',
      )
      must(!(await isThere(context, 'middle')), 'A put that was cancelled in the middle left a file.')
    },
  },
  {
    name: 'starts no removal once it is cancelled',
    run: async (context) => {
      await store(context, 'stays', pattern(10))
      const removal = context.provider.remove(at(context, 'stays'), { signal: aborted(), expect: ANY })
      await mustFail(removal, ['cancelled'], 'A cancelled removal')
      must(await isThere(context, 'stays'), 'A cancelled removal removed a file.')
    },
  },
  {
    name: 'starts no move once it is cancelled',
    needs: ['move'],
    run: async (context) => {
      const { features } = context.provider
      await store(context, 'from', pattern(10))
      const move = features.move!(at(context, 'from'), at(context, 'to'), { signal: aborted(), expect: ANY })
      await mustFail(move, ['cancelled'], 'A cancelled move')
      must((await isThere(context, 'from')) && !(await isThere(context, 'to')), 'A cancelled move moved a file.')
    },
  },
  {
    name: 'changes no metadata once it is cancelled',
    needs: ['setMetadata'],
    run: async (context) => {
      const { entry } = await store(context, 'dated', pattern(10))
      const change = context.provider.features.setMetadata!(
        at(context, 'dated'),
        { mtimeNs: 1_000_000_000n },
        { signal: aborted(), expect: ANY },
      )
      await mustFail(change, ['cancelled'], 'A cancelled change of metadata')
      must((await stat(context, 'dated')).mtimeNs === entry.mtimeNs, 'A cancelled change changed the time of a file.')
    },
  },
  {
    name: 'makes no directory once it is cancelled',
    needs: ['makeDirectory'],
    run: async (context) => {
      const make = context.provider.features.makeDirectory!(at(context, 'folder'), METADATA, { signal: aborted() })
      await mustFail(make, ['cancelled'], 'Making a directory after cancellation')
      must(!(await isThere(context, 'folder')), 'A directory was made after cancellation.')
    },
  },
  {
    name: 'starts no batch once it is cancelled',
    needs: ['putBatch'],
    run: async (context) => {
      const item = { path: at(context, 'batched'), content: contentOf(pattern(10)), metadata: METADATA, expect: ABSENT }
      const batch = context.provider.features.putBatch!([item], { signal: aborted() })
      const results = await batch.catch(() => [{ ok: false }])
      must(!results.some(({ ok }) => ok), 'A cancelled batch told of success.')
      must(!(await isThere(context, 'batched')), 'A cancelled batch stored a file.')
    },
  },
  {
    name: 'stores a file of this computer',
    needs: ['local-files'],
    run: async (context) => {
      const bytes = pattern(2_500_000)
      const { content } = await context.localContent!(bytes)
      await store(context, 'local', content)
      await mustHold(context, 'local', bytes)
    },
  },
  {
    name: 'refuses a file of this computer that changed since it was looked at',
    needs: ['local-files'],
    run: async (context) => {
      const source = await context.localContent!(pattern(5000))
      await source.change()
      await mustFail(store(context, 'torn', source.content), ['changed'], 'A put of a file that changed')
      must(!(await isThere(context, 'torn')), 'A file that changed was stored.')
    },
  },
  {
    name: 'refuses a file of this computer that vanished',
    needs: ['local-files'],
    run: async (context) => {
      const source = await context.localContent!(pattern(5000))
      await source.remove()
      await mustFail(store(context, 'gone', source.content), ['vanished'], 'A put of a file that vanished')
      must(!(await isThere(context, 'gone')), 'A file that vanished was stored.')
    },
  },
]
