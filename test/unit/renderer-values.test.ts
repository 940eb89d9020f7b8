import { describe, expect, it } from 'vitest'
import { parseBytes, parseDuration } from '../../common/format.ts'
import type { ActivityView, JobView, ProgressView } from '../../common/protocol.ts'
import { formatCountdown, formatEta, formatShare, untilTomorrowMorning } from '../../renderer/format.ts'
import { belowTarget, displayName, folderName, placesFor, splitPath, pathBelow } from '../../renderer/names.ts'
import { differenceText, savedShare } from '../../renderer/savings.ts'
import { decodeFolders, encodeFolders } from '../../renderer/state/asked-folders.ts'
import { steady } from '../../renderer/state/progress.ts'
import { cleanRoute } from '../../main/shell/origin.ts'
import { parseRoute, routeHref } from '../../renderer/state/route.ts'
import { typedIndex } from '../../renderer/components/type-ahead.ts'
import { joined } from '../../renderer/views/activity/use-history.ts'
import { groupErrors } from '../../renderer/views/activity/error-groups.ts'
import { linesOf, unusedLines } from '../../renderer/views/folders/editor/use-survey.ts'
import { folderSection, parseFolderSection } from '../../renderer/views/folders/folder-section.ts'
import { asBytes, asDuration } from '../../renderer/views/settings/setting-text.ts'
import {
  firstState,
  isInside,
  newFolders,
  targetLocation,
  targetOptions,
  wizardReducer,
} from '../../renderer/views/wizard/wizard-state.ts'

describe('names as they are drawn', () => {
  it('make reordering and breaking characters visible and leave joiners alone', () => {
    expect(displayName('invoice\u202Efdp.exe')).toBe('invoice\uFFFDfdp.exe')
    expect(displayName('a\nb\u0000c')).toBe('a\uFFFDb\uFFFDc')
    expect(displayName('👨‍👩‍👧.png')).toBe('👨‍👩‍👧.png')
    expect(displayName('\uD800x')).toBe('\uFFFDx')
  })

  it('keep the beginning and the end of a very long name', () => {
    const shown = displayName(`${'a'.repeat(4_000)}.end`)
    expect(shown.length).toBeLessThan(500)
    expect(shown).toMatch(/^aaa.*….*\.end$/u)
  })

  it('are split at the separator of their platform', () => {
    expect(splitPath('/home/ada/a\\b.txt')).toEqual({ directory: '/home/ada/', name: 'a\\b.txt' })
    expect(splitPath('C:\\Users\\Ada')).toEqual({ directory: 'C:\\Users\\', name: 'Ada' })
  })
})

describe('places below a target', () => {
  it('are one of their own for every source, whatever the case of the names', () => {
    const places = placesFor(['/a/Photos', '/b/photos', '/c/Photos'], '/mnt/backup/', [])
    expect([...places.values()]).toEqual(['/mnt/backup/Photos', '/mnt/backup/photos 2', '/mnt/backup/Photos 3'])
  })

  it('avoid the targets that other folders already use', () => {
    const places = placesFor(['/a/Code'], 's3://bucket/home', ['s3://bucket/home/code'])
    expect([...places.values()]).toEqual(['s3://bucket/home/Code 2'])
  })

  it('are written as the target writes paths', () => {
    expect(belowTarget('D:\\Backup\\', 'Code')).toBe('D:\\Backup\\Code')
    expect(belowTarget('D:\\', 'Code')).toBe('D:\\Code')
    expect(belowTarget('/', 'Code')).toBe('/Code')
    expect(belowTarget('s3://bucket', 'Code')).toBe('s3://bucket/Code')
    expect(belowTarget('/odd\\', 'Code')).toBe('/odd\\/Code')
  })

  it('have a name even where the source is a drive or the root', () => {
    expect(folderName('/')).toBe('root')
    expect(folderName('C:\\')).toBe('C')
    expect(folderName('/home/ada/Code/')).toBe('Code')
  })
})

