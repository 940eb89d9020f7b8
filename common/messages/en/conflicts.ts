const ALONE =
  '{n, plural, one{# more is a file against a folder: it waits, and is decided by itself} other{# more are files against folders: they wait, each is decided by itself}}.'

/** What the screen and the card of conflicts say. What each resolution does is in `resolutions.ts`. */
export const conflictMessages = {
  waiting: 'Waiting',
  settled: 'Settled',
  tabs: 'Which conflicts',
  list: 'Conflicts',
  none: 'No conflicts',
  noneText:
    'Files that change on both sides of a two-way folder, in different ways, wait here. Both versions stay safe.',
  nothingSettled: 'Nothing was settled yet',
  nothingSettledText: 'What you decide is listed here, and can be undone for as long as earlier versions are kept.',
  choose: 'Choose a file',
  chooseText: 'Both versions of it are shown side by side.',
  allKinds: 'All kinds',
  kind: 'Kind',
  back: 'All conflicts',
  newerRow: { local: 'Newer on this computer', remote: 'Newer at the target', neither: 'Both of the same age' },
  selectAll: 'Choose all {n, number}',
  selectEvery: 'Choose all',
  selected: '{n, plural, one{# file} other{# files}} chosen',
  clear: 'Clear',
  onItsWay: 'Decided, on its way',

  sides: { local: 'This computer', remote: 'Target' },
  newer: '{by} newer',
  folder: 'Folder',
  changed: 'Changed',
  base: 'Both come from a version of {size, number, bytes}, changed {when}.',
  noBase: 'Both are new: they never agreed on a version.',

  evidence: {
    lines:
      '{local, plural, one{# line} other{# lines}} only here, {remote, plural, one{# line} other{# lines}} only at the target',
    diff: 'How they differ',
    marks: { both: '', local: 'only here: ', remote: 'only at the target: ' },
    gap: 'Line {line, number}',
    cut: 'There are more differences than are shown.',
    imageHere: 'The picture on this computer',
    imageThere: 'The picture at the target',
    binary: '{percent, number, percentage} of the blocks differ.',
    from: 'They begin to differ near byte {at, number}.',
    unread: 'To say how much of them differs, {bytes, number, bytes} would be fetched.',
    unreadHere: 'To say how much of them differs, {bytes, number, bytes} would be read.',
    compare: 'Compare them',
    sameText: 'Both have the same text. Only how it is written down differs.',
    lineEnds: 'Lines end with {local} here, with {remote} at the target.',
    encodings: 'It is written as {local} here, as {remote} at the target.',
    forms: {
      lineEnds: {
        lf: 'LF (as on Linux and macOS)',
        crlf: 'CRLF (as on Windows)',
        mixed: 'both LF and CRLF',
        none: 'nothing',
      },
      encodings: {
        'utf-8': 'UTF-8',
        'utf-8-bom': 'UTF-8 with a byte order mark',
        'utf-16le': 'UTF-16 (little-endian)',
        'utf-16be': 'UTF-16 (big-endian)',
      },
    },
    parts: {
      same: 'Both are packages with the same {n, plural, one{part} other{# parts}}. Only how they are packed differs.',
      alike: '{n, plural, =0{No part is} one{# part is} other{# parts are}} the same in both packages.',
      differing: 'Different:',
      onlyLocal: 'Only here:',
      onlyRemote: 'Only at the target:',
      cut: 'There are more.',
    },
    folder: {
      known: {
        local:
          'On this computer it is a folder with {files, plural, =0{no files} one{# file} other{# files}} ({bytes, number, bytes}).',
        remote:
          'At the target it is a folder with {files, plural, =0{no files} one{# file} other{# files}} ({bytes, number, bytes}).',
      },
      atLeast: {
        local: 'On this computer it is a folder with more than {files, number} files ({bytes, number, bytes}).',
        remote: 'At the target it is a folder with more than {files, number} files ({bytes, number, bytes}).',
      },
      unknown: { local: 'On this computer it is a folder.', remote: 'At the target it is a folder.' },
    },
    loading: 'Looking at both versions…',
  },

  choices: {
    'keep-local': 'Keep this computer’s',
    'keep-remote': 'Keep the target’s',
    'keep-both': 'Keep both',
    merge: 'Merge',
  },
  copyHash: { local: 'Copy hash of this computer’s version', remote: 'Copy hash of the target’s version' },
  question: 'What should stay?',
  noMerge: 'They cannot be merged: {why}',
  noChoice: 'Rename one of the two by hand: Tidekeep then goes on by itself.',
  advised: 'Suggested',
  later: 'Decide later',
  keptNote: 'What does not stay is kept, and can be brought back.',
  copyName: 'Name of this computer’s version',
  mergePreview: 'What the merge changes in this computer’s version',
  mergeAccept: 'Use the merged text',
  moved: 'This file changed since it was shown. Here it is as it is now.',

  batch: {
    title: '{choice}: {n, plural, one{# file} other{# files}}?',
    notTogether: '{choice}: not for a file against a folder',
    allAlone:
      '{n, plural, one{What is chosen is a file against a folder, and is decided by itself} other{All that is chosen are files against folders, and each is decided by itself}}.',
    'keep-local':
      '{n, plural, one{# version} other{# versions}} at the target will be {newer, plural, =0{replaced} other{replaced, # of them newer there than what stays}}.',
    'keep-remote':
      '{n, plural, one{# file} other{# files}} on this computer will be {newer, plural, =0{replaced} other{replaced, # of them newer here than what stays}}.',
    'keep-both': '{n, plural, one{# file} other{# files}} on this computer will get another name. Nothing is replaced.',
    againstFolder: {
      'keep-local': ALONE,
      'keep-remote': ALONE,
      'keep-both':
        'Of {n, plural, one{# file against a folder} other{# files against folders}}, the file gets another name on its side, and the folder goes to both.',
    },
    undoable: 'This can be undone.',
    kept: 'What is replaced is kept as an earlier version, and this can be undone.',
    confirm: '{choice} ({n, number})',
  },
  decided: '{choice}: {n, plural, one{# file} other{# files}}.',
  notDecided:
    '{n, plural, one{# file} other{# files}} changed meanwhile and {n, plural, one{waits} other{wait}} still.',
  decidedAlone:
    '{n, plural, one{# of them is a file against a folder and waits} other{# of them are files against folders and wait}}: look at each by itself.',
  reopened: 'Both versions are back, and the conflict is open again.',

  rules: {
    open: '{n, plural, =0{Rules} other{Rules ({n, number})}}',
    title: 'What is decided without asking',
    none: 'There are no rules: every conflict waits for you.',
    text: 'The first rule that fits a file decides about its conflicts from now on. What it replaces is kept.',
    resolutions: {
      'keep-local': 'keep this computer’s version',
      'keep-remote': 'keep the target’s version',
      'keep-both': 'keep both',
      newest: 'keep the newer version',
    },
    remove: 'Remove the rule for {pattern}',
    offer: 'Always {resolution} for {pattern} in “{folder}”?',
    make: 'Always do this',
    made: 'From now on, {pattern} is decided without asking.',
    openToo:
      '{n, plural, one{# open conflict fits} other{# open conflicts fit}} it, too, and still {n, plural, one{waits} other{wait}} for you.',
  },
  showIt: 'Open in window',
  decidedHere: 'Decided. Both sides follow in a moment.',
} as const
