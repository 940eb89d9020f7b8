import type { MomentView, PreviewView, Standing, VersionView } from '../common/protocol.ts'
import { formatBytes, formatNumber } from './format.ts'
import { strings } from './strings.ts'

const { files } = strings
const plural = (n: number, one: string, many: string): string => `${formatNumber(n)} ${n === 1 ? one : many}`

/** What a row that is not simply there is marked with. */
export const STANDINGS: Readonly<Record<Exclude<Standing, 'there'>, string>> = {
  unsure: 'Maybe not there yet',
  lost: 'Not kept',
  gone: 'Gone now',
}

/** How a version ended. */
export const VERSION_ENDS: Readonly<Record<VersionView['why'], string>> = {
  current: 'There now',
  replaced: 'Replaced',
  deleted: 'Deleted',
  foreign: 'Put aside',
}

/** Where a version is kept. */
export const VERSION_PLACES: Readonly<Record<VersionView['keptBy'], string>> = {
  target: 'at the target',
  tidekeep: 'kept by Tidekeep',
  store: 'kept by the bucket',
}

/** Why nothing is shown of a version. */
export const NO_PREVIEW: Readonly<Record<Extract<PreviewView, { kind: 'none' }>['why'], string>> = {
  empty: 'The file is empty.',
  'too-large': 'The image is too large to be shown here. Restore it beside the present one to look at it.',
  binary: 'This is neither text nor an image that can be shown. Restore it beside the present one to look at it.',
  archived:
    'This version is in an archive class of the store and cannot be read before it is thawed there. Restore it to see what that takes.',
}

/** `3 added, 2 replaced, 1 deleted`, without what did not happen. */
export function changesText({ added, replaced, deleted }: MomentView): string {
  const parts = [
    added === 0 ? [] : [`${formatNumber(added)} added`],
    replaced === 0 ? [] : [`${formatNumber(replaced)} replaced`],
    deleted === 0 ? [] : [`${formatNumber(deleted)} deleted`],
  ]
  return parts.flat().join(', ')
}