describe('the choices of the wizard', () => {
  it('drop the tick of a folder whose parent is ticked', () => {
    let state = firstState(0)
    for (const path of ['/home/ada/Code', '/home/ada/Codex', '/home/ada']) {
      state = wizardReducer(state, { kind: 'ticked', path, isOn: true })
    }
    expect(state.ticked).toEqual(['/home/ada'])
  })

  it('know what lies inside of what', () => {
    expect(isInside('/a/b', '/a')).toBe(true)
    expect(isInside('/ab', '/a')).toBe(false)
    expect(isInside('/a', '/a/')).toBe(false)
    expect(isInside('c:\\users\\ada', 'C:\\Users')).toBe(true)
  })

  it('make a location of a OneDrive account and a folder in it, and none of half of that', () => {
    const draft = (account: string, driveFolder: string): string =>
      targetLocation({ ...firstState(2).target, kind: 'onedrive', account, driveFolder })
    expect(draft('', 'Tidekeep')).toBe('')
    expect(draft('ada', '')).toBe('onedrive://ada')
    expect(draft('ada', ' /Backups/2026/ ')).toBe('onedrive://ada/Backups/2026')
    const { target } = firstState(2)
    expect(
      targetOptions({ ...target, kind: 'onedrive', endpoint: 'https://left.over', accountId: 'k1' }),
    ).toBeUndefined()
  })

  it('forget the outcome of a test when the place changes', () => {
    const checked = wizardReducer(firstState(2), { kind: 'checked', check: { ok: true, target: '/x', steps: [] } })
    expect(wizardReducer(checked, { kind: 'target-changed', change: { path: '/y' } }).check).toBeNull()
  })

  it('become folders with the store options and without secrets', () => {
    let state = wizardReducer(firstState(0), { kind: 'ticked', path: '/home/ada/Code', isOn: true })
    state = wizardReducer(state, {
      kind: 'target-changed',
      change: { kind: 's3', bucket: 'b-ucket', prefix: '/home/', endpoint: 'https://store.example', accountId: 'k1' },
    })
    expect(newFolders(state, [])).toEqual([
      {
        path: '/home/ada/Code',
        target: 's3://b-ucket/home/Code',
        name: 'Code',
        mode: 'backup',
        s3: { endpoint: 'https://store.example', accountId: 'k1' },
      },
    ])
  })
})

describe('progress as it is drawn', () => {
  const progress = (bytesDone: number, bytesTotal: number, filesTotal = 2): ProgressView => ({
    filesDone: 1,
    filesTotal,
    bytesDone,
    bytesTotal,
    bytesPerSecond: 0,
    etaMs: null,
  })

  it('never goes back when work is added, and says how much was', () => {
    const half = steady(null, progress(50, 100))
    const grown = steady(half, progress(60, 600, 14))
    expect(grown).toMatchObject({ share: 0.5, addedFiles: 12 })
    expect(steady(grown, progress(590, 600, 14))?.share).toBeCloseTo(590 / 600)
  })

  it('begins anew with a new run', () => {
    expect(steady(steady(null, progress(90, 100)), null)).toBeNull()
    expect(steady(null, progress(10, 100))?.share).toBe(0.1)
  })
})

describe('numbers and times', () => {
  it('say 100 % only when all of it is done', () => {
    expect(formatShare(0.999)).toBe('99%')
    expect(formatShare(1)).toBe('100%')
  })

  it('count down in hours, minutes and seconds', () => {
    expect(formatCountdown(3_849_000)).toBe('1:04:09')
    expect(formatCountdown(249_000)).toBe('4:09')
    expect(formatCountdown(-5)).toBe('0:00')
  })

  it('do not flicker in an estimate', () => {
    expect(formatEta(11_000)).toBe(formatEta(14_900))
    expect(formatEta(61_000)).toBe(formatEta(119_000))
  })

  it('reach eight in the morning of the next day, by the clock on the wall', () => {
    const now = new Date(2026, 10, 20, 23, 30).getTime()
    expect(new Date(now + untilTomorrowMorning(now))).toEqual(new Date(2026, 10, 21, 8, 0))
  })

  it('are written in settings so that the service reads back exactly the same', () => {
    for (const ms of [500, 1_500, 90_000, 3_600_000, 61_001]) expect(parseDuration(asDuration(ms))).toBe(ms)
    for (const bytes of [1, 1_500, 5 * 1024 ** 2, 1_310_720, 1024 ** 3]) expect(parseBytes(asBytes(bytes))).toBe(bytes)
  })

  it('mention savings only where there are any', () => {
    expect(savedShare({ bytesReused: 0, bytesSent: 0 })).toBe(0)
    expect(savedShare({ bytesReused: 1, bytesSent: 999 })).toBe(0)
    expect(savedShare({ bytesReused: 920, bytesSent: 80 })).toBe(0.92)
  })

  it('says of a file that went as differences what it took', () => {
    const row = { bytesSent: 3.2 * 1024 ** 2, bytesReused: 1020.8 * 1024 ** 2 }
    expect(differenceText({ ...row, method: 'delta' })).toBe('Sent 3.2\u00a0MiB of 1\u00a0GiB (99.6% reused)')
    expect(differenceText({ ...row, method: 'segments' })).toContain('reused')
    expect(differenceText({ ...row, method: 'move' })).toBeUndefined()
  })
})

describe('errors', () => {
  it('are grouped by cause and folder, the largest group first', () => {
    const job = (id: number, folderId: string, code: 'forbidden' | 'timeout'): JobView => ({
      id,
      folderId,
      kind: 'upload',
      path: `${id}`,
      size: 1,
      lane: 'small',
      state: 'dead',
      attempts: 8,
      notBeforeMs: 0,
      failure: { code, message: code },
    })
    const groups = groupErrors([
      job(1, 'a', 'timeout'),
      job(2, 'a', 'forbidden'),
      job(3, 'a', 'forbidden'),
      job(4, 'b', 'forbidden'),
    ])
    expect(groups.map(({ code, folderId, jobs }) => [code, folderId, jobs.length])).toEqual([
      ['forbidden', 'a', 2],
      ['timeout', 'a', 1],
      ['forbidden', 'b', 1],
    ])
  })
})

