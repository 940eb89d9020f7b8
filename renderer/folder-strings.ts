import type { SyncMode } from '../common/model.ts'
import type { IgnoreLineView } from '../common/protocol.ts'
import { formatBytes, formatDuration, formatNumber } from './format.ts'
import { displayName } from './names.ts'
import { strings } from './strings.ts'

const { files } = strings
const dollars = new Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD' })

/** Where an ignore line stands, as part of a sentence. */
function placeOfLine({ source, line }: IgnoreLineView): string {
  if (source === 'global') return `line ${formatNumber(line)} of the lines for every folder`
  if (source === 'folder') return `line ${formatNumber(line)} above`
  if (source === 'tidekeep') return 'Tidekeep itself'
  return `line ${formatNumber(line)} of ${displayName(source)}`
}

/** The texts of the folder editor and of the plan of a folder. */
export const folderStrings = {
  edit: 'Edit…',
  plan: 'What would happen…',
  title: (name: string) => `Folder “${name}”`,
  tabs: { files: 'Files', place: 'Place', when: 'When', how: 'How', safety: 'Safety' },
  tabList: 'Parts of the folder',
  everyFolder: 'These apply to every folder.',
  save: 'Save',
  putBack: 'Put back',
  saved: 'Saved. The folder is being looked at again.',

  files: {
    lines: 'Leave out',
    hint: 'One pattern a line, as in a .gitignore file: *.tmp, cache/, !keep.tmp. They are added to the lines for every folder.',
    kept: 'Kept safe',
    left: 'Left out',
    counting: 'Counting…',
    incomplete: 'Counted for some seconds only: there is more.',
    amount: (n: number, bytes: number) => `${files(n)}, ${formatBytes(bytes)}`,
    byLine: 'What leaves it out',
    nothing: 'Nothing is left out.',
    unused: (lines: readonly number[]) =>
      lines.length === 1
        ? `Line ${formatNumber(lines[0] ?? 0)} leaves out nothing at present.`
        : `Lines ${lines.map(formatNumber).join(', ')} leave out nothing at present.`,
    place: placeOfLine,
    example: (path: string) => `such as ${displayName(path)}`,
    test: 'Try a path',
    testHint: 'As seen from the folder, such as Projects/notes.txt.',
    isKept: 'It is kept safe.',
    isLeft: (by: IgnoreLineView) => `It is left out by ${placeOfLine(by)}: ${displayName(by.pattern)}`,
    through: (path: string) => `, which leaves out ${displayName(path)}`,
    confirm: (name: string) => `Change what of “${name}” is kept?`,
    mirrorNote:
      'In mirror mode, what is left out from now on counts as deleted here: its copies at the target go, too. They can be brought back for as long as earlier versions are kept.',
    twoWayNote: 'What is left out from now on stays as it is on both sides.',
  },

  place: {
    name: 'Name',
    source: 'Your files',
    target: 'Kept at',
    moving: 'To keep it somewhere else',
    movingText:
      'A folder and its place belong together: changing the place would leave the copies behind unseen. Add the same folder again with the new place, wait until it says “Protected”, then remove this one. What is kept here stays here.',
    add: 'Add it with another place',
    more: 'Account, space and a test of the connection',
    look: 'Show this place',
  },

  when: {
    live: 'Changes are sent as they happen',
    liveText: (settle: string, reconcile: string) =>
      `A saved file is looked at ${settle} after its last change. Everything is compared again at least every ${reconcile}.`,
    paused: 'Pause this folder',
    pausedText: 'Nothing is sent until you switch this off again. Changes are not lost: they wait.',
    now: 'Look now',
    nowText: 'Compares everything once, also while paused.',
    started: 'Looking at everything now.',
  },

  how: {
    mode: 'What happens to deleted files',
    confirm: (name: string, mode: SyncMode) => `Change “${name}” to ${strings.folders.modes[mode].toLowerCase()} mode?`,
    change: 'Change mode',
    stillTo: 'Deletions that were not carried out yet are forgotten: what is at the target stays there.',
    concurrency: 'Transfers at once',
    concurrencyHint: 'Empty: as many as the connection bears. Otherwise 1 to 64 for each target.',
  },

  planned: {
    title: (name: string) => `What a pass over “${name}” would do`,
    text: 'Everything was compared just now. Nothing was changed.',
    looking: 'Comparing both sides…',
    lookingText: 'Every file is looked at, here and at the target. Nothing is changed. This can take minutes.',
    nothing: 'Nothing to do: both sides are as they should be.',
    again: 'Compare again',
    send: 'To send',
    fetch: 'To fetch',
    move: 'To move',
    remove: 'To delete',
    details: 'Details to update',
    held: 'Would wait for you',
    problems: 'Cannot be kept',
    compared: 'Compared',
    cost: 'Expected',
    reused: (bytes: string) => `${bytes} are there already and need not be sent.`,
    time: (seconds: number, rate: string) => `About ${formatDuration(seconds * 1_000)} at ${rate}.`,
    requests: (n: number) => (n === 1 ? '1 request' : `${formatNumber(n)} requests`),
    dollars: (amount: number) =>
      amount < 0.01 ? `less than ${dollars.format(0.01)}` : `about ${dollars.format(amount)}`,
    list: 'What would be done',
    all: 'All',
    first: 'The first 200 are listed.',
    isHeld: 'waits for you',
    failed: 'What this would do could not be found out now.',
    atOnce: 'What the next pass would do then',
  },
} as const
