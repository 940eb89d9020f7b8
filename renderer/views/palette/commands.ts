import type { ActivityView, FolderView, StatusView } from '../../../common/protocol.ts'
import { displayName } from '../../names.ts'
import { paletteStrings } from '../../palette-strings.ts'
import { type Route, SCREENS } from '../../state/route.ts'
import { strings } from '../../strings.ts'
import { folderSection } from '../folders/folder-section.ts'
import { restoreSection } from '../restore/section.ts'

/** What a command does: goes somewhere, or asks the service for something. */
export type Deed =
  | { readonly kind: 'go'; readonly screen: Route['screen']; readonly section: string }
  | { readonly kind: 'sync'; readonly folderId?: string }
  | { readonly kind: 'pause'; readonly durationMs: number | 'forever' }
  | { readonly kind: 'resume' }

/** One line of the palette. */
export interface PaletteCommand {
  readonly id: string
  readonly group: keyof typeof paletteStrings.groups
  readonly label: string
  /** What it is about, in smaller letters. */
  readonly about: string
  readonly deed: Deed
}

const HOUR_MS = 3_600_000
const MOST_FILES = 8
const LEAST_FILE_QUERY = 2

/** Everything that can be done now, without the files. */
export function commandsFor({ folders, pausedUntil }: StatusView): readonly PaletteCommand[] {
  const text = paletteStrings
  const go = (screen: Route['screen'], section = ''): Deed => ({ kind: 'go', screen, section })
  const pauses: readonly PaletteCommand[] =
    pausedUntil === 0
      ? [
          {
            id: 'pause-2',
            group: 'do',
            label: text.pause({ hours: 2 }),
            about: '',
            deed: { kind: 'pause', durationMs: 2 * HOUR_MS },
          },
          {
            id: 'pause-8',
            group: 'do',
            label: text.pause({ hours: 8 }),
            about: '',
            deed: { kind: 'pause', durationMs: 8 * HOUR_MS },
          },
          {
            id: 'pause',
            group: 'do',
            label: text.pauseForever,
            about: '',
            deed: { kind: 'pause', durationMs: 'forever' },
          },
        ]
      : [{ id: 'resume', group: 'do', label: strings.pause.resume, about: '', deed: { kind: 'resume' } }]
  return [
    ...(folders.length === 0
      ? []
      : ([{ id: 'sync', group: 'do', label: text.syncAll, about: '', deed: { kind: 'sync' } }, ...pauses] as const)),
    { id: 'add', group: 'do', label: strings.folders.add, about: '', deed: go('add') },
    ...SCREENS.map((screen) => ({
      id: `go-${screen}`,
      group: 'go' as const,
      label: text.go({ place: strings.screens[screen] }),
      about: '',
      deed: go(screen),
    })),
    {
      id: 'history',
      group: 'go',
      label: text.go({ place: strings.activity.history }),
      about: '',
      deed: go('activity', 'history'),
    },
    {
      id: 'errors',
      group: 'go',
      label: text.go({ place: strings.activity.errors }),
      about: '',
      deed: go('activity', 'errors'),
    },
    { id: 'log', group: 'go', label: text.go({ place: text.log }), about: '', deed: go('diagnostics', 'log') },
    { id: 'bundle', group: 'go', label: text.go({ place: text.bundle }), about: '', deed: go('diagnostics', 'bundle') },
    ...folders.flatMap(commandsOf),
  ]
}

function commandsOf({ id, name, path }: FolderView): readonly PaletteCommand[] {
  const text = paletteStrings.folder
  const about = displayName(path)
  const go = (section: string): Deed => ({ kind: 'go', screen: 'folders', section })
  const deeds: readonly (readonly [word: string, label: (values: { readonly name: string }) => string, deed: Deed])[] =
    [
      ['show', text.show, go(id)],
      ['edit', text.edit, go(folderSection('edit', id))],
      ['plan', text.plan, go(folderSection('plan', id))],
      ['sync', text.sync, { kind: 'sync', folderId: id }],
      ['restore', text.restore, { kind: 'go', screen: 'restore', section: restoreSection(id) }],
    ]
  return deeds.map(([word, label, deed]) => ({
    id: `${word}-${id}`,
    group: 'folders',
    label: label({ name: displayName(name) }),
    about,
    deed,
  }))
}

/** Files of the history that the words are in, each once, newest first; they lead to their versions. */
export function fileCommands(
  rows: readonly ActivityView[],
  folders: readonly FolderView[],
  query: string,
): readonly PaletteCommand[] {
  const words = wordsOf(query)
  if (query.trim().length < LEAST_FILE_QUERY) return []
  const found = new Map<string, PaletteCommand>()
  for (const { folderId, path } of rows) {
    const id = `file-${folderId}-${path}`
    const folder = folders.find((each) => each.id === folderId)
    if (folder === undefined || found.has(id) || !words.every((word) => path.toLowerCase().includes(word))) continue
    const deed: Deed = { kind: 'go', screen: 'restore', section: restoreSection(folderId, path) }
    found.set(id, { id, group: 'files', label: displayName(path), about: displayName(folder.name), deed })
    if (found.size >= MOST_FILES) break
  }
  return [...found.values()]
}

/** Those whose words all appear; those that begin with the first of them come first. Groups stay together. */
export function chooseCommands(commands: readonly PaletteCommand[], query: string): readonly PaletteCommand[] {
  const words = wordsOf(query)
  const [first = ''] = words
  const matching = commands.filter(({ label, about }) => {
    const line = `${label} ${about}`.toLowerCase()
    return words.every((word) => line.includes(word))
  })
  const begins = ({ label }: PaletteCommand): boolean => label.toLowerCase().startsWith(first)
  return (Object.keys(paletteStrings.groups) as PaletteCommand['group'][]).flatMap((group) => {
    const members = matching.filter((command) => command.group === group)
    return [...members.filter(begins), ...members.filter((command) => !begins(command))]
  })
}

function wordsOf(query: string): readonly string[] {
  return query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
}
