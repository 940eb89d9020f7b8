import { conflictMessages } from '../../../common/messages/en/conflicts.ts'
import { textsOf } from '../../../common/messages/texts.ts'
import type { Evidence, TextForms } from '../../../common/protocol.ts'
import { cliTexts } from '../cli-texts.ts'
import { printable } from '../printable.ts'

const words = textsOf('conflicts', conflictMessages).evidence

const SIGNS = { both: ' ', local: '-', remote: '+' } as const

/** What the contents of two versions say, line by line. */
export function evidenceLines(evidence: Evidence): readonly string[] {
  switch (evidence.kind) {
    case 'none':
      return [evidence.why]
    case 'image':
      return [cliTexts.conflicts.bothArePictures]
    case 'binary': {
      const { differingPercent, firstDifferenceAt } = evidence
      const first = firstDifferenceAt === undefined ? '' : ` ${words.from({ at: firstDifferenceAt })}`
      return [`${words.binary({ percent: differingPercent })}${first}`]
    }
    case 'unread': {
      const { fetchBytes, readBytes } = evidence
      const what = fetchBytes > 0 ? words.unread({ bytes: fetchBytes }) : words.unreadHere({ bytes: readBytes })
      return [`${what} (--fetch)`]
    }
    case 'same-text':
      return [words.sameText, ...formLines(evidence)]
    case 'parts':
      return partLines(evidence)
    case 'folder': {
      const { at, files, bytes, isCut } = evidence
      if (files === undefined || bytes === undefined) return [words.folder.unknown[at]]
      return [isCut === true ? words.folder.atLeast[at]({ files, bytes }) : words.folder.known[at]({ files, bytes })]
    }
    case 'text': {
      const { hunks, onlyLocal, onlyRemote, isCut } = evidence
      return [
        cliTexts.conflicts.onlyHereOnlyThere({ onlyLocal, onlyRemote }),
        ...formLines(evidence),
        ...hunks.flatMap(({ localLine, remoteLine, lines }) => [
          `@@ -${localLine} +${remoteLine} @@`,
          ...lines.map(({ at, text }) => `${SIGNS[at]}${printable(text.replaceAll('\t', '    '))}`),
        ]),
        ...(isCut ? ['…'] : []),
      ]
    }
  }
}

function formLines({ lineEnds, encodings }: TextForms): readonly string[] {
  const names = words.forms
  return [
    ...(lineEnds === undefined
      ? []
      : [words.lineEnds({ local: names.lineEnds[lineEnds.local], remote: names.lineEnds[lineEnds.remote] })]),
    ...(encodings === undefined
      ? []
      : [words.encodings({ local: names.encodings[encodings.local], remote: names.encodings[encodings.remote] })]),
  ]
}

function partLines({ same, differing, onlyLocal, onlyRemote, isCut }: Evidence & { kind: 'parts' }): readonly string[] {
  const lists = [
    [words.parts.differing, differing],
    [words.parts.onlyLocal, onlyLocal],
    [words.parts.onlyRemote, onlyRemote],
  ] as const
  const lines = lists.flatMap(([title, names]) =>
    names.length === 0 ? [] : [`${title} ${names.map(printable).join(', ')}`],
  )
  const summary = lines.length === 0 ? words.parts.same({ n: same }) : words.parts.alike({ n: same })
  return [summary, ...lines, ...(isCut ? [words.parts.cut] : [])]
}