/** Every other text of the Restore screen. */
export const restoreStrings = {
  folder: 'Folder',
  noFolders: 'Nothing to restore yet',
  noFoldersText: 'Once a folder is kept safe, everything it ever held can be looked at and brought back here.',
  reading: 'Reading what is kept…',
  readingText: (found: number, earlier: number) =>
    `${files(found)} and ${plural(earlier, 'earlier version', 'earlier versions')} so far. Nothing is changed by looking.`,
  failed: 'This folder cannot be looked at',
  again: 'Read again',
  readAt: (moment: string) => `As read from the target ${moment}`,
  changedSince: 'The folder changed since this was read.',
  noVersions: 'This target keeps no earlier versions, so only what it holds now can be brought back.',

  time: {
    label: 'Moment',
    now: 'As it is now',
    at: (moment: string) => `As it was on ${moment}`,
    before: (time: string, changes: string) => `before the change of ${time} (${changes})`,
    amid: (time: string) => `in the middle of the change of ${time}`,
    after: (time: string) => `after the change of ${time}`,
    earlier: 'Earlier change',
    later: 'Later change',
    toNow: 'Now',
    exactly: 'Date and time',
    range: 'Time shown',
    ranges: { all: 'All of it', days30: '30 days', days7: '7 days', day: '24 hours' },
    truth:
      'Moments are exact to the second. Moves are not recorded: a file that was moved shows as deleted in one place and added in another.',
  },

  browse: {
    files: 'Files',
    path: 'Where you are',
    search: 'Find a file of any time',
    clearSearch: 'Clear search',
    found: (n: number, isAll: boolean) => (isAll ? plural(n, 'file found', 'files found') : `${files(n)} found so far`),
    nothingFound: 'Nothing found',
    nothingFoundText: 'No file of that name was ever kept safe in this folder, as far as the target remembers.',
    empty: 'Nothing was here',
    emptyText: 'At this moment the folder held nothing that is kept. Choose a later moment.',
    emptyNowText: 'The target holds nothing here now. An earlier moment may have more.',
    gone: 'Also what is gone',
    columns: { name: 'Name', size: 'Size', since: 'Version of', versions: 'Versions' },
    choose: (name: string) => `Choose ${name}`,
    goneSince: (moment: string) => `gone since ${moment}`,
    inFolder: (n: number) => files(n),
    summary: (n: number, bytes: number) => `${files(n)}, ${formatBytes(bytes)}`,
    unsure: (n: number) =>
      `Of ${plural(n, 'file', 'files')} the target does not tell whether ${n === 1 ? 'it was' : 'they were'} there already.`,
    lost: (n: number) => `${plural(n, 'file was', 'files were')} there, but that version is not kept.`,
    chosen: (n: number) => `${plural(n, 'item', 'items')} chosen`,
    clear: 'Choose nothing',
    restore: 'Restore…',
    restoreAll: 'Restore all…',
  },

  versions: {
    title: (name: string) => `Versions of ${name}`,
    list: 'Versions',
    back: 'Back to the list',
    from: (moment: string) => `From ${moment}`,
    fromUnknown: 'From the beginning',
    until: (moment: string) => `until ${moment}`,
    untilNow: 'until now',
    archived: 'archived',
    deletedThen: (moment: string) => `Deleted ${moment}`,
    none: 'No version of this file is kept any more.',
    unknownBeginning: 'The target does not tell when the oldest version began.',
    restore: 'Restore this version…',
    compareWith: 'Compare with',
    noCompare: 'Nothing',
    cut: (shown: number, whole: number) => `The first ${formatBytes(shown)} of ${formatBytes(whole)}.`,
    image: (name: string) => `The image ${name}`,
    older: 'Earlier',
    newer: 'Later',
    same: 'Both versions have the same content.',
    difference: (added: number, removed: number) =>
      `${plural(added, 'line', 'lines')} added, ${formatNumber(removed)} removed`,
    tooDifferent: 'These are too long and too different to be compared line by line here.',
    notComparable: 'Only two texts or two images can be compared.',
    unchanged: (n: number) => plural(n, 'unchanged line', 'unchanged lines'),
    added: 'added:',
    removed: 'removed:',
  },

  restoring: {
    title: (what: string) => `Restore ${what}`,
    items: (n: number) => plural(n, 'item', 'items'),
    everything: 'everything',
    now: 'as the target holds it now',
    last: 'as it was last, also where it is gone now',
    at: (moment: string) => `as of ${moment}`,
    version: (moment: string) => `the version of ${moment}`,
    versionUnknown: 'its oldest version',
    where: 'Where to',
    places: {
      'in-place': 'Where it was',
      beside: 'Beside it, under a new name',
      directory: 'Into another folder',
    },
    placeTexts: {
      'in-place': 'What is there now and differs stays, under a name that says it was replaced.',
      beside: 'Nothing that is there is touched.',
      directory: 'With the folders it lies in.',
    },
    directory: 'Folder',
    browse: 'Browse…',
    choosePlace: 'Choose a folder to see what would happen.',
    counting: 'Counting what would happen…',
    would: (n: number, bytes: number) => `${files(n)}, ${formatBytes(bytes)}, would be brought back.`,
    wouldNothing: 'Nothing has to be brought back.',
    equal: (n: number) => `${plural(n, 'file is', 'files are')} there already, just like that.`,
    wouldReplace: (n: number) => `${plural(n, 'file', 'files')} there now would be renamed and stay:`,
    replaced: (n: number) =>
      `${plural(n, 'file', 'files')} that ${n === 1 ? 'was' : 'were'} there stayed, under a new name:`,
    renamed: 'Under these names:',
    unsure: (n: number) =>
      `Of ${plural(n, 'file', 'files')} the target does not tell whether ${n === 1 ? 'it was' : 'they were'} there already.`,
    younger: (n: number) =>
      `${plural(n, 'file is', 'files are')} left out: not there yet then, or what was there is not kept:`,
    unsettled:
      'The folder was being copied all the while: what was left out may have been there after all. Restore again when it is quiet.',
    failed: (n: number, isPlan: boolean) =>
      isPlan
        ? `${plural(n, 'file', 'files')} cannot be brought back:`
        : `${plural(n, 'file was', 'files were')} not brought back:`,
    start: 'Restore',
    running: 'Bringing back…',
    progress: 'Progress of the restore',
    done: (n: number) => `${plural(n, 'file is', 'files are')} back.`,
    verified: 'Each was compared with what the target has recorded, before it got its name.',
    unverified: (n: number) =>
      `Of ${plural(n, 'file', 'files')} the target records no checksum: only the length was compared.`,
    fetched: (received: number, whole: number) =>
      `${formatBytes(received)} of ${formatBytes(whole)} had to be fetched; the rest was here already.`,
    cancelled: (n: number) =>
      `Cancelled. ${plural(n, 'file is', 'files are')} back already; nothing was left half-written.`,
    into: 'In',
    more: (n: number) => `and ${formatNumber(n)} more`,
  },
} as const
