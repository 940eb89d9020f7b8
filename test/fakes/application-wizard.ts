import { TidekeepError } from '../../common/errors.ts'
import { NO_COUNTS } from '../../main/restore/tally.ts'
import type { FakeParts, Some } from './application-folders.ts'

/** Folders to choose from, places to keep them at, and what a first pass would do. A target with `denied` in it refuses writes. */
export function wizardHandlers({
  clock,
}: FakeParts): Some<'sources'> & Omit<Some<'targets'>, 'targets.look'> & Some<'plan'> {
  const home = '/home/ada'
  return {
    'sources.suggest': async () =>
      ['Documents', 'Desktop', 'Pictures', 'Videos', 'Music'].map((name) => ({ name, path: `${home}/${name}` })),
    'sources.browse': async ({ path }) => {
      const at = path === '' ? home : path
      if (at.includes('missing')) {
        throw new TidekeepError({ code: 'not-found', message: `${at} does not exist.`, path: at })
      }
      const depth = at.split('/').length
      const names = depth > 6 ? [] : ['Archive', 'Projects', 'Receipts 2025', 'Tax <img src=x onerror=alert(1)>']
      return {
        path: at,
        parent: at === '/' ? null : at.slice(0, at.lastIndexOf('/')) || '/',
        directories: names.map((name) => ({ name, path: `${at === '/' ? '' : at}/${name}` })),
      }
    },
    'sources.measure': async ({ path }) => ({
      path,
      files: 12_431,
      bytes: 48_211_000_123,
      ignored: 312,
      complete: true,
    }),
    'targets.suggest': async () => [
      { name: 'Backup drive', path: '/media/ada/Backup', freeBytes: 812_000_000_000 },
      { name: 'NAS', path: '/mnt/nas', freeBytes: null },
    ],
    'targets.check': async ({ target }) => {
      await clock.sleep(400)
      const isBad = target.includes('denied')
      return {
        ok: !isBad,
        target,
        steps: [
          { name: 'reach', ok: true },
          { name: 'list', ok: true },
          isBad
            ? { name: 'write', ok: false, message: 'The keys may read this bucket but not write to it.' }
            : { name: 'write', ok: true },
          ...(isBad ? [] : ['read back', 'delete'].map((name) => ({ name, ok: true }))),
        ],
        ...(isBad ? {} : { freeBytes: 812_000_000_000 }),
      }
    },
    'plan.preview': async () => ({
      counts: { ...NO_COUNTS, scanned: 12_431, uploaded: 12_000, skipped: 431 },
      bytesToSend: 48_211_000_123,
      files: 12_431,
      problems: 2,
      holds: [],
      actions: Array.from({ length: 200 }, (_, index) => ({
        kind: 'upload' as const,
        path: `2025/photo-${index}.jpg`,
        size: 4_000_000 + index,
      })),
    }),
  }
}