describe('addresses of screens', () => {
  it('are read back as they were written, and unknown ones lead somewhere', () => {
    expect(parseRoute(routeHref('activity', 'errors'))).toEqual({ screen: 'activity', section: 'errors' })
    expect(parseRoute('#/nonsense/x').screen).toBe('folders')
    expect(parseRoute('')).toEqual({ screen: 'folders', section: '' })
  })
})

describe('folders in an address', () => {
  it('come back as they were, through the shell, whatever they are called', () => {
    const paths = ["/home/ada/Ada's (old) 100% ~ *!", 'C:\\Users\\ä\\b', '/a/b#c?d/👨‍👩‍👧']
    const route = `add/${encodeFolders(paths)}`
    expect(cleanRoute(route)).toBe(route)
    expect(decodeFolders(parseRoute(`#/${route}`).section)).toEqual(paths)
    expect(decodeFolders('%E0%A4%A')).toEqual([])
    expect(decodeFolders('')).toEqual([])
  })

  it('name the folder and what of it is shown', () => {
    expect(parseFolderSection(folderSection('edit', 'a1'))).toEqual({ show: 'edit', folderId: 'a1' })
    expect(parseFolderSection(folderSection('plan', 'a1'))).toEqual({ show: 'plan', folderId: 'a1' })
    expect(parseFolderSection('a1')).toEqual({ show: 'card', folderId: 'a1' })
  })
})

describe('ignore lines that are typed', () => {
  it('that leave out nothing are named; comments, blanks and lines that let in are not', () => {
    const lines = linesOf('# all\n\n*.tmp\n!keep.tmp\nnever/\n\n')
    expect(lines).toEqual(['# all', '', '*.tmp', '!keep.tmp', 'never/'])
    const rule = { source: 'folder', line: 3, pattern: '*.tmp', files: 1, bytes: 1, example: 'a.tmp' }
    const other = { ...rule, source: 'global', line: 5 }
    const sides = { kept: { files: 1, bytes: 1 }, left: { files: 2, bytes: 2 }, complete: true }
    expect(unusedLines(lines, { ...sides, rules: [rule, other] })).toEqual([5])
  })
})

describe('the path of this computer', () => {
  it.each([
    ['/home/ada/Documents', 'a/b.txt', '/home/ada/Documents/a/b.txt'],
    ['/', 'a', '/a'],
    ['C:\\Users\\Ada', 'a/b.txt', 'C:\\Users\\Ada\\a\\b.txt'],
    ['C:/Users/Ada/', 'a/b', 'C:/Users/Ada/a/b'],
  ])('of %s and %s is %s', (root, path, whole) => {
    expect(pathBelow(root, path)).toBe(whole)
  })
})

describe('pages of the history', () => {
  const rows = (...ids: readonly number[]): readonly ActivityView[] => ids.map((id) => ({ id }) as ActivityView)
  const ids = (shown: readonly ActivityView[]): readonly number[] => shown.map(({ id }) => id)

  it.each([
    ['an older page', [9, 8, 7], [6, 5], [9, 8, 7, 6, 5]],
    ['rows that were just recorded, oldest first', [9, 8], [10, 11], [11, 10, 9, 8]],
    ['a page that overlaps', [9, 8, 7], [8, 7, 6, 5], [9, 8, 7, 6, 5]],
    ['rows from in between', [9, 5], [7, 6], [9, 7, 6, 5]],
    ['rows that are known', [9, 8], [8], [9, 8]],
    ['nothing', [9], [], [9]],
    ['the first page', [], [3, 2], [3, 2]],
  ])('take in %s, newest first and each row once', (_what, known, added, expected) => {
    expect(ids(joined(rows(...known), rows(...added)))).toEqual(expected)
  })

  it('keep a row that was read before as it is, and the list where nothing is new', () => {
    const known = rows(9, 8)
    expect(joined(known, rows(9))).toBe(known)
  })
})

describe('typing the beginning of a name', () => {
  const rows = ['alpha', 'Beta', 'bravo', 'Über', 'brief', 'beta 2']
  const lead = (typed: string, active: number): string | undefined => {
    const index = typedIndex(typed, { rows, wordOf: (row) => row, active })
    return index === undefined ? undefined : rows[index]
  }

  it.each([
    ['b', -1, 'Beta'],
    ['b', 1, 'bravo'],
    ['bb', 2, 'brief'],
    ['b', 5, 'Beta'],
    ['br', 1, 'bravo'],
    ['bri', 2, 'brief'],
    ['ü', 0, 'Über'],
    ['x', 0, undefined],
  ])('%j after row %i leads to %j', (typed, active, word) => {
    expect(lead(typed, active)).toBe(word)
  })

  it('leads nowhere in an empty list', () => {
    expect(typedIndex('a', { rows: [], wordOf: String, active: -1 })).toBeUndefined()
  })
})
