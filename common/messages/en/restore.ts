/** Every text of the Restore screen. */
export const restoreMessages = {
  /** What a row that is not simply there is marked with. */
  standings: {
    unsure: 'Maybe not there yet',
    lost: 'Not kept',
    gone: 'Gone now',
    asking: 'Asking…',
    untold: 'Not known',
    younger: 'Not there yet',
    deleted: 'Gone since',
  },
  /** How a version ended. */
  ends: {
    current: 'There now',
    replaced: 'Replaced',
    deleted: 'Deleted',
    foreign: 'Put aside',
  },
  /** Where a version is kept. */
  keptBy: {
    target: 'at the target',
    tidekeep: 'kept by Tidekeep',
    store: 'kept by the store itself',
  },
  /** Why nothing is shown of a version. */
  noPreview: {
    empty: 'The file is empty.',
    'too-large': 'The image is too large to be shown here. Restore it beside the present one to look at it.',
    binary: 'This is neither text nor an image that can be shown. Restore it beside the present one to look at it.',
    archived:
      'This version is in an archive class of the store and cannot be read before it is thawed there. Restore it to see what that takes.',
  },
  /** The parts of what a moment changed; what did not happen is left out. */
  changes: {
    added: '{n, number} added',
    replaced: '{n, number} replaced',
    deleted: '{n, number} deleted',
    changed: '{n, number} changed',
  },

  folder: 'Folder',
  noFolders: 'Nothing to restore yet',
  noFoldersText: 'Once a folder is kept safe, everything it ever held can be looked at and brought back here.',
  reading: 'Reading what is kept…',
  readingText:
    '{found, plural, one{# file} other{# files}} and {earlier, plural, one{# earlier version} other{# earlier versions}} so far. Nothing is changed by looking.',
  failed: 'This folder cannot be looked at',
  again: 'Read again',
  readAt: 'As read from the target {moment}',
  changedSince: 'The folder changed since this was read.',
  noVersions: 'This target keeps no earlier versions, so only what it holds now can be brought back.',

  time: {
    label: 'Moment',
    now: 'As it is now',
    at: 'As it was on {moment}',
    before: 'before the change of {time} ({changes})',
    amid: 'in the middle of the change of {time}',
    after: 'after the change of {time}',
    earlier: 'Earlier change',
    later: 'Later change',
    toNow: 'Now',
    exactly: 'Date and time',
    range: 'Time shown',
    ranges: { all: 'All of it', days30: '30 days', days7: '7 days', day: '24 hours' },
    truth:
      'Moments are exact to the second. Moves are not recorded: a file that was moved shows as deleted in one place and added in another.',
    truthByFile:
      'Moments are exact to the second. A file that was moved shows in its folder of today. What was deleted is named as far as this computer knows of it; look in the recycle bin of the drive, on the web.',
    known: 'Marked is what this computer did, and when the files of opened folders last changed. There may be more.',
  },

  browse: {
    files: 'Files',
    path: 'Where you are',
    search: 'Find a file of any time',
    clearSearch: 'Clear search',
    found:
      '{isAll, select, true{{n, plural, one{# file found} other{# files found}}} other{{n, plural, one{# file} other{# files}} found so far}}',
    nothingFound: 'Nothing found',
    nothingFoundText: 'No file of that name was ever kept safe in this folder, as far as the target remembers.',
    empty: 'Nothing was here',
    emptyText: 'At this moment the folder held nothing that is kept. Choose a later moment.',
    emptyNowText: 'The target holds nothing here now. An earlier moment may have more.',
    gone: 'Also what is gone',
    columns: { name: 'Name', size: 'Size', since: 'Version of', versions: 'Versions' },
    choose: 'Choose {name}',
    goneSince: 'gone since {moment}',
    inFolder: '{n, plural, one{# file} other{# files}}',
    summary: '{n, plural, one{# file} other{# files}}, {bytes, number, bytes}',
    summaryHere:
      '{n, plural, one{# file} other{# files}} here, {bytes, number, bytes}. What is in its folders is not counted.',
    summarySome: '{n, plural, one{# file} other{# files}} known so far, {bytes, number, bytes}.',
    opening: 'Asking the drive…',
    asking:
      'Asking what {n, plural, one{# file} other{# files}} that changed since {n, plural, one{was} other{were}} then…',
    waiting: 'The drive asks to wait for {left, number, duration}.',
    untold:
      'Of {n, plural, one{# file} other{# files}} it is not known what {n, plural, one{it was} other{they were}} then.',
    askAgain: 'Ask again',
    nothingFoundByFileText:
      'Looked for among the names this computer knows: what it keeps safe in this folder, what the drive told it last, what it ever did there, and the folders opened here.',
    emptyByFileText:
      'At this moment the folder held nothing, as far as the drive tells and this computer knows. What was deleted is in the recycle bin of the drive, on the web.',
    unsure:
      'Of {n, plural, one{# file} other{# files}} the target does not tell whether {n, plural, one{it was} other{they were}} there already.',
    lost: '{n, plural, one{# file was} other{# files were}} there, but that version is not kept.',
    chosen: '{n, plural, one{# item} other{# items}} chosen',
    clear: 'Choose nothing',
    restore: 'Restore…',
    restoreAll: 'Restore all…',
  },

  versions: {
    title: 'Versions of {name}',
    list: 'Versions',
    back: 'Back to the list',
    from: 'From {moment}',
    fromUnknown: 'From the beginning',
    until: 'until {moment}',
    untilNow: 'until now',
    deletedThen: 'Deleted {moment}',
    none: 'No version of this file is kept any more.',
    noneByFile:
      'The drive holds no file of this name any more, and tells nothing of deleted ones. Look in the recycle bin of the drive, on the web; put back in its place, it can be looked at here.',
    unknownBeginning: 'The target does not tell when the oldest version began.',
    restore: 'Restore this version…',
    compareWith: 'Compare with',
    noCompare: 'Nothing',
    cut: 'The first {shown, number, bytes} of {whole, number, bytes}.',
    image: 'The image {name}',
    older: 'Earlier',
    newer: 'Later',
    same: 'Both versions have the same content.',
    difference: '{added, plural, one{# line} other{# lines}} added, {removed, number} removed',
    tooDifferent: 'These are too long and too different to be compared line by line here.',
    notComparable: 'Only two texts or two images can be compared.',
    unchanged: '{n, plural, one{# unchanged line} other{# unchanged lines}}',
    added: 'added:',
    removed: 'removed:',
    archived: 'archived',
  },

  restoring: {
    title: 'Restore {what}',
    items: '{n, plural, one{# item} other{# items}}',
    everything: 'everything',
    now: 'as the target holds it now',
    last: 'as it was last, also where it is gone now',
    at: 'as of {moment}',
    version: 'the version of {moment}',
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
    would: '{n, plural, one{# file} other{# files}}, {bytes, number, bytes}, would be brought back.',
    wouldNothing: 'Nothing has to be brought back.',
    equal: '{n, plural, one{# file is} other{# files are}} there already, just like that.',
    wouldReplace: '{n, plural, one{# file} other{# files}} there now would be renamed and stay:',
    replaced:
      '{n, plural, one{# file} other{# files}} that {n, plural, one{was} other{were}} there stayed, under a new name:',
    renamed: 'Under these names:',
    unsure:
      'Of {n, plural, one{# file} other{# files}} the target does not tell whether {n, plural, one{it was} other{they were}} there already.',
    younger:
      '{n, plural, one{# file is} other{# files are}} left out: not there yet then, or what was there is not kept:',
    unsettled:
      'The folder was being copied all the while: what was left out may have been there after all. Restore again when it is quiet.',
    failed:
      '{isPlan, select, true{{n, plural, one{# file} other{# files}} cannot be brought back:} other{{n, plural, one{# file was} other{# files were}} not brought back:}}',
    start: 'Restore',
    running: 'Bringing back…',
    progress: 'Progress of the restore',
    done: '{n, plural, one{# file is} other{# files are}} back.',
    verified: 'Each was compared with what the target has recorded, before it got its name.',
    unverified:
      'Of {n, plural, one{# file} other{# files}} the target records no checksum: only the length was compared.',
    fetched: '{received, number, bytes} of {whole, number, bytes} had to be fetched; the rest was here already.',
    cancelled: 'Cancelled. {n, plural, one{# file is} other{# files are}} back already; nothing was left half-written.',
    into: 'In',
    more: 'and {n, number} more',
  },
} as const
