/** What the contents of two versions say, what speaks for one of them, and why something is not shown. */
export const evidenceMessages = {
  folder: 'On one side it is a folder.',
  link: 'One of them is a link or a device, whose content cannot be compared.',
  archived: 'The target keeps its version in an archive, which must be thawed first.',
  tooMany: 'They differ in too many places to be shown.',
  notThere: 'One of the two is not there any more. The next full pass settles this.',
  settled: 'It is settled.',
  unreadable: 'It could not be read.',
  noComparison: 'Contents of this kind cannot be compared here.',
  advice: {
    rolledBack: 'The target’s version is older than what both sides agreed on last.',
    remoteHasAll:
      'The target’s version has every line of the other, and {more, plural, one{# more line} other{# more lines}}.',
    localHasAll:
      'This computer’s version has every line of the other, and {more, plural, one{# more line} other{# more lines}}.',
    merge: 'The changes of both are in different places.',
    sameText: 'Both have the same text; only how it is written down differs. This one is newer.',
    sameTextAnyAge: 'Both have the same text; only how it is written down differs. Either will do.',
    sameParts: 'Both are packages with the same contents. This one is newer.',
    samePartsAnyAge: 'Both are packages with the same contents. Either will do.',
  },
  noMerge: {
    overlap: 'Both changed the same lines.',
    costly: 'They differ in too many places to be merged by themselves.',
    noText: 'Only texts of up to 1 MiB can be merged.',
    noBase: 'Both are new: there is no version that they come from.',
    baseGone: 'The version that both come from is no longer kept anywhere.',
    notThere: 'One of the two is not there any more.',
    settled: 'It is settled.',
    tooMany: 'The result differs in too many places to be shown.',
  },
} as const
